package soak

import (
	"maps"
	"slices"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
)

// maxMerged bounds the kinds that are merged: as many as ten shards have at most.
const maxMerged = 10 * maxFindings

// gathered is the findings of many shards, one of each kind.
type gathered struct {
	known map[string]*batch.Finding // by kind
	held  ledger
	short map[string]bool // kinds that are held in short
	worst result.Verdict
	more  int // findings for which there was no place
}

// take keeps f if it is the first of its kind in the order of batches. size is that of
// its file. Of one kind too many only what is worse than all the others has a place:
// the verdict is that of all.
func (g *gathered) take(f *batch.Finding, size int64) {
	kind := f.Kind()
	old := g.known[kind]
	if old != nil && !earlier(f, old) {
		return
	}
	worst := result.Worst(g.worst, f.Verdict)
	if old == nil && len(g.known) >= maxMerged && worst == g.worst {
		g.more++
		return
	}
	g.worst = worst
	kept, bytes := merging.fit(f, g.held.others(kind), func(one *batch.Finding) int64 {
		if one == f {
			return size
		}
		return inJSON(one)
	})
	g.known[kind] = kept
	g.held.set(kind, bytes)
	if g.short == nil {
		g.short = map[string]bool{}
	}
	if delete(g.short, kind); kept != f {
		g.short[kind] = true
	}
}

// list is all of them, and how many of them are in short.
func (g *gathered) list() (all []*batch.Finding, short int) {
	all = slices.Collect(maps.Values(g.known))
	sortFindings(all)
	return all, len(g.short)
}
