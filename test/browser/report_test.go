package browser

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

func night(t testing.TB) string { return report(t, filepath.Join("testdata", "night")) }

const first = `#list > .finding`

// openFinding opens the finding of a scenario as a person does, and waits for what
// is drawn.
func openFinding(p *tab, scenario string) (selector string) {
	p.Helper()
	selector = fmt.Sprintf(`.finding[data-scenario=%q]`, scenario)
	summary := fmt.Sprintf(`document.querySelector(%q)`, selector+" > summary")
	eval[bool](p, summary+`.scrollIntoView({block: "center"}) === undefined`)
	// A row that was far off is there to be clicked on a frame after it comes near.
	p.until(`(e => { const b = e.getBoundingClientRect(); return e.contains(document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2)) })(` + summary + `)`)
	p.run(click(selector + " > summary"))
	p.until(fmt.Sprintf(`document.querySelector(%q).dataset.drawn === "1"`, selector))
	return selector
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

func TestTheViewsCanBeLookedAt(t *testing.T) {
	file := night(t)
	for _, view := range []struct {
		name, scheme  string
		width, height int64
	}{{"light", "light", 1280, 900}, {"dark", "dark", 1280, 900}, {"narrow", "light", 390, 844}, {"narrow-dark", "dark", 390, 844}} {
		t.Run(view.name, func(t *testing.T) {
			p := open(t, file, view.scheme, view.width, view.height)
			p.shoot("all-"+view.name, "")
			for _, section := range []string{"summary", "findings", "properties", "coverage", "nights"} {
				p.shoot(section+"-"+view.name, "section[aria-labelledby="+section+"]")
			}
			for _, scenario := range []string{"S5", "D3", "D7"} {
				p.shoot(fmt.Sprintf("finding-%s-%s", scenario, view.name), openFinding(p, scenario))
			}
			if wide := eval[int64](p, `document.documentElement.scrollWidth`); wide > view.width {
				t.Errorf("the page is %d wide in a window of %d: it scrolls sideways", wide, view.width)
			}
		})
	}
}

func TestAFindingHasItsPictures(t *testing.T) {
	p := open(t, night(t), "light", 1280, 900)
	if n := eval[int](p, `document.querySelectorAll(".timeline").length`); n != 0 {
		t.Errorf("%d timelines are drawn before anything is opened", n)
	}
	s5 := openFinding(p, "S5")
	for _, part := range []string{".tree .beyond", ".tree .accused", ".timeline svg .band", ".timeline svg .wrong", ".timeline svg .dot.cause", ".events tr.wrong", ".events tr.struck"} {
		if n := eval[int](p, fmt.Sprintf(`document.querySelectorAll(%q).length`, s5+" "+part)); n == 0 {
			t.Errorf("the finding has no %s", part)
		}
	}
	few := eval[int](p, fmt.Sprintf(`document.querySelectorAll(%q).length`, s5+" .events tbody tr"))
	p.run(click(s5 + ` [aria-label="Which events"] button:last-child`))
	all := eval[int](p, fmt.Sprintf(`document.querySelectorAll(%q).length`, s5+" .events tbody tr"))
	if few == 0 || all <= few {
		t.Errorf("%d events led there, of %d", few, all)
	}
	d7 := openFinding(p, "D7")
	place := fmt.Sprintf(`document.querySelector(%q).getBoundingClientRect().x`, d7+" .timeline .ring")
	before := eval[float64](p, place)
	p.run(click(d7 + ` [aria-label="Events across the timeline"] button:last-child`))
	if eval[float64](p, place) == before {
		t.Error("by virtual time the timeline is the same as by order")
	}
	p.shoot("timeline-by-time", d7+" .timeline")
}

func TestCopying(t *testing.T) {
	p := open(t, night(t), "light", 1280, 900)
	p.mayPaste()
	s5 := openFinding(p, "S5")
	p.run(click(s5 + " button[data-copy]"))
	p.until(`document.getElementById("said").textContent === "Replay command copied"`)
	copied := eval[string](p, `navigator.clipboard.readText()`)
	if shown := eval[string](p, fmt.Sprintf(`document.querySelector(%q).textContent`, s5+" .command code")); copied != shown || !strings.HasPrefix(copied, "squall replay ") {
		t.Errorf("copied %q, shown is %q", copied, shown)
	}
	button := `[...document.querySelectorAll('` + s5 + ` button')].find(b => b.textContent.includes("the tape") && b.textContent.startsWith("Copy"))`
	eval[bool](p, `(b => { b.closest("details").open = true; b.click(); return true })(`+button+`)`)
	p.until(`document.getElementById("said").textContent === "Tape copied"`)
	if tape := eval[string](p, `navigator.clipboard.readText()`); !strings.HasPrefix(tape, "squall tape 1\nscenario S5 ") || !strings.HasSuffix(tape, "\nend\n") {
		t.Errorf("the tape that was copied is %q", tape)
	}
}

func TestTheLastOfManyFindingsHasEverything(t *testing.T) {
	p := open(t, report(t, changed(t, 20, func(f map[string]any, k int) { f["signature"] = fmt.Sprint(f["signature"], " ", letters(k)) })), "light", 1280, 900)
	p.until(`document.querySelectorAll(".finding").length === 200`)
	last := "#" + eval[string](p, `[...document.querySelectorAll(".finding[data-scenario=S7]")].pop().id`)
	if n := eval[int](p, `document.querySelectorAll("`+last+` pre").length`); n != 0 {
		t.Fatal("the last finding is in the page in words: this test shows nothing")
	}
	eval[bool](p, `(document.querySelector("`+last+` > summary").focus(), true)`)
	p.run(chromedp.KeyEvent(kb.Enter))
	p.until(`document.querySelector("` + last + `").dataset.drawn === "1"`)
	for _, part := range []string{".command button", ".storm li", ".facts", "details.text pre", ".timeline svg", ".tree"} {
		if n := eval[int](p, `document.querySelectorAll("`+last+" "+part+`").length`); n == 0 {
			t.Errorf("the last finding has no %s", part)
		}
	}
	// What is packed is searched too; and a link finds what is not there yet.
	p.run(chromedp.SetValue(chromedp.CSS(`#filters [name=text]`), "last words"))
	eval[bool](p, `document.querySelector("#filters [name=text]").dispatchEvent(new Event("input", {bubbles: true}))`)
	p.until(`document.getElementById("shown").textContent === "20 of 200 shown"`)
	p.run(chromedp.Navigate("about:blank"), chromedp.Navigate(p.file+last))
	p.until(`document.querySelector("` + last + `").dataset.drawn === "1" && document.activeElement === document.querySelector("` + last + ` > summary")`)
}

func TestAWayToEverySection(t *testing.T) {
	p := open(t, report(t, changed(t, 20, func(f map[string]any, k int) { f["signature"] = fmt.Sprint(f["signature"], " ", letters(k)) })), "light", 1280, 900)
	for _, id := range []string{"shards", "properties", "coverage", "nights", "findings"} {
		p.run(click(`nav a[href="#` + id + `"]`))
		p.until(`(b => b.top >= 0 && b.bottom <= innerHeight)(document.getElementById("` + id + `").getBoundingClientRect())`)
	}
}

func TestFilters(t *testing.T) {
	p := open(t, night(t), "light", 1280, 900)
	shown := func() []string {
		return eval[[]string](p, `[...document.querySelectorAll("#list > .finding")].filter(f => f.getClientRects().length).map(f => f.dataset.scenario)`)
	}
	everything := shown()
	if len(everything) != 10 {
		t.Fatalf("shown are %v", everything)
	}
	set := func(name, value string) {
		t.Helper()
		p.run(chromedp.SetValue(chromedp.CSS(`#filters [name=`+name+`]`), value))
		eval[bool](p, `document.querySelector("#filters [name=`+name+`]").dispatchEvent(new Event("input", {bubbles: true}))`)
	}
	for _, test := range []struct {
		name, value, told string
		want              []string
	}{
		{"scenario", "S5", "1 of 10 shown", []string{"S5"}},
		{"property", "P-LEAK", "2 of 10 shown", []string{"D3", "S7"}},
		{"verdict", "flaky", "1 of 10 shown", []string{"S11"}},
		{"text", "supervisor SIBLINGS", "2 of 10 shown", []string{"S3", "S5"}},
		{"text", "no such thing", "0 of 10 shown", nil},
	} {
		set(test.name, test.value)
		p.until(fmt.Sprintf(`document.getElementById("shown").textContent === %q`, test.told))
		if got := shown(); !slices.Equal(got, test.want) {
			t.Errorf("%s=%s shows %v, not %v", test.name, test.value, got, test.want)
		}
		p.run(click(`#filters [type=reset]`))
		p.until(`document.getElementById("shown").textContent === "10 shown"`)
	}
	if got := shown(); !slices.Equal(got, everything) {
		t.Errorf("cleared, the filters show %v", got)
	}
}

func TestTheKeyboardIsEnough(t *testing.T) {
	p := open(t, night(t), "light", 1280, 900)
	var stops []string
	for range 60 {
		p.run(chromedp.KeyEvent(kb.Tab))
		stop := eval[string](p, `(e => e.tagName + " " + (e.getAttribute("name") || e.className || e.textContent.trim().slice(0, 30)) + (getComputedStyle(e).outlineStyle === "none" ? " UNSEEN" : ""))(document.activeElement)`)
		stops = append(stops, stop)
		if eval[bool](p, `document.activeElement.matches("#list > .finding > summary")`) {
			break
		}
	}
	if !strings.HasPrefix(stops[0], "A skip") || len(stops) == 60 {
		t.Fatalf("Tab goes to %q", stops)
	}
	for _, stop := range stops {
		if strings.HasSuffix(stop, "UNSEEN") {
			t.Errorf("nobody sees where the focus is: %s", stop)
		}
	}
	p.run(chromedp.KeyEvent(kb.Enter))
	p.until(`document.querySelector("` + first + `").dataset.drawn === "1"`)
	p.run(chromedp.KeyEvent(kb.Tab))
	if !eval[bool](p, `document.activeElement.matches("button[data-copy]")`) {
		t.Error("after the finding's line, Tab does not go to the copy button")
	}
}

func TestALinkOpensItsFinding(t *testing.T) {
	p := open(t, night(t), "light", 1280, 900)
	p.run(click(`#properties ~ .scroll .s-broken a`))
	p.until(`location.hash.length > 1 && document.querySelector(location.hash).open && document.querySelector(location.hash).dataset.drawn === "1"`)
}

func TestWhoeverDoesNotSeeItCanReadIt(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		p := open(t, night(t), scheme, 1280, 900)
		eval[bool](p, `(document.querySelectorAll("details").forEach(d => d.open = true), true)`)
		p.until(`[...document.querySelectorAll(".finding")].every(f => f.dataset.drawn)`)
		eval[bool](p, `(document.querySelectorAll(".finding details").forEach(d => d.open = true), true)`)
		for _, complaint := range eval[[]string](p, accessible) {
			t.Errorf("%s: %s", scheme, complaint)
		}
	}
}

func TestThePageWithoutScripts(t *testing.T) {
	file := report(t, changed(t, 20, func(f map[string]any, k int) { f["signature"] = fmt.Sprint(f["signature"], " ", letters(k)) }))
	p := open(t, file, "light", 1280, 900)
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.run(chromedp.Reload())
	if n := eval[int](p, `document.querySelectorAll("#list .finding > summary").length`); n != 200 {
		t.Errorf("without scripts %d findings have a line", n)
	}
	p.run(click(first + " > summary"))
	text := eval[string](p, `document.querySelector("`+first+`").innerText`)
	for _, part := range []string{"squall replay ", "Smallest storm", "As squall prints it"} {
		if !strings.Contains(text, part) {
			t.Errorf("without scripts a finding does not tell %q: %s", part, text)
		}
	}
	if eval[bool](p, `document.getElementById("filters").getClientRects().length > 0`) {
		t.Error("the filters are shown, and do nothing")
	}
}

func TestOnPaper(t *testing.T) {
	p := open(t, night(t), "dark", 1280, 900)
	pdf := value(p, chromedp.PrintToPDF(chromedp.PDFPrintBackground()))
	p.keep("print.pdf", pdf)
	p.until(`document.querySelectorAll(".timeline").length >= 8`)
	if n := eval[int](p, `document.querySelectorAll(".finding[open]").length`); n != 0 {
		t.Errorf("after printing %d findings are still open", n)
	}
}

func TestHostileTextDoesNothing(t *testing.T) {
	p := open(t, report(t, hostile(t)), "light", 1280, 900)
	eval[bool](p, `(document.querySelectorAll("details").forEach(d => d.open = true), true)`)
	p.until(`[...document.querySelectorAll(".finding")].every(f => f.dataset.drawn)`)
	if eval[bool](p, `window.pwned === true || document.querySelectorAll("img, iframe, b.evil").length > 0`) {
		t.Error("text became markup")
	}
	if eval[bool](p, `/[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText)`) {
		t.Error("a mark of direction came through")
	}
	p.shoot("hostile", "")
}

// evil is what a task may be called.
const evil = "</script><img src=x onerror=window.pwned=true><b class=evil>\u202eevil\u2066 ${window.pwned=true} {{.}} \"'`\x00\x1b[31m"

// hostile is the night with names and texts that mean ill.
func hostile(t testing.TB) string {
	return changed(t, 1, func(f map[string]any, _ int) {
		for _, key := range []string{"title", "message", "guarantee", "subject", "text", "dump", "property", "signature"} {
			f[key] = evil
		}
		if p, ok := f["linear"].(map[string]any); ok {
			for _, op := range p["ops"].([]any) {
				op.(map[string]any)["text"] = evil
			}
			for _, step := range p["orders"].([]any)[0].([]any) {
				step.(map[string]any)["state"] = evil
			}
		}
		if p, ok := f["picture"].(map[string]any); ok {
			for _, list := range []string{"tasks", "events", "bands"} {
				for _, one := range p[list].([]any) {
					for key, value := range one.(map[string]any) {
						if _, text := value.(string); text && key != "state" {
							one.(map[string]any)[key] = evil
						}
					}
				}
			}
		}
	})
}

// changed is a copy of the night with n times its findings, each changed.
func changed(t testing.TB, n int, change func(finding map[string]any, copy int)) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "night"))); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "findings", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no findings: %v", err)
	}
	for i, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for k := range n {
			var f map[string]any
			if err := json.Unmarshal(content, &f); err != nil {
				t.Fatal(err)
			}
			f = maps.Clone(f)
			delete(f, "seed") // no number of JavaScript's
			change(f, k)
			out, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "findings", fmt.Sprintf("%d-%d.json", i, k)), out, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// letters tells n in letters: digits do not make another kind of finding.
func letters(n int) string {
	return string(rune('a'+n/26/26%26)) + string(rune('a'+n/26%26)) + string(rune('a'+n%26))
}

// BenchmarkAThousandFindings is how long a page with a thousand findings takes from
// being asked for until it is painted, until it is loaded, and until the last finding
// has its row; and how long it takes to open one of them. The browser's own
// processor time is beside the time that passed: on a busy machine they differ.
func BenchmarkAThousandFindings(b *testing.B) {
	file := report(b, changed(b, 100, func(f map[string]any, k int) {
		f["signature"] = fmt.Sprint(f["signature"], " ", letters(k))
	}))
	sum := map[string]float64{}
	n := 0
	for b.Loop() {
		p := open(b, file, "light", 1280, 900)
		p.until(`performance.getEntriesByType("navigation")[0].loadEventEnd > 0 && performance.getEntriesByName("first-contentful-paint").length > 0`)
		p.until(`document.querySelectorAll(".finding").length === 1000`)
		sum["ms/rows"] += eval[float64](p, `performance.getEntriesByName("rows")[0].startTime`)
		sum["ms/load"] += eval[float64](p, `performance.getEntriesByType("navigation")[0].loadEventEnd`)
		sum["ms/paint"] += eval[float64](p, `performance.getEntriesByName("first-contentful-paint")[0].startTime`)
		for name, seconds := range p.worked() {
			sum["cpu-ms/"+name] += 1000 * seconds
		}
		sum["ms/open"] += eval[float64](p, `new Promise(done => {
			const begin = performance.now(), f = document.querySelector("#list > .finding:last-child");
			new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - begin))).observe(f, {attributeFilter: ["data-drawn"]});
			f.open = true; })`)
		n++
	}
	for name, value := range sum {
		b.ReportMetric(value/float64(n), name)
	}
}
