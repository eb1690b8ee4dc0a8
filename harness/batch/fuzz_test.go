package batch_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
)

// Whatever a worker says in a line that is JSON: what is kept of a finding is
// bounded, is one kind, and is read back as it was written.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"ready": {"scenarios": [{"id": "S3", "controls": ["cancels-siblings"], "controlled": true}], "sites": [{"name": "scope/run", "faults": ["error"]}]}}`,
		`{"finding": {"scenario": "S3", "verdict": "broken", "signature": "P-BLAST fanout/A#2", "batch": 7, "run": 3, "seed": 18446744073709551615, "storm": ["a"], "picture": {"tasks": [{"path": "\u0000", "parent": -1}], "broken": -1}}}`,
		`{"outcome": {"index": 7, "scenario": "S3", "runs": 200, "hash": "00000000000000ff", "struck": [{"site": "scope/run", "fault": "error", "count": 3}], "failed": [{"kind": "wedged", "count": 1}]}}`,
		`{"refused": "unknown scenario"}`,
		`{"finding": {"scenario": "D7", "verdict": "broken", "signature": "P-LINEAR object counter", "linear": {"ops": [{"row": 0, "from": 1, "to": 2, "text": "get() → \u0000"}], "orders": [[{"op": 0, "state": "\ud800"}], null]}}}`,
		`{"finding": {"picture": null, "dump": "\ud800"}, "outcome": null}`,
		`{"outcome": {"runs": 1e30}}`,
		`{}`, `[]`, `null`, `{"finding": [`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		g := NewWithT(t)
		var a batch.Answer
		if json.Unmarshal(line, &a) != nil || a.Finding == nil || a.Finding.Verdict == "" {
			return // a worker gives each finding a verdict
		}
		a.Finding.Trim()
		once, err := json.Marshal(a.Finding)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(len(once)).To(BeNumerically("<=", 4<<20))
		var again batch.Finding
		g.Expect(json.Unmarshal(once, &again)).To(Succeed())
		g.Expect(again.Kind()).To(Equal(a.Finding.Kind()))
		again.Trim()
		g.Expect(json.Marshal(&again)).To(Equal(once), "trimmed twice is trimmed once")
	})
}
