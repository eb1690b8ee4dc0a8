package publish

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

var update = flag.Bool("update", false, "write the golden files")

// The summary is what most people see of a night. Look at the difference before
// it is written anew with -update.
func TestTheSummaryIsTheGoldenOne(t *testing.T) {
	t.Chdir("../../../test/browser")
	r := Of(merge(t, filepath.Join("testdata", "night")))
	junit, err := r.JUnit()
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	for name, got := range map[string][]byte{"night.md": r.Markdown(), "night.xml": junit} {
		path := filepath.Join("..", "..", "harness", "soak", "publish", "testdata", name)
		if *update {
			g.Expect(os.WriteFile(path, got, 0o644)).To(Succeed())
		}
		want, err := os.ReadFile(path)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(string(got)).To(Equal(string(want)), name)
	}
}
