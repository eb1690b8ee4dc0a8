package harness

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"

	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/internal/atomicfile"
)

// saveAll writes a counterexample into the corpus in dir, and beside its tape the
// picture that there is of some failures. It returns the tape's path from the
// module's root; see save.
func saveAll(dir string, c *explore.Counterexample) string {
	path := save(dir, c.Tape)
	pictureBeside(path, c)
	return path
}

// keep is saveAll for a tape that the corpus has already: the file is the user's,
// and stays as it is, though the code and with it the run may have changed.
func keep(known []corpus.Entry, c *explore.Counterexample) string {
	i := slices.IndexFunc(known, func(e corpus.Entry) bool { return e.Tape == c.Found })
	if i < 0 {
		return saveAll(current.corpus, c)
	}
	path := fromRoot(known[i].Path)
	pictureBeside(path, c)
	return path
}

func pictureBeside(path string, c *explore.Counterexample) {
	if path == "" || c.Findings[0].Property != judge.Linear.ID {
		return
	}
	if err := savePicture(inRoot(picturePath(path)), linear.PictureOf(c.Run)); err != nil {
		ginkgo.AddReportEntry("picture that could not be saved", err.Error())
	}
}

func savePicture(path string, p *linear.Picture) error {
	if p == nil {
		return nil
	}
	page, err := p.Page()
	if err != nil {
		return err
	}
	return atomicfile.Write(path, page)
}

// pictureOf is the path of the picture beside a counterexample's tape, "" if there
// is none.
func pictureOf(c *explore.Counterexample, tape string) string {
	if tape == "" || c.Findings[0].Property != judge.Linear.ID {
		return ""
	}
	path := picturePath(tape)
	if _, err := os.Stat(inRoot(path)); err != nil {
		return ""
	}
	return path
}

func picturePath(tape string) string { return strings.TrimSuffix(tape, ".tape") + ".html" }

// inRoot is the file that path, as it is written from the module's root, names.
func inRoot(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(moduleRoot(), filepath.FromSlash(path))
}
