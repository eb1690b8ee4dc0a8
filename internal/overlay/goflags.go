package overlay

import (
	"fmt"
	"strings"
)

// MergeGOFLAGS adds -overlay=file to a value of GOFLAGS (as `go env GOFLAGS`
// prints it) and keeps what is in it. An overlay that is there already is an
// error: the go command would use one of the two and drop the other silently.
func MergeGOFLAGS(goflags, file string) (string, error) {
	for _, flag := range strings.Fields(goflags) {
		name := strings.TrimLeft(flag, `'"-`)
		if name == "overlay" || strings.HasPrefix(name, "overlay=") {
			return "", fmt.Errorf("overlay: GOFLAGS has %s already, and the go command takes only one; unset it", flag)
		}
	}
	flag := "-overlay=" + file
	if strings.ContainsAny(flag, " \t") {
		flag = "'" + flag + "'"
	}
	return strings.TrimSpace(goflags + " " + flag), nil
}
