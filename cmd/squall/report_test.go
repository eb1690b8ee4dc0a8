package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// aNight is the shard that the report's own tests look at: it is the first of two,
// and broken.
func aNight(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../test/browser/testdata/night")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestReportWritesWhatIsAskedFor(t *testing.T) {
	g := NewWithT(t)
	night := aNight(t)
	t.Chdir(t.TempDir())
	t.Setenv("GITHUB_STEP_SUMMARY", "summary.md")
	code, stdout, stderr := squall("report", night, "gone", "--html=r.html", "--markdown=r.md", "--junit=r.xml", "--json=r.json", "--trend=t.jsonl", "--trace=traces", "--github")
	g.Expect(code).To(Equal(1), stdout+stderr)
	g.Expect(stdout).To(And(HavePrefix("squall 0.1.0: broken: 970,414 runs"), ContainSubstring("\n::error title=Squall%3A broken D3 P-LEAK::"), ContainSubstring("\n::stop-commands::")))
	g.Expect(stderr).To(And(ContainSubstring("gone"), ContainSubstring("shard 2/2 is missing")))
	for _, file := range []string{"r.html", "r.md", "r.xml", "r.json", "t.jsonl", "summary.md"} {
		g.Expect(file).To(BeARegularFile())
	}
	g.Expect("report.html").NotTo(BeAnExistingFile())
	g.Expect(filepath.Glob("traces/*.trace.json")).To(HaveLen(8))
	content, err := os.ReadFile("r.json")
	g.Expect(err).NotTo(HaveOccurred())
	var merged struct {
		Verdict  string
		Seed     uint64
		Findings []any
	}
	g.Expect(json.Unmarshal(content, &merged)).To(Succeed())
	g.Expect(merged.Verdict).To(Equal("broken"))
	g.Expect(merged.Seed).To(BeEquivalentTo(1790000000000000123))
	g.Expect(merged.Findings).To(HaveLen(10))
}

// A trend that cannot be read costs nobody the report.
func TestReportOutlivesItsTrend(t *testing.T) {
	g := NewWithT(t)
	night := aNight(t)
	t.Chdir(t.TempDir())
	g.Expect(os.WriteFile("big.jsonl", make([]byte, 5<<20), 0o644)).To(Succeed())
	code, stdout, stderr := squall("report", night, "--trend=big.jsonl", "--json=r.json", "--html=r.html")
	g.Expect(code).To(Equal(2))
	g.Expect(stdout).To(And(HavePrefix("squall 0.1.0: broken: 970,414 runs"), HaveSuffix("page: r.html\n")))
	g.Expect(stderr).To(HaveSuffix("\nsquall: publish: big.jsonl: not a file of at most 4194304 bytes\n"))
	g.Expect("r.json").To(BeARegularFile())
	g.Expect("r.html").To(BeARegularFile())
	g.Expect(os.Stat("big.jsonl")).To(HaveField("Size()", BeEquivalentTo(5<<20)), "it is as it was")
}

func TestReportWithoutFlagsWritesThePage(t *testing.T) {
	g := NewWithT(t)
	night := aNight(t)
	t.Chdir(t.TempDir())
	code, stdout, _ := squall("report", night)
	g.Expect(code).To(Equal(1))
	g.Expect("report.html").To(BeARegularFile())
	g.Expect(stdout).To(HaveSuffix("page: report.html\n"))
}

func TestReportRefuses(t *testing.T) {
	night := aNight(t)
	t.Chdir(t.TempDir())
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"report"}, "no directory is named"},
		{[]string{"report", "gone"}, "stat gone/soak.json: no such file or directory; name a directory that squall soak --out has made"},
		{[]string{"report", night, "--html="}, "--html= names no file"},
		{[]string{"report", night, "--html=no/such/r.html"}, "cannot write there"},
		{[]string{"report", night, "--html=r", "--json=r"}, "--html=r and --json=r are one file"},
	} {
		g := NewWithT(t)
		code, stdout, stderr := squall(test.args...)
		g.Expect(code).To(Equal(2), stdout)
		g.Expect(stderr).To(ContainSubstring(test.want))
		g.Expect(os.ReadDir(".")).To(BeEmpty())
	}
}

// What a person pastes is how squall is called where the report is made.
func TestReportTellsHowToReplayHere(t *testing.T) {
	night := aNight(t)
	for _, test := range []struct {
		mod, want string
		more      []string
	}{
		{"module github.com/squall-go/squall\n", "go run ./cmd/squall replay night/findings/", nil},
		{"module x\n\ntool github.com/squall-go/squall/cmd/squall\n", "go tool squall replay night/findings/", []string{"--binaries=bin"}},
		{"module x\n", "squall replay night/findings/", nil},
		{"", "squall replay night/findings/", nil},
		{"", "squall replay --binaries bin/suites night/findings/", []string{"--binaries=bin/suites"}},
	} {
		g := NewWithT(t)
		t.Chdir(t.TempDir())
		here, err := os.Getwd()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(os.CopyFS("night", os.DirFS(night))).To(Succeed())
		if test.mod != "" {
			g.Expect(os.WriteFile("go.mod", []byte(test.mod), 0o644)).To(Succeed())
		}
		code, stdout, stderr := squall(append([]string{"report", "night", "--html=r.html", "--markdown=r.md", "--github"}, test.more...)...)
		g.Expect(code).To(Equal(1), stderr)
		g.Expect(stdout).To(ContainSubstring("\n    "+test.want), "the summary")
		g.Expect(stdout).To(ContainSubstring("replay:  "+test.want), "the text")
		g.Expect(stdout).To(ContainSubstring("%0Areplay: "+test.want), "the annotation")
		summary, err := os.ReadFile("r.md")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(summary)).To(ContainSubstring("\n" + test.want))
		page, err := os.ReadFile("r.html")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(page)).To(And(ContainSubstring("<code>"+test.want), ContainSubstring("for the directory <code>"+here+"</code>")))
	}
}
