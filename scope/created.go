package scope

import (
	"runtime"
	"strconv"
)

// birthplace is where a task was created: a program counter, made into a file
// and line only when somebody asks.
type birthplace uintptr

// caller is the birthplace of what the function that calls it creates: the place
// where that one was called. Following the frame pointers in assembly takes a
// twentieth of the time; it was tried and taken back, because nobody would want
// to find it in a library of theirs.
//
//go:noinline
func caller() birthplace {
	var pc [1]uintptr
	runtime.Callers(3, pc[:])
	return birthplace(pc[0])
}

// String is file:line.
func (b birthplace) String() string {
	if b == 0 {
		return "unknown"
	}
	frame, _ := runtime.CallersFrames([]uintptr{uintptr(b)}).Next()
	return frame.File + ":" + strconv.Itoa(frame.Line)
}
