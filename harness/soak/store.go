package soak

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/atomicfile"
)

// store is the findings of a shard, one of each kind, in files that are written
// before anybody is told: for each finding a .json with all of it, a .tape to
// replay, and where an object was not linearizable an .html with porcupine's
// picture. In memory is all of those only that could not be written.
type store struct {
	dir     string
	known   map[string]*batch.Finding // by kind
	unsaved map[string]bool           // kinds whose file could not be written
}

const findingsDir = "findings"

// maxFindings bounds the kinds that are kept; more are counted in the state, and
// told as an incident. A soak that finds a thousand kinds has found that
// everything is broken.
const maxFindings = 1000

// openStore reads the findings in dir. A tape or a picture that is not the one of
// its finding is written anew: the disk was full, or the soak was killed, between
// the two.
func openStore(dir string) (*store, []string, error) {
	found, torn, err := ReadFindings(dir)
	s := &store{dir: dir, known: map[string]*batch.Finding{}, unsaved: map[string]bool{}}
	for _, f := range found {
		s.known[f.Kind()] = f
		if err := s.finish(f); err != nil {
			s.unsaved[f.Kind()] = true
			torn = append(torn, err.Error())
		}
	}
	return s, torn, err
}

// summary is f without what is long.
func summary(f *batch.Finding) *batch.Finding {
	short := *f
	short.Text, short.Dump, short.Tape, short.Storm, short.Picture, short.Linear = "", "", "", nil, nil, nil
	return &short
}

// nameOf is the finding's file name without extension.
func nameOf(f *batch.Finding) string {
	h := fnv.New64a()
	h.Write([]byte(f.Kind()))
	scenario := strings.Map(func(r rune) rune {
		if r < 'a' && (r < 'A' || r > 'Z') && (r < '0' || r > '9') || r > 'z' {
			return '-'
		}
		return r
	}, f.Scenario)
	return fmt.Sprintf("%.40s-%016x", scenario, h.Sum64())
}

// errTooMany says that a finding is not kept.
var errTooMany = fmt.Errorf("soak: there are %d kinds already", maxFindings)

// add keeps f if it is the first of its kind, or was found earlier in the order
// of batches: then it does not matter in which order workers finish. Of two at the
// same place the later one counts: the first may be of a soak that was stopped
// while it shrank it. isNew is false for one that takes the place of another that
// was told. The error is errTooMany, or says that f is kept in memory only.
func (s *store) add(f *batch.Finding) (kept, isNew bool, err error) {
	kind := f.Kind()
	old := s.known[kind]
	if old != nil && earlier(old, f) {
		return false, false, nil
	}
	if old == nil && len(s.known) >= maxFindings {
		return false, false, errTooMany
	}
	s.known[kind] = f
	untold := old == nil || s.unsaved[kind]
	return true, untold, s.save(f)
}

func earlier(a, b *batch.Finding) bool {
	return cmp.Or(cmp.Compare(a.Batch, b.Batch), cmp.Compare(a.Run, b.Run)) < 0
}

func (s *store) save(f *batch.Finding) error {
	kind := f.Kind()
	s.unsaved[kind] = true
	data, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return fmt.Errorf("soak: finding %s: %w", kind, err)
	}
	path := filepath.Join(s.dir, findingsDir, nameOf(f))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	// First the .json, from which the others can be made again.
	if err := atomicfile.Write(path+".json", append(data, '\n')); err != nil {
		return err
	}
	return s.finish(f)
}

// finish writes what is beside the finding's .json. From then on nothing of f is
// in memory only.
func (s *store) finish(f *batch.Finding) error {
	kind, path := f.Kind(), filepath.Join(s.dir, findingsDir, nameOf(f))
	if err := replace(path+".tape", []byte(f.Tape)); err != nil {
		return err
	}
	page, err := linearPage(f)
	if err != nil {
		return fmt.Errorf("soak: finding %s: %w", kind, err)
	}
	if err := replace(path+".html", page); err != nil {
		return err
	}
	delete(s.unsaved, kind)
	s.known[kind] = summary(f)
	return nil
}

// replace writes the file, unless it is there as it should be; of no content there
// is none, and none is left of a finding whose place another one takes.
func replace(path string, content []byte) error {
	if len(content) > 0 {
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
			return nil
		}
		return atomicfile.Write(path, content)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("soak: %w", err)
	}
	return nil
}

func linearPage(f *batch.Finding) ([]byte, error) {
	if f.Linear == nil {
		return nil, nil
	}
	return f.Linear.Page()
}

// list is all of them.
func (s *store) list() []*batch.Finding {
	list := slices.Collect(maps.Values(s.known))
	sortFindings(list)
	return list
}

// lost are the findings that are in memory only.
func (s *store) lost() (list []*batch.Finding) {
	for kind := range s.unsaved {
		list = append(list, s.known[kind])
	}
	sortFindings(list)
	return list
}

// familiar are the kinds that a batch need not look into: those of the
// scenario which were found in earlier batches.
func (s *store) familiar(b batch.Batch) (kinds []string) {
	for _, f := range s.known {
		if f.Scenario == b.Scenario && f.Control == "" && f.Batch < b.Index {
			kinds = append(kinds, batch.Kind(f.Signature))
		}
	}
	slices.Sort(kinds)
	return kinds
}

// TapePath is where a soak in dir keeps the finding's tape.
func TapePath(dir string, f *batch.Finding) string {
	return filepath.Join(dir, findingsDir, nameOf(f)+".tape")
}

// picturePath is where the picture of its object is, if it has one.
func picturePath(dir string, f *batch.Finding) string {
	return filepath.Join(dir, findingsDir, nameOf(f)+".html")
}

func sortFindings(list []*batch.Finding) {
	slices.SortFunc(list, func(a, b *batch.Finding) int {
		return cmp.Or(result.CompareIDs(a.Scenario, b.Scenario), cmp.Compare(a.Kind(), b.Kind()))
	})
}

// maxFinding bounds what is read of one finding, maxFiles how many are read: no soak
// writes as many.
const (
	maxFinding = 8 << 20
	maxFiles   = 2 * maxFindings
)

// ReadFindings reads the findings of a shard. torn names the files that could
// not be read, each with the reason; the rest is read all the same. Of more than a
// soak can write, the first by name are read, and torn says how many are left out.
func ReadFindings(dir string) (list []*batch.Finding, torn []string, err error) {
	folder := filepath.Join(dir, findingsDir)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("soak: %w", err)
	}
	entries = slices.DeleteFunc(entries, func(entry os.DirEntry) bool {
		return filepath.Ext(entry.Name()) != ".json" || strings.HasPrefix(entry.Name(), ".")
	})
	if extra := len(entries) - maxFiles; extra > 0 {
		entries = entries[:maxFiles]
		torn = append(torn, fmt.Sprintf("soak: %s: %d findings are left out: a soak keeps at most %d, and here are %d; restore it, or do without its directory",
			folder, extra, maxFindings, maxFiles+extra))
	}
	for _, entry := range entries {
		f, err := readFinding(filepath.Join(folder, entry.Name()))
		if err != nil {
			torn = append(torn, err.Error())
			continue
		}
		list = append(list, f)
	}
	sortFindings(list)
	return list, torn, nil
}

func readFinding(path string) (*batch.Finding, error) {
	data, err := readLimited(path, maxFinding)
	if err != nil {
		return nil, err
	}
	var f batch.Finding
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("soak: %s: not a finding: %w", path, err)
	}
	if f.Scenario == "" || f.Signature == "" {
		return nil, fmt.Errorf("soak: %s: not a finding: it names no scenario or no signature", path)
	}
	if f.Verdict == "" || f.Verdict == result.Held {
		f.Verdict = result.Broken // what held has no file
	}
	return &f, nil
}
