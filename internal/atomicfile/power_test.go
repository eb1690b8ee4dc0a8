package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// powerless is a disk of one folder that may lose its power after every step: what
// a file has is kept when the file was synced, the name that it was given when the
// folder was. What was not synced may be kept all the same, or not, in any order: a
// file may have its new name before it has its content.
type powerless struct {
	path string
	// kept is what path may be found to have when the power is back.
	kept map[string]bool
	// content is what is kept of a file whatever happens, by name; of one that was
	// never synced nothing.
	content map[string]string
	cuts    []map[string]bool // kept, after each step
	failing error             // of the next sync
}

func (p *powerless) Sync(f *os.File) error {
	if err := p.failing; err != nil {
		p.failing = nil
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		p.kept = map[string]bool{p.content[p.path]: true}
	} else {
		data, err := os.ReadFile(f.Name())
		if err != nil {
			return err
		}
		p.content[f.Name()] = string(data)
	}
	p.cut()
	return nil
}

func (p *powerless) Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	p.content[to] = p.content[from]
	p.kept[p.content[to]] = true
	p.cut()
	return nil
}

func (p *powerless) cut() {
	now := map[string]bool{}
	for content := range p.kept {
		now[content] = true
	}
	p.cuts = append(p.cuts, now)
}

func TestAWriteLastsWhenThePowerGoes(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "file")
	g.Expect(os.WriteFile(path, []byte("old"), 0o644)).To(Succeed())
	p := &powerless{path: path, kept: map[string]bool{"old": true}, content: map[string]string{path: "old"}}
	g.Expect(write(p, path, []byte("new"))).To(Succeed())
	g.Expect(p.cuts).To(Equal([]map[string]bool{
		{"old": true},              // the new content is there, beside
		{"old": true, "new": true}, // one or the other: never an empty file, or a part
		{"new": true},              // what is written is written
	}))
	g.Expect(os.ReadFile(path)).To(BeEquivalentTo("new"))
}

// A disk that is full may say so no sooner than in the sync.
func TestAContentThatCannotBeSyncedIsNotWritten(t *testing.T) {
	g := NewWithT(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	g.Expect(os.WriteFile(path, []byte("old"), 0o644)).To(Succeed())
	full := errors.New("no space left")
	p := &powerless{path: path, kept: map[string]bool{"old": true}, content: map[string]string{path: "old"}, failing: full}
	g.Expect(write(p, path, []byte("new"))).To(MatchError(full))
	g.Expect(os.ReadFile(path)).To(BeEquivalentTo("old"))
	g.Expect(filepath.Glob(filepath.Join(folder, ".*"))).To(BeEmpty())
}

// What the disk of the tests above counts on.
func TestTheSystemIsAsked(t *testing.T) {
	g := NewWithT(t)
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(system{}.Sync(f)).To(Succeed())
	g.Expect(f.Close()).To(Succeed())
	g.Expect(system{}.Sync(f)).To(MatchError(os.ErrClosed), "there is nothing to ask for")
}
