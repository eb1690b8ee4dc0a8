package result_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

func held(id string) result.Scenario { return result.Scenario{ID: id, Verdict: result.Held} }

func TestWorst(t *testing.T) {
	g := NewWithT(t)
	g.Expect(result.Worst()).To(Equal(result.Held))
	g.Expect(result.Worst(result.Held, result.Flaky, result.Vacuous)).To(Equal(result.Flaky))
	g.Expect(result.Worst(result.Broken, result.Wedged)).To(Equal(result.Broken))
}

func TestExitCode(t *testing.T) {
	for verdict, code := range map[result.Verdict]int{
		result.Held: 0, result.Broken: 1, result.Vacuous: 3, result.Flaky: 3, result.Inconclusive: 3, result.Wedged: 4,
	} {
		NewWithT(t).Expect(verdict.ExitCode()).To(Equal(code), string(verdict))
	}
}

func TestVerdictOfNothingIsVacuous(t *testing.T) {
	g := NewWithT(t)
	g.Expect(result.Result{}.Verdict()).To(Equal(result.Vacuous))
	g.Expect(result.Result{Scenarios: []result.Scenario{held("S1")}}.Verdict()).To(Equal(result.Held))
}

func TestVerdictCountsUncaughtControls(t *testing.T) {
	s := held("S1")
	s.Controls = []result.Control{{Name: "caught", Caught: true}, {Name: "missed"}}
	NewWithT(t).Expect(result.Result{Scenarios: []result.Scenario{s}}.Verdict()).To(Equal(result.Vacuous))
}

func TestVerdictCountsProperties(t *testing.T) {
	s := held("S1")
	s.Properties = []result.Property{{ID: "P-LEAK", Verdict: result.Broken}}
	NewWithT(t).Expect(s.Judged()).To(Equal(result.Broken))
}

func TestVerdictCountsFindingsButNotPeers(t *testing.T) {
	g := NewWithT(t)
	r := result.Result{
		Scenarios: []result.Scenario{held("S1")},
		Peers:     []result.Peer{{Library: "errgroup", Verdict: result.Broken}},
	}
	g.Expect(r.Verdict()).To(Equal(result.Held))
	r.Findings = []result.Finding{{Package: "p", Verdict: result.Wedged}}
	g.Expect(r.Verdict()).To(Equal(result.Wedged))
}

func TestMergeSortsAsPeopleCount(t *testing.T) {
	g := NewWithT(t)
	m := result.Merge(
		result.Result{Version: "v", Seed: 7, Scenarios: []result.Scenario{held("S10"), held("R1")}},
		result.Result{Version: "w", Seed: 8, Scenarios: []result.Scenario{held("S2"), held("D1")}, Peers: []result.Peer{{Library: "conc"}}},
	)
	var ids []string
	for _, s := range m.Scenarios {
		ids = append(ids, s.ID)
	}
	g.Expect(ids).To(Equal([]string{"D1", "R1", "S2", "S10"}))
	g.Expect(m.Seed).To(BeEquivalentTo(7))
	g.Expect(m.Peers).To(HaveLen(1))
}

func TestCompareIDs(t *testing.T) {
	ids := []string{"S10b", "plain words", "S10", "S9", "", "S10a", "R100"}
	slices.SortFunc(ids, result.CompareIDs)
	NewWithT(t).Expect(ids).To(Equal([]string{"", "R100", "S9", "S10", "S10a", "S10b", "plain words"}))
}

func TestWriteThenRead(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "r.json")
	want := result.Result{Version: "v", Seed: 1<<64 - 1, Scenarios: []result.Scenario{held("S1")}}
	g.Expect(want.Write(path)).To(Succeed())
	g.Expect(result.Read(path)).To(Equal(want))
}

func TestListWriteThenRead(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "l.json")
	g.Expect(result.List(nil).Write(path)).To(Succeed())
	g.Expect(result.ReadList(path)).To(Equal(result.List{}))
	want := result.List{{ID: "S1", Title: "t", Source: "s", Properties: []string{"P-LEAK"}, Controls: []string{}, NoControl: "it is about the machine"}}
	g.Expect(want.Write(path)).To(Succeed())
	g.Expect(result.ReadList(path)).To(Equal(want))
}

func TestListAdd(t *testing.T) {
	g := NewWithT(t)
	l := result.List{}.Add("a", result.List{{ID: "S10"}, {ID: "S2"}}).Add("b", result.List{{ID: "S2"}})
	l.Sort()
	g.Expect(l).To(Equal(result.List{{ID: "S2", Packages: []string{"a", "b"}}, {ID: "S10", Packages: []string{"a"}}}))
}

func TestReadRefusesUnknownVerdict(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "r.json")
	g.Expect(os.WriteFile(path, []byte(`{"scenarios":[{"id":"S1","verdict":"green"}]}`), 0o600)).To(Succeed())
	_, err := result.Read(path)
	g.Expect(err).To(MatchError(ContainSubstring(`unknown verdict "green"; known are held, vacuous,`)))
}

func TestProgressWriteLine(t *testing.T) {
	g := NewWithT(t)
	var b strings.Builder
	g.Expect(result.Progress{Scenario: "S1", Done: 2, Total: 9}.WriteLine(&b)).To(Succeed())
	g.Expect(b.String()).To(Equal(`{"scenario":"S1","done":2,"total":9}` + "\n"))
}
