package scope

import (
	"fmt"
	"runtime"
	"strings"
)

// Stack is where a goroutine was: its program counters, innermost first, at most
// 64. They are made into names and lines only by String, since a failure that is
// handled is never printed.
type Stack []uintptr

// String is a function and, on the next line, its file and line for each frame,
// innermost first, as debug.Stack writes them but for the arguments.
func (s Stack) String() string {
	if len(s) == 0 {
		return ""
	}
	var b strings.Builder
	frames := runtime.CallersFrames(s)
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		fmt.Fprintf(&b, "%s\n\t%s:%d\n", f.Function, f.File, f.Line)
	}
	return b.String()
}

// stack is the stack of whoever called the function that calls it.
func stack() Stack {
	var pcs [64]uintptr
	n := runtime.Callers(3, pcs[:])
	return append(Stack(nil), pcs[:n]...)
}
