package zerocost

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"
)

// span is a part of a file, by offsets.
type span struct{ from, to int }

// file is a Go file with its markers.
type file struct {
	path    string
	content []byte
	tree    *ast.File
	fset    *token.FileSet
	markers []*ast.CallExpr // failpoint.Inject statements
}

func parse(t *testing.T, path string, content []byte) *file {
	t.Helper()
	f := &file{path: path, content: content, fset: token.NewFileSet()}
	var err error
	f.tree, err = parser.ParseFile(f.fset, path, content, parser.SkipObjectResolution)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	ast.Inspect(f.tree, func(n ast.Node) bool {
		statement, ok := n.(*ast.ExprStmt)
		if !ok {
			return true
		}
		call, ok := statement.X.(*ast.CallExpr)
		if ok && isInject(call) {
			f.markers = append(f.markers, call)
			return false
		}
		return true
	})
	return f
}

func isInject(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := selector.X.(*ast.Ident)
	return ok && pkg.Name == "failpoint" && selector.Sel.Name == "Inject"
}

func (f *file) span(from, to token.Pos) span {
	return span{f.fset.Position(from).Offset, f.fset.Position(to).Offset}
}

// blanked is the file without its markers, on the same lines. The marker number
// real (-1 for none) becomes a call of its body instead.
func (f *file) blanked(t *testing.T, real int) []byte {
	t.Helper()
	content := bytes.Clone(f.content)
	for i, call := range slices.Backward(f.markers) { // what is inserted moves what follows
		if i != real {
			wipe(content, f.span(call.Pos(), call.End()))
			continue
		}
		// failpoint.Inject("name", func() {…}) becomes func() {…}(): the
		// statement may not begin with func, hence the parentheses, which fit
		// where the name was.
		body := call.Args[1]
		wipe(content, f.span(call.Pos(), body.Pos()))
		content[f.fset.Position(body.Pos()).Offset-1] = '('
		end := f.fset.Position(call.End()).Offset
		content = append(content[:end], append([]byte("()"), content[end:]...)...)
	}
	return dropImports(t, f.path, content)
}

// wipe overwrites a part with blanks and keeps its line breaks.
func wipe(content []byte, s span) {
	for i := s.from; i < s.to; i++ {
		if content[i] != '\n' {
			content[i] = ' '
		}
	}
}

// dropImports turns the imports that only markers needed into blank ones.
func dropImports(t *testing.T, path string, content []byte) []byte {
	t.Helper()
	f := parse(t, path, content)
	used := map[string]bool{}
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := selector.X.(*ast.Ident); ok {
				used[pkg.Name] = true
			}
		}
		return true
	})
	for i := len(f.tree.Imports) - 1; i >= 0; i-- {
		spec := f.tree.Imports[i]
		name := importName(spec)
		if spec.Name != nil || used[name] {
			continue
		}
		at := f.fset.Position(spec.Pos()).Offset
		content = append(content[:at], append([]byte("_ "), content[at:]...)...)
	}
	return content
}

// importName is the last element of the path: true of all that the layers
// import. A wrong guess does not compile, and so cannot go unnoticed.
func importName(spec *ast.ImportSpec) string {
	path, _ := strconv.Unquote(spec.Path.Value)
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[i+1:]
		}
	}
	return path
}
