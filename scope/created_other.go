//go:build !amd64

package scope

import "runtime"

// caller is the birthplace of what the function that calls it creates. That
// function must not be inlined.
//
//go:noinline
func caller() (b birthplace) {
	runtime.Callers(3, b[:1])
	return b
}
