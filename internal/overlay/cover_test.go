package overlay

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// TestCoverIsRefusedByTheBuild: the cover tool reads the disk, where a package with
// markers has its original files and lacks those that the overlay adds. It must not
// be that the failpoints are gone and nobody says so.
func TestCoverIsRefusedByTheBuild(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"till/till.go": till, "main.go": shop})
	built, err := Build(t.Context(), Options{Dir: dir})
	g.Expect(err).NotTo(HaveOccurred())
	build := func(flags ...string) (string, error) {
		args := append([]string{"build", "-overlay=" + built.File, "-o", filepath.Join(t.TempDir(), "shop")}, flags...)
		return golang(dir, append(args, ".")...)
	}
	out, err := build("-cover", "-coverpkg=example.com/shop/till")
	g.Expect(err).To(HaveOccurred())
	g.Expect(out).To(ContainSubstring("/till/" + bindingFile + ": no such file or directory"))
	out, err = build()
	g.Expect(err).NotTo(HaveOccurred(), out)
}
