package publish

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"

	"github.com/squall-go/squall/harness/linear"
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
// but the pictures, the dumps and the tapes, and of all findings but the first 25 no
// more than a line. Where it would be too large it leaves
// out, of the last findings first, porcupine's pictures, then its own, the dumps, the
// tapes and the texts, and says so.
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
		size += b.size()
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

// whole is how many findings the page has as they are: in words, for readers without
// scripts, and ready to be printed, since nobody waits for a page before it is printed.
// Of those behind them it has the line with the verdict, and the rest packed: a browser
// would take most of its time to make elements that nobody has opened.
const whole = 25

// block is one finding as HTML, and what the page's script draws when it is opened.
type block struct {
	Finding
	Lean   bool
	html   template.HTML
	detail json.RawMessage // of a lean one a string, packed
}

type detail struct {
	Picture *picture.Picture `json:"picture,omitempty"`
	Linear  string           `json:"linear,omitempty"` // as porcupine's page reads it
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
	Unshrunk  string   `json:"unshrunk,omitempty"`
	Text      string   `json:"text"`
}

func (b *block) drawn() detail {
	d := detail{Picture: b.Picture, Tape: b.Tape, Dump: b.Dump, File: b.Anchor + ".tape"}
	if b.Linear != nil {
		d.Linear = string(b.Linear.Data())
	}
	if b.Lean {
		d.Words = &words{b.Title, b.Guarantee, b.Replay, b.Facts(), b.Choices, b.Storm, b.Unshrunk, b.Text}
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
	return b.renderDetail()
}

func (b *block) renderDetail() error {
	var value any = b.drawn()
	if b.Lean {
		text, err := packed(value)
		if err != nil {
			return err
		}
		value = text
	}
	content, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("publish: page: %w", err)
	}
	b.detail = content
	return nil
}

// HTML is what was rendered last.
func (b *block) HTML() template.HTML { return b.html }

func (b *block) size() int { return len(b.html) + len(b.detail) }

// shed makes the blocks, which are size bytes, fit into room. It returns what is
// to be said of that.
func shed(blocks []*block, size, room int) (told string, err error) {
	steps := []struct {
		what string
		has  func(*block) bool
		drop func(*block)
	}{
		{"porcupine's pictures", func(b *block) bool { return b.Linear != nil }, func(b *block) { b.Linear = nil }},
		{"pictures", func(b *block) bool { return b.Picture != nil }, func(b *block) { b.Picture = nil }},
		{"dumps", func(b *block) bool { return b.Dump != "" }, func(b *block) { b.Dump = "" }},
		{"tapes", func(b *block) bool { return b.Tape != "" }, func(b *block) { b.Tape = "" }},
		{"texts", func(b *block) bool { return len(b.Text) > 1000 }, func(b *block) { b.Text = cut(b.Text, 1000) }},
		{"storms", func(b *block) bool { return len(b.Storm) > 0 }, func(b *block) { b.Storm = nil }},
	}
	for _, step := range steps {
		n := 0
		for i := len(blocks) - 1; i >= 0 && size > room; i-- {
			if !step.has(blocks[i]) {
				continue
			}
			before := blocks[i].size()
			step.drop(blocks[i])
			if err := blocks[i].render(); err != nil {
				return "", err
			}
			if after := blocks[i].size(); after != before {
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
	data, err := dataOf(blocks)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = pageTemplate.Execute(&out, struct {
		*Report
		Blocks []*block
		Told   string
		Data   pageData
		Whole  int
	}{r, blocks, told, data, whole})
	if err != nil {
		return nil, fmt.Errorf("publish: page: %w", err)
	}
	return out.Bytes(), nil
}

// pageData is what the page's script has beside the elements.
type pageData struct {
	Findings []json.RawMessage `json:"findings"` // in the order of the list
	// Porcupine is porcupine's page, before and behind the data of a finding, packed.
	Porcupine string `json:"porcupine,omitempty"`
}

func dataOf(blocks []*block) (data pageData, err error) {
	data.Findings = []json.RawMessage{}
	drawn := false
	for _, b := range blocks {
		data.Findings = append(data.Findings, b.detail)
		drawn = drawn || b.Linear != nil
	}
	if !drawn {
		return data, nil
	}
	before, after, err := linear.Frame()
	if err == nil {
		data.Porcupine, err = packed([]string{before, after})
	}
	return data, err
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
