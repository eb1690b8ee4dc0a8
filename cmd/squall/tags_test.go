package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// TestTagsChooseTheFiles: of the list, of the overlay and of the build.
func TestTagsChooseTheFiles(t *testing.T) {
	shop(t)
	g := NewWithT(t)
	for _, file := range []string{"checkout/checkout_test.go", "till/till.go"} {
		content, err := os.ReadFile(file)
		g.Expect(err).NotTo(HaveOccurred())
		tagged := filepath.Join("night", file)
		g.Expect(os.MkdirAll(filepath.Dir(tagged), 0o755)).To(Succeed())
		text := strings.Replace(string(content), `"example.com/shop/till"`, `"example.com/shop/night/till"`, 1)
		text = strings.Replace(strings.Replace(text, `"S1"`, `"N1"`, 1), `"S10"`, `"N10"`, 1)
		g.Expect(os.WriteFile(tagged, []byte("//go:build night\n\n"+text), 0o644)).To(Succeed())
	}
	t.Cleanup(func() { g.Expect(os.RemoveAll("night")).To(Succeed()) })

	for _, flags := range [][]string{nil, {"--tags=night"}} {
		tagged := ContainSubstring("night/till/charge")
		if flags == nil {
			tagged = Not(tagged)
		}
		code, stdout, stderr := squall(append([]string{"sites", "./..."}, flags...)...)
		g.Expect(code).To(Equal(0), stderr)
		g.Expect(stdout).To(tagged, "%v", flags)

		_, path, _ := squall(append([]string{"overlay", "./..."}, flags...)...)
		overlay, err := os.ReadFile(strings.TrimSpace(path))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(strings.Contains(string(overlay), "/night/till/till.go")).To(Equal(flags != nil))

		code, stdout, stderr = squall(append([]string{"run", "./..."}, flags...)...)
		g.Expect(code).To(Equal(0), stderr)
		g.Expect(strings.Contains(stdout, "N10")).To(Equal(flags != nil), stdout)
	}
}
