package commandline

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// write makes a directory with the files, by name, the current one.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	g := NewWithT(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	g.Expect(err).NotTo(HaveOccurred())
	for name, content := range files {
		path := filepath.Join(dir, name)
		g.Expect(os.MkdirAll(filepath.Dir(path), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(path, []byte(content), 0o644)).To(Succeed())
	}
	t.Chdir(dir)
	return dir
}

func TestSquallIsCalledAsTheModuleHasIt(t *testing.T) {
	for mod, want := range map[string]string{
		"module github.com/squall-go/squall\n\ngo 1.26\n":                                                "go run ./cmd/squall",
		"module example.com/shop // ours\n\ntool github.com/squall-go/squall/cmd/squall\n":               "go tool squall",
		"module example.com/shop\n\ntool (\n\tgithub.com/squall-go/squall/cmd/squall // chaos\n\tx\n)\n": "go tool squall",
		"module example.com/shop\n\nrequire github.com/squall-go/squall v0.1.0\n":                        "squall",
		"module github.com/squall-go/squall/test/browser\n":                                              "squall",
		"module example.com/shop\n\n// tool github.com/squall-go/squall/cmd/squall\n":                    "squall",
	} {
		dir := write(t, map[string]string{"go.mod": mod, "a/b/x.go": ""})
		for _, from := range []string{".", filepath.Join(dir, "a/b")} {
			t.Chdir(from)
			c := Here("suites")
			g := NewWithT(t)
			g.Expect(c.String()).To(Equal(want), mod)
			g.Expect(c.Dir).To(Equal(dir), "it is called from the module's root")
			g.Expect(c.Binaries).To(BeEmpty(), "a module can be built")
		}
	}
}

func TestPathsAreThoseOfTheModulesRoot(t *testing.T) {
	dir := write(t, map[string]string{"go.mod": "module github.com/squall-go/squall\n", "deep/x": ""})
	other := t.TempDir()
	g := NewWithT(t)
	for path, want := range map[string]string{
		"night/a.tape":                       "night/a.tape",
		filepath.Join(dir, "night/a.tape"):   "night/a.tape",
		filepath.Join(dir, "a night/a"):      "'a night/a'",
		"../night/a.tape":                    "../night/a.tape",
		filepath.Join(other, "night/a.tape"): filepath.Join(other, "night/a.tape"),
	} {
		g.Expect(Here("").Replay(path, false)).To(Equal("go run ./cmd/squall replay " + want))
	}
	t.Chdir("deep")
	g.Expect(Here("").Replay("night/a.tape", false)).To(Equal("go run ./cmd/squall replay deep/night/a.tape"))
	g.Expect(Here("").Replay("../night/a.tape", false)).To(Equal("go run ./cmd/squall replay night/a.tape"))
	g.Expect(Caller{}.Replay("night/a.tape", false)).To(Equal("squall replay night/a.tape"), "the zero value changes no path")
}

func TestWithoutAModuleTheBinariesAreNamed(t *testing.T) {
	dir := write(t, nil)
	g := NewWithT(t)
	c := Here("the suites")
	g.Expect(c.Dir).To(Equal(dir))
	g.Expect(c.Replay(filepath.Join(dir, "night/a.tape"), false)).To(Equal("squall replay --binaries 'the suites' night/a.tape"))
	g.Expect(c.Replay("night/a.tape", true)).To(Equal("squall replay --race --binaries 'the suites' night/a.tape"))
	g.Expect(c.Report("night")).To(Equal("squall report --binaries 'the suites' night"))
	g.Expect(Here("").Report("night")).To(Equal("squall report night"))
}

func TestWordsAreQuotedForTheShell(t *testing.T) {
	for word, want := range map[string]string{
		"S3": "S3", "a/b_c-1.tape": "a/b_c-1.tape", "": "''", "two words": "'two words'", "it's": `'it'\''s'`, "$x": "'$x'",
	} {
		NewWithT(t).Expect(Quoted(word)).To(Equal(want))
	}
}
