package publish

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// Whatever stands in a trend file: this night gets into it, what could not be read
// is told once, and the same night again changes nothing.
func FuzzReadTrend(f *testing.F) {
	for _, seed := range []string{
		`{"date":"2026-11-20T02:17:00Z","seed":"7","verdict":"held","shards":8,"runs":9000,"findings":1,"cells":60,"allowed":90}` + "\n",
		`{"date":"9999-12-31T23:59:59-23:59"}` + "\n" + `{"date":"0000-01-01T00:00:00+23:59"}`,
		"{\"date\":\"2026-11-21T02:17:00Z\",\"seed\":\"\u202e</script>\",\"verdict\":\"held\",\"runs\":-1,\"cells\":9223372036854775807}",
		"\n\n{\"date\":", `{"date":"2026-11-22T02:17:00Z","seed":"1"}`, "null\n[]\n{}\n", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		g := NewWithT(t)
		path := filepath.Join(t.TempDir(), "trend.jsonl")
		g.Expect(os.WriteFile(path, content, 0o644)).To(Succeed())
		tonight := Report{Begun: time.Date(2026, 11, 22, 2, 17, 0, 0, time.UTC), Seed: "1", Verdict: result.Held}
		first := tonight
		g.Expect(first.Remember(path)).To(Succeed())
		written, err := os.ReadFile(path)
		g.Expect(err).NotTo(HaveOccurred())
		again := tonight
		g.Expect(again.Remember(path)).To(Succeed())
		g.Expect(again.Problems).To(BeEmpty(), "what was torn is gone")
		g.Expect(again.Nights).To(Equal(first.Nights))
		g.Expect(os.ReadFile(path)).To(Equal(written))
		page, err := again.HTML()
		g.Expect(err).NotTo(HaveOccurred())
		checkText(g, page)
	})
}

func TestASoakWithoutADateIsNoNight(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "trend.jsonl")
	for range 2 {
		r := Report{Verdict: result.Held}
		g.Expect(r.Remember(path)).To(Succeed())
		g.Expect(r.Problems).To(ConsistOf(ContainSubstring("does not say when it began")))
		g.Expect(r.Nights).To(BeEmpty())
	}
}
