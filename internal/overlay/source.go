package overlay

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// source is one Go file of a unit.
type source struct {
	path      string
	relative  string
	content   []byte
	fset      *token.FileSet
	file      *ast.File
	failpoint string // what the file calls package failpoint; "" is not at all
	faults    string // likewise package faults
}

func parseSource(path, relative string) (*source, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, content, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("overlay: %w", err)
	}
	s := &source{path: path, relative: relative, content: content, fset: fset, file: file}
	s.failpoint = importName(file, failpointPath, "failpoint")
	s.faults = importName(file, faultsPath, "faults")
	return s, s.refuse()
}

// refuse finds what the rewriter could not see at all.
func (s *source) refuse() error {
	if s.failpoint == "." {
		return fmt.Errorf("overlay: %s: failpoint is imported with a dot, and the rewriter does not see its markers; import it by name", s.relative)
	}
	if filepath.Base(s.path) == bindingFile {
		return fmt.Errorf("overlay: %s: failpoint-ctl has rewritten this package; run failpoint-ctl disable first", s.relative)
	}
	return nil
}

func importName(file *ast.File, path, name string) string {
	for _, spec := range file.Imports {
		if unquoted, _ := strconv.Unquote(spec.Path.Value); unquoted != path {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return name
	}
	return ""
}

func (s *source) line(pos token.Pos) int { return s.fset.Position(pos).Line }

// at is the prefix of an error message about pos.
func (s *source) at(pos token.Pos) string {
	return "overlay: " + s.relative + ":" + strconv.Itoa(s.line(pos))
}

// marker is one failpoint.Inject, InjectContext or InjectCall.
type marker struct {
	source   *source
	call     *ast.CallExpr
	function string
	name     string // "" if it is no literal
	line     int
	site     *site // nil for bare markers
}

var injects = []string{"Inject", "InjectContext", "InjectCall"}

// markers finds the markers of the file, in the order of the source.
func (s *source) markers() []*marker {
	var found []*marker
	s.calls(func(call *ast.CallExpr, function string) {
		if slices.Contains(injects, function) {
			found = append(found, &marker{
				source: s, call: call, function: function, name: markerName(call, function), line: s.line(call.Pos()),
			})
		}
	})
	return found
}

// marked reports whether there is anything for the rewriter to do.
func (s *source) marked() bool {
	found := false
	s.calls(func(_ *ast.CallExpr, function string) {
		found = found || slices.Contains(statements, function)
	})
	return found
}

// calls visits the calls of functions of package failpoint.
func (s *source) calls(visit func(call *ast.CallExpr, function string)) {
	visitCalls(s.file, s.failpoint, visit)
}

func visitCalls(file *ast.File, pkg string, visit func(call *ast.CallExpr, function string)) {
	if pkg == "" {
		return
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if function := selected(call.Fun, pkg); function != "" {
				visit(call, function)
			}
		}
		return true
	})
}

// selected is Y if x is pkg.Y, otherwise "".
func selected(x ast.Expr, pkg string) string {
	selector, ok := x.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if ident, ok := selector.X.(*ast.Ident); !ok || ident.Name != pkg {
		return ""
	}
	return selector.Sel.Name
}

func markerName(call *ast.CallExpr, function string) string {
	index := 0
	if function == "InjectContext" {
		index = 1
	}
	if len(call.Args) <= index {
		return ""
	}
	name, _ := literal(call.Args[index])
	return name
}

func literal(x ast.Expr) (string, bool) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}
