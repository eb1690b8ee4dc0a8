package result_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// A result that is read can be judged and merged, and is written as it was
// read.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"version": "0.1.0", "seed": 1, "scenarios": [{"id": "S3", "verdict": "held", "runs": 200, "properties": [{"id": "P-BLAST", "verdict": "held"}], "controls": [{"name": "c", "caught": true}]}], "peers": [{"library": "l", "verdict": "broken"}]}`,
		`{"scenarios": [{"id": "", "verdict": "no such verdict"}], "findings": [{"verdict": "broken", "text": "\u0000"}]}`,
		`{"scenarios": null, "seed": -1}`, `{"seed": 18446744073709551616}`, `{}`, `[]`, `null`, ``, `{"scenarios": [`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		g := NewWithT(t)
		path := filepath.Join(t.TempDir(), "r.json")
		g.Expect(os.WriteFile(path, content, 0o644)).To(Succeed())
		r, err := result.Read(path)
		if err != nil {
			g.Expect(err.Error()).To(ContainSubstring(path))
			return
		}
		g.Expect(r.Verdict().ExitCode()).To(BeNumerically(">=", 0))
		result.Merge(r, r).Verdict()
		g.Expect(r.Write(path)).To(Succeed())
		if again, err := result.Read(path); err == nil { // one that left out a verdict is not read twice
			g.Expect(again).To(Equal(r))
		}
	})
}

// A list that is read can be sorted, however odd its ids are.
func FuzzReadList(f *testing.F) {
	for _, seed := range []string{
		`[{"id": "S10", "title": "t", "properties": ["P-LEAK"], "controls": []}, {"id": "S2"}]`,
		`[{"id": "S02"}, {"id": "S2"}, {"id": ""}, {"id": "\u0000\u0661"}]`, `[null]`, `null`, `{}`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		g := NewWithT(t)
		path := filepath.Join(t.TempDir(), "l.json")
		g.Expect(os.WriteFile(path, content, 0o644)).To(Succeed())
		list, err := result.ReadList(path)
		if err != nil {
			return
		}
		list.Sort()
		for i := 1; i < len(list); i++ {
			g.Expect(result.CompareIDs(list[i-1].ID, list[i].ID)).To(BeNumerically("<=", 0))
		}
		result.List{}.Add("p", list)
	})
}
