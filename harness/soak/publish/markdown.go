package publish

import (
	"fmt"
	"strings"

	"github.com/squall-go/squall/harness/result"
)

// MaxMarkdown bounds the summary, in bytes: GitHub refuses longer comments.
const MaxMarkdown = 60 << 10

// Markdown is a summary for a comment on a pull request, of at most [MaxMarkdown]
// bytes. All that comes from outside is code: it links nowhere, notifies nobody
// and is never taken for markup.
func (r *Report) Markdown() []byte {
	m := &markdown{limit: MaxMarkdown}
	m.add("### Squall soak: %s\n\n%s %s in %s, seed %s, %s. Cells struck: %d of %d. Controls caught: %d of %d. Canary: %s.\n",
		r.Verdict, sentence(r.Verdict), plural(r.Runs, "run", "runs"), span(r.Elapsed), code(r.Seed), plural(int64(len(r.Shards)), "shard", "shards"),
		r.Coverage.Struck, r.Coverage.Allowed, r.CaughtControls(), len(r.Controls), r.Canary)
	m.list("The soak was blind", r.Blind)
	var lost []string
	for _, l := range r.Lost {
		lost = append(lost, fmt.Sprintf("%s %s: %s in %s", l.Verdict, l.Scenario, l.Kind, plural(l.Runs, "run", "runs")))
	}
	m.list("Counted, and their files are lost", lost)
	m.list("Not everything could be read", r.Problems)
	m.scenarios(r)
	m.findings(r.Findings)
	if n := len(r.Coverage.Never); n > 0 {
		m.fold(fmt.Sprintf("%d failpoints with faults that never struck", n), r.Coverage.Never)
	}
	return []byte(m.b.String())
}

// markdown is written as long as there is room; whole pieces at a time.
type markdown struct {
	b     strings.Builder
	limit int
	full  bool
}

const fullNote = "\n*There is more: this comment has no room for it. The HTML report has everything.*\n"

func (m *markdown) add(format string, args ...any) bool {
	piece := fmt.Sprintf(format, args...)
	switch {
	case m.full:
		return false
	case m.b.Len()+len(piece) > m.limit-len(fullNote):
		m.full = true
		m.b.WriteString(fullNote)
		return false
	}
	m.b.WriteString(piece)
	return true
}

func (m *markdown) list(title string, items []string) {
	if len(items) == 0 {
		return
	}
	m.add("%s", "\n**"+title+"**\n\n"+bullets(items, 20))
}

func (m *markdown) fold(title string, items []string) {
	m.add("%s", "\n<details><summary>"+title+"</summary>\n\n"+bullets(items, 60)+"\n</details>\n")
}

func bullets(items []string, most int) string {
	var b strings.Builder
	for i, item := range items {
		if i == most {
			fmt.Fprintf(&b, "- … and %d more\n", len(items)-most)
			break
		}
		b.WriteString("- " + code(item) + "\n")
	}
	return b.String()
}

// scenarios is a table of those that did not hold, or without all of their controls.
func (m *markdown) scenarios(r *Report) {
	held, uncontrolled := 0, 0
	var rows strings.Builder
	for _, s := range r.Scenarios {
		if s.Verdict == result.Held {
			held++
			if s.Caught == s.Of {
				continue
			}
			uncontrolled++
		}
		var broken []string
		for _, c := range s.Cells {
			if c.Status == Failed {
				broken = append(broken, cellCode(c.Property))
			}
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s | %d of %d |\n", cellCode(s.ID), s.Verdict, strings.Join(broken, " "), count(s.Runs), count(s.Failed), s.Caught, s.Of)
	}
	if rows.Len() > 0 {
		m.add("%s", "\n| scenario | verdict | broken | runs | failed | controls caught |\n|---|---|---|--:|--:|---|\n"+rows.String())
	}
	without := ""
	if uncontrolled > 0 {
		without = fmt.Sprintf(", %d of them without all of their controls caught", uncontrolled)
	}
	m.add("\n%d of %d scenarios held%s.\n", held, len(r.Scenarios), without)
}

func (m *markdown) findings(findings []*Finding) {
	for i, f := range findings {
		block := fmt.Sprintf("\n<details><summary>%s %s %s</summary>\n\n%s\n", f.Verdict, inTag(f.Scenario), inTag(f.Property), code(f.Message))
		if f.Replay != "" {
			block += "\n" + fenced("sh", f.Replay)
		}
		block += "\n" + fenced("text", cut(f.Text, 4000)) + "\n</details>\n"
		if i >= 20 || !m.add("%s", block) {
			m.add("\n… and %d more kinds of findings.\n", len(findings)-i)
			return
		}
	}
}

// code is text as a code span, whatever is in it. "" stays "".
func code(text string) string {
	if text = line(text, long); text == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(text, '`')+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// cellCode is a code span in a table, where a pipe would end the cell even so.
func cellCode(text string) string { return strings.ReplaceAll(code(text), "|", `\|`) }

// inTag is text in an HTML element inside of Markdown: all that either could take
// for its own is written as a number.
func inTag(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 && !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' || r == '-') {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// fenced is a block of code, behind a fence longer than any in it.
func fenced(language, text string) string {
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	return fence + language + "\n" + text + "\n" + fence + "\n"
}

func longestRun(text string, of rune) (longest int) {
	run := 0
	for _, r := range text {
		if r != of {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
