//go:build tutorial

package tutorial

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what really came into the tutorial")

const page = "../../docs/tutorial.md"

func TestTutorial(t *testing.T) {
	example, err := filepath.Abs("../../examples/checkout")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "squall-tutorial-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &reader{t: t, example: example, dir: dir, tried: map[string]string{}}
	r.surround()
	r.lines = strings.Split(r.load(page), "\n")
	list, err := steps(r.lines)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		r.do(s)
	}
	r.copyUntil(len(r.lines))
	if *update {
		r.save(page, strings.Join(r.out, "\n"))
	}
	if len(r.tried) > 0 {
		t.Errorf("there is a try and no undo: %v", r.tried)
	}
	r.compareWithExample()
}

// surround is what the reader has before the first step: a module that requires
// Squall, and an environment in which nothing is set.
func (r *reader) surround() {
	squall := filepath.Dir(filepath.Dir(r.example))
	r.save(filepath.Join(r.dir, "go.mod"), strings.ReplaceAll(r.load(filepath.Join(r.example, "go.mod")), "=> ../..", "=> "+squall))
	r.save(filepath.Join(r.dir, "go.sum"), r.load(filepath.Join(r.example, "go.sum")))
	for _, setting := range os.Environ() {
		if name, _, _ := strings.Cut(setting, "="); strings.HasPrefix(name, "SQUALL_") {
			r.t.Setenv(name, "")
		}
	}
	r.t.Setenv("GOPROXY", "off")
	r.t.Setenv("GOFLAGS", "-buildvcs=false")
	r.t.Setenv("NO_COLOR", "1")
}

// compareWithExample: the reader ends up with what is in examples/checkout.
func (r *reader) compareWithExample() {
	for _, file := range append(r.written, r.corpus(r.dir)...) {
		if _, err := os.Stat(filepath.Join(r.example, file)); err != nil {
			r.t.Errorf("the tutorial makes %s, and examples/checkout has none", file)
		} else if r.load(filepath.Join(r.dir, file)) != r.load(filepath.Join(r.example, file)) {
			r.t.Errorf("%s is another one in the tutorial than in examples/checkout", file)
		}
	}
	for _, file := range r.corpus(r.example) {
		if _, err := os.Stat(filepath.Join(r.dir, file)); err != nil {
			r.t.Errorf("examples/checkout has %s, and the tutorial makes none", file)
		}
	}
}

// corpus lists the tapes of the module in dir.
func (r *reader) corpus(dir string) (tapes []string) {
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".tape") || strings.Contains(path, "/.squall/") {
			return err
		}
		file, err := filepath.Rel(dir, path)
		tapes = append(tapes, file)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return tapes
}
