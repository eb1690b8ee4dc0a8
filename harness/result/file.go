package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/squall-go/squall/internal/atomicfile"
)

// Read reads the file that [Result.Write] wrote.
func Read(path string) (Result, error) {
	var r Result
	err := readJSON(path, &r)
	return r, err
}

// Write writes the result to path, whole or not at all.
func (r Result) Write(path string) error { return writeJSON(path, r) }

// ReadList reads the file that [List.Write] wrote.
func ReadList(path string) (List, error) {
	var l List
	err := readJSON(path, &l)
	return l, err
}

// Write writes the list to path, whole or not at all.
func (l List) Write(path string) error {
	if l == nil {
		l = List{}
	}
	return writeJSON(path, l)
}

func writeJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		err = atomicfile.Write(path, append(content, '\n'))
	}
	if err != nil {
		return fmt.Errorf("result: %w", err)
	}
	return nil
}

func readJSON(path string, value any) error {
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, value)
	}
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	if err != nil {
		return fmt.Errorf("result: cannot read %s: %w", path, err)
	}
	return nil
}
