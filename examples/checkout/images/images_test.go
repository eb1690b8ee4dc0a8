package images

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
)

var _ = harness.Describe(harness.Scenario{
	ID: "C3", Title: "thumbnails", Source: "this shop",
	Faults:     []harness.Allow{harness.Strike("images/...", faults.Error|faults.Hang)},
	Properties: []string{"P-LEAK", "P-STARVE"},
	Facts:      []string{"all went well", "something failed", "the store hung"},
	Body:       func(r *harness.Run) { thumbnailsOf(r, Thumbnails) },
	Controls: []harness.Control{{
		Name: "sends-blindly", Story: "the reader waits for a worker when all of them have failed",
		Breaks: "P-STARVE", Task: "reader",
		Body: func(r *harness.Run) {
			thumbnailsOf(r, func(ctx context.Context, store Store, names []string, workers int) ([]Image, error) {
				return thumbnails(ctx, store, names, workers, sendBlindly)
			})
		},
	}},
})

func sendBlindly(_ context.Context, queue chan<- work, w work) error {
	queue <- w
	return nil
}

// thumbnailsOf asks for a few thumbnails, and does not wait for ever.
func thumbnailsOf(r *harness.Run, thumbnails func(context.Context, Store, []string, int) ([]Image, error)) {
	store, names := Store{}, []string{}
	for i := range r.Int("images", 1, 4) {
		name := fmt.Sprintf("image-%d", i+1)
		store[name] = Image{Name: name, Width: 640, Height: 480}
		names = append(names, name)
	}
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	begin := time.Now()
	small, err := thumbnails(ctx, store, names, r.Int("workers", 1, 3))

	var injected *faults.Injected
	late := time.Since(begin) >= time.Second
	r.Sometimes("all went well", err == nil)
	r.Sometimes("something failed", err != nil && !late)
	r.Sometimes("the store hung", late)
	switch {
	case err == nil:
		r.Expect(small).To(HaveLen(len(names)))
		for i, name := range names {
			r.Expect(small[i]).To(Equal(Image{Name: name, Width: 64, Height: 48}))
		}
	case late:
		r.Expect(err).To(MatchError(context.DeadlineExceeded))
	default:
		r.Expect(errors.As(err, &injected)).To(BeTrue(), "an error that nobody made: %v", err)
	}
}

func TestImages(t *testing.T) { harness.RunSpecs(t, "thumbnails") }
