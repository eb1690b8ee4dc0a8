package soak

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/batch"
)

// A state that is read can be judged, merged with itself and written again.
func FuzzReadState(f *testing.F) {
	for _, seed := range []string{
		`{"format": 1, "version": "0.1.0", "seed": 1, "shard": {"number": 1, "of": 2}, "scenarios": [{"id": "S3", "controls": ["c"], "canary": true}], "done": {"below": 3, "above": [5, 9]}, "tallies": {"S3": {"runs": 2000, "struck": {"a": {"error": 2}}, "failed": {"k": 1}, "facts": {"seen": false}}}, "controls": {"S3/c": {"caught": false, "runs": 200}}, "handovers": ["a > b"], "series": [{"at_ns": 1, "runs": 2}], "incidents": {"count": 1, "last": [{"text": "x"}]}}`,
		`{"format": 1, "shard": {"number": 1, "of": 1}, "tallies": {"S3": null}, "controls": {"S3/c": null}, "scenarios": null, "series": null}`,
		`{"format": 1, "shard": {"number": 1, "of": 1}, "tallies": {"S3": {"struck": {"a": null}}}}`,
		`{"format": 1, "shard": {"number": 1, "of": 9223372036854775807}}`,
		`{"format": 1, "shard": {"number": 1, "of": 2}, "done": {"below": -9223372036854775808, "above": [9223372036854775807, -1, -1]}}`,
		`{"format": 2}`, `{"format": 1}`, `{`, ``, `null`, "\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		g := NewWithT(t)
		dir := t.TempDir()
		g.Expect(os.WriteFile(filepath.Join(dir, stateFile), content, 0o644)).To(Succeed())
		s, err := ReadState(dir)
		if err != nil {
			g.Expect(err.Error()).To(ContainSubstring(dir))
			return
		}
		Verdict(s, nil)
		_, err = Merge([]string{dir, filepath.Join(dir, "none")})
		g.Expect(err).NotTo(HaveOccurred())
		again := t.TempDir()
		g.Expect(s.write(again)).To(Succeed())
		g.Expect(ReadState(again)).To(Equal(s))
	})
}

// A finding that is read is one that can be named, kept and read again.
func FuzzReadFinding(f *testing.F) {
	for _, seed := range []string{
		`{"scenario": "S3", "title": "t", "verdict": "broken", "signature": "P-BLAST a#1", "message": "m", "batch": 1, "run": 2, "seed": 3, "tape": "squall tape 1\n", "storm": ["x"], "text": "t", "picture": {"tasks": [], "events": [], "bands": [], "broken": -1}}`,
		`{"scenario": "../../etc/passwd\u0000", "signature": "\u202e</script>"}`,
		`{"scenario": "S3", "signature": "s", "picture": {"tasks": [{"parent": 99}], "events": [{"task": -5}], "broken": 1000}}`,
		`{"scenario": "S3", "signature": "s", "linear": {"ops": [{"row": -1, "from": 9, "to": 1}], "orders": [[{"op": 99}], []]}}`,
		`{"scenario": "S3"}`, `{}`, `[1]`, ``, `{"scenario":`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		g := NewWithT(t)
		dir := t.TempDir()
		folder := filepath.Join(dir, findingsDir)
		g.Expect(os.Mkdir(folder, 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(folder, "x.json"), content, 0o644)).To(Succeed())
		found, torn, err := ReadFindings(dir)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(len(found)+len(torn)).To(Equal(1), "it is read, or it is told")
		for _, f := range found {
			g.Expect(nameOf(f)).To(MatchRegexp(`^[-A-Za-z0-9]+$`), "the name of a file in this folder")
			Verdict(newState(1, Shard{1, 1}, 0), []*batch.Finding{f})
		}
	})
}

// A shard is read as it is written, and the shards of a soak share out its batches.
func FuzzParseShard(f *testing.F) {
	for _, seed := range []string{"1/1", "2/5", "5/2", "0/1", "-1/3", "1/", "/1", "1/2/3", "9223372036854775808/9223372036854775808", "+1/2", " 1/2", "01/2"} {
		f.Add(seed, int64(7))
	}
	f.Fuzz(func(t *testing.T, text string, index int64) {
		g := NewWithT(t)
		s, err := ParseShard(text)
		if err != nil {
			return
		}
		g.Expect(ParseShard(s.String())).To(Equal(s))
		owners := 0
		for n := 1; n <= s.Of && s.Of <= 100; n++ {
			if (Shard{n, s.Of}).has(max(0, index)) {
				owners++
			}
		}
		if s.Of <= 100 {
			g.Expect(owners).To(Equal(1))
		}
	})
}
