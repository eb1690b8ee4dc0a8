package soak

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/squall-go/squall/harness/batch"
)

// compare tells the parts that do not fit together: their runs are added, and the
// sum is of no soak that anybody could repeat.
func (m *Merged) compare(parts map[string]*part) {
	var first *part
	bySeed, bySoak := map[uint64]*part{}, map[string]*part{}
	for _, key := range sortedKeys(parts) {
		p := parts[key]
		seed, soak := p.state.Seed, ofWhat(p.state)
		var problems []string
		switch sharing, sister := bySeed[seed], bySoak[soak]; {
		case first == nil:
		case sister != nil:
			problems = unlike(sister, p)
		case sharing != nil:
			problems = append(versions(first, p), fmt.Sprintf("soak: %s is shard %v of seed %d, and %s shard %v: the same runs are counted twice; leave one of the soaks out",
				sharing.dir, sharing.state.Shard, seed, p.dir, p.state.Shard))
		default:
			problems = versions(first, p)
		}
		if len(problems) > 0 {
			m.Unlike++
			m.Problems = append(m.Problems, problems...)
		}
		first, bySeed[seed], bySoak[soak] = cmp.Or(first, p), cmp.Or(bySeed[seed], p), cmp.Or(bySoak[soak], p)
	}
}

// unlike is why two shards are not of one soak: they share out other batches.
func unlike(a, b *part) (problems []string) {
	problems = versions(a, b)
	if a.state.Runs != b.state.Runs {
		problems = append(problems, fmt.Sprintf("soak: %s shares out %s, and %s %s: they are no shards of one soak; soak all of them with the same --runs",
			a.dir, wanted(a.state.Runs), b.dir, wanted(b.state.Runs)))
	}
	if len(problems) == 0 && !slices.EqualFunc(a.state.Scenarios, b.state.Scenarios, sameScenario) {
		problems = append(problems, fmt.Sprintf("soak: %s and %s have not the same list of scenarios: they are no shards of one soak; soak all of them with the same binaries and --focus",
			a.dir, b.dir))
	}
	return problems
}

// versions is what the two call by one name and is not the same.
func versions(a, b *part) (problems []string) {
	if a.state.Version != b.state.Version {
		problems = append(problems, fmt.Sprintf("soak: %s is by Squall %s, and %s by %s: they may not mean the same; soak all of them with one version",
			a.dir, a.state.Version, b.dir, b.state.Version))
	}
	for _, one := range b.state.Scenarios {
		if slices.ContainsFunc(a.state.Scenarios, func(other batch.Scenario) bool { return other.ID == one.ID && !sameScenario(other, one) }) {
			return append(problems, fmt.Sprintf("soak: %s and %s have not the same %s: its version or its controls differ; soak all of them with the same binaries", a.dir, b.dir, one.ID))
		}
	}
	return problems
}
