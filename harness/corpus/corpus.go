// Package corpus keeps counterexamples as files, so that every later run can
// replay them first. The tape of a scenario is DIR/SCENARIO/ID.tape, where
// SCENARIO is the scenario's id as in a URL query (other characters than
// letters, digits and -_.~ escaped) and ID is [tape.Tape.ID]; should two storms
// share an id, the second one is ID-2.tape. The files are texts, made to be
// committed. What does not end in .tape is ignored.
//
// Goroutines and processes may load and save in one folder at once.
package corpus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/squall-go/squall/harness/tape"
)

const suffix = ".tape"

// Entry is one saved counterexample.
type Entry struct {
	Path string
	Tape *tape.Tape
}

// Load reads all tapes of a scenario, sorted by file name. A folder that does
// not exist holds none. One bad tape makes the whole call fail, and the error
// names its file: a counterexample is never skipped in silence.
func Load(dir, scenario string) ([]Entry, error) {
	if scenario == "" {
		return nil, errors.New("corpus: cannot load the tapes of a scenario without an id")
	}
	folder := filepath.Join(dir, FolderName(scenario))
	files, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	var entries []Entry
	for _, file := range files {
		if filepath.Ext(file.Name()) != suffix {
			continue
		}
		path := filepath.Join(folder, file.Name())
		t, err := load(path, scenario)
		if err != nil {
			return nil, fmt.Errorf("corpus: %w", err)
		}
		entries = append(entries, Entry{Path: path, Tape: t})
	}
	return entries, nil
}

func load(path, scenario string) (*tape.Tape, error) {
	// Opening a named pipe would wait for a writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file; take it out of the corpus", path)
	}
	t, err := tape.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if t.Scenario != scenario {
		return nil, fmt.Errorf("%s is a tape of scenario %q, not %q; move it to the folder %s", path, t.Scenario, scenario, FolderName(t.Scenario))
	}
	return t, nil
}

// Save writes the tape into the corpus, making folders as needed, and returns
// the path of the file. A tape that makes the same choices is replaced; no
// other one is.
func Save(dir string, t *tape.Tape) (path string, err error) {
	if t.Scenario == "" {
		return "", errors.New("corpus: cannot save a tape without a scenario")
	}
	folder := filepath.Join(dir, FolderName(t.Scenario))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("corpus: cannot save into %s: %w", dir, err)
	}
	path = freePath(folder, t)
	if err := t.WriteFile(path); err != nil {
		return "", fmt.Errorf("corpus: cannot save into %s: %w", dir, err)
	}
	return path, nil
}

// freePath is the first name that is not taken by another storm. A tape that
// cannot be read is no storm: it would make every Load fail.
func freePath(folder string, t *tape.Tape) string {
	path := filepath.Join(folder, t.ID()+suffix)
	for n := 2; ; n++ {
		other, err := tape.ReadFile(path)
		if err != nil || other.SameStorm(t) {
			return path
		}
		path = filepath.Join(folder, t.ID()+"-"+strconv.Itoa(n)+suffix)
	}
}
