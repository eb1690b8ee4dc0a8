package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/scenarios/peers"
)

const head = `<!-- Made by make fix-peers; make verify-peers compares. Do not edit. -->

# Other libraries under the same storms

Real libraries, as released, as their users use them, put through the stories of
[package peers](../scenarios/peers): each cell is a verdict of the explorer over %s under seed 1, judged by
what the harness saw of the children and of their contexts and by what the caller saw. It is no ranking: most of these
libraries never promised what a story asks for.

| cell | meaning |
|---|---|
| held | held in every run |
| by design | broken, and the library's documentation says that it is so |
| surprising | broken; the library neither promises it nor says so |
| **broken** | broken against what the library promises |
| – | not asked: does not apply, or cannot be decided; the reason is below, with the library |

That "held" means something is proved by hand-made groups with one flaw each, one at least for each row, which the same
cell has to catch (they run with the suites).

`

const reproduce = `## How to reproduce a cell

    go run ./cmd/squall run --focus peers             # the whole table, and what happened in each cell
    go run ./cmd/squall run --focus errgroup          # one library
    go run ./cmd/squall run --focus errgroup/goexit   # one library in one story
    go run ./cmd/squall replay TAPE                   # the smallest storm that breaks a cell, with its picture

A run saves the tapes of broken cells under ` + "`.squall/peers`" + `, where the lists below name them. A story that can end
the process is run in a process of its own.

`

// page is the whole document.
func (t *table) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, head, t.runs())
	t.matrix(&b)
	b.WriteString(reproduce)
	t.stories(&b)
	for _, l := range peers.Libraries {
		t.library(&b, l)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// runs says how many runs a cell that held has had.
func (t *table) runs() string {
	for _, p := range t.peers {
		if _, rest, ok := strings.Cut(p.Detail, "held in "); ok && p.Verdict == result.Held {
			n, _, _ := strings.Cut(rest, " ")
			return n + " runs"
		}
	}
	return "no runs"
}

func (t *table) matrix(b *strings.Builder) {
	b.WriteString("| story | property |")
	for _, l := range peers.Libraries {
		fmt.Fprintf(b, " [%s](#%s) |", l.Name, anchor(l))
	}
	b.WriteString("\n|---|---|" + strings.Repeat("---|", len(peers.Libraries)) + "\n")
	for _, s := range peers.Stories {
		for _, q := range s.Questions {
			fmt.Fprintf(b, "| [%s](#the-stories) | %s |", s.ID, q.Property)
			for _, l := range peers.Libraries {
				fmt.Fprintf(b, " %s |", t.word(l, s, q))
			}
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(b, "\n%s\n\n", t.count())
}

// count says how often each word stands in the matrix.
func (t *table) count() string {
	counts := map[string]int{}
	for _, l := range peers.Libraries {
		for _, s := range peers.Stories {
			for _, q := range s.Questions {
				counts[t.word(l, s, q)]++
			}
		}
	}
	return fmt.Sprintf("%d cells: %d held, %d broken by design, %d surprising, %d broken against what the library promises.",
		len(t.peers), counts["held"], counts["by design"], counts["surprising"], counts["**broken**"])
}

func anchor(l peers.Library) string { return strings.ToLower(l.Name) }

// word is a cell of the matrix.
func (t *table) word(l peers.Library, s peers.Story, q peers.Question) string {
	p, ok := t.cells[place{l.Name, s.ID, q.Property}]
	kind, _, _ := strings.Cut(p.Reading, ": ")
	switch {
	case !ok:
		return "–"
	case p.Verdict != result.Broken:
		return string(p.Verdict)
	case kind == string(peers.Documented):
		return "by design"
	case kind == string(peers.Surprising):
		return "surprising"
	}
	return "**broken**"
}

func (t *table) stories(b *strings.Builder) {
	b.WriteString("## The stories\n\n| story | what happens | property | holds when |\n|---|---|---|---|\n")
	ours := peers.Libraries[len(peers.Libraries)-1]
	for _, s := range peers.Stories {
		for i, q := range s.Questions {
			id, title := s.ID, s.Title
			if i > 0 {
				id, title = "", ""
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", id, title, q.Property, q.Guarantee(ours))
		}
	}
	b.WriteString("\nS and D are rows of the scenarios of the same id. A call that never comes back breaks every row of its story.\n\n")
}

// library is the section of one library.
func (t *table) library(b *strings.Builder, l peers.Library) {
	fmt.Fprintf(b, "## %s\n\n`%s` %s. %s\n\nUsed as\n\n", l.Name, l.Path, t.version(l), l.Note)
	for _, f := range grouped(l, func(s peers.Story) string { return s.How(l) }) {
		fmt.Fprintf(b, "- `%s`: %s\n", f.text, strings.Join(f.of, ", "))
	}
	if notes := t.notes(l); len(notes) > 0 {
		b.WriteString("\nWhat did not hold\n\n")
		for _, n := range notes {
			b.WriteString(n)
		}
	}
	if without := unapplied(l); len(without) > 0 {
		b.WriteString("\nWhat is not asked\n\n")
		for _, w := range without {
			fmt.Fprintf(b, "- %s: %s\n", strings.Join(w.of, ", "), w.text)
		}
	}
	if seen := t.remarks(l); len(seen) > 0 {
		b.WriteString("\nSeen where it held\n\n")
		for _, r := range seen {
			fmt.Fprintf(b, "- %s: %s\n", strings.Join(r.of, ", "), r.text)
		}
	}
	b.WriteString("\n")
}

func (t *table) version(l peers.Library) string {
	for _, p := range t.peers {
		if p.Library == l.Name {
			return p.Version
		}
	}
	return ""
}

// group is a text and what it is said of.
type group struct {
	text string
	of   []string
}

func add(groups []group, text, of string) []group {
	i := slices.IndexFunc(groups, func(g group) bool { return g.text == text })
	if i < 0 {
		groups = append(groups, group{text: text})
		i = len(groups) - 1
	}
	groups[i].of = append(groups[i].of, of)
	return groups
}

// grouped is what is said of the stories that apply.
func grouped(l peers.Library, of func(peers.Story) string) (groups []group) {
	for _, s := range peers.Stories {
		if len((peers.Case{Library: l, Story: s}).Questions()) > 0 {
			groups = add(groups, of(s), s.ID)
		}
	}
	return groups
}

func unapplied(l peers.Library) (groups []group) {
	for _, s := range peers.Stories {
		whole := len((peers.Case{Library: l, Story: s}).Questions()) == 0
		for i, q := range s.Questions {
			switch why := s.Applies(l, q); {
			case why == "":
			case !whole:
				groups = add(groups, why, s.ID+" "+q.Property)
			case i == 0:
				groups = add(groups, why, s.ID)
			}
		}
	}
	return groups
}

// notes are the cells that did not hold; those of one story that say the same are
// told as one.
func (t *table) notes(l peers.Library) (notes []string) {
	for _, s := range peers.Stories {
		var said []group
		tapes := map[string]string{}
		for _, q := range s.Questions {
			p, ok := t.cells[place{l.Name, s.ID, q.Property}]
			if !ok || p.Verdict == result.Held {
				continue
			}
			text := sentence(p.Detail) + " " + reading(p)
			said = add(said, text, q.Property)
			if tapes[text] == "" {
				tapes[text] = p.Tape
			}
		}
		for _, g := range said {
			note := fmt.Sprintf("- %s %s: %s\n", s.ID, strings.Join(g.of, ", "), g.text)
			if tape := tapes[g.text]; tape != "" {
				note += fmt.Sprintf("  `squall replay %s`\n", tape)
			}
			notes = append(notes, note)
		}
	}
	return notes
}

func sentence(text string) string { return strings.TrimSuffix(text, ".") + "." }

func reading(p result.Peer) string {
	kind, text, _ := strings.Cut(p.Reading, ": ")
	switch peers.Kind(kind) {
	case peers.Documented:
		return "By design: " + sentence(text)
	case peers.Surprising:
		return "Surprising: " + sentence(text)
	}
	return "**Against its promise**: " + sentence(text)
}

// remarks is what else was seen in cells that held.
func (t *table) remarks(l peers.Library) (groups []group) {
	for _, s := range peers.Stories {
		for _, q := range s.Questions {
			p := t.cells[place{l.Name, s.ID, q.Property}]
			if _, rest, ok := strings.Cut(p.Detail, "; "); ok && p.Verdict == result.Held {
				for _, remark := range strings.Split(rest, "; ") {
					groups = add(groups, remark, s.ID+" "+q.Property)
				}
			}
		}
	}
	return groups
}
