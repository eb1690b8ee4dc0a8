package soak

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// resident is how many bytes of memory a process has: 0 when it has ended and
// nobody has waited for it. known is false where the system does not tell.
func resident(pid int) (bytes uint64, known bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return 0, false
	}
	return pages * uint64(os.Getpagesize()), true
}

// Grown says that a process was ended because its memory grew too large.
type Grown struct{ Size, Allowed uint64 } // bytes

func (g *Grown) Error() string {
	return fmt.Sprintf("its memory grew to %d MB, and %d are allowed", g.Size>>20, g.Allowed>>20)
}

// RunWithin runs cmd as its own Run does, in a process group of its own. When
// the process has more resident memory than allowed, in bytes, the group is
// killed, and the error is a *[Grown].
func RunWithin(cmd *exec.Cmd, allowed uint64) error {
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended, grown := make(chan struct{}), make(chan *Grown, 1)
	go func() {
		looks := time.NewTicker(DefaultLimits.Look)
		defer looks.Stop()
		for {
			select {
			case <-ended:
				grown <- nil
				return
			case <-looks.C:
				if size, _ := resident(cmd.Process.Pid); size > allowed {
					killGroup(cmd)
					grown <- &Grown{Size: size, Allowed: allowed}
					return
				}
			}
		}
	}()
	err := cmd.Wait()
	close(ended)
	if g := <-grown; g != nil {
		return g
	}
	return err
}
