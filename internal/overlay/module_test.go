package overlay

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"golang.org/x/mod/modfile"
)

// module makes a module example.com/shop of the files in a directory of its own. Its
// dependencies are this project's, from the module cache; the overlay's store
// is a directory of the test.
func module(t *testing.T, files map[string]string) string {
	t.Helper()
	g := NewWithT(t)
	root := goEnv(t, "GOMOD")
	t.Setenv("GOCACHE", goEnv(t, "GOCACHE"))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOPROXY", "off")
	t.Setenv("GO_FAILPOINTS", "")
	content, err := os.ReadFile(root)
	g.Expect(err).NotTo(HaveOccurred())
	mod, err := modfile.Parse(root, content, nil)
	g.Expect(err).NotTo(HaveOccurred())
	for _, tool := range mod.Tool {
		g.Expect(mod.DropTool(tool.Path)).To(Succeed())
	}
	g.Expect(mod.AddModuleStmt("example.com/shop")).To(Succeed())
	g.Expect(mod.AddRequire("github.com/squall-go/squall", "v0.0.0")).To(Succeed())
	g.Expect(mod.AddReplace("github.com/squall-go/squall", "", filepath.Dir(root), "")).To(Succeed())
	content, err = mod.Format()
	g.Expect(err).NotTo(HaveOccurred())
	sum, err := os.ReadFile(filepath.Join(filepath.Dir(root), "go.sum"))
	g.Expect(err).NotTo(HaveOccurred())

	dir := t.TempDir()
	write := func(name string, content []byte) {
		path := filepath.Join(dir, name)
		g.Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(path, content, 0o644)).To(Succeed())
	}
	write("go.mod", content)
	write("go.sum", sum)
	for name, content := range files {
		write(name, []byte(content))
	}
	return dir
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(out))
}

// golang runs the go command in dir and returns all its output.
func golang(dir string, args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// output runs a program and returns all it says, however it ends.
func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return string(out)
}
