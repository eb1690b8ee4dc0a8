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
