package peers

import (
	"reflect"
	"regexp"
	"runtime"
)

// moduleVersion finds the version in the path of a file in the module cache, and
// also in what -trimpath leaves of it.
var moduleVersion = regexp.MustCompile(`@(v[^/]+)/`)

// Version is the version of the code that is linked into this binary, as the
// path of its source tells; "(devel)" for code that is not from the module
// cache, like our own. A test binary's build information lists no dependencies.
func (l Library) Version() string {
	if l.std {
		return runtime.Version()
	}
	f := runtime.FuncForPC(reflect.ValueOf(l.symbol).Pointer())
	if f == nil {
		return "unknown"
	}
	file, _ := f.FileLine(f.Entry())
	if m := moduleVersion.FindStringSubmatch(file); m != nil {
		return m[1]
	}
	return "(devel)"
}
