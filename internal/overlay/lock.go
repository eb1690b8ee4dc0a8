package overlay

import (
	"go/ast"
	"go/types"
	"maps"
	"strings"
)

// underLock finds the selects at which a lock may be held. It reads the package
// only, and follows calls by the function's name alone: too many cost places where
// the schedule may change, too few would leave a run that never comes back.
func underLock(files []*ast.File) map[*ast.SelectStmt]bool {
	w := &lockWalk{selects: map[*ast.SelectStmt]bool{}, within: map[string]bool{}, calls: map[string][]string{}}
	bodies := map[string][]*ast.BlockStmt{}
	for _, file := range files {
		for _, decl := range file.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok {
				w.function = ""
				w.expressions(decl, locks{})
				continue
			}
			if function.Body == nil {
				continue
			}
			w.function = function.Name.Name
			bodies[w.function] = append(bodies[w.function], function.Body)
			w.block(function.Body.List, locks{})
			if strings.HasSuffix(w.function, "Locked") {
				w.within[w.function] = true
			}
		}
	}
	w.follow()
	for name := range w.within {
		for _, body := range bodies[name] {
			markSelects(body, w.selects)
		}
	}
	return w.selects
}

// markSelects marks the selects of a body, other than those of goroutines that it
// starts.
func markSelects(body ast.Node, selects map[*ast.SelectStmt]bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			return false
		case *ast.SelectStmt:
			selects[n] = true
		}
		return true
	})
}

// locks are those that may be held, by the text of their expression.
type locks map[string]bool

// lockWalk goes through a function in the order of the source.
type lockWalk struct {
	function string
	selects  map[*ast.SelectStmt]bool
	within   map[string]bool     // functions that are called under a lock
	calls    map[string][]string // what each function calls
}

// follow adds what the functions call that are called under a lock.
func (w *lockWalk) follow() {
	for grown := true; grown; {
		grown = false
		for name := range maps.Clone(w.within) {
			for _, callee := range w.calls[name] {
				grown = grown || !w.within[callee]
				w.within[callee] = true
			}
		}
	}
}

// block changes held as the statements do; ends reports that nothing goes on
// behind them.
func (w *lockWalk) block(list []ast.Stmt, held locks) (ends bool) {
	for _, s := range list {
		if w.statement(s, held) {
			return true
		}
	}
	return false
}

// branch adds to held what is held behind a branch that began with what was held.
func (w *lockWalk) branch(list []ast.Stmt, before, held locks) (ends bool) {
	own := maps.Clone(before)
	if w.block(list, own) {
		return true
	}
	maps.Copy(held, own)
	return false
}

func (w *lockWalk) statement(s ast.Stmt, held locks) (ends bool) {
	switch s := s.(type) {
	case *ast.BlockStmt:
		return w.block(s.List, held)
	case *ast.LabeledStmt:
		return w.statement(s.Stmt, held)
	case *ast.IfStmt:
		return w.either(s, held)
	case *ast.ForStmt:
		w.parts(held, s.Init, s.Cond)
		w.loop(s.Body, held)
		w.parts(held, s.Post)
	case *ast.RangeStmt:
		w.expressions(s.X, held)
		w.loop(s.Body, held)
	case *ast.SwitchStmt:
		w.parts(held, s.Init, s.Tag)
		w.clauses(s.Body, held)
	case *ast.TypeSwitchStmt:
		w.parts(held, s.Init, s.Assign)
		w.clauses(s.Body, held)
	case *ast.SelectStmt:
		w.selects[s] = w.selects[s] || len(held) > 0
		w.clauses(s.Body, held)
	case *ast.GoStmt:
		w.goes(s.Call, held)
	case *ast.DeferStmt:
		w.expressions(s.Call, maps.Clone(held))
	case *ast.ReturnStmt, *ast.BranchStmt:
		w.expressions(s, held)
		return true
	default:
		w.expressions(s, held)
	}
	return false
}

func (w *lockWalk) parts(held locks, parts ...ast.Node) {
	for _, part := range parts {
		switch part := part.(type) {
		case nil:
		case ast.Stmt:
			w.statement(part, held)
		default:
			w.expressions(part, held)
		}
	}
}

func (w *lockWalk) either(s *ast.IfStmt, held locks) (ends bool) {
	if s.Init != nil {
		w.statement(s.Init, held)
	}
	w.expressions(s.Cond, held)
	before := maps.Clone(held)
	clear(held)
	ends = w.branch(s.Body.List, before, held)
	if s.Else == nil {
		maps.Copy(held, before)
		return false
	}
	return w.branch([]ast.Stmt{s.Else}, before, held) && ends
}

// loop goes twice: what is held at the end of the body is held at its beginning.
func (w *lockWalk) loop(body *ast.BlockStmt, held locks) {
	w.branch(body.List, held, held)
	w.branch(body.List, held, held)
}

func (w *lockWalk) clauses(body *ast.BlockStmt, held locks) {
	before := maps.Clone(held)
	for _, clause := range body.List {
		own := maps.Clone(before)
		switch clause := clause.(type) {
		case *ast.CaseClause:
			for _, x := range clause.List {
				w.expressions(x, own)
			}
			w.branch(clause.Body, own, held)
		case *ast.CommClause:
			if clause.Comm != nil {
				w.statement(clause.Comm, own)
			}
			w.branch(clause.Body, own, held)
		}
	}
}

// goes is a go statement: the new goroutine holds nothing.
func (w *lockWalk) goes(call *ast.CallExpr, held locks) {
	for _, arg := range call.Args {
		w.expressions(arg, held)
	}
	if literal, ok := call.Fun.(*ast.FuncLit); ok {
		function := w.function
		w.function = ""
		w.block(literal.Body.List, locks{})
		w.function = function
	}
}

// expressions changes held as the calls in n do.
func (w *lockWalk) expressions(n ast.Node, held locks) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			w.block(n.Body.List, maps.Clone(held))
			return false
		case *ast.CallExpr:
			w.call(n, held)
		}
		return true
	})
}

func (w *lockWalk) call(call *ast.CallExpr, held locks) {
	name, of := "", ""
	switch function := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		name = function.Name
	case *ast.SelectorExpr:
		name, of = function.Sel.Name, types.ExprString(function.X)
	}
	switch strings.ToLower(name) {
	case "":
	case "lock", "rlock", "trylock", "tryrlock":
		held[of] = true
	case "unlock", "runlock":
		delete(held, of)
	case "do":
		w.once(call)
	default:
		w.calls[w.function] = append(w.calls[w.function], name)
		if len(held) > 0 {
			w.within[name] = true
		}
	}
}

// once is x.Do(f): sync.Once holds a lock while it calls f.
func (w *lockWalk) once(call *ast.CallExpr) {
	for _, arg := range call.Args {
		switch arg := ast.Unparen(arg).(type) {
		case *ast.FuncLit:
			w.block(arg.Body.List, locks{"once": true})
		case *ast.Ident:
			w.within[arg.Name] = true
		case *ast.SelectorExpr:
			w.within[arg.Sel.Name] = true
		}
	}
}
