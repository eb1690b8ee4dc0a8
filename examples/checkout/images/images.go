// Package images makes thumbnails with a pool of workers.
package images

import (
	"context"
	"fmt"

	"github.com/pingcap/failpoint"
	"golang.org/x/sync/errgroup"

	"github.com/squall-go/squall/faults"
)

var startPoint = faults.Site{Name: "start", Doc: "first step of a worker"}

var readPoint = faults.Site{Name: "read", Doc: "before an image is read from the store",
	Allows: faults.Error | faults.Hang}

var resizePoint = faults.Site{Name: "resize", Doc: "before an image is resized",
	Allows: faults.Error}

// Image is a picture of something that the shop sells.
type Image struct {
	Name          string
	Width, Height int
}

// Store is where the pictures are, by name.
type Store map[string]Image

// Thumbnails makes the thumbnails of the named images, in that order. The first
// failure ends it.
func Thumbnails(ctx context.Context, store Store, names []string, workers int) ([]Image, error) {
	return thumbnails(ctx, store, names, workers, send)
}

func thumbnails(ctx context.Context, store Store, names []string, workers int, send sender) ([]Image, error) {
	group, ctx := errgroup.WithContext(ctx)
	queue := make(chan work)
	done := make([]Image, len(names))

	reader := faults.WithTask(ctx, "reader")
	group.Go(func() error {
		defer close(queue)
		for i, name := range names {
			image, err := store.read(reader, name)
			if err != nil {
				return err
			}
			if err := send(ctx, queue, work{i, image}); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range workers {
		worker := faults.WithTask(ctx, fmt.Sprintf("worker-%d", i+1))
		group.Go(func() error { return resizeAll(worker, queue, done) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return done, nil
}

// work is an image on its way to a worker.
type work struct {
	place int
	image Image
}

type sender func(ctx context.Context, queue chan<- work, w work) error

// send hands work to a worker, unless the others have given up.
func send(ctx context.Context, queue chan<- work, w work) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case queue <- w:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// resizeAll is one worker.
func resizeAll(ctx context.Context, queue <-chan work, done []Image) error {
	failpoint.Inject("start", func() { startPoint.At(ctx) })
	for w := range queue {
		small, err := resize(ctx, w.image)
		if err != nil {
			return err
		}
		done[w.place] = small
	}
	return nil
}

func (s Store) read(ctx context.Context, name string) (Image, error) {
	failpoint.Inject("read", func() {
		if err := readPoint.Err(ctx); err != nil {
			failpoint.Return(Image{}, err)
		}
	})
	image, ok := s[name]
	if !ok {
		return Image{}, fmt.Errorf("images: no image %q", name)
	}
	return image, nil
}

// resize makes an image at most 64 pixels wide.
func resize(ctx context.Context, image Image) (Image, error) {
	failpoint.Inject("resize", func() {
		if err := resizePoint.Err(ctx); err != nil {
			failpoint.Return(Image{}, err)
		}
	})
	if image.Width > 64 {
		image.Width, image.Height = 64, image.Height*64/image.Width
	}
	return image, nil
}
