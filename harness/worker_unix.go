//go:build unix

package harness

import "syscall"

// notInherited keeps the soak's files from processes that a scenario starts: one
// that outlives the worker would hold them open.
func notInherited(fds ...int) {
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
}
