package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/overlay"
	"github.com/squall-go/squall/internal/scratch"
)

const harnessPath = "github.com/squall-go/squall/harness"

// workshop is where the suites' test binaries are, failpoints built in.
type workshop struct {
	session *session
	scratch *scratch.Dir
	overlay *overlay.Overlay
	suites  []*suite
	list    result.List
}

// openWorkshop builds the suites among the packages, or takes those that are
// built, and asks each what it can run. The caller closes it.
func openWorkshop(ctx context.Context, s *session, r request) (_ *workshop, err error) {
	patterns := r.patterns
	switch {
	case r.binaries != "" && len(patterns) > 0:
		return nil, fmt.Errorf("--binaries=%s and %s contradict each other: the packages are built already; give one of them", r.binaries, strings.Join(patterns, " "))
	case r.binaries != "" && r.tags != "":
		return nil, fmt.Errorf("--binaries=%s and --tags=%s contradict each other: the suites are built already; give --tags to squall build", r.binaries, r.tags)
	case r.binaries != "":
		return openBuilt(ctx, s, r.binaries, r.race)
	}
	if len(patterns) == 0 {
		patterns = defaultPatterns()
	}
	w := &workshop{session: s, list: result.List{}}
	if w.suites, err = findSuites(ctx, patterns, r.fileFlags()); err != nil {
		return nil, err
	}
	if w.overlay, err = overlay.Build(ctx, overlay.Options{Patterns: patterns, BuildFlags: r.fileFlags()}); err != nil {
		return nil, err
	}
	if err = checkPlan(r.plan, w.overlay.Sites); err != nil {
		return nil, err
	}
	if w.scratch, err = scratch.New(); err != nil {
		return nil, err
	}
	if err = w.build(ctx, r); err == nil {
		err = w.askForLists(ctx)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *workshop) close() { w.scratch.Close() }

// defaultPatterns are this project's suites, or all packages of a module that
// keeps its suites elsewhere.
func defaultPatterns() []string {
	if info, err := os.Stat("suites"); err == nil && info.IsDir() {
		return []string{"./suites/..."}
	}
	return []string{"./..."}
}

// findSuites finds the packages whose tests use the harness, beside its own.
func findSuites(ctx context.Context, patterns, flags []string) ([]*suite, error) {
	args := slices.Concat([]string{"list", "-json=ImportPath,Dir,TestImports,XTestImports"}, flags, []string{"--"}, patterns)
	out, err := golang(ctx, nil, args...)
	if err != nil {
		return nil, fmt.Errorf("go list %s: %s; mend that, or name other packages, as in squall run ./suites", strings.Join(patterns, " "), strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	var found []*suite
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Dir           string
			TestImports, XTestImports []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		imports := slices.Concat(p.TestImports, p.XTestImports)
		own := p.ImportPath == harnessPath || strings.HasPrefix(p.ImportPath, harnessPath+"/")
		if !own && slices.Contains(imports, harnessPath) {
			found = append(found, &suite{pkg: p.ImportPath, dir: p.Dir})
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no suites in %s; name packages whose tests call harness.RunSpecs", strings.Join(patterns, " "))
	}
	return found, nil
}

// build builds the test binaries, in as few go commands as their names allow:
// one command does not write two binaries of one name.
func (w *workshop) build(ctx context.Context, r request) error {
	goflags, err := golang(ctx, nil, "env", "GOFLAGS")
	if err != nil {
		return fmt.Errorf("go env GOFLAGS: %w", err)
	}
	merged, err := overlay.MergeGOFLAGS(strings.TrimSpace(string(goflags)), w.overlay.File)
	if err != nil {
		return err
	}
	for number, left := 0, w.suites; len(left) > 0; number++ {
		left, err = w.buildRound(ctx, filepath.Join(w.scratch.Path, "bin"+strconv.Itoa(number)), left, r, merged)
		if err != nil {
			return err
		}
	}
	return nil
}

// buildRound builds the first suite of each name into dir and returns the others.
func (w *workshop) buildRound(ctx context.Context, dir string, suites []*suite, r request, goflags string) (left []*suite, err error) {
	// Vet would look at every dependency first: a quarter of the time that a
	// first run takes.
	args := []string{"test", "-c", "-vet=off", "-o", dir + string(filepath.Separator)}
	if !strings.Contains(goflags, "-ldflags") {
		// No debugger will look at it; what it would need is a third of the linking.
		args = append(args, "-ldflags=-w")
	}
	args = append(args, r.fileFlags()...)
	if r.race {
		args = append(args, "-race")
	}
	names := map[string]bool{}
	for _, s := range suites {
		name := filepath.Base(s.pkg) + ".test"
		if names[name] {
			left = append(left, s)
			continue
		}
		names[name] = true
		s.binary = filepath.Join(dir, name)
		args = append(args, s.pkg)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	if _, err := golang(ctx, []string{"GOFLAGS=" + goflags}, args...); err != nil {
		return nil, fmt.Errorf("cannot build the suites; mend this first:\n%w", err)
	}
	return left, nil
}

// golang runs the go command. The error is what it says on the standard error.
func golang(ctx context.Context, env []string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if text := strings.TrimSpace(stderr.String()); err != nil && text != "" {
		return nil, errors.New(text)
	}
	return out, err
}

// askForLists asks every suite what it can run.
func (w *workshop) askForLists(ctx context.Context) error {
	for i, s := range w.suites {
		path := filepath.Join(w.scratch.Path, fmt.Sprintf("list%d.json", i))
		out := s.run(ctx, map[string]string{result.EnvList: path}, nil, nil)
		if reason, ok := out.refused(); ok {
			return errors.New(reason)
		}
		scenarios, err := result.ReadList(path)
		if errors.Is(err, fs.ErrNotExist) {
			return out.unlisted(s.pkg)
		} else if err != nil {
			return err
		}
		s.scenarios = scenarios
		w.list = w.list.Add(s.pkg, scenarios)
	}
	w.list.Sort()
	return nil
}
