package overlay

import (
	"fmt"
	"go/ast"
	"go/token"

	"github.com/squall-go/squall/faults"
)

// site is a package-level var X = faults.Site{…}.
type site struct {
	source   *source
	variable *ast.Ident
	name     string
	doc      string
	allows   faults.Kind
}

// sites reads the sites that the file declares. In a test file other literals of
// the type are the tests' own business, elsewhere they are errors.
func (s *source) sites(test bool) ([]*site, []error) {
	if s.faults == "" {
		return nil, nil
	}
	var found []*site
	var errs []error
	declared := map[*ast.CompositeLit]bool{}
	for _, decl := range s.file.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, spec := range gen.Specs {
			spec := spec.(*ast.ValueSpec)
			for i, value := range spec.Values {
				lit, ok := value.(*ast.CompositeLit)
				if !ok || selected(lit.Type, s.faults) != "Site" {
					continue
				}
				declared[lit] = true
				site, err := s.readSite(spec.Names[i], lit)
				if err != nil {
					errs = append(errs, err)
					continue
				}
				found = append(found, site)
			}
		}
	}
	if !test {
		errs = append(errs, s.straySites(declared)...)
	}
	return found, errs
}

// straySites finds literals of faults.Site that no marker could be matched with.
func (s *source) straySites(declared map[*ast.CompositeLit]bool) []error {
	var errs []error
	ast.Inspect(s.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if ok && !declared[lit] && s.mentionsSite(lit.Type) {
			errs = append(errs, fmt.Errorf("%s: a faults.Site that is not a package-level variable of its own; write var xPoint = faults.Site{…}", s.at(lit.Pos())))
		}
		return true
	})
	return errs
}

func (s *source) mentionsSite(typ ast.Expr) bool {
	found := false
	if typ != nil {
		ast.Inspect(typ, func(n ast.Node) bool {
			if x, ok := n.(ast.Expr); ok && selected(x, s.faults) == "Site" {
				found = true
			}
			return !found
		})
	}
	return found
}

func (s *source) readSite(variable *ast.Ident, lit *ast.CompositeLit) (*site, error) {
	found := &site{source: s, variable: variable}
	for _, element := range lit.Elts {
		field, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return nil, fmt.Errorf("%s: site %s is written without field names; write Name: %q, Allows: …", s.at(lit.Pos()), variable.Name, "…")
		}
		switch field.Key.(*ast.Ident).Name {
		case "Name":
			if found.name, ok = literal(field.Value); !ok {
				return nil, fmt.Errorf("%s: the Name of site %s cannot be read statically; write a string literal", s.at(field.Pos()), variable.Name)
			}
		case "Doc":
			found.doc, _ = literal(field.Value)
		case "Allows":
			kinds, err := s.kinds(field.Value)
			if err != nil {
				return nil, fmt.Errorf("%s: the Allows of site %s cannot be read statically: %w", s.at(field.Pos()), variable.Name, err)
			}
			found.allows = kinds
		}
	}
	if found.name == "" {
		return nil, fmt.Errorf("%s: site %s has no Name; give it its marker's name", s.at(lit.Pos()), variable.Name)
	}
	return found, nil
}

var kindsByName = map[string]faults.Kind{
	"Error": faults.Error, "Panic": faults.Panic, "Goexit": faults.Goexit, "Delay": faults.Delay,
	"CancelTask": faults.CancelTask, "CancelParent": faults.CancelParent, "CancelRoot": faults.CancelRoot,
	"Deadline": faults.Deadline, "Hang": faults.Hang, "Wedge": faults.Wedge,
	"Drop": faults.Drop, "Duplicate": faults.Duplicate, "Late": faults.Late, "Reorder": faults.Reorder,
	"Corrupt": faults.Corrupt, "LoseWorker": faults.LoseWorker, "Close": faults.Close,
	"Failure": faults.Failure, "Cancels": faults.Cancels, "Carried": faults.Carried, "All": faults.All,
}

// kinds evaluates an Allows expression.
func (s *source) kinds(x ast.Expr) (faults.Kind, error) {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return s.kinds(x.X)
	case *ast.SelectorExpr:
		if kind, ok := kindsByName[selected(x, s.faults)]; ok {
			return kind, nil
		}
	case *ast.BinaryExpr:
		left, err := s.kinds(x.X)
		if err != nil {
			return 0, err
		}
		right, err := s.kinds(x.Y)
		if err != nil {
			return 0, err
		}
		switch x.Op {
		case token.OR:
			return left | right, nil
		case token.AND_NOT:
			return left &^ right, nil
		}
	}
	return 0, fmt.Errorf("write kinds of package faults joined by |, as in faults.Error | faults.Delay")
}
