package overlay

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// edit replaces a part of a file's text. What it puts there is asked for late, for
// it may contain parts that are edited themselves.
type edit struct {
	from, to token.Pos
	text     func() string
}

// selectRewriter turns the selects of one file into switches, in the text: what is
// not part of a select's head or of its cases stays as it is.
//
//	select {                    switch s0, s1 := faults.Receiving(a), faults.Sending(b).This(v); faults.Select(&point, no, s0, s1) {
//	case x, ok = <-a: A    →    case 0: x, ok = s0.Value, s0.OK == yes; A
//	case b <- v: B              case 1: B
//	}                           ; default: for {}}
//
// Channels and values are evaluated once, in the order of the source, as in a
// select; break, labels and scopes mean what they did. The default is never taken:
// a select ends a function, and a switch without default does not. No name is used
// that the file may have given to something else, be it true or panic.
type selectRewriter struct {
	*selectSource
	taker *selectTaker
	edits []edit
}

// rewrite is nil if the file has no select to take over. What cgo makes of a file is
// printed anew, and would lose the lines.
func (f *selectSource) rewrite(t *selectTaker) []byte {
	if importName(f.file, "C", "C") != "" {
		return nil
	}
	w := &selectRewriter{selectSource: f, taker: t}
	for _, decl := range f.file.Decls {
		w.declaration(decl)
	}
	if len(w.edits) == 0 {
		return nil
	}
	w.edits = append(w.edits, edit{f.file.Name.End(), f.file.Name.End(), func() string {
		return "; import " + w.faults() + " " + strconv.Quote(faultsPath)
	}})
	slices.SortStableFunc(w.edits, func(a, b edit) int { return int(a.from - b.from) })
	return []byte(w.render(f.file.FileStart, f.file.FileEnd))
}

func (w *selectRewriter) faults() string { return w.taker.prefix + "faults" }

func (w *selectRewriter) hoisted(i int) string { return w.taker.prefix + strconv.Itoa(i) }

// declaration takes over the selects of a function, or of a variable's closures.
func (w *selectRewriter) declaration(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		w.selects(decl, functionName(decl))
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			if spec, ok := spec.(*ast.ValueSpec); ok {
				w.selects(spec, spec.Names[0].Name)
			}
		}
	}
}

func (w *selectRewriter) selects(within ast.Node, function string) {
	ast.Inspect(within, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectStmt); ok && len(s.Body.List) > 0 && !w.isPlain(s) {
			w.take(s, w.taker.add(w.selectSource, function, s))
		}
		return true
	})
}

func (w *selectRewriter) isPlain(s *ast.SelectStmt) bool {
	line := w.line(s.Select)
	return w.plain[line] || w.plain[line-1]
}

// functionName is the name as stacks have it, less the package and type parameters.
func functionName(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return decl.Name.Name
	}
	receiver := ast.Unparen(decl.Recv.List[0].Type)
	star, pointer := receiver.(*ast.StarExpr)
	if pointer {
		receiver = ast.Unparen(star.X)
	}
	switch generic := receiver.(type) {
	case *ast.IndexExpr:
		receiver = generic.X
	case *ast.IndexListExpr:
		receiver = generic.X
	}
	name := "?"
	if ident, ok := receiver.(*ast.Ident); ok {
		name = ident.Name
	}
	if pointer {
		name = "(*" + name + ")"
	}
	return name + "." + decl.Name.Name
}

// take edits one select.
func (w *selectRewriter) take(s *ast.SelectStmt, point int) {
	clauses := communications(s)
	orDefault := len(clauses) < len(s.Body.List)
	w.edits = append(w.edits, edit{s.Select, s.Body.Lbrace + 1, func() string {
		return w.head(clauses, point, orDefault, s)
	}})
	for i, clause := range clauses {
		w.edits = append(w.edits, edit{clause.Case, clause.Colon + 1, func() string {
			return fmt.Sprintf("case %d:%s", i, w.assignment(clause, w.hoisted(i))) + w.resume(clause.Case, clause.Colon+1)
		}})
	}
	if !orDefault {
		w.edits = append(w.edits, edit{s.Body.Rbrace, s.Body.Rbrace, func() string { return "; default: for {}" }})
	}
}

// Untyped booleans.
const (
	yes = "(0 == 0)"
	no  = "(0 != 0)"
)

// head is the switch up to its brace.
func (w *selectRewriter) head(clauses []*ast.CommClause, point int, orDefault bool, s *ast.SelectStmt) string {
	has := no
	if orDefault {
		has = yes
	}
	call := fmt.Sprintf("%s.Select(&%sselects[%d], %s", w.faults(), w.taker.prefix, point, has)
	if len(clauses) == 0 {
		return "switch " + call + ") {" + w.resume(s.Select, s.Body.Lbrace+1)
	}
	var names, cases []string
	for i, clause := range clauses {
		names = append(names, w.hoisted(i))
		cases = append(cases, w.operands(clause))
	}
	list := strings.Join(names, ", ")
	return fmt.Sprintf("switch %s := %s; %s%s, %s) {%s",
		list, strings.Join(cases, ", "), w.place(s.Select), call, list, w.place(s.Body.Lbrace+1))
}

// operands is the expression that makes the case.
func (w *selectRewriter) operands(clause *ast.CommClause) string {
	if send, ok := clause.Comm.(*ast.SendStmt); ok {
		return w.faults() + ".Sending(" + w.moved(send.Chan) + ").This(" + w.moved(send.Value) + ")"
	}
	return w.faults() + ".Receiving(" + w.moved(receive(clause).X) + ")"
}

// receive is the <-c of a clause.
func receive(clause *ast.CommClause) *ast.UnaryExpr {
	var x ast.Expr
	switch comm := clause.Comm.(type) {
	case *ast.ExprStmt:
		x = comm.X
	case *ast.AssignStmt:
		x = comm.Rhs[0]
	}
	return ast.Unparen(x).(*ast.UnaryExpr)
}

// assignment gives the variables of a receive what was received. The comparison
// makes ok untyped, as it is in a receive.
func (w *selectRewriter) assignment(clause *ast.CommClause, received string) string {
	assign, ok := clause.Comm.(*ast.AssignStmt)
	if !ok {
		return ""
	}
	var left []string
	for _, x := range assign.Lhs {
		left = append(left, w.render(x.Pos(), x.End()))
	}
	right := received + ".Value"
	if len(left) == 2 {
		right += ", " + received + ".OK == " + yes
	}
	return " " + strings.Join(left, ", ") + " " + assign.Tok.String() + " " + right + ";"
}

// moved is the text of an expression that is moved to another place, and keeps its
// line there.
func (w *selectRewriter) moved(x ast.Expr) string {
	return w.place(x.Pos()) + w.render(x.Pos(), x.End())
}

// place tells the compiler where the text behind it is from.
func (w *selectRewriter) place(pos token.Pos) string {
	at := w.fset.Position(pos)
	return fmt.Sprintf("/*line %s:%d:%d*/", at.Filename, at.Line, w.fset.PositionFor(pos, false).Column)
}

// resume is place if a text that was replaced had several lines.
func (w *selectRewriter) resume(from, to token.Pos) string {
	if !strings.Contains(w.slice(from, to), "\n") {
		return ""
	}
	return w.place(to)
}

// render is the text between from and to, edited.
func (w *selectRewriter) render(from, to token.Pos) string {
	var b strings.Builder
	for _, e := range w.edits {
		if e.from < from || e.to > to {
			continue // outside, or within a part that was replaced
		}
		b.WriteString(w.slice(from, e.from))
		b.WriteString(e.text())
		from = e.to
	}
	b.WriteString(w.slice(from, to))
	return b.String()
}
