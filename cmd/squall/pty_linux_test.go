package main

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"unsafe"

	. "github.com/onsi/gomega"
)

// pseudoTerminal is one of no size, as a console that nobody looks at has it; nil
// where there is none to be had.
func pseudoTerminal(t *testing.T) *os.File {
	g := NewWithT(t)
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil
	}
	t.Cleanup(func() { master.Close() })
	var number, unlocked int32
	ask := func(request uintptr, answer *int32) {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(answer)))
		g.Expect(errno).To(BeZero())
	}
	ask(syscall.TIOCGPTN, &number)
	ask(syscall.TIOCSPTLCK, &unlocked)
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { slave.Close() })
	g.Expect(isTerminal(slave)).To(BeTrue())
	return slave
}
