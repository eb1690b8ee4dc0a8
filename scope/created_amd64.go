package scope

// caller is the birthplace of what the function that calls it creates. That
// function must not be inlined. It reads the innermost frames by their frame
// pointers, as the runtime's tracer does: runtime.Callers would take a third
// of a launch.
//
//go:noescape
func caller() birthplace
