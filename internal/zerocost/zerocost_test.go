package zerocost

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// layers are the packages that have markers, with their tests: these
// instantiate the generic functions.
var layers = []string{"./scope/...", "./dispatcher/...", "./fakes/..."}

// golang runs the go command in the module's root. The error holds what it
// says on the standard error.
func golang(args ...string) (stdout, stderr []byte, err error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join("..", "..")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err = cmd.Run(); err != nil {
		err = fmt.Errorf("go %s: %w", args[0], err)
	}
	return out.Bytes(), errs.Bytes(), err
}

// listing compiles the layers with the files replaced.
func listing(t *testing.T, replaced map[string][]byte) compiled {
	t.Helper()
	out, err := compileLayers(t, "-S", replaced)
	if used := useUnused(t, out, replaced); err != nil && used {
		out, err = compileLayers(t, "-S", replaced)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints(out))
	}
	return compile(out)
}

// inlined are the functions that the compiler may inline.
func inlined(t *testing.T, replaced map[string][]byte) []string {
	t.Helper()
	out, err := compileLayers(t, "-m", replaced)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^(\S+?):\d+:(?:\d+:)? can inline (\S+)`).FindAllSubmatch(out, -1) {
		if !isClosure(string(m[2])) {
			names = append(names, string(m[1])+" "+string(m[2]))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// explain names the usual reason of a difference: a marker counts towards the
// size at which the compiler stops inlining a function into its callers.
func explain(t *testing.T, without map[string][]byte) string {
	t.Helper()
	with := inlined(t, nil)
	only := slices.DeleteFunc(inlined(t, without), func(name string) bool { return slices.Contains(with, name) })
	return "inlined only without their markers (move the marker to a function that is too big anyway, or say //go:noinline):\n" + strings.Join(only, "\n")
}

func compileLayers(t *testing.T, gcflags string, replaced map[string][]byte) ([]byte, error) {
	t.Helper()
	g := NewWithT(t)
	dir := t.TempDir()
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for path, content := range replaced {
		// The line directive makes the compiler name the file that it replaces.
		copied := filepath.Join(dir, strconv.Itoa(len(overlay.Replace))+".go")
		g.Expect(os.WriteFile(copied, append([]byte("//line "+path+":1:1\n"), content...), 0o644)).To(Succeed())
		overlay.Replace[path] = copied
	}
	content, err := json.Marshal(overlay)
	g.Expect(err).NotTo(HaveOccurred())
	file := filepath.Join(dir, "overlay.json")
	g.Expect(os.WriteFile(file, content, 0o644)).To(Succeed())
	args := append([]string{"list", "-export", "-test", "-f={{.Name}}", "-gcflags=" + gcflags, "-overlay=" + file}, layers...)
	_, out, err := golang(args...)
	return out, err
}

var unused = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):(?:\d+:)? declared and not used: (\w+)$`)

// useUnused gives variables that only markers use a use that compiles to
// nothing: what they are computed from is not the marker's and stays. It tells
// of each, for such a computation is what a normal build pays.
func useUnused(t *testing.T, out []byte, replaced map[string][]byte) bool {
	t.Helper()
	found := unused.FindAllSubmatch(out, -1)
	for _, m := range found {
		for path, content := range replaced {
			if !strings.HasSuffix(path, strings.TrimPrefix(string(m[1]), "./")) {
				continue
			}
			t.Logf("%s:%s: %s is there for markers only", path, m[2], m[3])
			number, err := strconv.Atoi(string(m[2]))
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			lines := strings.Split(string(content), "\n")
			lines[number-1] += "; _ = " + string(m[3])
			replaced[path] = []byte(strings.Join(lines, "\n"))
		}
	}
	return len(found) > 0
}

// complaints is the lines of the compiler's output that are not its listing.
func complaints(out []byte) string {
	var b strings.Builder
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, ".go:") && !strings.HasPrefix(line, "\t") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// markedFiles are the layers' files that have markers.
func markedFiles(t *testing.T) []*file {
	t.Helper()
	out, errs, err := golang(append([]string{"list", `-f={{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}`}, layers...)...)
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(errs))
	var marked []*file
	for path := range strings.FieldsSeq(string(out)) {
		content, err := os.ReadFile(path)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		if f := parse(t, path, content); len(f.markers) > 0 {
			marked = append(marked, f)
		}
	}
	return marked
}

func copies(marked []*file) map[string][]byte {
	all := map[string][]byte{}
	for _, f := range marked {
		all[f.path] = f.content
	}
	return all
}

func blanked(t *testing.T, marked []*file) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, f := range marked {
		all[f.path] = f.blanked(t, -1)
	}
	return all
}

func TestMarkersCostNothing(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("coverage counters are code")
	}
	g := NewWithT(t)
	marked := markedFiles(t)
	g.Expect(marked).NotTo(BeEmpty())
	// Both are compiled from copies: the compiler looks at positions too.
	as := listing(t, copies(marked))
	variant := blanked(t, marked)
	without := listing(t, variant)
	g.Expect(len(without)).To(BeNumerically(">", 100), "the listing must hold the layers' functions")
	if found := differences(as, without); len(found) > 0 {
		t.Errorf("markers change the machine code of a normal build; a marker may capture only variables that are never assigned again, and one whose body calls methods of its package belongs in a function of its own:\n%s\n%s", strings.Join(found, "\n"), explain(t, variant))
	}

	t.Run("control: a marker made real is seen", func(t *testing.T) {
		i := slices.IndexFunc(marked, func(f *file) bool { return strings.Contains(f.path, "dispatcher") })
		NewWithT(t).Expect(i).To(BeNumerically(">=", 0))
		variant := blanked(t, marked)
		variant[marked[i].path] = marked[i].blanked(t, 0)
		NewWithT(t).Expect(differences(without, listing(t, variant))).NotTo(BeEmpty())
	})
}

func TestDifferences(t *testing.T) {
	const one = `# p
github.com/x/p.F STEXT size=6 args=0x0
	0x0000 e8 00 00 00 00 c3                                .....
	rel 1+4 t=R_CALL github.com/x/p.F.func2+0
github.com/x/p.F.func1 STEXT size=1 args=0x0
	0x0000 c3                                               .
github.com/x/p.F.func2 STEXT size=1 args=0x0
	0x0000 90                                               .
`
	g := NewWithT(t)
	renamed := strings.NewReplacer("func1", "func3").Replace(one)
	g.Expect(differences(compile([]byte(one)), compile([]byte(renamed)))).To(BeEmpty(), "a dead closure does not count")
	code := strings.Replace(one, "0x0000 90", "0x0000 91", 1)
	g.Expect(differences(compile([]byte(one)), compile([]byte(code)))).To(Equal([]string{".p github.com/x/p.F.#func1 has other code"}))
	call := strings.Replace(one, "p.F.func2+0", "p.G+0", 1)
	g.Expect(differences(compile([]byte(one)), compile([]byte(call)))).To(Equal([]string{
		".p github.com/x/p.F refers to other symbols", ".p github.com/x/p.F.#func1 is in one only",
	}))
}
