package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The viewer is Chrome's trace viewer (catapult), which the Go toolchain has for go
// tool trace. Chromium's own chrome://tracing would be the same one; Debian's
// Chromium is built without it.
const viewer = `<!DOCTYPE html>
<meta charset="utf-8">
<title>traces</title>
<style>html, body { margin: 0; height: 100%; overflow: hidden } #trace-viewer { width: 100%; height: 100% }</style>
<script src="/webcomponents.min.js"></script>
<link rel="import" href="/trace_viewer_full.html">
<body></body>`

// openViewer opens the viewer with the traces in dir at hand.
func openViewer(t *testing.T, dir string) *tab {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	static := filepath.Join(strings.TrimSpace(string(root)), "src", "internal", "trace", "traceviewer", "static")
	if _, err := os.Stat(static); err != nil {
		t.Fatalf("the Go toolchain has no trace viewer where go tool trace kept it: %v", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServer(http.Dir(static)))
	mux.Handle("/traces/", http.StripPrefix("/traces/", http.FileServer(http.Dir(dir))))
	mux.HandleFunc("/viewer", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, viewer) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	ctx, cancel := chromedp.NewContext(shared.browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	p := &tab{TB: t, ctx: ctx}
	p.run(chromedp.EmulateViewport(1280, 700), chromedp.Navigate(server.URL+"/viewer"))
	p.until(`typeof tr !== "undefined" && typeof tr.importer?.Import === "function"`)
	return p
}

// model is what the viewer's importer made of a trace.
type model struct {
	Scenario string
	Warnings []string
	Threads  []modelThread
	Arrows   [][2]string // from thread to thread, sorted
	Global   int         // instants of no thread
}

type modelThread struct {
	Name   string
	Slices [3]int // lives, bands and events
	// Astray are the slices that neither are a life nor lie within the slice that
	// the importer put them into.
	Astray []string
}

// imports makes a model of the trace, and keeps it for show.
func (p *tab) imports(name string) (m model) {
	p.Helper()
	m = eval[model](p, fmt.Sprintf(`(async () => {
		const text = await (await fetch("/traces/" + %q, {cache: "no-store"})).text();
		const model = window.model = new tr.Model();
		new tr.importer.Import(model).importTraces([text]);
		const kind = s => s.category.startsWith("task,") ? 0 : s.category === "fault" ? 1 : 2;
		const thread = slice => slice?.parentContainer?.name ?? slice?.parentContainer?.parentContainer?.name ?? "nowhere";
		const rounding = 1e-7; // a tenth of a nanosecond, in ms
		const inside = (s, outer) => outer && outer.start <= s.start + rounding && s.end <= outer.end + rounding;
		const ofThread = t => {
			const slices = [0, 0, 0], astray = [];
			for (const s of t.sliceGroup.slices) {
				slices[kind(s)]++;
				if (kind(s) === 0 ? s.parentSlice : t.name && !inside(s, s.parentSlice)) astray.push(s.title);
			}
			return {Name: t.name ?? "", Slices: slices, Astray: astray};
		};
		return {
			Scenario: model.metadata.find(m => m.name === "otherData").value.scenario,
			Warnings: model.importWarnings.map(w => w.type + ": " + w.message),
			Threads: model.getAllThreads().map(ofThread),
			Arrows: model.flowEvents.map(f => [thread(f.startSlice), thread(f.endSlice)]),
			Global: model.instantEvents.length,
		}})()`, name))
	slices.SortFunc(m.Threads, func(a, b modelThread) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(m.Arrows, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return m
}

// drawn is the model that a finding's picture has to become.
func drawn(t *testing.T, finding string) (m model) {
	t.Helper()
	content, err := os.ReadFile(finding)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Scenario string
		Picture  *struct {
			Tasks []struct {
				Path   string
				Parent int
			}
			Events []struct{ Task int }
			Bands  []struct{ Task int }
			Broken int
		}
	}
	if err := json.Unmarshal(content, &f); err != nil {
		t.Fatal(err)
	}
	if f.Picture == nil {
		return m
	}
	m = model{Scenario: f.Scenario, Warnings: []string{}}
	seen := map[int]*modelThread{}
	for _, e := range f.Picture.Events {
		if seen[e.Task] == nil {
			seen[e.Task] = &modelThread{Astray: []string{}}
			if e.Task >= 0 {
				seen[e.Task].Name, seen[e.Task].Slices[0] = f.Picture.Tasks[e.Task].Path, 1
			}
		}
		seen[e.Task].Slices[2]++
	}
	for _, b := range f.Picture.Bands {
		seen[b.Task].Slices[1]++
	}
	for i, thread := range seen {
		m.Threads = append(m.Threads, *thread)
		if i >= 0 && f.Picture.Tasks[i].Parent >= 0 && seen[f.Picture.Tasks[i].Parent] != nil {
			m.Arrows = append(m.Arrows, [2]string{f.Picture.Tasks[f.Picture.Tasks[i].Parent].Path, thread.Name})
		}
	}
	if f.Picture.Broken >= 0 {
		m.Global = 1
	}
	slices.SortFunc(m.Threads, func(a, b modelThread) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(m.Arrows, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return m
}

// traces has the command make the traces of the night.
func traces(t *testing.T) (dir string, names []string) {
	t.Helper()
	dir = t.TempDir()
	c := exec.Command(shared.command, "report", filepath.Join("testdata", "night"), "--trace", dir)
	if out, err := c.CombinedOutput(); c.ProcessState == nil || c.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: exit code is not 1 (broken): %v\n%s", c.Args, err, out)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		names = append(names, file.Name())
	}
	return dir, names
}

func TestTheViewerImportsTheTraces(t *testing.T) {
	want := map[string]model{}
	findings, err := filepath.Glob(filepath.Join("testdata", "night", "findings", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if m := drawn(t, f); m.Scenario != "" {
			want[m.Scenario] = m
		}
	}
	dir, names := traces(t)
	if len(names) != len(want) || len(want) == 0 {
		t.Fatalf("%d traces of %d pictures", len(names), len(want))
	}
	p := openViewer(t, dir)
	for _, name := range names {
		got := p.imports(name)
		if !reflect.DeepEqual(got, want[got.Scenario]) {
			t.Errorf("%s (%s): imported\n%+v\nof the picture\n%+v", name, got.Scenario, got, want[got.Scenario])
		}
		if got.Scenario == "D7" {
			p.show("trace")
		}
	}
}

// What the importer says of a trace that is broken on purpose: without this, the
// test above might see nothing at all.
func TestTheViewerSeesABrokenTrace(t *testing.T) {
	dir, names := traces(t)
	p := openViewer(t, dir)
	name := names[slices.IndexFunc(names, func(name string) bool { return p.imports(name).Scenario == "D7" })]
	whole := p.imports(name)
	for what, test := range map[string]struct {
		spoil func(event map[string]any) bool
		seen  func(m model) bool
	}{
		"a slice that runs out of the one it begins in": {
			func(e map[string]any) bool { e["dur"] = 1e6; return e["cat"] == "fault" },
			func(m model) bool {
				return slices.ContainsFunc(m.Threads, func(t modelThread) bool { return len(t.Astray) > 0 })
			},
		},
		"an arrow that begins in no slice": {
			func(e map[string]any) bool { e["tid"] = 999; return e["ph"] == "s" },
			func(m model) bool { return len(m.Warnings) > 0 && len(m.Arrows) == len(whole.Arrows)-1 },
		},
		"an arrow that ends in no slice": {
			func(e map[string]any) bool { e["tid"] = 999; return e["ph"] == "f" },
			func(m model) bool { return len(m.Warnings) > 0 && len(m.Arrows) == len(whole.Arrows)-1 },
		},
		"a phase that there is not": {
			func(e map[string]any) bool { e["s"] = "?"; return e["ph"] == "i" },
			func(m model) bool { return len(m.Warnings) > 0 },
		},
	} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		spoil(t, filepath.Join(dir, "spoilt.json"), content, test.spoil)
		if m := p.imports("spoilt.json"); !test.seen(m) {
			t.Errorf("%s: the importer does not mind: %+v", what, m)
		}
	}
}

// spoil writes the trace with the first event changed for which change says so.
func spoil(t *testing.T, file string, content []byte, change func(event map[string]any) bool) {
	t.Helper()
	var trace map[string]any
	if err := json.Unmarshal(content, &trace); err != nil {
		t.Fatal(err)
	}
	events := trace["traceEvents"].([]any)
	for i := range events {
		spoilt := map[string]any{}
		for key, value := range events[i].(map[string]any) {
			spoilt[key] = value
		}
		if change(spoilt) {
			events[i] = spoilt
			break
		}
	}
	content, err := json.Marshal(trace)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// show draws the model that was imported last, and keeps a picture of it.
func (p *tab) show(name string) {
	p.Helper()
	eval[bool](p, `(() => {
		const container = document.createElement("track-view-container");
		container.id = "track_view_container";
		const viewer = document.createElement("tr-ui-timeline-view");
		viewer.track_view_container = container;
		Polymer.dom(viewer).appendChild(container);
		viewer.id = "trace-viewer";
		viewer.globalMode = true;
		Polymer.dom(document.body).appendChild(viewer);
		viewer.model = model;
		viewer.viewTitle = "trace";
		return true })()`)
	p.until(`document.querySelectorAll("canvas").length > 0 || document.querySelector("#trace-viewer").shadowRoot !== null`)
	eval[bool](p, `new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true))))`)
	p.keep(name+".png", value(p, chromedp.CaptureScreenshot()))
}
