package verify

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
)

// rclone is one that knows "rclone copy [--exclude PATTERN]... FROM TO" between
// folders, answers 3 when FROM is not there, and tells each copy.
const rclone = `#!/bin/sh
shift
while test "$1" = --exclude; do shift 2; done
test -d "$1" || exit 3
mkdir -p "$2" && cp -R "$1/." "$2" && echo copied
`

// The shell of the object store's pods: what a pod leaves is kept when it is ended,
// and the pod that takes over begins with it.
func TestWhatAPodLeavesIsInTheStore(t *testing.T) {
	g := NewWithT(t)
	spec := jobs(t, "object-store/soak")[0].Spec.Template.Spec
	bin, store := t.TempDir(), t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(bin, "rclone"), []byte(rclone), 0o755)).To(Succeed())
	sidecar := func(name, results string) *exec.Cmd {
		i := slices.IndexFunc(spec.InitContainers, func(c corev1.Container) bool { return c.Name == name })
		c := spec.InitContainers[i]
		cmd := exec.Command(c.Command[0], append(slices.Clone(c.Command[1:]), strings.ReplaceAll(c.Args[0], "/results", results))...)
		cmd.Env = []string{"PATH=" + bin + ":/usr/bin:/bin", "TARGET=" + store, "JOB_COMPLETION_INDEX=3"}
		return cmd
	}

	first := t.TempDir()
	g.Expect(sidecar("fetch", first).Run()).To(Succeed(), "there is nothing in the store yet")
	shard := filepath.Join(first, "shard-3")
	g.Expect(os.MkdirAll(shard, 0o755)).To(Succeed())
	keep := sidecar("keep", first)
	said, err := keep.StdoutPipe()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(keep.Start()).To(Succeed())
	lines := bufio.NewScanner(said)
	g.Expect(lines.Scan()).To(BeTrue(), "it copies as soon as it begins")
	g.Expect(os.WriteFile(filepath.Join(shard, "soak.json"), []byte("{}"), 0o644)).To(Succeed())
	g.Expect(keep.Process.Signal(syscall.SIGTERM)).To(Succeed())
	g.Expect(lines.Scan()).To(BeTrue(), "and when it is ended")
	_ = keep.Wait()

	second := t.TempDir()
	g.Expect(sidecar("fetch", second).Run()).To(Succeed())
	g.Expect(os.ReadFile(filepath.Join(second, "shard-3", "soak.json"))).To(BeEquivalentTo("{}"))
}
