package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var shared struct {
	browser     context.Context
	screenshots string
	command     string // squall
}

func TestMain(m *testing.M) {
	os.Exit(inBrowser(m))
}

// inBrowser runs the tests with one browser, and one command built for all.
func inBrowser(m *testing.M) int {
	dir, err := os.MkdirTemp("", "squall-browser-")
	if err != nil {
		return refuse(err)
	}
	defer os.RemoveAll(dir)
	shared.command = filepath.Join(dir, "squall")
	build := exec.Command("go", "build", "-o", shared.command, "./cmd/squall")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return refuse(fmt.Errorf("%w\n%s", err, out))
	}
	if shared.screenshots = os.Getenv("SQUALL_SCREENSHOTS"); shared.screenshots != "" {
		if err := os.MkdirAll(shared.screenshots, 0o755); err != nil {
			return refuse(err)
		}
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox) // it opens our own files only
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	ctx, stopBrowser := chromedp.NewContext(allocator)
	defer stopBrowser()
	if err := chromedp.Do(ctx); err != nil {
		return refuse(fmt.Errorf("no browser: %w; .ci/browser installs one", err))
	}
	shared.browser = ctx
	return m.Run()
}

func refuse(err error) int {
	fmt.Fprintln(os.Stderr, "browser:", err)
	return 1
}

// report makes a page of the shards in dirs.
func report(t testing.TB, dirs ...string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "report.html")
	trend := filepath.Join(t.TempDir(), "trend.jsonl")
	if err := os.WriteFile(trend, nights(), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(shared.command, append([]string{"report", "--html", file, "--trend", trend}, dirs...)...)
	if out, err := c.CombinedOutput(); c.ProcessState == nil || c.ProcessState.ExitCode() != 1 {
		t.Fatalf("%v: exit code is not 1 (broken): %v\n%s", c.Args, err, out)
	}
	return file
}

// nights are a month of them before this one.
func nights() (lines []byte) {
	for i := range 30 {
		lines = fmt.Appendf(lines, `{"date":"2026-10-%02dT02:17:00Z","seed":"%d","verdict":"%s","shards":2,"runs":%d,"findings":%d,"cells":%d,"allowed":90,"missed":0}`+"\n",
			i+1, 1789000000000000000+i, []string{"held", "held", "held", "broken"}[i%4], 700_000+i*9000+(i%3)*50_000, (i%4)/3*2, 60+i/2)
	}
	return lines
}

// tab is a page that is open, and what it did that it must not do.
type tab struct {
	testing.TB
	ctx  context.Context
	file string

	mu       sync.Mutex
	requests []string
	errors   []string
}

// open opens the file, width by height, in a scheme of colours.
func open(t testing.TB, file, scheme string, width, height int64) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(shared.browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	p := &tab{TB: t, ctx: ctx, file: (&url.URL{Scheme: "file", Path: file}).String()}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	call(p, network.Enable, network.EnableParams{})
	call(p, log.Enable, cdp.Empty{})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	call(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(p, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	p.run(chromedp.EmulateViewport(width, height), chromedp.Navigate(p.file))
	t.Cleanup(p.innocent)
	return p
}

func (p *tab) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *log.EventEntryAdded:
		p.errors = append(p.errors, fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *runtime.EventConsoleAPICalled:
		p.errors = append(p.errors, fmt.Sprintf("console.%s", e.Type))
	case *runtime.EventExceptionThrown:
		p.errors = append(p.errors, fmt.Sprintf("%s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *page.EventJavascriptDialogOpening:
		p.errors = append(p.errors, "a dialog: "+e.Message)
	}
}

// innocent fails the test if the page asked for anything or complained.
func (p *tab) innocent() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, address := range p.requests {
		bare, _, _ := strings.Cut(address, "#")
		if bare != p.file && !strings.HasPrefix(address, "data:") && !strings.HasPrefix(address, "blob:") {
			p.Errorf("the page asked for %s", address)
		}
	}
	if len(p.requests) == 0 {
		p.Errorf("no request was seen, not even the page's own: this test sees nothing")
	}
	for _, text := range p.errors {
		p.Errorf("the page complained: %s", text)
	}
}

func (p *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.Fatal(err)
	}
}

// value is what the action returns.
func value[T any](p *tab, action chromedp.Action[T]) T {
	p.Helper()
	v, err := chromedp.Run(p.ctx, action)
	if err != nil {
		p.Fatal(err)
	}
	return v
}

// call sends a command of the protocol.
func call[P, R any](p *tab, command cdp.Command[P, R], params P) R {
	p.Helper()
	return value(p, func(ctx context.Context, t *chromedp.Target) (R, error) { return cdp.Call(ctx, t, command, params) })
}

// eval is the value of the expression; a promise is awaited.
func eval[T any](p *tab, expression string) (result T) {
	p.Helper()
	text := value(p, chromedp.Evaluate[string](`(async () => JSON.stringify(await (`+expression+`)))()`, chromedp.EvalAwaitPromise, withGesture))
	if err := json.Unmarshal([]byte(text), &result); err != nil {
		p.Fatalf("%s: %s: %v", expression, text, err)
	}
	return result
}

func withGesture(e *runtime.EvaluateParams) { e.UserGesture = new(true) }

// until waits for the condition to come true.
func (p *tab) until(condition string) {
	p.Helper()
	p.run(chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingTimeout(30*time.Second)))
}

// shoot keeps a picture of the whole page; of what is selected alone, if anything is.
func (p *tab) shoot(name, selector string) {
	p.Helper()
	// What is far off has no size of its own yet.
	eval[bool](p, `(document.head.append(Object.assign(document.createElement("style"), {id: "away", textContent: ".away { display: none !important } .far { content-visibility: visible }"})), true)`)
	if selector != "" {
		eval[bool](p, fmt.Sprintf(`(() => {
			for (let e = document.querySelector(%q); e !== document.body; e = e.parentElement)
				for (const other of e.parentElement.children) if (other !== e && other.tagName !== "SUMMARY") other.classList.add("away");
			return true })()`, selector))
	}
	size := eval[[3]float64](p, `[innerWidth, innerHeight, document.body.offsetHeight + 40]`)
	p.run(chromedp.EmulateViewport(int64(size[0]), int64(max(size[2], 200))))
	p.keep(name+".png", value(p, chromedp.CaptureScreenshot()))
	p.run(chromedp.EmulateViewport(int64(size[0]), int64(size[1])))
	eval[bool](p, `(document.getElementById("away")?.remove(), document.querySelectorAll(".away").forEach(e => e.classList.remove("away")), true)`)
}

func (p *tab) keep(name string, content []byte) {
	p.Helper()
	if len(content) < 1000 {
		p.Errorf("%s has only %d bytes", name, len(content))
	}
	dir := shared.screenshots
	if dir == "" {
		dir = p.TempDir()
	}
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
		p.Fatal(err)
	}
}

// mayPaste lets the page's clipboard be read by the test.
func (p *tab) mayPaste() {
	p.Helper()
	call(p, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-read"}, Setting: browser.PermissionSettingGranted})
	call(p, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "clipboard-write", AllowWithoutSanitization: true}, Setting: browser.PermissionSettingGranted})
}

// worked is the processor time of the page's thread so far, in seconds.
func (p *tab) worked() map[string]float64 {
	p.Helper()
	worked := map[string]float64{}
	for _, m := range call(p, performance.GetMetrics, cdp.Empty{}).Metrics {
		switch m.Name {
		case "TaskDuration":
			worked["all"] = m.Value
		case "ScriptDuration":
			worked["script"] = m.Value
		case "LayoutDuration":
			worked["layout"] = m.Value
		case "RecalcStyleDuration":
			worked["style"] = m.Value
		}
	}
	return worked
}
