package corpus_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/corpus"
)

// Whatever lies in a corpus as a tape, and whatever its scenario is called: it is
// loaded as it was saved, or the error names the file.
func FuzzLoad(f *testing.F) {
	for _, scenario := range []string{"S3", "..", "a/b", "%2e", "\x00", "ä ö", ".", "con."} {
		f.Add(scenario, []byte(storm(scenario, 1).String()))
	}
	f.Add("S3", []byte("squall tape 1\nscenario S3 version 1\n"))
	f.Add("S3", []byte("squall tape 99\n"))
	f.Add("S3", []byte{0xff, 0})
	f.Fuzz(func(t *testing.T, scenario string, content []byte) {
		g := NewWithT(t)
		if len(scenario) > 60 {
			return // file names have an end
		}
		dir := t.TempDir()
		saved := storm(scenario, 1)
		path, err := corpus.Save(dir, saved)
		if err != nil {
			return
		}
		g.Expect(filepath.Dir(filepath.Dir(path))).To(Equal(dir), "no scenario's name leads out of the corpus")
		entries, err := corpus.Load(dir, scenario)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(entries).To(HaveLen(1))
		g.Expect(entries[0].Tape.SameStorm(saved)).To(BeTrue())
		other := filepath.Join(filepath.Dir(path), "other.tape")
		g.Expect(os.WriteFile(other, content, 0o644)).To(Succeed())
		if _, err := corpus.Load(dir, scenario); err != nil {
			g.Expect(err.Error()).To(ContainSubstring("other.tape"))
		}
	})
}
