//go:build linux

// Package noport shows that markers open no port by themselves: pingcap/failpoint
// links net/http for its control port, and listens only when GO_FAILPOINTS_HTTP
// says where.
package noport

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	_ "github.com/squall-go/squall/dispatcher"
	_ "github.com/squall-go/squall/harness"
	_ "github.com/squall-go/squall/scope"
)

const ask = "SQUALL_TEST_LISTENS"

// TestMain: asked, the binary prints how many sockets of this process listen.
func TestMain(m *testing.M) {
	if os.Getenv(ask) == "" {
		os.Exit(m.Run())
	}
	fmt.Println(listening())
}

func TestMarkersOpenNoPort(t *testing.T) {
	for _, test := range []struct{ where, want string }{
		{"", "0"},
		{"127.0.0.1:0", "1"}, // asked for: or the 0 above would mean nothing
	} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), ask+"=1", "GO_FAILPOINTS_HTTP="+test.where)
		if test.where == "" {
			cmd.Env = cmd.Env[:len(cmd.Env)-1]
		}
		said, err := cmd.CombinedOutput()
		g := NewWithT(t)
		g.Expect(err).NotTo(HaveOccurred(), string(said))
		lines := strings.Fields(string(said))
		g.Expect(lines[len(lines)-1]).To(Equal(test.want), "GO_FAILPOINTS_HTTP=%s: %s", test.where, said)
	}
}

// listening counts the TCP sockets of this process that listen.
func listening() (n int) {
	ours := map[string]bool{} // inodes
	entries, _ := os.ReadDir("/proc/self/fd")
	for _, entry := range entries {
		link, _ := os.Readlink("/proc/self/fd/" + entry.Name())
		ours[strings.TrimSuffix(strings.TrimPrefix(link, "socket:["), "]")] = true
	}
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		content, _ := os.ReadFile(table)
		for line := range strings.Lines(string(content)) {
			fields := strings.Fields(line)
			const listen = "0A"
			if len(fields) > 9 && fields[3] == listen && ours[fields[9]] {
				n++
			}
		}
	}
	return n
}
