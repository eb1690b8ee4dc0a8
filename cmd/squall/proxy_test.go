package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/squall-go/squall/harness/result"
)

var published = module.Version{Path: "github.com/squall-go/squall", Version: "v0.0.1"}

// With cacheFlags the test can remove its module cache, and what was built from
// another one is not built again.
const cacheFlags = "-modcacherw -trimpath"

// offer makes the proxy that the go command asks serve this project as it
// stands here, beside what the module cache has, and gives the test a module
// cache of its own. Only what suites import is published.
func offer(t *testing.T, root string) {
	t.Helper()
	g := NewWithT(t)
	tree, proxy := t.TempDir(), t.TempDir()
	for _, part := range []string{"faults", "harness", "scope", "internal"} {
		g.Expect(os.CopyFS(filepath.Join(tree, part), os.DirFS(filepath.Join(root, part)))).To(Succeed())
	}
	install(t, filepath.Join(root, "go.mod"), tree, "go.mod")
	versions := filepath.Join(proxy, published.Path, "@v")
	install(t, filepath.Join(root, "go.mod"), versions, published.Version+".mod")
	info, err := json.Marshal(published)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(versions, published.Version+".info"), info, 0o644)).To(Succeed())
	archive, err := os.Create(filepath.Join(versions, published.Version+".zip"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(zip.CreateFromDir(archive, published, tree)).To(Succeed())
	g.Expect(archive.Close()).To(Succeed())

	downloads := filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download")
	t.Setenv("GOPROXY", "file://"+proxy+",file://"+downloads)
	t.Setenv("GOSUMDB", "off")
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-mod=mod "+cacheFlags)
}

// publishedPage makes a user's module the current directory, with a suite on
// scope, as it is in the module proxy.
func publishedPage(t *testing.T) {
	t.Helper()
	root := filepath.Dir(goEnv(t, "GOMOD"))
	realModule(t, "page/page_test.go")
	offer(t, root)
	editModule(t, func(g *WithT, mod *modfile.File) {
		g.Expect(mod.DropReplace(published.Path, "")).To(Succeed())
		g.Expect(mod.AddRequire(published.Path, published.Version)).To(Succeed())
		g.Expect(mod.AddReplace("example.com/beside", "", "./beside", "")).To(Succeed()) // relative paths stay right
	})
}

func editModule(t *testing.T, edit func(*WithT, *modfile.File)) {
	t.Helper()
	g := NewWithT(t)
	content, err := os.ReadFile("go.mod")
	g.Expect(err).NotTo(HaveOccurred())
	mod, err := modfile.Parse("go.mod", content, nil)
	g.Expect(err).NotTo(HaveOccurred())
	edit(g, mod)
	content, err = mod.Format()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile("go.mod", content, 0o644)).To(Succeed())
}

// TestFromTheModuleProxy: the go command replaces no file in the module cache,
// and the failpoints of scope are there.
func TestFromTheModuleProxy(t *testing.T) {
	publishedPage(t)
	struckByRun := func(t *testing.T) {
		t.Helper()
		g := NewWithT(t)
		code, stdout, stderr := squall("run", "--json=r.json")
		g.Expect(code).To(Equal(0), stdout+stderr)
		r, err := result.Read("r.json")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(r.Scenarios).To(HaveLen(1))
		g.Expect(r.Scenarios[0].Verdict).To(Equal(result.Held))
		g.Expect(r.Scenarios[0].FaultsStruck).To(BeNumerically(">", 0), "only scope/run may strike")
	}
	struckByRun(t)
	g := NewWithT(t)
	before, err := os.ReadFile("go.mod")
	g.Expect(err).NotTo(HaveOccurred())

	t.Run("plain go test", func(t *testing.T) {
		t.Setenv("GOFLAGS", cacheFlags) // nothing is to be written to go.mod
		g := NewWithT(t)
		code, file, stderr := squall("overlay")
		g.Expect(code).To(Equal(0), stderr)
		out, err := exec.Command("go", "test", "-overlay="+strings.TrimSpace(file), "./...").CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), string(out))
	})
	t.Run("workspace", func(t *testing.T) {
		t.Setenv("GOFLAGS", cacheFlags)
		g := NewWithT(t)
		g.Expect(os.WriteFile("go.work", []byte("go 1.26.0\n\nuse .\n"), 0o644)).To(Succeed())
		defer os.Remove("go.work")
		struckByRun(t)
	})
	t.Run("go.mod of another name", func(t *testing.T) {
		t.Setenv("GOFLAGS", cacheFlags+" -modfile=other.mod")
		g := NewWithT(t)
		g.Expect(os.Rename("go.sum", "other.sum")).To(Succeed())
		defer os.Rename("other.sum", "go.sum")
		g.Expect(os.WriteFile("other.mod", before, 0o644)).To(Succeed())
		struckByRun(t)
	})
	g.Expect(os.ReadFile("go.mod")).To(Equal(before), "the user's own file")
}
