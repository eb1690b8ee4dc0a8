package report

import (
	"strings"
)

// maxFrames is how many lines of a stack are told.
const maxFrames = 6

// machinery is the packages whose frames say nothing about what went wrong.
var machinery = []string{
	"runtime.", "runtime/", "github.com/pingcap/failpoint", "internal/", "panic(", "sync.", "reflect.", "testing.", "testing/",
	"github.com/squall-go/squall/faults.", "github.com/squall-go/squall/harness/engine.",
}

// frames writes at most n frames of a goroutine's stack, one a line: function,
// file and line, without the frames of the runtime and of the harness unless
// there are no others.
func frames(stack string, n int) []string {
	var all, telling []string
	lines := strings.Split(strings.TrimSpace(stack), "\n")
	for i := 0; i < len(lines); i++ {
		function := strings.TrimSpace(lines[i])
		if function == "" || strings.HasPrefix(function, "goroutine ") && strings.HasSuffix(function, "]:") {
			continue
		}
		frame := shortFunction(function)
		if i+1 < len(lines) && strings.HasPrefix(lines[i+1], "\t") {
			i++
			frame += "  " + shortFile(lines[i])
		}
		all = append(all, clean(frame))
		if !isMachinery(strings.TrimPrefix(function, "created by ")) {
			telling = append(telling, clean(frame))
		}
	}
	if len(telling) == 0 {
		telling = all
	}
	if len(telling) <= n {
		return telling
	}
	// Where the goroutine came from tells more than the middle does.
	if last := telling[len(telling)-1]; strings.HasPrefix(last, "created by ") && n > 1 {
		return append(telling[:n-1:n-1], last)
	}
	return telling[:n]
}

func isMachinery(function string) bool {
	for _, prefix := range machinery {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}

// shortFunction is the function without the directories of its package, its
// arguments, and the goroutine that it was created in.
func shortFunction(line string) string {
	created := ""
	if rest, ok := strings.CutPrefix(line, "created by "); ok {
		created = "created by "
		line, _, _ = strings.Cut(rest, " in goroutine ")
	} else if i := strings.LastIndexByte(line, '('); i > 0 && strings.HasSuffix(line, ")") {
		line = line[:i]
	}
	// A type parameter may contain slashes too.
	name, parameters, generic := strings.Cut(line, "[")
	name = name[strings.LastIndexByte(name, '/')+1:]
	if generic {
		name += "[" + parameters
	}
	return created + name
}

func shortFile(line string) string {
	file, _, _ := strings.Cut(strings.TrimSpace(line), " +0x")
	return file[strings.LastIndexAny(file, `/\`)+1:]
}
