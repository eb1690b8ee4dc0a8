package publish

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/linear"
	"github.com/squall-go/squall/harness/picture"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
	"github.com/squall-go/squall/internal/visible"
)

// night is a shard that says of itself that it is the first of two.
const night = "../../../test/browser/testdata/night"

func merge(t testing.TB, dirs ...string) *soak.Merged {
	t.Helper()
	m, err := soak.Merge(dirs)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// shard writes a shard with one scenario, which has held, and lets change it.
func shard(t testing.TB, number, of int, change func(s *soak.State), findings ...*batch.Finding) string {
	t.Helper()
	dir := t.TempDir()
	s := &soak.State{
		Format: soak.Format, Version: "0.1.0", Seed: 1 << 63, Shard: soak.Shard{Number: number, Of: of}, Finished: true,
		Scenarios: []batch.Scenario{{ID: "S1", Title: "a story", Properties: []string{"P-BLAST", "P-LEAK"}, Controls: []string{"deaf"}, Controlled: true,
			Faults: []batch.Cell{{Site: "scope/run", Fault: "error"}, {Site: "scope/run", Fault: "panic"}}}},
		Sites: []batch.Site{{Name: "scope/run", Faults: []string{"error", "panic", "delay"}}, {Name: "harness/step"}},
		Tallies: map[string]*soak.Tally{"S1": {Batches: 5, Runs: 1000, Steps: 9000,
			Struck: map[string]map[string]int64{"scope/run": {"error": 12}}, Failed: map[string]int64{}, Facts: map[string]bool{}}},
		Controls: map[string]*soak.Caught{"S1/deaf": {Caught: true, Runs: 3}},
	}
	if change != nil {
		change(s)
	}
	write(t, filepath.Join(dir, "soak.json"), s)
	for i, f := range findings {
		write(t, filepath.Join(dir, "findings", fmt.Sprintf("f%d.json", i)), f)
	}
	return dir
}

func write(t testing.TB, path string, value any) {
	t.Helper()
	content, err := json.Marshal(value)
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func broken() *batch.Finding {
	return &batch.Finding{Scenario: "S1", Verdict: result.Broken, Signature: "P-LEAK main/worker-2", Property: "P-LEAK", Subject: "main/worker-2",
		Message: "main/worker-2 was left", Seed: 1 << 63, Batch: 7, Run: 3, Tape: "squall tape 1\nend\n", Storm: []string{"1. scope/run #1 in main: error"}, Total: 9, Text: "S1: BROKEN\n  it leaks",
		Picture: &picture.Picture{
			Tasks:  []picture.Task{{Path: "main", Name: "main", Parent: -1, State: picture.Ended}, {Path: "main/worker-2", Name: "worker-2", Parent: 0, State: picture.Leaked, Accused: true}},
			Events: []picture.Event{{Task: 0, Kind: "opened", Text: "opened scope", Of: -1}, {Task: 1, Kind: "struck", Text: "scope/run #1: error", Of: -1, Cause: true}, {Task: 1, Kind: "started", Text: "started", Of: -1}},
			Bands:  []picture.Band{{Task: 1, From: 1, To: 2, Number: 1, Site: "scope/run", Fault: "error"}}, Broken: 2,
		}}
}

func failing(s *soak.State) { s.Tallies["S1"].Failed["P-LEAK main/worker-N"] = 4 }

func TestTheVerdict(t *testing.T) {
	unfinished := func(s *soak.State) { s.Finished = false }
	const unlisted = "a finding of a control that no shard lists"
	for _, test := range []struct {
		name string
		dirs func(t *testing.T) []string
		want result.Verdict
	}{
		{"all there and held", func(t *testing.T) []string { return []string{shard(t, 1, 2, nil), shard(t, 2, 2, nil)} }, result.Held},
		{"a shard is missing", func(t *testing.T) []string { return []string{shard(t, 1, 2, nil)} }, result.Inconclusive},
		{"a directory is missing", func(t *testing.T) []string { return []string{shard(t, 1, 1, nil), "nowhere"} }, result.Inconclusive},
		{"a shard was killed", func(t *testing.T) []string { return []string{shard(t, 1, 2, nil), shard(t, 2, 2, unfinished)} }, result.Inconclusive},
		{"a directory is named twice", func(t *testing.T) []string {
			dir := shard(t, 1, 1, nil)
			return []string{dir, dir + "/."}
		}, result.Held},
		{"the same runs are counted twice", func(t *testing.T) []string {
			return []string{shard(t, 1, 2, nil), shard(t, 2, 2, nil), shard(t, 1, 1, nil)}
		}, result.Inconclusive},
		{"a shard is of another version", func(t *testing.T) []string {
			return []string{shard(t, 1, 2, nil), shard(t, 2, 2, func(s *soak.State) { s.Version = "0.2.0" })}
		}, result.Inconclusive},
		{"shards of two seeds", func(t *testing.T) []string {
			return []string{shard(t, 1, 1, nil), shard(t, 1, 1, func(s *soak.State) { s.Seed = 2 })}
		}, result.Held},
		{"broken", func(t *testing.T) []string { return []string{shard(t, 1, 1, failing, broken())} }, result.Broken},
		{"broken, and its file is lost", func(t *testing.T) []string { return []string{shard(t, 1, 1, failing)} }, result.Broken},
		{"flaky, and its file is lost", func(t *testing.T) []string {
			return []string{shard(t, 1, 1, func(s *soak.State) { s.Tallies["S1"].Failed["flaky"] = 1 })}
		}, result.Flaky},
		{"a finding is torn", func(t *testing.T) []string {
			dir := shard(t, 1, 1, nil)
			write(t, filepath.Join(dir, "findings", "torn.json"), "no finding")
			return []string{dir}
		}, result.Inconclusive},
		{"a finding that held", func(t *testing.T) []string {
			held := broken()
			held.Verdict = result.Held
			return []string{shard(t, 1, 1, nil, held)}
		}, result.Broken},
		{"a finding in the shorter directory of two", func(t *testing.T) []string {
			return []string{shard(t, 1, 1, nil), shard(t, 1, 1, func(s *soak.State) { s.Tallies["S1"].Runs = 9 }, broken())}
		}, result.Broken},
		{"a finding beside a torn state", func(t *testing.T) []string {
			dir := shard(t, 1, 1, nil, broken())
			write(t, filepath.Join(dir, "soak.json"), "no state")
			return []string{dir}
		}, result.Broken},
		{"a finding of a control", func(t *testing.T) []string {
			wedged := broken()
			wedged.Verdict, wedged.Control = result.Wedged, "deaf"
			return []string{shard(t, 1, 1, nil, wedged)}
		}, result.Wedged},
		{unlisted, func(t *testing.T) []string {
			wedged := broken()
			wedged.Verdict, wedged.Control = result.Wedged, "gone"
			return []string{shard(t, 1, 1, nil, wedged)}
		}, result.Wedged},
		{"a control was not caught", func(t *testing.T) []string {
			return []string{shard(t, 1, 1, func(s *soak.State) { s.Controls["S1/deaf"].Caught = false })}
		}, result.Vacuous},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := NewWithT(t)
			r := Of(merge(t, test.dirs(t)...))
			g.Expect(r.Verdict).To(Equal(test.want))
			content, err := r.JUnit()
			g.Expect(err).NotTo(HaveOccurred())
			var all junitSuites
			g.Expect(xml.Unmarshal(content, &all)).To(Succeed())
			g.Expect(all.Failures > 0).To(Equal(test.want != result.Held), "what reads tests looks at them only")
			specs, err := r.Ginkgo()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(decoded(g, specs).SuiteSucceeded).To(Equal(test.want == result.Held), "nothing but what held has succeeded")
			untold := strings.Contains(string(content), `<testcase classname="squall.soak" name="held"`)
			g.Expect(untold).To(Equal(test.name == unlisted), "a case of its own tells why")
		})
	}
}

func TestWhatIsLostIsNamed(t *testing.T) {
	g := NewWithT(t)
	r := Of(merge(t, shard(t, 1, 1, failing)))
	g.Expect(r.Lost).To(ConsistOf(Lost{Scenario: "S1", Kind: "P-LEAK main/worker-N", Runs: 4, Verdict: result.Broken}))
	g.Expect(string(r.Markdown())).To(ContainSubstring("`broken S1: P-LEAK main/worker-N in 4 runs`"))
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(ContainSubstring("their files are lost"))
	g.Expect(r.Scenarios[0].Cells).To(ContainElement(Cell{Property: "P-LEAK", Status: Failed, Runs: 4}))
}

func TestTheTableOfProperties(t *testing.T) {
	g := NewWithT(t)
	r := Of(merge(t, shard(t, 1, 1, failing, broken())))
	g.Expect(r.Properties).To(Equal([]string{"P-BLAST", "P-LEAK", "P-EXPECT"}))
	g.Expect(r.Scenarios).To(HaveLen(1))
	var statuses []Status
	for _, c := range r.Scenarios[0].Cells {
		statuses = append(statuses, c.Status)
	}
	g.Expect(statuses).To(Equal([]Status{Kept, Failed, Kept}))
	g.Expect(r.Scenarios[0].Cells[1].Anchor).To(Equal(r.Findings[0].Anchor))
	g.Expect(r.Findings[0].Where).To(Equal("batch 7, run 4, seed 9223372036854775808"), "runs are counted from 1, as the text counts them")
	g.Expect(r.Findings[0].Seen).To(BeEquivalentTo(4))
	g.Expect(r.Seed).To(Equal("9223372036854775808"))
}

func TestACrashedScenarioLinksToItsFinding(t *testing.T) {
	g := NewWithT(t)
	wedge := &batch.Finding{Scenario: "S1", Verdict: result.Wedged, Signature: "wedged", Message: "it is stuck"}
	r := Of(merge(t, shard(t, 1, 1, func(s *soak.State) { s.Tallies["S1"].Failed["wedged"] = 1 }, wedge)))
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(ContainSubstring(`<td><a href="#` + r.Findings[0].Anchor + `"><span class="verdict v-wedged">wedged</span></a></td>`))

	page, err = Of(merge(t, shard(t, 1, 1, nil))).HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(ContainSubstring(`<td><span class="verdict v-held">held</span></td>`), "there is nothing to link to")
}

func TestRowsAndTheirNumberAgree(t *testing.T) {
	g := NewWithT(t)
	r := Of(merge(t, shard(t, 1, 1, func(s *soak.State) {
		s.Scenarios = append(s.Scenarios, batch.Scenario{ID: "S2"}, batch.Scenario{ID: "S3", Controls: []string{"deaf"}})
		s.Tallies["S2"], s.Tallies["S3"] = &soak.Tally{Runs: 5}, &soak.Tally{Runs: 5}
	}, broken())))
	text := string(r.Markdown())
	g.Expect(text).To(ContainSubstring("2 of 3 scenarios held, 1 of them without all of their controls caught.\n"))
	g.Expect(text).To(And(ContainSubstring("| `S3` | held |"), ContainSubstring("| `S1` | broken |")))
	g.Expect(text).NotTo(ContainSubstring("| `S2` |"))
}

// What is finished is so in the merged file too, where programs look for it.
func TestTheMergedSoakIsFinished(t *testing.T) {
	g := NewWithT(t)
	finished := func(dirs ...string) (finished bool) {
		content, err := JSON(merge(t, dirs...))
		g.Expect(err).NotTo(HaveOccurred())
		var got map[string]any
		g.Expect(json.Unmarshal(content, &got)).To(Succeed())
		return got["finished"].(bool)
	}
	one, two := shard(t, 1, 2, nil), shard(t, 2, 2, nil)
	g.Expect(finished(one, two)).To(BeTrue())
	g.Expect(finished(one)).To(BeFalse(), "a shard is missing")
	g.Expect(finished(one, shard(t, 2, 2, func(s *soak.State) { s.Finished = false }))).To(BeFalse(), "a shard was killed")
}

func TestTheCoverage(t *testing.T) {
	g := NewWithT(t)
	c := Of(merge(t, shard(t, 1, 1, nil))).Coverage
	g.Expect(c.Faults).To(Equal([]string{"error", "panic", "delay"}))
	g.Expect(c.Rows).To(Equal([]SiteRow{{Site: "scope/run", Cells: []Strikes{
		{Fault: "error", Can: true, May: true, Count: 12, Heat: 5}, {Fault: "panic", Can: true, May: true}, {Fault: "delay", Can: true}}}}))
	g.Expect(c.Never).To(Equal([]string{"scope/run: panic"}))
	g.Expect([]int{c.Struck, c.Allowed, c.Points}).To(Equal([]int{1, 2, 1}))
}

func TestTheOrderOfDirectoriesDoesNotMatter(t *testing.T) {
	g := NewWithT(t)
	a, b := shard(t, 1, 2, failing, broken()), shard(t, 2, 2, nil)
	var pages [][]byte
	for _, dirs := range [][]string{{a, b}, {b, a}} {
		page, err := Of(merge(t, dirs...)).HTML()
		g.Expect(err).NotTo(HaveOccurred())
		pages = append(pages, page)
	}
	g.Expect(bytes.Equal(pages[0], pages[1])).To(BeTrue())
}

// evil is what names and texts may be.
var evil = "</script><img src=x onerror=alert(1)><!-- ]]> \u202eevil\u2066 {{.}} `|` *b* @you #1 [l](javascript:x) \x00\x1b[31m\xff\ufffe\n::error::gotcha%0A\r\n```\n</details>" +
	"javascript:alert(1)//"

// wicked is a finding all of whose texts are text.
func wicked(text string) *batch.Finding {
	f := broken()
	f.Title, f.Property, f.Guarantee, f.Subject, f.Message = text, "P-"+text, text, text, text
	f.Signature, f.Text, f.Dump, f.Tape, f.Storm = text, text, text, text, []string{text}
	for i := range f.Picture.Tasks {
		task := &f.Picture.Tasks[i]
		task.Path, task.Name, task.Kind, task.Why, task.State = text, text, text, text, picture.State(text)
	}
	for i := range f.Picture.Events {
		f.Picture.Events[i].Kind, f.Picture.Events[i].Text = text, text
	}
	f.Picture.Left = []picture.Left{{Task: 1, State: text, Stack: text}}
	f.Picture.Bands[0].Site, f.Picture.Bands[0].Fault = text, text
	f.Linear = stale()
	f.Linear.Ops[0].Text, f.Linear.Orders[0][0].State = text, text
	return f
}

func wickedShard(t testing.TB, text string) string {
	return shard(t, 1, 1, func(s *soak.State) {
		s.Version = text
		s.Scenarios[0].Title, s.Scenarios[0].Source, s.Scenarios[0].NoControl = text, text, text
		s.Scenarios[0].Properties = append(s.Scenarios[0].Properties, text)
		s.Scenarios[0].Controls = append(s.Scenarios[0].Controls, text)
		s.Scenarios[0].Faults = append(s.Scenarios[0].Faults, batch.Cell{Site: text, Fault: text})
		s.Sites = append(s.Sites, batch.Site{Name: text, Faults: []string{text}})
		s.Tallies["S1"].Failed[text] = 1
		s.Tallies["S1"].Facts[text] = false
		s.Tallies[text] = s.Tallies["S1"]
		s.Controls["S1/"+text] = &soak.Caught{}
		s.Incidents.Count, s.Incidents.Last = 1, []soak.Incident{{Text: text}}
	}, wicked(text))
}

// ours are the tags that the page itself has; attributes of others' making show.
var tags = regexp.MustCompile(`<(/?[a-zA-Z!][^\s>]*)`)

func TestNothingFromOutsideBecomesMarkup(t *testing.T) {
	for name, text := range map[string]string{"evil": evil, "huge": strings.Repeat("<b>x", 1<<12), "rtl": strings.Repeat("\u202e", 50)} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			harmless, err := Of(merge(t, wickedShard(t, "harmless"))).HTML()
			g.Expect(err).NotTo(HaveOccurred())
			r := Of(merge(t, wickedShard(t, text)))
			page, err := r.HTML()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(known(page)).To(Equal(known(harmless)), "tags that text made")
			g.Expect(len(page)).To(BeNumerically("<", 1<<20))
			checkText(g, page)

			markdown := r.Markdown()
			checkText(g, markdown)
			g.Expect(len(markdown)).To(BeNumerically("<=", MaxMarkdown))
			g.Expect(outsideOfCode(string(markdown))).NotTo(Or(ContainSubstring("@you"), ContainSubstring("<img"), ContainSubstring("](")))

			junit, err := r.JUnit()
			g.Expect(err).NotTo(HaveOccurred())
			checkText(g, junit)
			g.Expect(xml.Unmarshal(junit, new(junitSuites))).To(Succeed())

			for _, line := range r.Annotations() {
				g.Expect(line).To(MatchRegexp(`\A::(error|warning) title=[^:,\r\n]*::[^\r\n]*\z`))
				g.Expect(strings.Count(line, "::error")).To(BeNumerically("<=", 1+strings.Count(strings.SplitN(line, "::", 3)[2], "::error")))
			}
			trace, err := Trace(r.Findings[0])
			g.Expect(err).NotTo(HaveOccurred())
			checkTrace(g, trace)
			merged, err := JSON(merge(t, wickedShard(t, text)))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(json.Valid(merged)).To(BeTrue())
		})
	}
}

// TestWhatIsPackedIsWhatWasFound, and as clean as what is not.
func TestWhatIsPackedIsWhatWasFound(t *testing.T) {
	g := NewWithT(t)
	var findings []*batch.Finding
	for i := range whole + 5 {
		f := wicked(evil)
		f.Signature = "P-LEAK " + strings.Repeat("x", 1+i)
		findings = append(findings, f)
	}
	r := Of(merge(t, shard(t, 1, 1, failing, findings...)))
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	data := dataIn(g, page)
	g.Expect(data.Findings).To(HaveLen(whole + 5))
	for i, content := range data.Findings {
		var packed string
		g.Expect(json.Unmarshal(content, &packed) == nil).To(Equal(i >= whole), "the first ones are as they are")
		var d detail
		unpack(g, content, &d)
		f := r.Findings[i]
		g.Expect(d.Picture).To(Equal(f.Picture))
		g.Expect([]string{d.Tape, d.Dump, d.Linear}).To(Equal([]string{f.Tape, f.Dump, string(f.Linear.Data())}))
		g.Expect(d.Words != nil).To(Equal(i >= whole))
		if d.Words != nil {
			g.Expect(*d.Words).To(Equal(words{f.Title, f.Guarantee, f.Replay, f.Facts(), f.Choices, f.Storm, f.Unshrunk, f.Text}))
		}
		var all any
		unpack(g, content, &all)
		checkTexts(g, all)
	}
	var frame []string
	unpack(g, json.RawMessage(strconv.Quote(data.Porcupine)), &frame)
	g.Expect(frame).To(HaveExactElements(HavePrefix("<!doctype html>"), HaveSuffix("</html>\n")))
}

// What was not shrunk is not called the smallest.
func TestAStormThatWasNotShrunkSaysSo(t *testing.T) {
	for unshrunk, want := range map[string]string{
		"":                    `<h4>Smallest storm <small>1 of 9 choices</small></h4>`,
		"nobody had the time": `<h4>Storm <small>1 of 9 choices, not shrunk: nobody had the time</small></h4>`,
	} {
		g := NewWithT(t)
		f := broken()
		f.Unshrunk = unshrunk
		page, err := Of(merge(t, shard(t, 1, 1, failing, f))).HTML()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(page)).To(ContainSubstring(want))
	}
}

func TestWithoutPorcupinesPictureThereIsNoPageOfIt(t *testing.T) {
	g := NewWithT(t)
	page, err := Of(merge(t, shard(t, 1, 1, failing, broken()))).HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(dataIn(g, page).Porcupine).To(BeEmpty())
}

// dataIn is what the page's script is given.
func dataIn(g *WithT, page []byte) (data pageData) {
	_, rest, ok := bytes.Cut(page, []byte(`<script type="application/json" id="data">`))
	g.Expect(ok).To(BeTrue())
	content, _, _ := bytes.Cut(rest, []byte("</script>"))
	g.Expect(json.Unmarshal(content, &data)).To(Succeed())
	return data
}

// unpack reads what is packed, and what is not.
func unpack(g *WithT, content json.RawMessage, into any) {
	var packed string
	if json.Unmarshal(content, &packed) == nil {
		squeezed, err := base64.StdEncoding.DecodeString(packed)
		g.Expect(err).NotTo(HaveOccurred())
		content, err = io.ReadAll(flate.NewReader(bytes.NewReader(squeezed)))
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(json.Unmarshal(content, into)).To(Succeed())
}

// checkTexts: every text in it can be shown.
func checkTexts(g *WithT, value any) {
	switch v := value.(type) {
	case string:
		checkText(g, []byte(v))
	case []any:
		for _, one := range v {
			checkTexts(g, one)
		}
	case map[string]any:
		for _, one := range v {
			checkTexts(g, one)
		}
	}
}

// known are the kinds of tags in the page.
func known(page []byte) (all []string) {
	seen := map[string]bool{}
	for _, m := range tags.FindAllSubmatch(page, -1) {
		seen[string(m[1])] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// outsideOfCode is Markdown without its code.
func outsideOfCode(text string) string {
	var kept []string
	fence := ""
	for line := range strings.Lines(text) {
		run := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		switch {
		case fence != "":
			if len(run) >= len(fence) && strings.TrimSpace(line) == run {
				fence = ""
			}
		case len(run) >= 3:
			fence = run
		default:
			kept = append(kept, spans(line))
		}
	}
	return strings.Join(kept, "")
}

// spans is a line without its code spans.
func spans(line string) (kept string) {
	for {
		begin := strings.IndexByte(line, '`')
		if begin < 0 {
			return kept + line
		}
		kept, line = kept+line[:begin], line[begin:]
		run := line[:len(line)-len(strings.TrimLeft(line, "`"))]
		line = line[len(run):]
		end := regexp.MustCompile("(^|[^`])" + run + "($|[^`])").FindStringIndex(line)
		if end == nil {
			return kept + line
		}
		line = strings.TrimLeft(line[end[0]+1:], "`")
	}
}

// checkText: it is UTF-8, and nothing in it changes what is seen.
func checkText(g *WithT, text []byte) {
	g.Expect(utf8.Valid(text)).To(BeTrue())
	shown := visible.Text(string(text))
	i := 0
	for i < min(len(text), len(shown)) && text[i] == shown[i] {
		i++
	}
	g.Expect(shown == string(text)).To(BeTrue(), "%q", text[max(0, i-40):min(len(text), i+40)])
}

func TestAMegabyteIsCut(t *testing.T) {
	g := NewWithT(t)
	f := broken()
	f.Message, f.Text = strings.Repeat("m", 1<<20), strings.Repeat("t\n", 1<<20)
	r := Of(merge(t, shard(t, 1, 1, failing, f)))
	g.Expect(len(r.Findings[0].Message)).To(BeNumerically("<=", long+len("…")))
	g.Expect(len(r.Findings[0].Text)).To(BeNumerically("<=", body+len("…")))
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(page)).To(BeNumerically("<", 200<<10))
}

// stale is porcupine's picture of a read that came behind what it had to see.
func stale() *linear.Picture {
	return &linear.Picture{
		Ops:    []linear.PictureOp{{Row: 0, From: 0, To: 1, Text: "write(1) of a"}, {Row: 0, From: 2, To: 3, Text: "write(2) of a"}, {Row: 1, From: 4, To: 5, Text: "read() → 1 of b"}},
		Orders: [][]linear.PictureStep{{{Op: 0, State: "1"}, {Op: 1, State: "2"}}},
	}
}

func TestTornFilesAreTold(t *testing.T) {
	g := NewWithT(t)
	dir := shard(t, 1, 1, failing, broken())
	g.Expect(os.WriteFile(filepath.Join(dir, "findings", "torn.json"), []byte(`{"scenario":"S1","sig`), 0o644)).To(Succeed())
	other := t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(other, "soak.json"), []byte(`{"format":1,`), 0o644)).To(Succeed())
	r := Of(merge(t, dir, other, filepath.Join(other, "none")))
	g.Expect(r.Problems).To(ConsistOf(ContainSubstring("torn.json"), ContainSubstring(other+"/soak.json: not the state"), ContainSubstring("none")))
	g.Expect(r.Findings).To(HaveLen(1))
	page, err := r.HTML()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(page)).To(And(ContainSubstring("Not everything could be read"), ContainSubstring("torn.json")))
}

func TestPicturesThatReferToNothing(t *testing.T) {
	g := NewWithT(t)
	p := tidy(&picture.Picture{
		Tasks:  []picture.Task{{Parent: 1}, {Parent: 0}, {Parent: 2}, {Parent: 99}},
		Events: []picture.Event{{Task: 7, Of: -9, At: 5, Step: -1}, {Task: 1, At: 3}, {Task: -1 << 40}},
		Bands:  []picture.Band{{Task: 0, From: 2, To: 0}, {Task: 9}, {Task: 1, From: 3}, {Task: 1, From: -1}},
		Left:   []picture.Left{{Task: 4}}, Broken: 17, End: -4,
	})
	g.Expect(p.Tasks).To(HaveExactElements(HaveField("Parent", -1), HaveField("Parent", 0), HaveField("Parent", -1), HaveField("Parent", -1)))
	g.Expect(p.Events).To(HaveExactElements(picture.Event{Task: -1, Of: -1, At: 5, Kind: unnamed, Text: unnamed}, picture.Event{Task: 1, At: 5, Kind: unnamed, Text: unnamed}, picture.Event{Task: -1, At: 5, Kind: unnamed, Text: unnamed}))
	g.Expect(p.Bands).To(HaveExactElements(picture.Band{Task: 0, From: 2, To: 2}))
	g.Expect([]any{p.Broken, p.End, p.Left[0].Task}).To(Equal([]any{-1, int64(5), -1}))
	g.Expect(tidy(nil)).To(BeNil())
	g.Expect(tidy(&picture.Picture{})).To(BeNil())
}

func TestPorcupinesPicturesThatReferToNothing(t *testing.T) {
	g := NewWithT(t)
	g.Expect(tidyLinear(stale())).To(Equal(stale()))
	for name, spoil := range map[string]func(p *linear.Picture){
		"no operation":                      func(p *linear.Picture) { p.Ops = nil },
		"a row before the first":            func(p *linear.Picture) { p.Ops[0].Row = -1 },
		"a row far away":                    func(p *linear.Picture) { p.Ops[0].Row = 1 << 30 },
		"a call before the run":             func(p *linear.Picture) { p.Ops[0].From = -1 },
		"a return before the call":          func(p *linear.Picture) { p.Ops[1].To = 1 },
		"a return after the end of time":    func(p *linear.Picture) { p.Ops[2].To = 1 << 60 },
		"an order of nothing":               func(p *linear.Picture) { p.Orders[0] = nil },
		"an operation that is not there":    func(p *linear.Picture) { p.Orders[0][1].Op = 3 },
		"one before the first":              func(p *linear.Picture) { p.Orders[0][1].Op = -1 },
		"one twice":                         func(p *linear.Picture) { p.Orders[0][1].Op = 0 },
		"one behind what was called later":  func(p *linear.Picture) { p.Orders[0][0].Op, p.Orders[0][1].Op = 1, 0 },
		"more operations than can be shown": func(p *linear.Picture) { p.Ops = make([]linear.PictureOp, maxOps+1) },
		"more in orders than can be shown":  func(p *linear.Picture) { p.Orders = slices.Repeat(p.Orders, maxPlaced/2+1) },
	} {
		p := stale()
		spoil(p)
		g.Expect(tidyLinear(p)).To(BeNil(), name)
	}
	g.Expect(tidyLinear(nil)).To(BeNil())
}

func TestTheTrend(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "trend.jsonl")
	r := Of(merge(t, shard(t, 1, 1, func(s *soak.State) { s.Begun = s.Begun.AddDate(2025, 0, 0) })))
	g.Expect(r.Remember(path)).To(Succeed())
	g.Expect(r.Remember(path)).To(Succeed(), "the same night again")
	g.Expect(r.Nights).To(HaveLen(1))
	torn, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = torn.WriteString(`{"date":"2027-01-01T0` + "\n\n[]\n")
	g.Expect(errors.Join(err, torn.Close())).To(Succeed())
	for day := range maxNights + 5 {
		r.Begun = r.Begun.AddDate(0, 0, 1)
		g.Expect(r.Remember(path)).To(Succeed())
		if day == 0 {
			g.Expect(r.Problems).To(ConsistOf(ContainSubstring("trend.jsonl:2: not a night"), ContainSubstring("trend.jsonl:4: not a night")))
		}
	}
	nights, bad, err := ReadTrend(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bad).To(BeEmpty())
	g.Expect(nights).To(HaveLen(maxNights))
	g.Expect(nights[maxNights-1]).To(Equal(r.Night()))
	g.Expect(slices.IsSortedFunc(nights, func(a, b Night) int { return a.Date.Compare(b.Date) })).To(BeTrue())
}

// Two soaks that began in the same second are two nights: shards of several seeds, a
// job each, are begun by one push.
func TestTheSameNightIsOfOneSeed(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "trend.jsonl")
	night := func(seed string, day, runs int) Report {
		return Report{Begun: time.Date(2026, 11, day, 2, 17, 0, 0, time.UTC), Seed: seed, Runs: int64(runs), Verdict: result.Held}
	}
	for _, r := range []Report{night("7", 21, 1), night("8", 21, 2), night("7", 22, 3), night("7", 21, 4)} {
		g.Expect(r.Remember(path)).To(Succeed())
	}
	nights, torn, err := ReadTrend(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(torn).To(BeEmpty())
	var runs []int64
	for _, n := range nights {
		runs = append(runs, n.Runs)
	}
	g.Expect(runs).To(Equal([]int64{2, 4, 3}), "the first was reported again, with more runs")
}

// Of one kind two shards have a tape, each its own. A command that names the other one
// would replay what the report does not show.
func TestTheReplayCommandNamesTheTapeOfTheFinding(t *testing.T) {
	g := NewWithT(t)
	late, early := broken(), broken()
	late.Batch, late.Tape = 9, "squall tape 1\nlate\nend\n"
	early.Batch, early.Tape = 8, "squall tape 1\nearly\nend\n"
	one, two := shard(t, 1, 2, failing, late), shard(t, 2, 2, failing, early)
	for dir, f := range map[string]*batch.Finding{one: late, two: early} {
		g.Expect(os.WriteFile(soak.TapePath(dir, f), []byte(f.Tape), 0o644)).To(Succeed())
	}
	replayed := func() string {
		r := Of(merge(t, one, two))
		g.Expect(r.Findings).To(HaveLen(1))
		g.Expect(r.Findings[0].Tape).To(ContainSubstring("early"))
		return r.Findings[0].Replay
	}
	g.Expect(soak.TapePath(one, late) < soak.TapePath(two, early)).To(BeTrue(), "it is not that of the first directory")
	g.Expect(replayed()).To(Equal("squall replay " + soak.TapePath(two, early)))
	// Without its tape the first directory is as good as any.
	g.Expect(os.Remove(soak.TapePath(two, early))).To(Succeed())
	g.Expect(replayed()).To(Equal("squall replay " + soak.TapePath(one, late)))
}

// A pipe in a name would move all that is behind it into other columns.
func TestNamesDoNotMoveTheColumnsOfTheTable(t *testing.T) {
	g := NewWithT(t)
	f := broken()
	f.Scenario, f.Property = "S1|a", "P-LEAK|b"
	text := string(Of(merge(t, shard(t, 1, 1, func(s *soak.State) {
		s.Scenarios[0].ID = "S1|a"
		s.Tallies = map[string]*soak.Tally{"S1|a": {Runs: 1000, Failed: map[string]int64{"P-LEAK|b main": 4}}}
		s.Controls = map[string]*soak.Caught{"S1|a/deaf": {Caught: true}}
	}, f))).Markdown())
	columns := regexp.MustCompile(`(^|[^\\])\|`)
	rows := 0
	for row := range strings.Lines(text) {
		if strings.HasPrefix(row, "|") {
			rows++
			g.Expect(columns.FindAllString(row, -1)).To(HaveLen(7), row)
		}
	}
	g.Expect(rows).To(Equal(3))
	g.Expect(text).To(And(ContainSubstring("| `S1\\|a` | broken |"), ContainSubstring("`P-LEAK\\|b`")))
}

func TestJUnitCounts(t *testing.T) {
	g := NewWithT(t)
	content, err := Of(merge(t, shard(t, 1, 2, failing, broken()))).JUnit()
	g.Expect(err).NotTo(HaveOccurred())
	var all junitSuites
	g.Expect(xml.Unmarshal(content, &all)).To(Succeed())
	g.Expect([]int{all.Tests, all.Failures, all.Skipped}).To(Equal([]int{8, 2, 0}))
	names := map[string]bool{}
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			names[c.Class+" "+c.Name] = c.Failure != nil
		}
	}
	g.Expect(names).To(Equal(map[string]bool{"squall.S1 P-BLAST": false, "squall.S1 P-LEAK": true, "squall.S1 P-EXPECT": false, "squall.S1 runs": false,
		"squall.S1 control deaf": false, "squall.soak is complete": true, "squall.soak saw what it had to see": false, "squall.soak has a file for every kind of failure": false}))
	g.Expect(string(content)).To(And(ContainSubstring("squall replay "), ContainSubstring("shard 2/2 is missing")))
}

func TestSmallPieces(t *testing.T) {
	g := NewWithT(t)
	g.Expect(command("error", "a: b, c%", "x\r\ny%")).To(Equal("::error title=a%3A b%2C c%25::x%0D%0Ay%25"))
	g.Expect(code("a`b``c")).To(Equal("```a`b``c```"))
	g.Expect(code("`a|b`")).To(Equal("`` `a|b` ``"))
	g.Expect(cellCode("a|b")).To(Equal("`a\\|b`"))
	g.Expect(inTag("<b>*|@x")).To(Equal("&#60;b&#62;&#42;&#124;&#64;x"))
	g.Expect(fenced("", "```")).To(Equal("````\n```\n````\n"))
	g.Expect(line("a\n b\u202e\x1b", 100)).To(Equal("a  b⟨U+202E⟩␛"))
	g.Expect(line(strings.Repeat("é", 100), 5)).To(Equal("éé…"))
	g.Expect([]string{count(0), count(-1234), count(1234567), brief(999), brief(12_345), brief(2_500_000)}).To(Equal([]string{"0", "-1,234", "1,234,567", "999", "12k", "2.5M"}))
	g.Expect(Quiet("x\n::error::y\n", "T")).To(Equal("::stop-commands::T\nx\n::error::y\n::T::\n"))
}

func FuzzReport(f *testing.F) {
	for _, dir := range []string{shard(f, 1, 2, failing, broken()), wickedShard(f, evil)} {
		state, err := os.ReadFile(filepath.Join(dir, "soak.json"))
		if err != nil {
			f.Fatal(err)
		}
		finding, err := os.ReadFile(filepath.Join(dir, "findings", "f0.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(state, finding)
	}
	f.Add([]byte(`{"format":1,"shard":{"number":1,"of":9223372036854775807}}`), []byte(`{"scenario":"<","signature":">","picture":{"tasks":[{}],"events":[{"task":-1}],"bands":[{}]},"linear":{"ops":[{"row":9,"to":-1}],"orders":[[{"op":7}],[],null]}}`))
	f.Fuzz(func(t *testing.T, state, finding []byte) {
		dir := t.TempDir()
		g := NewWithT(t)
		g.Expect(os.Mkdir(filepath.Join(dir, "findings"), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, "soak.json"), state, 0o644)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, "findings", "f.json"), finding, 0o644)).To(Succeed())
		m, err := soak.Merge([]string{dir})
		if err != nil {
			return
		}
		r := Of(m)
		page, err := r.HTML()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(len(page)).To(BeNumerically("<=", MaxHTML))
		g.Expect(bytes.Count(page, []byte("<script"))).To(Equal(2), "scripts are ours")
		g.Expect(dataIn(g, page).Findings).To(HaveLen(len(r.Findings)))
		checkText(g, page)
		checkText(g, r.Markdown())
		junit, err := r.JUnit()
		g.Expect(err).NotTo(HaveOccurred())
		for d := xml.NewDecoder(bytes.NewReader(junit)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else {
				g.Expect(err).NotTo(HaveOccurred())
			}
		}
		for _, f := range r.Findings {
			if trace, err := Trace(f); trace != nil && len(f.Picture.Events) > 0 {
				g.Expect(err).NotTo(HaveOccurred())
				checkTrace(g, trace)
			}
		}
		_, err = JSON(m)
		g.Expect(err).NotTo(HaveOccurred())
	})
}
