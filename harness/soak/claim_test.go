package soak

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// A soak may be told to write into a folder that has other things in it.
func TestOnlyWhatASoakHadHalfWrittenIsSweptAway(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.Mkdir(filepath.Join(dir, findingsDir), 0o755)).To(Succeed())
	half := []string{".soak.json." + rand.Text() + ".tmp", filepath.Join(findingsDir, ".S1-00.tape."+rand.Text()+".tmp")}
	theirs := []string{".thesis.tmp", "notes.tmp", filepath.Join(findingsDir, ".mine.tmp")}
	for _, name := range append(half, theirs...) {
		g.Expect(os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644)).To(Succeed())
	}
	sweep(dir)
	for _, name := range half {
		g.Expect(filepath.Join(dir, name)).NotTo(BeAnExistingFile())
	}
	for _, name := range theirs {
		g.Expect(filepath.Join(dir, name)).To(BeAnExistingFile())
	}
}
