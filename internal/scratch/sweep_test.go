//go:build unix

package scratch

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
)

// left is a folder as a killed process leaves it.
func left(t *testing.T, path string) {
	t.Helper()
	g := NewWithT(t)
	g.Expect(os.Mkdir(path, 0o700)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(path, lockFile), nil, 0o600)).To(Succeed())
}

func TestSweepLeavesAloneWhatIsNotOurs(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, folder, elsewhere string){
		"a pipe for a lock": func(t *testing.T, folder, _ string) {
			g := NewWithT(t)
			lock := filepath.Join(folder, lockFile)
			g.Expect(os.Mkdir(folder, 0o700)).To(Succeed())
			g.Expect(syscall.Mkfifo(lock, 0o600)).To(Succeed())
			// Somebody reads: who opens it for writing all the same does not wait here.
			reader, err := os.OpenFile(lock, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			g.Expect(err).NotTo(HaveOccurred())
			t.Cleanup(func() { reader.Close() })
		},
		"a link for a folder": func(t *testing.T, folder, elsewhere string) {
			g := NewWithT(t)
			g.Expect(os.Symlink(elsewhere, folder)).To(Succeed())
		},
		"a link for a lock": func(t *testing.T, folder, elsewhere string) {
			g := NewWithT(t)
			g.Expect(os.Mkdir(folder, 0o700)).To(Succeed())
			g.Expect(os.Symlink(filepath.Join(elsewhere, lockFile), filepath.Join(folder, lockFile))).To(Succeed())
		},
		"another user's folder": func(t *testing.T, folder, _ string) {
			g := NewWithT(t)
			if os.Geteuid() != 0 {
				t.Skip("only root gives files away")
			}
			left(t, folder)
			g.Expect(os.Chown(folder, 54321, 54321)).To(Succeed())
		},
		"another user's lock": func(t *testing.T, folder, _ string) {
			g := NewWithT(t)
			if os.Geteuid() != 0 {
				t.Skip("only root gives files away")
			}
			left(t, folder)
			g.Expect(os.Chown(filepath.Join(folder, lockFile), 54321, 54321)).To(Succeed())
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			parent, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
			left(t, elsewhere)
			left(t, filepath.Join(parent, "squall-old"))
			put(t, filepath.Join(parent, "squall-x"), elsewhere)
			sweep(parent)
			_, err := os.Lstat(filepath.Join(parent, "squall-x"))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(filepath.Join(parent, "squall-old")).NotTo(BeADirectory(), "it is ours, and its process is gone")
			g.Expect(filepath.Join(elsewhere, lockFile)).To(BeARegularFile())
		})
	}
}
