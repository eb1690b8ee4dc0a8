package verify

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// The pods of the rendered smoke test, run one after another, come to what one
// soak of the same seed and runs comes to. The sums are made here, and not by
// squall.
func TestShardsComeToWhatOneSoakComesTo(t *testing.T) {
	g := NewWithT(t)
	job := jobs(t, "smoke")[0]
	n := int(*job.Spec.Completions)
	g.Expect(n).To(BeNumerically(">", 1))
	built := buildImage(t)
	g.Expect(built.files).To(HaveKey(built.entrypoint))
	results := writable(t)
	shared := map[string]string{"squall-results": results}
	var parts []soaked
	for i := range n {
		code, output := pod{job, i, built, shared}.run(t)
		g.Expect(code).To(Equal(0), "pod %d: %s", i, output)
		parts = append(parts, read(t, filepath.Join(results, fmt.Sprintf("shard-%d", i))))
		g.Expect(parts[i].Shard).To(Equal(shard{i + 1, n}))
	}
	for i, p := range parts {
		for id, t := range p.Tallies {
			g.Expect(t.Runs).To(BeNumerically(">", 0), "shard %d has no part in %s", i, id)
		}
	}

	whole := jobs(t, "smoke")[0]
	args := whole.Spec.Template.Spec.Containers[0].Args
	args[slices.Index(args, fmt.Sprintf("--shard-index=$(JOB_COMPLETION_INDEX)/%d", n))] = "--shard-index=$(JOB_COMPLETION_INDEX)/1"
	alone := writable(t)
	code, output := pod{whole, 0, built, map[string]string{"squall-results": alone}}.run(t)
	g.Expect(code).To(Equal(0), output)
	one := read(t, filepath.Join(alone, "shard-0"))
	g.Expect(one.Shard).To(Equal(shard{1, 1}))

	sum := add(parts)
	g.Expect(sum.Tallies).To(Equal(one.Tallies))
	g.Expect(sum.Controls).To(Equal(one.Controls))
	g.Expect(sum.Handovers).To(Equal(one.Handovers))
	g.Expect(sum.Findings).To(Equal(one.Findings))
	g.Expect(add(parts[1:]).Tallies).NotTo(Equal(one.Tallies), "a shard that is missing makes a difference")
	g.Expect(one.Controls).NotTo(BeEmpty())
	g.Expect(one.Handovers).NotTo(BeEmpty())

	t.Run("a pod that is begun again finds it done", func(t *testing.T) {
		g := NewWithT(t)
		code, output := pod{job, 1, built, shared}.run(t)
		g.Expect(code).To(Equal(0), output)
		again := read(t, filepath.Join(results, "shard-1"))
		g.Expect(again.Tallies).To(Equal(parts[1].Tallies))
	})
	t.Run("the report's pod merges them", func(t *testing.T) {
		g := NewWithT(t)
		code, output := pod{jobs(t, "report")[0], 0, built, shared}.run(t)
		g.Expect(code).To(Equal(0), output)
		for _, name := range []string{"report.html", "report.json", "report.xml", "trend.jsonl"} {
			g.Expect(filepath.Join(results, name)).To(BeARegularFile())
		}
	})
}

// soaked is what a shard's files say, as far as it does not depend on the time.
type soaked struct {
	Shard     shard            `json:"shard"`
	Tallies   map[string]tally `json:"tallies"`
	Controls  map[string]any   `json:"controls"`
	Handovers []string         `json:"handovers"`
	Findings  []string         `json:"-"` // names of files, which tell kinds
}

type shard struct {
	Number int `json:"number"`
	Of     int `json:"of"`
}

type tally struct {
	Batches int64                       `json:"batches"`
	Runs    int64                       `json:"runs"`
	Steps   int64                       `json:"steps"`
	Hash    uint64                      `json:"hash"`
	Struck  map[string]map[string]int64 `json:"struck"`
	Failed  map[string]int64            `json:"failed"`
	Facts   map[string]bool             `json:"facts"`
}

func read(t *testing.T, dir string) (s soaked) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "soak.json"))
	if err == nil {
		err = json.Unmarshal(content, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "findings"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".json") {
			s.Findings = append(s.Findings, entry.Name())
		}
	}
	return s
}

func add(parts []soaked) soaked {
	sum := soaked{Tallies: map[string]tally{}, Controls: map[string]any{}}
	handovers, findings := map[string]bool{}, map[string]bool{}
	for _, p := range parts {
		for id, t := range p.Tallies {
			sum.Tallies[id] = plus(sum.Tallies[id], t)
		}
		maps.Copy(sum.Controls, p.Controls) // each is one shard's
		for _, h := range p.Handovers {
			handovers[h] = true
		}
		for _, f := range p.Findings {
			findings[f] = true
		}
	}
	sum.Handovers = slices.Sorted(maps.Keys(handovers))
	sum.Findings = slices.Sorted(maps.Keys(findings))
	return sum
}

func plus(a, b tally) tally {
	sum := tally{
		Batches: a.Batches + b.Batches, Runs: a.Runs + b.Runs, Steps: a.Steps + b.Steps, Hash: a.Hash + b.Hash,
		Struck: map[string]map[string]int64{}, Failed: map[string]int64{}, Facts: map[string]bool{},
	}
	for _, t := range []tally{a, b} {
		for site, faults := range t.Struck {
			if sum.Struck[site] == nil {
				sum.Struck[site] = map[string]int64{}
			}
			for fault, n := range faults {
				sum.Struck[site][fault] += n
			}
		}
		for kind, n := range t.Failed {
			sum.Failed[kind] += n
		}
		for fact, seen := range t.Facts {
			sum.Facts[fact] = sum.Facts[fact] || seen
		}
	}
	return sum
}
