package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/squall-go/squall/harness/result"
)

// portion is what one process runs: some scenarios of a suite, or all the rest of
// it. A process that dies takes only its portion along.
type portion struct {
	suite  *suite
	labels string // Ginkgo's label filter; "" for everything that is in focus
	number int
}

// portionSize is how many scenarios a process runs.
const portionSize = 4

// labelled are the ids that the specs of a scenario have as a label.
var labelled = regexp.MustCompile(`^[A-Z]+[0-9]+$`)

// portions divides the chosen scenarios. The rest of a suite, among it whatever is
// no scenario, comes first: it may take longest. A tape is one run, and what the
// suites print is to be read: neither is divided.
func (w *workshop) portions(r request, chosen result.List) (all []portion) {
	for _, s := range w.suites {
		var ids []string
		some := false
		for _, c := range chosen {
			if !slices.Contains(c.Packages, s.pkg) {
				continue
			}
			some = true
			if labelled.MatchString(c.ID) {
				ids = append(ids, c.ID)
			}
		}
		if !some {
			continue
		}
		if r.replay != "" || r.verbose || len(ids) <= portionSize {
			all = append(all, portion{suite: s})
			continue
		}
		all = append(all, portion{suite: s, labels: "!(" + strings.Join(ids, " || ") + ")"})
		for part := range slices.Chunk(ids, portionSize) {
			all = append(all, portion{suite: s, labels: strings.Join(part, " || ")})
		}
	}
	for i := range all {
		all[i].number = i
	}
	return all
}

// finished is what a portion left behind: files, if it came to writing them, and
// what it did outside of every scenario.
type finished struct {
	suite    *suite
	files    suiteFiles
	findings []result.Finding
}

// run runs the chosen scenarios, in as many processes at a time as there are
// processors: a run hardly ever keeps more than one of them busy.
func (w *workshop) run(ctx context.Context, r request, chosen result.List) (merged result.Result, done []finished, err error) {
	settings, err := r.settings()
	if err != nil {
		return merged, nil, err
	}
	show := newProgress(w.session.stderr, len(scenarios(chosen)))
	defer show.close()
	portions := w.portions(r, chosen)
	results := make([]result.Result, len(portions))
	done = make([]finished, len(portions))
	var g errgroup.Group
	g.SetLimit(max(1, runtime.NumCPU()))
	for i, p := range portions {
		files := suiteFiles{
			json:   filepath.Join(w.scratch.Path, fmt.Sprintf("result%d.json", i)),
			ginkgo: filepath.Join(w.scratch.Path, fmt.Sprintf("ginkgo%d.json", i)),
			traces: filepath.Join(w.scratch.Path, fmt.Sprintf("traces%d", i)),
			races:  filepath.Join(w.scratch.Path, fmt.Sprintf("race%d", i)),
			box:    filepath.Join(w.scratch.Path, fmt.Sprintf("box%d.json", i)),
			deaths: filepath.Join(w.scratch.Path, fmt.Sprintf("deaths%d.json", i)),
		}
		g.Go(func() (err error) {
			if ctx.Err() == nil {
				results[i], err = w.runPortion(ctx, p, r, settings, files, chosen, show)
			}
			done[i] = finished{p.suite, files, results[i].Findings}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return merged, nil, err
	}
	merged = result.Merge(results...)
	if r.seeded || len(merged.Scenarios) == 0 {
		merged.Seed = r.usedSeed() // suites that died do not tell theirs
	}
	if ctx.Err() == nil && r.replay == "" { // a tape that nothing ran is vacuous
		merged = result.Merge(merged, result.Result{Scenarios: unrun(chosen, portions, results)})
	}
	if ctx.Err() != nil {
		merged.Findings = append(merged.Findings, result.Finding{Package: "squall", Verdict: result.Inconclusive, Text: "interrupted before the end"})
	}
	return merged, done, nil
}
