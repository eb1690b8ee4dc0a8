package atomicfile

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestLeftoversAreOursAlone(t *testing.T) {
	g := NewWithT(t)
	for _, name := range []string{".soak.json." + rand.Text() + ".tmp", ".D8-4972a84451c37563.json." + rand.Text() + ".tmp", ".squall-123.tmp"} {
		g.Expect(Leftover(name)).To(BeTrue(), name)
	}
	for _, name := range []string{".thesis.tmp", "soak.json", ".soak.json.tmp", "soak.json." + rand.Text() + ".tmp", ".squall-notes.tmp", ".tmp"} {
		g.Expect(Leftover(name)).To(BeFalse(), name)
	}
	// What a killed Write leaves is what writeNew makes.
	dir := t.TempDir()
	g.Expect(os.Mkdir(filepath.Join(dir, "taken"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "taken", "x"), nil, 0o644)).To(Succeed())
	g.Expect(Write(filepath.Join(dir, "taken"), []byte("x"))).NotTo(Succeed())
	g.Expect(filepath.Glob(filepath.Join(dir, ".*"))).To(BeEmpty(), "it cleans up after itself")
}
