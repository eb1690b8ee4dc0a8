package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/mod/modfile"
)

// modules are the module of testdata/shop and the stub of Squall that its suite
// runs on, made once: a module in another directory is built anew.
var modules struct {
	once sync.Once
	dir  string // of both
	shop string
}

func TestMain(m *testing.M) {
	if os.Getenv(envMain) != "" {
		main()
	}
	code := m.Run()
	os.RemoveAll(modules.dir)
	os.Exit(code)
}

// shop makes the module of testdata/shop the current directory and clears it of
// what other tests wrote there. Its dependencies are this project's, from the
// module cache.
func shop(t *testing.T) {
	t.Helper()
	g := NewWithT(t)
	root := filepath.Dir(goEnv(t, "GOMOD"))
	t.Setenv("GOCACHE", goEnv(t, "GOCACHE"))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	modules.once.Do(func() { makeModules(t, root) })
	t.Chdir(modules.shop)
	t.Cleanup(func() {
		for _, pattern := range []string{"*.json", "*.xml", "*.tape", "*.plan"} {
			written, err := filepath.Glob(filepath.Join(modules.shop, pattern))
			g.Expect(err).NotTo(HaveOccurred())
			for _, file := range written {
				g.Expect(os.Remove(file)).To(Succeed())
			}
		}
	})
}

func makeModules(t *testing.T, root string) {
	t.Helper()
	g := NewWithT(t)
	var err error
	modules.dir, err = os.MkdirTemp("", "squall-test-*")
	g.Expect(err).NotTo(HaveOccurred())
	dir, squall := filepath.Join(modules.dir, "shop"), filepath.Join(modules.dir, "squall")
	modules.shop = dir
	for _, part := range []string{"faults", "harness/result", "internal/atomicfile"} {
		g.Expect(os.CopyFS(filepath.Join(squall, part), os.DirFS(filepath.Join(root, part)))).To(Succeed())
	}
	install(t, "testdata/stub/harness.go.txt", squall, "harness/harness.go")
	install(t, filepath.Join(root, "go.mod"), squall, "go.mod")
	install(t, filepath.Join(root, "go.sum"), dir, "go.sum")
	for _, file := range []string{"checkout/checkout_test.go", "till/till.go"} {
		install(t, "testdata/shop/"+file+".txt", dir, file)
	}
	writeModule(t, root, dir, squall)
}

// writeModule writes the go.mod of example.com/shop: this project's
// dependencies, and this project from the directory squall.
func writeModule(t *testing.T, root, dir, squall string) {
	t.Helper()
	g := NewWithT(t)
	content, err := os.ReadFile(filepath.Join(root, "go.mod"))
	g.Expect(err).NotTo(HaveOccurred())
	mod, err := modfile.Parse("go.mod", content, nil)
	g.Expect(err).NotTo(HaveOccurred())
	for _, tool := range mod.Tool {
		g.Expect(mod.DropTool(tool.Path)).To(Succeed())
	}
	g.Expect(mod.AddModuleStmt("example.com/shop")).To(Succeed())
	g.Expect(mod.AddRequire("github.com/squall-go/squall", "v0.0.0")).To(Succeed())
	g.Expect(mod.AddReplace("github.com/squall-go/squall", "", squall, "")).To(Succeed())
	content, err = mod.Format()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(dir, "go.mod"), content, 0o644)).To(Succeed())
}

func install(t *testing.T, from, dir, name string) {
	t.Helper()
	g := NewWithT(t)
	content, err := os.ReadFile(from)
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(dir, name)
	g.Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
	g.Expect(os.WriteFile(path, content, 0o644)).To(Succeed())
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(out))
}

// squall runs a command line in this process.
func squall(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = execute(context.Background(), args, &out, &err)
	return code, out.String(), err.String()
}
