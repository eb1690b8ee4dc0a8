package publish

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"

	"github.com/squall-go/squall/harness/picture"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var styleSource string

//go:embed page.js
var scriptSource string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": count, "brief": brief, "span": span, "sentence": sentence, "plural": plural,
	"style":  func() template.CSS { return template.CSS(styleSource) },
	"script": func() template.JS { return template.JS(scriptSource) },
}).Parse(pageSource))

// MaxHTML bounds the page, in bytes.
const MaxHTML = 6 << 20

// HTML is the report as one page of at most [MaxHTML] bytes. It needs nothing
// outside of it, and forbids itself to ask for it. Without scripts it shows all
// but the pictures, the dumps and the tapes, and of all findings but the first
// hundred no more than a line. Where it would be too large it leaves
// out, of the last findings first, the pictures, then the dumps, the tapes and the
// texts, and says so.
func (r *Report) HTML() ([]byte, error) { return r.html(MaxHTML) }

func (r *Report) html(limit int) ([]byte, error) {
	blocks := make([]*block, len(r.Findings))
	size := 0
	for i, f := range r.Findings {
		b, err := newBlock(f, i >= whole)
		if err != nil {
			return nil, err
		}
		blocks[i] = b
		size += len(b.html)
	}
	frame, err := r.frame(blocks, "")
	if err != nil {
		return nil, err
	}
	const note = 1000 // bytes of what is said of it
	room := limit - (len(frame) - size) - note
	if size <= room {
		return frame, nil
	}
	told, err := shed(blocks, size, room)
	if err != nil {
		return nil, err
	}
	return r.frame(blocks, told)
}

// whole is how many findings are in the page in words, for readers without scripts.
// Of those behind them the page has the line with the verdict, and leaves the rest
// to its script: a browser takes most of its time to make elements that nobody has
// opened.
const whole = 100

// block is one finding as HTML.
type block struct {
	Finding
	Lean bool
	html template.HTML
}

// detail is what the page's script draws when the finding is opened.
type detail struct {
	Picture *picture.Picture `json:"picture,omitempty"`
	Tape    string           `json:"tape,omitempty"`
	Dump    string           `json:"dump,omitempty"`
	File    string           `json:"file,omitempty"`
	Words   *words           `json:"words,omitempty"`
}

// words are what the page says of a finding itself, unless it is a lean one.
type words struct {
	Title     string   `json:"title,omitempty"`
	Guarantee string   `json:"guarantee,omitempty"`
	Replay    string   `json:"replay,omitempty"`
	Facts     string   `json:"facts"`
	Choices   string   `json:"choices"`
	Storm     []string `json:"storm,omitempty"`
	Text      string   `json:"text"`
}

// Data is the finding for the script.
func (b *block) Data() detail {
	d := detail{Picture: b.Picture, Tape: b.Tape, Dump: b.Dump, File: b.Anchor + ".tape"}
	if b.Lean {
		d.Words = &words{b.Title, b.Guarantee, b.Replay, b.Facts(), b.Choices, b.Storm, b.Text}
	}
	return d
}

// Facts are what else is known of the finding.
func (f *Finding) Facts() (facts string) {
	if f.Subject != "" {
		facts = "About " + f.Subject + ". "
	}
	if f.Seen > 0 {
		facts += "Seen in " + plural(f.Seen, "run", "runs") + ". "
	}
	return facts + "First in " + f.Where + "."
}

func newBlock(f *Finding, lean bool) (*block, error) {
	b := &block{Finding: *f, Lean: lean}
	return b, b.render()
}

func (b *block) render() error {
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "finding", b); err != nil {
		return fmt.Errorf("publish: page: %w", err)
	}
	b.html = template.HTML(out.String()) // by this very template: escaped
	return nil
}

// HTML is what was rendered last.
func (b *block) HTML() template.HTML { return b.html }

// shed makes the blocks, which are size bytes, fit into room. It returns what is
// to be said of that.
func shed(blocks []*block, size, room int) (told string, err error) {
	steps := []struct {
		what string
		drop func(*block)
	}{
		{"pictures", func(b *block) { b.Picture = nil }},
		{"dumps", func(b *block) { b.Dump = "" }},
		{"tapes", func(b *block) { b.Tape = "" }},
		{"texts", func(b *block) { b.Text = cut(b.Text, 1000) }},
		{"storms", func(b *block) { b.Storm = nil }},
	}
	for _, step := range steps {
		n := 0
		for i := len(blocks) - 1; i >= 0 && size > room; i-- {
			before := len(blocks[i].html)
			step.drop(blocks[i])
			if err := blocks[i].render(); err != nil {
				return "", err
			}
			if after := len(blocks[i].html); after != before {
				size += after - before
				n++
			}
		}
		if n > 0 {
			told += fmt.Sprintf("%s of %d findings, ", step.what, n)
		}
	}
	if told == "" {
		return "", nil
	}
	return "This page would be too large: " + told + "the last ones, are left out. The shards' own files have them.", nil
}

// frame is the page around the blocks.
func (r *Report) frame(blocks []*block, told string) ([]byte, error) {
	var out bytes.Buffer
	err := pageTemplate.Execute(&out, struct {
		*Report
		Blocks []*block
		Told   string
	}{r, blocks, told})
	if err != nil {
		return nil, fmt.Errorf("publish: page: %w", err)
	}
	return out.Bytes(), nil
}

// Scenes are the scenarios that have findings, for the filter.
func (r *Report) Scenes() []string {
	return values(r.Findings, func(f *Finding) string { return f.Scenario })
}

// Guarantees are the properties that have findings, for the filter.
func (r *Report) Guarantees() []string {
	return values(r.Findings, func(f *Finding) string { return f.Property })
}

// Verdicts are those of the findings, for the filter.
func (r *Report) Verdicts() []string {
	return values(r.Findings, func(f *Finding) string { return string(f.Verdict) })
}

// values are the different ones, in order of appearance.
func values(findings []*Finding, of func(*Finding) string) (all []string) {
	seen := map[string]bool{"": true}
	for _, f := range findings {
		if v := of(f); !seen[v] {
			seen[v] = true
			all = append(all, v)
		}
	}
	return all
}

// Uncaught counts the controls that were run and not caught.
func (r *Report) Uncaught() (n int) {
	for _, c := range r.Controls {
		if c.Done && !c.Caught {
			n++
		}
	}
	return n
}

// CaughtControls counts the others that were run.
func (r *Report) CaughtControls() (n int) {
	for _, c := range r.Controls {
		if c.Caught {
			n++
		}
	}
	return n
}
