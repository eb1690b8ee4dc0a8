package atomicfile_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/internal/atomicfile"
)

func TestWriteMakesAndReplaces(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "file")
	for _, content := range []string{"old", "", "new and longer"} {
		g.Expect(atomicfile.Write(path, []byte(content))).To(Succeed())
		g.Expect(os.ReadFile(path)).To(BeEquivalentTo(content))
	}
	g.Expect(names(g, filepath.Dir(path))).To(Equal([]string{"file"}))
}

func TestWriteOfABareNameWritesHere(t *testing.T) {
	g := NewWithT(t)
	t.Chdir(t.TempDir())
	g.Expect(atomicfile.Write("file", []byte("x"))).To(Succeed())
	g.Expect(names(g, ".")).To(Equal([]string{"file"}))
}

func TestWriteIntoNoFolderFails(t *testing.T) {
	g := NewWithT(t)
	err := atomicfile.Write(filepath.Join(t.TempDir(), "none", "file"), nil)
	g.Expect(err).To(MatchError(fs.ErrNotExist))
	g.Expect(err).To(MatchError(HavePrefix("atomicfile: ")))
}

func TestFailedWriteLeavesNothingBeside(t *testing.T) {
	g := NewWithT(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "taken")
	g.Expect(os.Mkdir(path, 0o755)).To(Succeed())
	g.Expect(atomicfile.Write(path, []byte("x"))).To(MatchError(ContainSubstring(path)))
	g.Expect(names(g, folder)).To(Equal([]string{"taken"}))
}

func TestReaderNeverSeesAPart(t *testing.T) {
	g := NewWithT(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	contents := [][]byte{bytes.Repeat([]byte("a"), 100_000), bytes.Repeat([]byte("b"), 50_000)}
	g.Expect(atomicfile.Write(path, contents[0])).To(Succeed())
	var writers sync.WaitGroup
	for _, content := range contents {
		writers.Go(func() {
			for range 20 {
				if err := atomicfile.Write(path, content); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 200 {
		data, err := os.ReadFile(path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(bytes.Equal(data, contents[0]) || bytes.Equal(data, contents[1])).To(BeTrue(), "read %d bytes", len(data))
	}
	writers.Wait()
	g.Expect(names(g, folder)).To(Equal([]string{"file"}))
}

func names(g *WithT, folder string) []string {
	entries, err := os.ReadDir(folder)
	g.Expect(err).NotTo(HaveOccurred())
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

func TestAPipeIsWrittenToAsItIs(t *testing.T) {
	g := NewWithT(t)
	r, w, err := os.Pipe()
	g.Expect(err).NotTo(HaveOccurred())
	defer r.Close()
	defer w.Close()
	path := fmt.Sprintf("/dev/fd/%d", w.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("this system has no /dev/fd")
	}
	g.Expect(atomicfile.Check(path)).To(Succeed())
	g.Expect(atomicfile.Write(path, []byte("content"))).To(Succeed())
	got := make([]byte, 7)
	g.Expect(r.Read(got)).To(Equal(7))
	g.Expect(string(got)).To(Equal("content"))
}

func TestCheckLeavesNoTrace(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(atomicfile.Check(filepath.Join(dir, "new"))).To(Succeed())
	g.Expect(os.ReadDir(dir)).To(BeEmpty())
	g.Expect(atomicfile.Check(dir)).To(MatchError("it is a directory"))
	g.Expect(atomicfile.Check(filepath.Join(dir, "no", "file"))).To(MatchError(fs.ErrNotExist))
}
