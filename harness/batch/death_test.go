package batch

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

func TestDeaths(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "deaths.json")
	d := &Deaths{GivenUp: "enough", All: []Death{
		{Note: result.Note{Scenario: "S1", Seed: 1<<64 - 1, Run: 7}, Finding: &Finding{Scenario: "S1", Verdict: result.Broken, Text: "all is lost"}},
		{Note: result.Note{Scenario: "S1", Control: "c", Run: 8}},
		{Note: result.Note{Scenario: "S2"}},
	}}
	g.Expect(d.Write(path)).To(Succeed())
	read, err := ReadDeaths(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(read).To(Equal(d))
	g.Expect(read.Of("S1", "")).To(Equal(d.All[:1]))
	g.Expect(read.Of("S1", "c")).To(Equal(d.All[1:2]))
	g.Expect(read.Of("S3", "")).To(BeEmpty())

	g.Expect(os.WriteFile(path, []byte("{"), 0o644)).To(Succeed())
	_, err = ReadDeaths(path)
	g.Expect(err).To(MatchError(HavePrefix("batch: deaths: ")))
}
