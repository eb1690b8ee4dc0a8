package overlay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

// Options says what to build.
type Options struct {
	// Dir is the module's root or a directory below it. Default: the current one.
	Dir string
	// Patterns are package patterns of the go command. Default: ./...
	Patterns []string
	// BuildFlags are the flags of go build that choose files, such as -tags=x.
	BuildFlags []string
	// Out is the overlay file to write. Default: a file in the user's cache
	// directory whose name is the hash of its content.
	Out string
}

func (o Options) withDefaults() Options {
	if len(o.Patterns) == 0 {
		o.Patterns = []string{"./..."}
	}
	return o
}

// Overlay is what Build made.
type Overlay struct {
	// File is the absolute path of the overlay file, for -overlay=FILE.
	File string
	// Sites are the failpoints that it builds in, as Scan lists them.
	Sites []Site
	// Packages are the import paths of the packages that it changes, sorted.
	Packages []string
}

// Build writes the overlay. Equal sources give an equal overlay at the same
// place, and files that are there already are not written again, so that the go
// command's build cache stays valid. Several processes may build at once; in one
// process nobody else may write to os.Stdout meanwhile.
//
// The error joins everything that is wrong with the markers; see the package
// comment for the list.
func Build(ctx context.Context, o Options) (*Overlay, error) {
	o = o.withDefaults()
	found, err := scan(ctx, o)
	if err != nil {
		return nil, err
	}
	store, err := openStore()
	if err != nil {
		return nil, err
	}
	built := &Overlay{Sites: found.sites()}
	replace := map[string]string{}
	var errs []error
	for _, units := range found.marked {
		built.Packages = append(built.Packages, units[0].importPath)
		errs = append(errs, store.putAll(units, replace))
	}
	for _, p := range found.suites {
		path, content, err := p.mark()
		if err == nil {
			replace[path], err = store.put(path, content)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := store.leaveModuleCache(ctx, o, found.used(), replace); err != nil {
		return nil, err
	}
	built.File, err = writeOverlay(store, o.Out, replace)
	return built, err
}

// putAll stores the files of one package and notes in replace where they are.
func (s *store) putAll(units []*unit, replace map[string]string) error {
	files, err := contents(units)
	if err != nil {
		return err
	}
	for path, content := range files {
		if replace[path], err = s.put(path, content); err != nil {
			return err
		}
	}
	return nil
}

// contents makes the files of one package: the rewritten and the generated.
func contents(units []*unit) (map[string][]byte, error) {
	files := map[string][]byte{}
	var errs []error
	bound := false
	for _, u := range units {
		for _, s := range u.sources {
			if !s.marked() {
				continue
			}
			content, err := s.rewrite()
			errs = append(errs, err)
			files[s.path] = content
		}
		if u.takesSelects() && errors.Join(errs...) == nil {
			errs = append(errs, u.takeSelects(files))
		}
		if len(u.markers) == 0 {
			continue
		}
		own, err := u.generate(bound && !u.external())
		errs = append(errs, err)
		maps.Copy(files, own)
		bound = bound || !u.external()
	}
	return files, errors.Join(errs...)
}

func writeOverlay(store *store, out string, replace map[string]string) (string, error) {
	content, err := json.MarshalIndent(struct{ Replace map[string]string }{replace}, "", "  ")
	if err != nil {
		return "", fmt.Errorf("overlay: %w", err)
	}
	content = append(content, '\n')
	if out == "" {
		return store.put("overlay.json", content)
	}
	return writeTo(out, content)
}
