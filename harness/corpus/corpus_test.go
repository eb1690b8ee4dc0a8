package corpus_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/corpus"
	"github.com/squall-go/squall/harness/tape"
)

// storm is a tape of its own for each n.
func storm(scenario string, n int) *tape.Tape {
	return &tape.Tape{Scenario: scenario, Version: 1, Choices: []tape.Choice{{Kind: tape.Param, Name: "n", Value: n + 1}}}
}

func save(t *testing.T, dir string, saved *tape.Tape) string {
	t.Helper()
	path, err := corpus.Save(dir, saved)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSavedTapesAreLoadedSortedByName(t *testing.T) {
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "testdata", "squall")
	want := map[string]*tape.Tape{}
	for n := range 20 {
		saved := storm("S3", n)
		path := save(t, dir, saved)
		g.Expect(path).To(Equal(filepath.Join(dir, "S3", saved.ID()+".tape")))
		want[path] = saved
	}
	save(t, dir, storm("S4", 1))
	entries, err := corpus.Load(dir, "S3")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(entries).To(HaveLen(20))
	for i, entry := range entries {
		g.Expect(entry.Tape).To(Equal(want[entry.Path]))
		if i > 0 {
			g.Expect(entry.Path > entries[i-1].Path).To(BeTrue())
		}
	}
}

func TestNoFolderHoldsNoTapes(t *testing.T) {
	g := NewWithT(t)
	g.Expect(corpus.Load(filepath.Join(t.TempDir(), "none"), "S3")).To(BeEmpty())
}

func TestSameStormIsReplaced(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	old, found := storm("S3", 1), storm("S3", 1)
	found.Seed, found.Hash = 7, 9
	g.Expect(save(t, dir, found)).To(Equal(save(t, dir, old)))
	save(t, dir, found)
	entries, err := corpus.Load(dir, "S3")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(entries).To(HaveLen(1))
	g.Expect(entries[0].Tape).To(Equal(found))
}

func TestAnotherStormOfTheSameIDIsKept(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	saved, other := storm("S3", 1), storm("S3", 2)
	taken := filepath.Join(dir, "S3", saved.ID()+".tape")
	g.Expect(os.MkdirAll(filepath.Dir(taken), 0o755)).To(Succeed())
	g.Expect(other.WriteFile(taken)).To(Succeed())
	second := filepath.Join(dir, "S3", saved.ID()+"-2.tape")
	g.Expect(save(t, dir, saved)).To(Equal(second))
	g.Expect(save(t, dir, saved)).To(Equal(second))
	g.Expect(tape.ReadFile(taken)).To(Equal(other))
	g.Expect(tape.ReadFile(second)).To(Equal(saved))
}

func TestSaveHealsATapeThatWasCutShort(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := save(t, dir, storm("S3", 1))
	g.Expect(os.Truncate(path, 20)).To(Succeed())
	g.Expect(save(t, dir, storm("S3", 1))).To(Equal(path))
	g.Expect(tape.ReadFile(path)).To(Equal(storm("S3", 1)))
}

func TestLoadNamesTheBadFile(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"cut short": func(path string) error { return os.Truncate(path, 20) },
		"empty":     func(path string) error { return os.Truncate(path, 0) },
		"binary":    func(path string) error { return os.WriteFile(path, []byte("\x00"), 0o600) },
		"huge":      func(path string) error { return os.Truncate(path, 1<<40) },
		"of another scenario": func(path string) error {
			return storm("S4", 1).WriteFile(path)
		},
		"a folder": func(path string) error {
			return os.Mkdir(path+".x.tape", 0o755)
		},
		"a dead link": func(path string) error { return os.Symlink("nowhere", path+".x.tape") },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := t.TempDir()
			save(t, dir, storm("S3", 1))
			path := save(t, dir, storm("S3", 2))
			g.Expect(spoil(path)).To(Succeed())
			entries, err := corpus.Load(dir, "S3")
			g.Expect(err).To(MatchError(SatisfyAll(HavePrefix("corpus: "), ContainSubstring(path), Not(ContainSubstring("\n")))))
			g.Expect(entries).To(BeNil())
		})
	}
}

func TestTapeOfAnotherScenarioIsToldWhereItBelongs(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := save(t, dir, storm("S3", 1))
	g.Expect(storm("two words", 1).WriteFile(path)).To(Succeed())
	_, err := corpus.Load(dir, "S3")
	g.Expect(err).To(MatchError("corpus: " + path + ` is a tape of scenario "two words", not "S3"; move it to the folder two+words`))
}

func TestLoadOpensRegularFilesOnly(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "S3", "x.tape")
	g.Expect(os.MkdirAll(path, 0o755)).To(Succeed())
	_, err := corpus.Load(dir, "S3")
	g.Expect(err).To(MatchError("corpus: " + path + " is not a regular file; take it out of the corpus"))
}

func TestLoadIgnoresWhatIsNoTape(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	path := save(t, dir, storm("S3", 1))
	for _, name := range []string{"README.md", "9f2c41.plan", "." + filepath.Base(path) + ".X.tmp"} {
		g.Expect(os.WriteFile(filepath.Join(dir, "S3", name), []byte("\x00"), 0o600)).To(Succeed())
	}
	entries, err := corpus.Load(dir, "S3")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(entries).To(HaveLen(1))
}

func TestNothingLeavesTheCorpus(t *testing.T) {
	for _, scenario := range []string{
		"..", ".", "../x", "../../x", "/etc/x", "a/../../x", `..\x`, "a\x00b", "x/..", "~", "C:x", "...", ".hidden",
		"a failing recommendation does not fail the page", "größe", strings.Repeat("long ", 1000), strings.Repeat("ü", 300), "%2e%2e", "a+b", "a b", "\xff", "*?",
	} {
		t.Run(fmt.Sprintf("%.20q", scenario), func(t *testing.T) {
			g := NewWithT(t)
			dir := filepath.Join(t.TempDir(), "in")
			path := save(t, dir, storm(scenario, 1))
			inside, err := filepath.Rel(dir, path)
			g.Expect(err).NotTo(HaveOccurred())
			parts := strings.Split(inside, string(filepath.Separator))
			g.Expect(parts).To(HaveLen(2))
			g.Expect(parts[0]).NotTo(HavePrefix("."))
			entries, err := os.ReadDir(filepath.Dir(dir))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(entries).To(HaveLen(1))
			g.Expect(corpus.Load(dir, scenario)).To(Equal([]corpus.Entry{{Path: path, Tape: storm(scenario, 1)}}))
		})
	}
}

func TestScenariosDoNotShareAFolder(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	folders := map[string]bool{}
	names := []string{"a b", "a+b", "a%20b", "a/b", "a_b", ".a", "%2Ea", strings.Repeat("x", 500), strings.Repeat("x", 501), strings.Repeat("x", 120)}
	for _, scenario := range names {
		folders[filepath.Dir(save(t, dir, storm(scenario, 1)))] = true
	}
	g.Expect(folders).To(HaveLen(len(names)))
}

func TestScenarioWithoutAnIDIsRefused(t *testing.T) {
	g := NewWithT(t)
	_, err := corpus.Save(t.TempDir(), storm("", 1))
	g.Expect(err).To(MatchError("corpus: cannot save a tape without a scenario"))
	_, err = corpus.Load(t.TempDir(), "")
	g.Expect(err).To(MatchError("corpus: cannot load the tapes of a scenario without an id"))
}

func TestSaveNamesAFolderThatCannotBeMade(t *testing.T) {
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "file")
	g.Expect(os.WriteFile(dir, nil, 0o600)).To(Succeed())
	path, err := corpus.Save(dir, storm("S3", 1))
	g.Expect(err).To(MatchError(HavePrefix("corpus: cannot save into " + dir + ": ")))
	g.Expect(path).To(BeEmpty())
	_, err = corpus.Load(dir, "S3")
	g.Expect(err).To(MatchError(SatisfyAll(HavePrefix("corpus: "), ContainSubstring(dir))))
}

func TestSaveNamesAFolderThatCannotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	g := NewWithT(t)
	dir := t.TempDir()
	g.Expect(os.Chmod(dir, 0o500)).To(Succeed())
	_, err := corpus.Save(dir, storm("S3", 1))
	g.Expect(err).To(MatchError(os.ErrPermission))
	g.Expect(err).To(MatchError(HavePrefix("corpus: cannot save into " + dir + ": ")))
}

func TestSaveReportsATapeThatCannotBeWritten(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	bad := storm("S3", -1) // value 0 is the default and no choice
	_, err := corpus.Save(dir, bad)
	g.Expect(err).To(MatchError(SatisfyAll(HavePrefix("corpus: cannot save into "+dir), ContainSubstring("not written"))))
	g.Expect(corpus.Load(dir, "S3")).To(BeEmpty())
}

func TestManySaveAndLoadAtOnce(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := range 20 {
				if _, err := corpus.Save(dir, storm("S3", n)); err != nil {
					t.Error(err)
				}
				if _, err := corpus.Load(dir, "S3"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	entries, err := corpus.Load(dir, "S3")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(entries).To(HaveLen(20))
	files, err := os.ReadDir(filepath.Join(dir, "S3"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(files).To(HaveLen(20))
}
