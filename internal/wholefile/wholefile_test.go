package wholefile_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/internal/wholefile"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	found := []string{}
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}

func TestWriteReplaces(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	g.Expect(wholefile.Write(path, []byte("old"))).To(Succeed())
	g.Expect(wholefile.Write(path, []byte("new"))).To(Succeed())
	g.Expect(os.ReadFile(path)).To(BeEquivalentTo("new"))
	g.Expect(names(t, dir)).To(Equal([]string{"f"}))
}

func TestWriteToDirectoryLeavesNothing(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	target := filepath.Join(dir, "d")
	g.Expect(os.Mkdir(target, 0o755)).To(Succeed())
	g.Expect(wholefile.Write(target, nil)).To(MatchError(ContainSubstring("cannot write " + target)))
	g.Expect(names(t, dir)).To(Equal([]string{"d"}))
}

func TestCheckWritable(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(wholefile.CheckWritable(filepath.Join(dir, "f"))).To(Succeed())
	g.Expect(names(t, dir)).To(BeEmpty())
	missing := filepath.Join(dir, "no", "f")
	g.Expect(wholefile.CheckWritable(missing)).To(MatchError("cannot write " + missing + ": no such file or directory"))
	g.Expect(wholefile.CheckWritable(dir)).To(MatchError(dir + " is a directory; name a file in it"))
}
