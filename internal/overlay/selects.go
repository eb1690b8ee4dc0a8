package overlay

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
)

// selectsFile is the file that a package gets for the selects that were taken over.
const selectsFile = "squall__selects.go"

// plainDirective leaves a select to the runtime: in the line above it or in its own;
// above the package clause, all selects of the package.
const plainDirective = "//squall:plain"

// takesSelects reports whether the unit's selects are taken over. Squall's own stay
// as they are: its layers decide by design what they do when several cases are ready.
func (u *unit) takesSelects() bool {
	return !u.test && u.pkg.modulePath() != squallPath && len(u.sources) > 0
}

// takeSelects rewrites the selects of the unit's files, whose content is in files
// if its markers are built in already, and adds the file that tells of them.
func (u *unit) takeSelects(files map[string][]byte) error {
	taker := &selectTaker{unit: u, ordinals: map[string]int{}}
	if err := taker.read(files); err != nil || taker.plain {
		return err
	}
	taker.prefix = taker.unusedPrefix()
	taker.locked = underLock(taker.trees())
	for _, f := range taker.files {
		if text := f.rewrite(taker); text != nil {
			files[f.source.path] = text
		}
	}
	if len(taker.points) == 0 {
		return nil
	}
	content, err := renderSelects(taker)
	files[u.path(selectsFile)] = content
	return err
}

// selectTaker takes over the selects of one unit.
type selectTaker struct {
	unit     *unit
	files    []*selectSource
	plain    bool           // the package wants none of it
	prefix   string         // of names that no file has
	ordinals map[string]int // by function
	locked   map[*ast.SelectStmt]bool
	points   []selectPoint
}

// selectPoint is a [faults.SelectPoint] as it is generated.
type selectPoint struct {
	Function, File string
	Ordinal, Line  int
	Cases          []string
	Locked         bool
}

// selectSource is a file with its markers built in.
type selectSource struct {
	source *source
	text   []byte
	fset   *token.FileSet
	file   *ast.File
	plain  map[int]bool // lines with the directive
}

// read parses the files as they are now.
func (t *selectTaker) read(files map[string][]byte) error {
	for _, s := range t.unit.sources {
		text, built := files[s.path]
		if !built {
			// Copies keep the name and the lines of the original.
			text = append([]byte("//line "+s.path+":1\n"), bytes.TrimPrefix(s.content, []byte("\ufeff"))...)
		}
		f := &selectSource{source: s, text: text, fset: token.NewFileSet(), plain: map[int]bool{}}
		var err error
		if f.file, err = parser.ParseFile(f.fset, "", text, parser.ParseComments); err != nil {
			return fmt.Errorf("overlay: %s: %w", s.relative, err)
		}
		if err := f.directives(t); err != nil {
			return err
		}
		t.files = append(t.files, f)
	}
	return nil
}

func (f *selectSource) directives(t *selectTaker) error {
	for _, group := range f.file.Comments {
		for _, comment := range group.List {
			switch word, _, _ := strings.Cut(comment.Text, " "); {
			case word == plainDirective:
				f.plain[f.line(comment.Pos())] = true
				t.plain = t.plain || comment.Pos() < f.file.Package
			case strings.HasPrefix(word, "//squall:"):
				return fmt.Errorf("overlay: %s:%d: %s is no directive; the only one is %s", f.source.relative, f.line(comment.Pos()), word, plainDirective)
			}
		}
	}
	return nil
}

func (t *selectTaker) trees() (files []*ast.File) {
	for _, f := range t.files {
		files = append(files, f.file)
	}
	return files
}

// unusedPrefix starts no name in any of the files.
func (t *selectTaker) unusedPrefix() string {
	prefix := "squall__"
	for i := 2; ; i++ {
		used := false
		for _, f := range t.files {
			used = used || bytes.Contains(f.text, []byte(prefix))
		}
		if !used {
			return prefix
		}
		prefix = "squall" + strconv.Itoa(i) + "__"
	}
}

// add makes the point of a select and returns its index.
func (t *selectTaker) add(f *selectSource, function string, s *ast.SelectStmt) int {
	t.ordinals[function]++
	t.points = append(t.points, selectPoint{
		Function: function, Ordinal: t.ordinals[function], File: filepath.Base(f.source.path),
		Line: f.line(s.Select), Cases: f.cases(s), Locked: t.locked[s],
	})
	return len(t.points) - 1
}

// cases are the cases of a select as a person reads them, in one line each.
func (f *selectSource) cases(s *ast.SelectStmt) (cases []string) {
	for _, clause := range communications(s) {
		cases = append(cases, strings.Join(strings.Fields(f.slice(clause.Comm.Pos(), clause.Comm.End())), " "))
	}
	return cases
}

// communications are the clauses other than default.
func communications(s *ast.SelectStmt) (clauses []*ast.CommClause) {
	for _, clause := range s.Body.List {
		if clause := clause.(*ast.CommClause); clause.Comm != nil {
			clauses = append(clauses, clause)
		}
	}
	return clauses
}

func (f *selectSource) line(pos token.Pos) int { return f.fset.Position(pos).Line }

func (f *selectSource) slice(from, to token.Pos) string {
	return string(f.text[f.offset(from):f.offset(to)])
}

// offset is where pos is in the text, whatever a //line says.
func (f *selectSource) offset(pos token.Pos) int {
	return f.fset.PositionFor(pos, false).Offset
}

var selectsTemplate = template.Must(template.New("selects").Parse(`// Code generated by squall. DO NOT EDIT.

package {{.Package}}

import {{.Prefix}}faults "` + faultsPath + `"

var {{.Prefix}}selects = [...]{{.Prefix}}faults.SelectPoint{
	{{- range .Points}}
	{Function: {{printf "%q" .Function}}, Ordinal: {{.Ordinal}}, File: {{printf "%q" .File}}, Line: {{.Line}}, Cases: {{printf "%#v" .Cases}}, Locked: {{.Locked}}},
	{{- end}}
}

func init() {
	for i := range {{.Prefix}}selects {
		{{.Prefix}}faults.RegisterSelect({{printf "%q" .Module}}, {{printf "%q" .ImportPath}}, &{{.Prefix}}selects[i])
	}
}
`))

func renderSelects(t *selectTaker) ([]byte, error) {
	return render(selectsTemplate, t.unit.importPath, map[string]any{
		"Package": t.unit.name, "ImportPath": t.unit.importPath, "Module": t.unit.pkg.modulePath(),
		"Prefix": t.prefix, "Points": t.points,
	})
}
