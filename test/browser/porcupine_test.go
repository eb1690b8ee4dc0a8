package browser

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// openPorcupine follows the link to porcupine's picture of the counter's finding, and
// is in the tab that it opens.
func openPorcupine(p *tab) *tab {
	p.Helper()
	d7 := openFinding(p, "D7")
	p.until(`!!document.querySelector('` + d7 + ` .porcupine a[href^="blob:"]')`)
	opened := chromedp.WaitNewTarget(p.ctx, func(i *target.Info) bool { return strings.HasPrefix(i.URL, "blob:") })
	p.run(click(d7 + " .porcupine a"))
	var id target.ID
	select {
	case id = <-opened:
	case <-p.ctx.Done():
		p.Fatal("no tab was opened")
	}
	ctx, cancel := chromedp.NewContext(p.ctx, chromedp.WithTargetID(id))
	p.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	p.Cleanup(cancel)
	q := &tab{TB: p.TB, ctx: ctx}
	if err := chromedp.Listen(ctx, q.listen); err != nil {
		p.Fatal(err)
	}
	call(q, network.Enable, network.EnableParams{})
	// Once more, now that it is listened to.
	q.run(chromedp.Reload())
	q.file = eval[string](q, `location.href`)
	p.Cleanup(q.innocent)
	q.until(`document.querySelectorAll("#canvas .history-rect").length > 0`)
	return q
}

// tooltips are what porcupine's page says of each operation under the mouse.
func tooltips(q *tab) []string {
	return eval[[]string](q, `[...document.querySelectorAll(".target-rect")].map(r => {
		for (const type of ["mouseover", "mousemove"]) r.dispatchEvent(new MouseEvent(type, {bubbles: true}));
		const text = document.querySelector(".tooltip").innerText;
		r.dispatchEvent(new MouseEvent("mouseout", {bubbles: true}));
		return text; })`)
}

func TestPorcupinesPictureOpens(t *testing.T) {
	q := openPorcupine(open(t, night(t), "light", 1280, 900))
	if n := eval[int](q, `document.querySelectorAll("#canvas .history-rect").length`); n != 4 {
		t.Errorf("%d operations are drawn", n)
	}
	if text := eval[string](q, `[...document.querySelectorAll(".history-text")].map(t => t.textContent).join("; ")`); !strings.Contains(text, "add(1) → 2 of counting/task-4") {
		t.Errorf("the operations are %s", text)
	}
	for _, part := range []string{".linearization-point", ".linearization-invalid"} {
		if eval[int](q, `document.querySelectorAll("`+part+`").length`) == 0 {
			t.Errorf("the picture has no %s", part)
		}
	}
	if tips := tooltips(q); len(tips) != 4 || !strings.Contains(tips[0], "New state:\n0") {
		t.Errorf("the tooltips are %q", tips)
	}
	if eval[bool](q, `window.opener !== null`) {
		t.Error("the tab can reach the report")
	}
	q.keep("porcupine.png", value(q, chromedp.CaptureScreenshot()))
}

func TestPorcupinesPictureOfHostileText(t *testing.T) {
	q := openPorcupine(open(t, report(t, hostile(t)), "light", 1280, 900))
	tips := tooltips(q)
	for _, text := range append(tips[:1:1], eval[string](q, `document.querySelector(".history-text").textContent`)) {
		if !strings.Contains(text, `</script><img src=x onerror=window.pwned=true><b class=evil>`) {
			t.Errorf("the text is not told as it is: %q", text)
		}
	}
	if eval[bool](q, `window.pwned === true || document.querySelectorAll("img, iframe, b.evil").length > 0`) {
		t.Error("text became markup")
	}
	refused := eval[string](q, `new Promise(done => { addEventListener("securitypolicyviolation", e => done(e.effectiveDirective)); fetch("https://squall.invalid/").catch(() => {}) })`)
	if refused != "connect-src" {
		t.Errorf("the tab may ask the network: %q", refused)
	}
	q.forgive("Content Security Policy")
}

// forgive takes back complaints that the test brought about.
func (p *tab) forgive(about string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors = slices.DeleteFunc(p.errors, func(text string) bool { return strings.Contains(text, about) })
}
