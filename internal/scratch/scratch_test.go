//go:build unix

package scratch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

const envHolder = "SQUALL_TEST_SCRATCH"

// TestMain makes this binary a process that has a folder until it is killed.
func TestMain(m *testing.M) {
	if os.Getenv(envHolder) == "" {
		os.Exit(m.Run())
	}
	d, err := New()
	if err != nil {
		panic(err)
	}
	fmt.Println(d.Path)
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it is killed
}

func TestFoldersOfProcessesThatWereKilledAreRemoved(t *testing.T) {
	g := NewWithT(t)
	t.Setenv("TMPDIR", t.TempDir())
	foreign := filepath.Join(os.TempDir(), "squall-notes")
	g.Expect(os.Mkdir(foreign, 0o755)).To(Succeed())

	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), envHolder+"=1")
	in, err := holder.StdinPipe()
	g.Expect(err).NotTo(HaveOccurred())
	defer in.Close()
	out, err := holder.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(holder.Start()).To(Succeed())
	lines := bufio.NewScanner(out)
	g.Expect(lines.Scan()).To(BeTrue())
	held := lines.Text()
	g.Expect(os.WriteFile(filepath.Join(held, "suite.test"), []byte("large"), 0o755)).To(Succeed())

	mine, err := New()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(held).To(BeADirectory(), "its process lives")

	g.Expect(holder.Process.Kill()).To(Succeed())
	_ = holder.Wait()
	other, err := New()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(held).NotTo(BeADirectory(), "its process is gone")
	g.Expect(mine.Path).To(BeADirectory(), "this process lives, and has two")
	g.Expect(foreign).To(BeADirectory(), "nobody knows whose it is")

	mine.Close()
	other.Close()
	g.Expect(filepath.Glob(filepath.Join(os.TempDir(), "*"))).To(Equal([]string{foreign}))
}
