package soak

import (
	"fmt"
	"os"
	"strconv"
	"strings"
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
