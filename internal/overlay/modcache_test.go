package overlay

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// readOnly makes a directory as the module cache has it.
func readOnly(t *testing.T) string {
	t.Helper()
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "layer@v1.2.0")
	g.Expect(os.MkdirAll(filepath.Join(dir, "inner"), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "inner", "a.go"), []byte("package inner\n"), 0o444)).To(Succeed())
	g.Expect(os.Chmod(filepath.Join(dir, "inner"), 0o555)).To(Succeed())
	t.Cleanup(func() { os.Chmod(filepath.Join(dir, "inner"), 0o755) })
	return dir
}

func testStore(t *testing.T) *store {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	s, err := openStore()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return s
}

func TestCopyDir(t *testing.T) {
	g := NewWithT(t)
	s, dir := testStore(t), readOnly(t)
	made, err := s.copyDir(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(made).To(HaveSuffix("-layer@v1.2.0"))
	file := filepath.Join(made, "inner", "a.go")
	g.Expect(os.ReadFile(file)).To(Equal([]byte("package inner\n")))
	g.Expect(filepath.WalkDir(made, func(path string, entry fs.DirEntry, err error) error {
		g.Expect(err).NotTo(HaveOccurred())
		info, err := entry.Info()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(info.Mode()&0o200).NotTo(BeZero(), path+" can be removed")
		return nil
	})).To(Succeed())

	first, err := os.Stat(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.copyDir(dir)).To(Equal(made))
	second, err := os.Stat(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.SameFile(first, second)).To(BeTrue(), "it is copied once")

	g.Expect(os.WriteFile(file, []byte("package spoilt\n"), 0o644)).To(Succeed())
	g.Expect(s.copyDir(dir)).To(Equal(made))
	g.Expect(os.ReadFile(file)).To(Equal([]byte("package inner\n")), "and mended")
	entries, err := os.ReadDir(s.dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(entries).To(HaveLen(1), "nothing is left beside it")

	old := time.Now().Add(-2 * keep)
	g.Expect(os.Chtimes(made, old, old)).To(Succeed())
	g.Expect(s.prune()).To(Succeed())
	g.Expect(made).NotTo(BeADirectory())
}

func TestManyMakeOneCopy(t *testing.T) {
	g := NewWithT(t)
	s, dir := testStore(t), readOnly(t)
	errs := make(chan error)
	for range 8 {
		go func() {
			_, err := s.copyDir(dir)
			errs <- err
		}()
	}
	for range 8 {
		g.Expect(<-errs).NotTo(HaveOccurred())
	}
	g.Expect(os.ReadDir(s.dir)).To(HaveLen(1))
}

func TestRebase(t *testing.T) {
	g := NewWithT(t)
	replace := map[string]string{"/mod/a@v1/x/x.go": "1", "/mod/a@v1.1/y.go": "2", "/shop/z.go": "3"}
	rebase(replace, map[string]string{"/mod/a@v1": "/copy/a"})
	g.Expect(replace).To(Equal(map[string]string{"/copy/a/x/x.go": "1", "/mod/a@v1.1/y.go": "2", "/shop/z.go": "3"}))
}

func TestAMainModuleInTheModuleCacheIsRefused(t *testing.T) {
	g := NewWithT(t)
	s, dir := testStore(t), readOnly(t)
	t.Setenv("GOMODCACHE", filepath.Dir(dir))
	p := &listed{}
	g.Expect(json.Unmarshal([]byte(`{"Module": {"Path": "example.com/layer", "Main": true}}`), p)).To(Succeed())
	p.Module.Dir = dir
	err := s.leaveModuleCache(context.Background(), Options{Dir: dir}, []*listed{p}, nil)
	g.Expect(err).To(MatchError("overlay: the module in " + dir + " is in the module cache, where the go command takes no overlay; copy it to another directory"))
}
