package tape

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"slices"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/internal/atomicfile"
)

// MaxSize is the number of bytes that the file of a tape or a plan may have.
const MaxSize = 1 << 20

var errTooBig = errors.New("is bigger than 1 MiB, which no tape and no plan is; check the path")

// ReadFile reads the tape in a file. The error is one line, names the file and
// the line in it, and says what to do. No more than [MaxSize] bytes are read,
// whatever the file is; it wraps fs.ErrNotExist if there is none.
func ReadFile(path string) (*Tape, error) {
	data, err := readText(path)
	if err != nil {
		return nil, err
	}
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("tape: %s: %w", path, err)
	}
	return t, nil
}

// ReadPlan reads a plan, in the format of [faults.ParsePlan], with the limits
// and the errors of [ReadFile]. It does not call [faults.Plan.Check].
func ReadPlan(path string) (faults.Plan, error) {
	data, err := readText(path)
	if err != nil {
		return nil, err
	}
	plan, err := faults.ParsePlan(string(data))
	if err != nil {
		return nil, fmt.Errorf("tape: %s: %w", path, err)
	}
	if len(plan) == 0 {
		return nil, fmt.Errorf("tape: %s: no strike in it; write one a line, as in scope/run #1 in fanout/B: error \"boom\"", path)
	}
	return plan, nil
}

func readText(path string) ([]byte, error) {
	// Opening a named pipe would wait for a writer, and what is read from a pipe
	// is gone for whoever reads the path next.
	info, err := os.Stat(path)
	switch {
	case err == nil && info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0:
		return nil, fmt.Errorf("tape: %s: is a pipe; save it as a file first", path)
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("tape: %s: is a directory; name a file in it", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tape: %w; check the path", err)
	}
	defer f.Close()
	data, err := readLimited(f)
	if err == nil {
		err = checkText(data)
	}
	if err != nil {
		return nil, fmt.Errorf("tape: %s: %w", path, err)
	}
	return data, nil
}

// readLimited asks for the size first, and does not believe it: a device
// says 0 and has no end.
func readLimited(f *os.File) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() && info.Size() > MaxSize {
		return nil, errTooBig
	}
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}

// WriteFile writes the tape into a file, whole or not at all; the folder must
// exist. It refuses a tape that [ReadFile] would not read back as the same, of
// which [faults.Fault.Err] is no part.
func (t *Tape) WriteFile(path string) error {
	data := []byte(t.String())
	back, err := parse(data)
	if err != nil {
		return fmt.Errorf("tape: %s: not written, it could not be read back: %w", path, err)
	}
	if !t.same(back) {
		return fmt.Errorf("tape: %s: not written, it would be read back as another tape: a choice has fields that its kind does not use", path)
	}
	if err := atomicfile.Write(path, data); err != nil {
		return fmt.Errorf("tape: %w", err)
	}
	return nil
}

func (t *Tape) same(other *Tape) bool {
	a, b := *t, *other
	a.Choices, b.Choices = nil, nil
	return reflect.DeepEqual(a, b) && slices.EqualFunc(t.Choices, other.Choices, func(x, y Choice) bool {
		x.Fault.Err, y.Fault.Err = nil, nil
		return x == y
	})
}
