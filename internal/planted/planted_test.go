//go:build planted

package planted

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// bug is one line of a layer, broken.
type bug struct {
	name     string
	file     string
	right    string
	wrong    string
	more     string // appended to the file
	scenario string // that must be broken
	property string // by which
	storm    string // pattern that the failure text must match
}

var bugs = []bug{
	{
		name: "supervisor cancels siblings", file: "scope/owner.go",
		right:    "\t\t// The awaiters of an async job own its failure.\n",
		wrong:    "\t\tp.cancel(err)\n",
		scenario: "S3", property: "P-BLAST", storm: `\d\. scope/(run|end) #1 in fanout/`,
	},
	{
		name: "lost worker takes its work with it", file: "dispatcher/worker.go",
		right:    "\tif heir != nil {\n\t\tp.start(heir)\n\t}\n",
		wrong:    "",
		scenario: "D2", property: "P-STARVE", storm: `dispatcher/(worker-start|dequeue|done) #\d+ in .*lose-worker`,
	},
	{
		name: "reader stays busy after a cancelled call", file: "fakes/cardreader/extension.go",
		right:    "\tdefer e.turn.release(ctx)\n",
		wrong:    "\tdefer func() {\n\t\tif ctx.Err() == nil {\n\t\t\te.turn.release(ctx)\n\t\t}\n\t}()\n",
		scenario: "R10", property: "P-STARVE", storm: `smallest storm`,
	},
	// The two of our own that docs/failures tells of.
	{
		name: "two Goexits are one failure", file: "scope/failure.go",
		right:    "\t\treturn &GoexitError{Stack: stack()}\n",
		wrong:    "\t\treturn errGoexit\n",
		more:     "\nvar errGoexit = &GoexitError{}\n",
		scenario: "S6", property: "P-ERROR", storm: `(?s)work/\w+ ended as if .* had not happened: goexit swallowed.*: goexit\n.*: goexit\n`,
	},
	{
		name: "a stuck call passes for a cancellation", file: "scope/outcome.go",
		right:    "*StuckError, *OverrunError:",
		wrong:    "*OverrunError:",
		scenario: "S16", property: "P-EXPECT", storm: `\d\. scope/call-close #1 in server/serve/close: `,
	},
}

const replays = 10

// suites are those of the catalogue: the real parts take long to build.
const suites = "./suites"

func TestPlantedBugsAreCaughtAndReplayed(t *testing.T) {
	g := NewWithT(t)
	root, err := filepath.Abs("../..")
	g.Expect(err).NotTo(HaveOccurred())
	dir := copyModule(t, root)
	for _, b := range bugs {
		t.Run(b.name, func(t *testing.T) { b.check(t, dir) })
	}
}

func (b bug) check(t *testing.T, dir string) {
	g := NewWithT(t)
	b.plant(t, dir)
	report := filepath.Join(t.TempDir(), "result.json")
	out, code := squall(dir, "run", "--focus", b.scenario, "--json", report, suites)
	g.Expect(code).To(Equal(result.ExitBroken), out)
	g.Expect(out).To(MatchRegexp(b.storm))

	r, err := result.Read(report)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(r.Scenarios).To(HaveLen(1))
	g.Expect(r.Scenarios[0].Verdict).To(Equal(result.Broken))
	g.Expect(r.Scenarios[0].Properties).To(ContainElement(result.Property{ID: b.property, Verdict: result.Broken}), out)

	command := regexp.MustCompile(`replay:  go run ./cmd/squall replay (\S+)`).FindStringSubmatch(out)
	g.Expect(command).To(HaveLen(2), out)
	for range replays {
		again, code := squall(dir, "replay", command[1], suites)
		g.Expect(code).To(Equal(result.ExitBroken), again)
		g.Expect(again).To(ContainSubstring(b.scenario))
	}
}

// plant breaks the line for the time of the test.
func (b bug) plant(t *testing.T, dir string) {
	g := NewWithT(t)
	path := filepath.Join(dir, b.file)
	content, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.Count(string(content), b.right)).To(Equal(1), "the line to break is in %s once", b.file)
	g.Expect(os.WriteFile(path, []byte(strings.Replace(string(content), b.right, b.wrong, 1)+b.more), 0o644)).To(Succeed())
	t.Cleanup(func() { g.Expect(os.WriteFile(path, content, 0o644)).To(Succeed()) })
}

// squall runs the copy's command.
func squall(dir string, args ...string) (string, int) {
	cmd := exec.Command(filepath.Join(dir, "squall"), args...)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	return string(out), cmd.ProcessState.ExitCode()
}

func copyModule(t *testing.T, root string) string {
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name == ".git" || name == ".squall" {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(dir, rel), 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, rel), content, 0o644)
	})).To(Succeed())
	build := exec.Command("go", "build", "-o", "squall", "./cmd/squall")
	build.Dir = dir
	out, err := build.CombinedOutput()
	g.Expect(err).NotTo(HaveOccurred(), string(out))
	return dir
}
