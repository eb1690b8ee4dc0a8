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
// picture. In memory is all of those only that could not be written. The files of
// all of them are bounded by disk, what is in memory only by memory.
type store struct {
	dir          string
	known        map[string]*batch.Finding // by kind
	disk, memory room
	saved        ledger // bytes of files by kind
	unsaved      ledger // of those whose files could not be written, by kind
}

const findingsDir = "findings"

// maxFindings bounds the kinds that are kept; more are counted in the state, and
// told as an incident. A soak that finds a thousand kinds has found that
// everything is broken.
const maxFindings = 1000

// openStore reads the findings in dir, one after another. A tape or a picture that is
// not the one of its finding is written anew: the disk was full, or the soak was
// killed, between the two.
func openStore(dir string) (*store, []string, error) {
	s := &store{dir: dir, known: map[string]*batch.Finding{}, disk: onDisk, memory: inMemory}
	var unfinished []string
	torn, err := eachFinding(dir, func(f *batch.Finding, _ int64) {
		files, err := filesOf(f)
		if err == nil {
			err = s.finish(f, files)
		}
		if err != nil {
			s.remember(f)
			unfinished = append(unfinished, err.Error())
		}
	})
	return s, append(torn, unfinished...), err
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
// while it shrank it. kept is f as there is room for it, nil if it is not kept. isNew
// is false for one that takes the place of another that was told. The error is
// errTooMany, or says that f is kept in memory only.
func (s *store) add(f *batch.Finding) (kept *batch.Finding, isNew bool, err error) {
	kind := f.Kind()
	old := s.known[kind]
	if old != nil && earlier(old, f) {
		return nil, false, nil
	}
	if old == nil && len(s.known) >= maxFindings {
		return nil, false, errTooMany
	}
	_, unsaved := s.unsaved.of[kind]
	kept, err = s.save(f)
	return kept, old == nil || unsaved, err
}

func earlier(a, b *batch.Finding) bool {
	return cmp.Or(cmp.Compare(a.Batch, b.Batch), cmp.Compare(a.Run, b.Run)) < 0
}

// files is what a finding has on disk.
type files struct{ json, tape, page []byte }

func filesOf(f *batch.Finding) (files, error) {
	data, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return files{}, fmt.Errorf("soak: finding %s: %w", f.Kind(), err)
	}
	page, err := linearPage(f)
	if err != nil {
		return files{}, fmt.Errorf("soak: finding %s: %w", f.Kind(), err)
	}
	return files{append(data, '\n'), []byte(f.Tape), page}, nil
}

func (x files) size() int64 { return int64(len(x.json) + len(x.tape) + len(x.page)) }

// save writes the finding as far as there is room for it, or remembers it. A tape that
// was told is not given up for one that there is no room for.
func (s *store) save(f *batch.Finding) (kept *batch.Finding, err error) {
	kind := f.Kind()
	kept, _ = s.disk.fit(f, s.saved.others(kind), func(f *batch.Finding) int64 {
		files, _ := filesOf(f) // what is wrong with them is told below
		return files.size()
	})
	if _, told := s.saved.of[kind]; told && kept.Tape != f.Tape {
		s.unsaved.drop(kind)
		s.known[kind] = summary(s.known[kind])
		return nil, nil
	}
	if err = s.write(kept); err != nil {
		s.remember(f)
	}
	return kept, err
}

// remember keeps in memory what is not on disk.
func (s *store) remember(f *batch.Finding) {
	kind := f.Kind()
	kept, bytes := s.memory.fit(f, s.unsaved.others(kind), inJSON)
	s.known[kind] = kept
	s.unsaved.set(kind, bytes)
}

func (s *store) write(f *batch.Finding) error {
	files, err := filesOf(f)
	if err != nil {
		return err
	}
	path := s.path(f)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	// First the .json, from which the others can be made again.
	if err := atomicfile.Write(path+".json", files.json); err != nil {
		return err
	}
	return s.finish(f, files)
}

// finish writes what is beside the finding's .json. From then on nothing of f is
// in memory only.
func (s *store) finish(f *batch.Finding, files files) error {
	path := s.path(f)
	if err := replace(path+".tape", files.tape); err != nil {
		return err
	}
	if err := replace(path+".html", files.page); err != nil {
		return err
	}
	kind := f.Kind()
	s.saved.set(kind, files.size())
	s.unsaved.drop(kind)
	s.known[kind] = summary(f)
	return nil
}

func (s *store) path(f *batch.Finding) string {
	return filepath.Join(s.dir, findingsDir, nameOf(f))
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
	for kind := range s.unsaved.of {
		list = append(list, s.known[kind])
	}
	sortFindings(list)
	return list
}

// familiar are the kinds that a batch need not look into: those of the
// scenario which were found in earlier batches.
func (s *store) familiar(b batch.Batch) (kinds []string) {
	of := batch.Finding{Scenario: b.Scenario}
	prefix := of.Kind() // every batch asks: to make out the kinds anew would take longer than the rest
	for kind, f := range s.known {
		if f.Scenario == b.Scenario && f.Control == "" && f.Batch < b.Index {
			kinds = append(kinds, strings.TrimPrefix(kind, prefix))
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
	kinds := make(map[*batch.Finding]string, len(list))
	for _, f := range list {
		kinds[f] = f.Kind()
	}
	slices.SortFunc(list, func(a, b *batch.Finding) int {
		return cmp.Or(result.CompareIDs(a.Scenario, b.Scenario), cmp.Compare(kinds[a], kinds[b]))
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
	torn, err = eachFinding(dir, func(f *batch.Finding, _ int64) { list = append(list, f) })
	sortFindings(list)
	return list, torn, err
}

// eachFinding is ReadFindings with one finding in memory at a time, and the size of
// its file.
func eachFinding(dir string, take func(f *batch.Finding, size int64)) (torn []string, err error) {
	folder := filepath.Join(dir, findingsDir)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
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
		f, size, err := readFinding(filepath.Join(folder, entry.Name()))
		if err != nil {
			torn = append(torn, err.Error())
			continue
		}
		take(f, size)
	}
	return torn, nil
}

func readFinding(path string) (_ *batch.Finding, size int64, _ error) {
	data, err := readLimited(path, maxFinding)
	if err != nil {
		return nil, 0, err
	}
	var f batch.Finding
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, 0, fmt.Errorf("soak: %s: not a finding: %w", path, err)
	}
	if f.Scenario == "" || f.Signature == "" {
		return nil, 0, fmt.Errorf("soak: %s: not a finding: it names no scenario or no signature", path)
	}
	if f.Verdict == "" || f.Verdict == result.Held {
		f.Verdict = result.Broken // what held has no file
	}
	return &f, int64(len(data)), nil
}
