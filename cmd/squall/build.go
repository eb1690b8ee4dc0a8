package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/atomicfile"
	"github.com/squall-go/squall/internal/scratch"
)

// built is the file builtFile in a folder that squall build wrote: which suites
// are there. Beside it every suite has a folder with its test binary, failpoints
// built in, and its package's testdata; it is run there, with no Go toolchain.
type built struct {
	Format int          `json:"format"`
	Squall string       `json:"squall"`         // version
	Race   bool         `json:"race,omitempty"` // with the race detector
	Suites []builtSuite `json:"suites"`
}

type builtSuite struct {
	Package string `json:"package"`
	Dir     string `json:"dir"`    // in the folder
	Binary  string `json:"binary"` // in Dir
}

const (
	builtFile   = "suites.json"
	builtFormat = 1
	maxBuilt    = 1 << 20 // bytes that are read of it
)

func (s *session) buildCommand() *cobra.Command {
	var r request
	var dir string
	c := &cobra.Command{
		Use: "build -o DIR [packages]", Short: "build the suites' test binaries, failpoints built in, for a machine without Go",
		RunE: func(c *cobra.Command, patterns []string) error {
			r.patterns = patterns
			return s.build(c.Context(), r, dir)
		},
	}
	c.Flags().StringVarP(&dir, "output", "o", "", "`DIR` to make: --binaries of soak, run, replay and list takes it (required)")
	c.Flags().BoolVar(&r.race, "race", false, "build with the race detector")
	r.tagsFlag(c)
	return c
}

// build makes dir as a whole: what stands there is an earlier build, and is
// replaced when the new one is complete.
func (s *session) build(ctx context.Context, r request, dir string) error {
	if dir == "" {
		return errors.New("--output names no folder; name one, as in -o .squall/suites")
	}
	given := dir
	if err := checkBuildTarget(given); err != nil {
		return err
	}
	dir, err := absolute(dir)
	if err != nil {
		return err
	}
	parent := filepath.Dir(dir)
	defer removeEmpty(missing(parent))
	var beside string
	if err = os.MkdirAll(parent, 0o755); err == nil {
		beside, err = os.MkdirTemp(parent, ".squall-build-*")
	}
	if err != nil {
		return fmt.Errorf("--output=%s: cannot write there: %w; name a folder in a directory that may be written", given, cause(err))
	}
	defer os.RemoveAll(beside)
	w, err := openWorkshop(ctx, s, r)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.writeBuilt(beside, r.race); err != nil {
		return fmt.Errorf("--output=%s: %w", given, err)
	}
	if err := errors.Join(os.RemoveAll(dir), os.Chmod(beside, 0o755), os.Rename(beside, dir)); err != nil {
		return fmt.Errorf("--output=%s: %w", given, err)
	}
	for _, suite := range w.suites {
		fmt.Fprintf(s.stdout, "%s  %d scenarios\n", suite.pkg, len(suite.scenarios))
	}
	return nil
}

// missing are the directories up from dir that do not exist, the deepest first.
func missing(dir string) (dirs []string) {
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// removeEmpty leaves nothing behind of a build that failed: what is not empty
// cannot be removed.
func removeEmpty(dirs []string) {
	for _, dir := range dirs {
		_ = os.Remove(dir)
	}
}

// checkBuildTarget refuses to replace anything but an earlier build.
func checkBuildTarget(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(entries) == 0:
		return nil
	case err != nil:
		return fmt.Errorf("--output=%s: %w; name a folder to make", dir, cause(err))
	}
	if _, err := readBuilt(dir); err != nil {
		return fmt.Errorf("--output=%s: the folder is not empty and no earlier build; name another one", dir)
	}
	return nil
}

func (w *workshop) writeBuilt(dir string, race bool) error {
	manifest := built{Format: builtFormat, Squall: result.Version, Race: race}
	for i, s := range w.suites {
		name := strconv.Itoa(i+1) + "-" + filepath.Base(s.pkg) // bases are not unique
		one := builtSuite{Package: s.pkg, Dir: name, Binary: filepath.Base(s.binary)}
		if err := copySuite(s, filepath.Join(dir, one.Dir), one.Binary); err != nil {
			return err
		}
		manifest.Suites = append(manifest.Suites, one)
	}
	content, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, builtFile), append(content, '\n'))
}

func copySuite(s *suite, dir, binary string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	content, err := os.ReadFile(s.binary)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, binary), content, 0o755); err != nil {
		return err
	}
	testdata := filepath.Join(s.dir, "testdata")
	if info, err := os.Stat(testdata); err != nil || !info.IsDir() {
		return nil
	}
	return os.CopyFS(filepath.Join(dir, "testdata"), os.DirFS(testdata))
}

// openBuilt is the workshop of a folder that squall build wrote. Nothing is
// built, and the go command is not asked.
func openBuilt(ctx context.Context, s *session, dir string, race bool) (_ *workshop, err error) {
	manifest, err := readBuilt(dir)
	if err != nil {
		return nil, err
	}
	if race && !manifest.Race {
		return nil, fmt.Errorf("--binaries=%s and --race contradict each other: the suites are built already, without the race detector; give --race to squall build", dir)
	}
	if dir, err = absolute(dir); err != nil {
		return nil, err
	}
	if manifest.Squall != result.Version {
		return nil, fmt.Errorf("--binaries=%s: built by squall %s, and this is %s; build again", dir, manifest.Squall, result.Version)
	}
	w := &workshop{session: s, list: result.List{}}
	for _, one := range manifest.Suites {
		home := filepath.Join(dir, one.Dir)
		w.suites = append(w.suites, &suite{pkg: one.Package, dir: home, binary: filepath.Join(home, one.Binary)})
	}
	if w.scratch, err = scratch.New(); err != nil {
		return nil, err
	}
	if err := w.askForLists(ctx); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func readBuilt(dir string) (*built, error) {
	path := filepath.Join(dir, builtFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("--binaries=%s: no build: %w; make one by squall build -o, and name its folder", dir, err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxBuilt {
		return nil, fmt.Errorf("--binaries: %s: not a file of at most %d bytes; build again", path, maxBuilt)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--binaries: %w", err)
	}
	manifest, err := parseBuilt(content)
	if err != nil {
		return nil, fmt.Errorf("--binaries: %s: %w; build again", path, err)
	}
	return manifest, nil
}

// parseBuilt refuses what would lead out of the folder.
func parseBuilt(content []byte) (*built, error) {
	var manifest built
	if err := json.Unmarshal(content, &manifest); err != nil {
		return nil, fmt.Errorf("not the list of a build: %w", err)
	}
	if manifest.Format != builtFormat {
		return nil, fmt.Errorf("its format is %d, and this version reads %d", manifest.Format, builtFormat)
	}
	if len(manifest.Suites) == 0 {
		return nil, errors.New("it lists no suites")
	}
	for _, s := range manifest.Suites {
		if s.Package == "" || !filepath.IsLocal(s.Dir) || !filepath.IsLocal(s.Binary) {
			return nil, fmt.Errorf("suite %q, folder %q, binary %q: not in the folder", s.Package, s.Dir, s.Binary)
		}
	}
	return &manifest, nil
}
