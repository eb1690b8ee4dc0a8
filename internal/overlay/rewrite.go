package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io"
	"os"
	"slices"

	"github.com/pingcap/failpoint/code"
)

// curpkg is the function of the binding file that completes a marker's name.
const curpkg = code.ExtendPkgName

// statements are the functions of package failpoint that the rewriter turns
// into statements; left as they are, they do nothing.
var statements = append([]string{"Return", "Break", "Continue", "Goto", "Label", "Fallthrough"}, injects...)

// rewrite is the file with its markers built in, or an error for every marker
// that the rewriter missed.
func (s *source) rewrite() ([]byte, error) {
	if err := s.switches(); err != nil {
		return nil, err
	}
	rewriter := code.NewRewriter(s.path)
	rewriter.SetOutput(io.Discard)
	if err := quietly(func() error { return rewriter.RewriteFile(s.path) }); err != nil {
		return nil, fmt.Errorf("overlay: %s: %w", s.relative, err)
	}
	output, err := s.print(rewriter.GetCurrentFile())
	if err != nil {
		return nil, err
	}
	return output, s.compare(output)
}

// quietly drops what the rewriter prints to the standard output (it names
// syntax that it does not look into; compare finds what matters of it). The
// output of `squall overlay` must be a path and nothing else.
func quietly(f func() error) error {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	stdout := os.Stdout
	os.Stdout = null
	defer func() { os.Stdout = stdout }()
	return f()
}

// switches finds the statement on which the rewriter panics.
func (s *source) switches() error {
	var err error
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sw, ok := n.(*ast.SwitchStmt); ok && sw.Init != nil && err == nil {
			if _, assigns := sw.Init.(*ast.AssignStmt); !assigns {
				err = fmt.Errorf("%s: switch f(); x { makes the rewriter give up the whole file; move f() to a statement before the switch", s.at(sw.Pos()))
			}
		}
		return true
	})
	return err
}

// print formats the rewritten tree with //line directives. The rewriter keeps
// its FileSet to itself, but with one file in it that starts at position 1, so
// that a set made here has the same positions.
func (s *source) print(file *ast.File) ([]byte, error) {
	fset := token.NewFileSet()
	fset.AddFile(s.path, 1, len(s.content)).SetLinesForContent(s.content)
	var b bytes.Buffer
	config := printer.Config{Mode: printer.UseSpaces | printer.TabIndent | printer.SourcePos, Tabwidth: 8}
	if err := config.Fprint(&b, fset, file); err != nil {
		return nil, fmt.Errorf("overlay: %s: %w", s.relative, err)
	}
	return b.Bytes(), nil
}

// compare counts: as many evaluations in the output as markers in the source,
// and no call left that only the rewriter gives a meaning.
func (s *source) compare(output []byte) error {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", output, 0)
	if err != nil {
		return fmt.Errorf("overlay: %s: the rewriter's output: %w", s.relative, err)
	}
	var errs []error
	built := 0
	visitCalls(file, s.failpoint, func(call *ast.CallExpr, function string) {
		switch {
		case isEvaluation(call):
			built++
		case slices.Contains(statements, function):
			errs = append(errs, fmt.Errorf("overlay: %s:%d: the rewriter does not reach this failpoint.%s and it would never strike; move the closure into a statement (f := func…) of an ordinary function",
				s.relative, fset.Position(call.Pos()).Line, function))
		}
	})
	if markers := len(s.markers()); len(errs) == 0 && built != markers {
		errs = append(errs, fmt.Errorf("overlay: %s: %d markers in, %d out; move their closures into statements", s.relative, markers, built))
	}
	return errors.Join(errs...)
}

func isEvaluation(call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool {
		inner, ok := arg.(*ast.CallExpr)
		if !ok {
			return false
		}
		ident, ok := inner.Fun.(*ast.Ident)
		return ok && ident.Name == curpkg
	})
}
