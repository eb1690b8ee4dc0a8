package result_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// The last note counts, also where a longer one was before; and a file without one is
// no run.
func TestNote(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "box")
	g.Expect(result.ReadNote(path)).To(Equal(result.Note{}), "no file")
	f, err := os.Create(path)
	g.Expect(err).NotTo(HaveOccurred())
	defer f.Close()
	g.Expect(result.ReadNote(path)).To(Equal(result.Note{}), "nothing in it")
	for _, n := range []result.Note{
		{Scenario: "S1", Control: strings.Repeat("long ", 100), Seed: 1<<64 - 1, Run: 1000},
		{Scenario: "S2", Run: 3},
		{Scenario: "S2", Tape: "testdata/squall/S2/a.tape"},
		{},
	} {
		g.Expect(n.Write(f)).To(Succeed())
		g.Expect(result.ReadNote(path)).To(Equal(n))
	}
	g.Expect(os.WriteFile(path, []byte(`{"scenario": "S`), 0o644)).To(Succeed())
	g.Expect(result.ReadNote(path)).To(Equal(result.Note{}), "half a note")
}
