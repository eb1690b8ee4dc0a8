package overlay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const (
	failpointPath = "github.com/pingcap/failpoint"
	faultsPath    = "github.com/squall-go/squall/faults"
	harnessPath   = "github.com/squall-go/squall/harness"
)

// listed is what go list says of a package.
type listed struct {
	Dir, ImportPath, Name, ForTest string
	DepOnly, Standard              bool
	Module                         *struct {
		Path, Version, Dir string
		Main               bool
	}
	Match                              []string
	GoFiles, CgoFiles                  []string
	TestGoFiles, XTestGoFiles          []string
	Imports, TestImports, XTestImports []string
	Deps                               []string
}

const listFields = "-json=Dir,ImportPath,Name,ForTest,DepOnly,Standard,Module,Match,GoFiles,CgoFiles,TestGoFiles,XTestGoFiles,Imports,TestImports,XTestImports,Deps"

// list runs go list over the patterns, what they import, and their tests.
func list(ctx context.Context, o Options) ([]listed, error) {
	args := slices.Concat([]string{"list", "-deps", "-test", listFields}, o.BuildFlags, []string{"--"}, o.Patterns)
	out, err := goCommand(ctx, o, args...)
	if err != nil {
		return nil, fmt.Errorf("overlay: go list %s: %w; mend that, or name other packages, as in squall run ./suites", strings.Join(o.Patterns, " "), err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("overlay: go list: %w", err)
		}
		all = append(all, p)
	}
}

// goCommand runs the go command and returns what it prints, less the space around
// it. The error is the first line of its complaint.
func goCommand(ctx context.Context, o Options, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = o.Dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", errors.New(firstLine(stderr.String(), err))
	}
	return strings.TrimSpace(string(out)), nil
}

func firstLine(text string, otherwise error) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return otherwise.Error()
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// isVariant tells the test variants p [p.test] and the test binary p.test.
func (p *listed) isVariant() bool {
	return p.ForTest != "" || strings.HasSuffix(p.ImportPath, ".test")
}

// wanted reports whether the package's markers are to be built in.
func (p *listed) wanted() bool {
	if p.Standard || p.isVariant() {
		return false
	}
	if !p.DepOnly {
		return slices.Contains(slices.Concat(p.Imports, p.TestImports, p.XTestImports), failpointPath)
	}
	ours := p.Module != nil && p.Module.Main || slices.Contains(p.Imports, faultsPath)
	return ours && slices.Contains(p.Imports, failpointPath)
}

// isSuite reports whether the package matches a pattern and its tests use the
// harness.
func (p *listed) isSuite() bool {
	return !p.DepOnly && !p.isVariant() && !p.isHarness() && slices.Contains(slices.Concat(p.TestImports, p.XTestImports), harnessPath)
}

// isHarness tells the packages that have failpoints without markers, all of them
// named after the harness. They are in every suite, with or without an overlay.
func (p *listed) isHarness() bool {
	return p.ImportPath == harnessPath || p.ImportPath == harnessPath+"/engine"
}

// modulePath is "" for packages outside every module.
func (p *listed) modulePath() string {
	if p.Module == nil {
		return ""
	}
	return p.Module.Path
}

// relative is file as people write it: its path in the module.
func (p *listed) relative(file string) string {
	if p.Module == nil {
		return file
	}
	if p.Module.Dir == "" { // it is vendored
		below := strings.TrimPrefix(p.ImportPath, p.Module.Path)
		return strings.TrimPrefix(below+"/"+filepath.Base(file), "/")
	}
	if rel, err := filepath.Rel(p.Module.Dir, file); err == nil {
		return filepath.ToSlash(rel)
	}
	return file
}

// checkPatterns finds the pattern below which no package is marked.
func checkPatterns(o Options, all []listed, marked map[string]bool) error {
	covered := map[string]bool{}
	matches := map[string][]string{} // by import path
	for _, p := range all {
		if !p.isVariant() {
			matches[p.ImportPath] = p.Match
		}
	}
	for _, p := range all {
		reaches := marked[p.ImportPath] || slices.ContainsFunc(p.Deps, func(dep string) bool {
			dep, _, _ = strings.Cut(dep, " ")
			return marked[dep]
		})
		if reaches {
			for _, pattern := range matches[strings.TrimSuffix(p.ImportPath, ".test")] {
				covered[pattern] = true
			}
		}
	}
	for _, pattern := range o.Patterns {
		if !covered[pattern] {
			return fmt.Errorf("overlay: no failpoint markers in %s, nor in what it imports; name packages that have failpoint.Inject, or a suite", pattern)
		}
	}
	return nil
}
