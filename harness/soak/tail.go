package soak

import (
	"strings"
	"sync"
)

// tail keeps the end of what was written to it, and what began with the last sign
// of death: the stacks of ten thousand goroutines that follow must not push it
// out.
type tail struct {
	mu    sync.Mutex
	limit int
	data  []byte
	words []byte // from the last sign that is no longer in data
}

func newTail(limit int) *tail { return &tail{limit: limit} }

// maxLog bounds what is kept of a worker's output, twice: its last words, and the
// end.
const maxLog = 128 << 10

// Write keeps the end of data.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, data...)
	if len(t.data) > 4*t.limit {
		gone := len(t.data) - t.limit
		if at := lastSign(string(t.data[:gone])); at >= 0 {
			t.words = append([]byte(nil), t.data[at:min(at+t.limit, gone)]...)
		}
		t.data = append([]byte(nil), t.data[gone:]...)
	}
	return len(data), nil
}

// String is the last limit bytes, after the last words if they are not in them.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := max(0, len(t.data)-t.limit)
	end := string(t.data[at:])
	words := t.words
	if sign := lastSign(string(t.data)); sign >= 0 {
		words = t.data[sign:max(sign, min(sign+t.limit, at))]
	}
	if len(words) == 0 {
		return end
	}
	return string(words) + "\n…\n" + end
}

// signs are how a process' last words begin.
var signs = []string{"fatal error: ", "panic: ", "runtime: goroutine stack exceeds", "SIGSEGV", "unexpected fault address"}

// lastSign is where the process began to die, -1 if it does not say.
func lastSign(log string) (at int) {
	at = -1
	for _, sign := range signs {
		if strings.HasPrefix(log, sign) {
			at = max(at, 0)
		}
		if i := strings.LastIndex(log, "\n"+sign); i >= 0 {
			at = max(at, i+1)
		}
	}
	return at
}

// lastWords is the log from where the process began to die.
func lastWords(log string) string { return log[max(0, lastSign(log)):] }
