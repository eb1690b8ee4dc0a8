package main

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestATapeIsFoundFromTheModulesRoot(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	for _, file := range []string{"outside.tape", "m/go.mod", "m/chaos/x.tape", "m/both.tape", "m/chaos/both.tape"} {
		g.Expect(os.MkdirAll(filepath.Join(root, filepath.Dir(file)), 0o755)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(root, file), nil, 0o644)).To(Succeed())
	}
	t.Chdir(filepath.Join(root, "m/chaos"))
	in := func(elements ...string) string {
		dir, err := filepath.EvalSymlinks(root)
		g.Expect(err).NotTo(HaveOccurred())
		return filepath.Join(append([]string{dir}, elements...)...)
	}
	for path, want := range map[string]string{
		"x.tape":         "x.tape",
		"chaos/x.tape":   in("m/chaos/x.tape"),
		"both.tape":      "both.tape", // the folder that one is in goes first
		"outside.tape":   "outside.tape",
		"nowhere.tape":   "nowhere.tape",
		in("m/nil.tape"): in("m/nil.tape"),
	} {
		g.Expect(tapeFile(path)).To(Equal(want), path)
	}
}
