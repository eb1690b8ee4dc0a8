package overlay

import (
	"context"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// body is a file of package p around the declarations; they start in line 10.
func body(declarations string) string {
	return `package p

import (
	"context"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

` + declarations + `

var _ context.Context
var _ faults.Kind
var _ failpoint.Value
`
}

const marked = `
func marked() { failpoint.Inject("marked", func() { aPoint.At(nil) }) }`

func TestBuildRefuses(t *testing.T) {
	tests := []struct{ name, declarations, want string }{
		{
			"package-level closure", `var f = func() { failpoint.Inject("a", nil) }`,
			`overlay: p/p.go:10: the rewriter does not reach this failpoint.Inject and it would never strike; move the closure into a statement`,
		},
		{
			"closure in a method chain", `type group struct{}
func (group) Go(func()) group { return group{} }
func (group) Run() {}
func f() { group{}.Go(func() { failpoint.Inject("a", nil) }).Run() }`,
			`overlay: p/p.go:13: the rewriter does not reach this failpoint.Inject`,
		},
		{
			"closure in a composite literal of an assignment", `func f() {
	var fs = []func(){func() { failpoint.Inject("a", nil) }}
	_ = fs
}`,
			`overlay: p/p.go:11: the rewriter does not reach this failpoint.Inject`,
		},
		{
			"switch with a call", `func g() {}
func f() {
	failpoint.Inject("a", nil)
	switch g(); {
	default:
	}
}`,
			`overlay: p/p.go:13: switch f(); x { makes the rewriter give up the whole file`,
		},
		{
			"return in a closure that the rewriter misses", `func f() {
	failpoint.Inject("a", func() {
		var fs = []func() error{func() error { failpoint.Return(nil); return nil }}
		_ = fs
	})
}`,
			`overlay: p/p.go:12: the rewriter does not reach this failpoint.Return`,
		},
		{
			"wrong number of arguments", `func f() { failpoint.InjectContext(context.Background(), "a", print) }`,
			`overlay: p/p.go: failpoint.InjectContext: third argument expect closure`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := module(t, map[string]string{"p/p.go": body(test.declarations)})
			_, err := Build(context.Background(), Options{Dir: dir})
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(test.want)))
		})
	}
}

func TestScanRefuses(t *testing.T) {
	tests := []struct{ name, declarations, want string }{
		{
			"site without marker", `var aPoint = faults.Site{Name: "a"}
func f() { failpoint.Inject("b", nil) }`,
			`overlay: p/p.go:10: site aPoint has no marker; add failpoint.Inject("a", …) to package example.com/shop/p or delete the site`,
		},
		{
			"site of another name", `var aPoint = faults.Site{Name: "a"}
func f() { failpoint.Inject("a", func() { aPoint.At(nil) }); failpoint.Inject("b", func() { aPoint.At(nil) }) }`,
			`overlay: p/p.go:11: marker "b" uses site aPoint, which is named "a"; give both one name`,
		},
		{
			"site that its marker does not use", `var aPoint = faults.Site{Name: "a"}
func f() { failpoint.Inject("a", func() {}) }`,
			`overlay: p/p.go:11: marker "a" does not use its site aPoint; call aPoint.Err or aPoint.At in it`,
		},
		{
			"two sites of one name", `var aPoint = faults.Site{Name: "marked"}
var bPoint = faults.Site{Name: "marked"}` + marked,
			`overlay: p/p.go:11: site bPoint is named "marked" like site aPoint in p/p.go:10`,
		},
		{
			"allows a variable", `var kinds = faults.Error
var aPoint = faults.Site{Name: "marked", Allows: kinds}` + marked,
			`overlay: p/p.go:11: the Allows of site aPoint cannot be read statically: write kinds of package faults joined by |`,
		},
		{
			"allows a kind that does not exist", `var aPoint = faults.Site{Name: "marked", Allows: faults.Error | faults.Sharknado}` + marked,
			`overlay: p/p.go:10: the Allows of site aPoint cannot be read statically`,
		},
		{
			"name is a constant", `const name = "marked"
var aPoint = faults.Site{Name: name}` + marked,
			`overlay: p/p.go:11: the Name of site aPoint cannot be read statically; write a string literal`,
		},
		{
			"no name", `var aPoint = faults.Site{Doc: "here"}` + marked,
			`overlay: p/p.go:10: site aPoint has no Name`,
		},
		{
			"pointer to a site", `var aPoint = &faults.Site{Name: "marked"}` + marked,
			`overlay: p/p.go:10: a faults.Site that is not a package-level variable of its own`,
		},
		{
			"slice of sites", `var points = []faults.Site{{Name: "marked"}}
func f() { failpoint.Inject("marked", func() { points[0].At(nil) }) }`,
			`overlay: p/p.go:10: a faults.Site that is not a package-level variable of its own`,
		},
		{
			"marker with a computed name", `var aPoint = faults.Site{Name: "marked"}
func f(name string) { failpoint.Inject(name, func() { aPoint.At(nil) }) }`,
			`overlay: p/p.go:11: the marker uses site aPoint but its name is no literal; write failpoint.Inject("marked", …)`,
		},
		{
			"site under InjectContext", `var aPoint = faults.Site{Name: "a"}
func f(ctx context.Context) { failpoint.InjectContext(ctx, "a", func() { aPoint.At(ctx) }) }`,
			`overlay: p/p.go:11: marker "a" has a site but is failpoint.InjectContext; write failpoint.Inject`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := module(t, map[string]string{"p/p.go": body(test.declarations)})
			_, err := Scan(context.Background(), Options{Dir: dir})
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(test.want)))
		})
	}
}

func TestScanTellsEverythingAtOnce(t *testing.T) {
	dir := module(t, map[string]string{"p/p.go": body(`var aPoint = faults.Site{Name: "a"}
var bPoint = faults.Site{Name: "b"}
func f() { failpoint.Inject("c", nil) }`)})
	_, err := Scan(context.Background(), Options{Dir: dir})
	NewWithT(t).Expect(strings.Split(err.Error(), "\n")).To(HaveLen(2))
}

func TestScanRefusesDotImport(t *testing.T) {
	dir := module(t, map[string]string{"p/p.go": `package p
import . "github.com/pingcap/failpoint"
func f() { Inject("a", nil) }
`})
	_, err := Scan(context.Background(), Options{Dir: dir})
	NewWithT(t).Expect(err).To(MatchError("overlay: p/p.go: failpoint is imported with a dot, and the rewriter does not see its markers; import it by name"))
}

func TestScanRefusesRewrittenSources(t *testing.T) {
	dir := module(t, map[string]string{
		"p/p.go":                            body(`func f() { failpoint.Eval(_curpkg_("a")) }`),
		"p/binding__failpoint_binding__.go": "package p\nfunc _curpkg_(name string) string { return name }\n",
	})
	_, err := Scan(context.Background(), Options{Dir: dir})
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("p/binding__failpoint_binding__.go: failpoint-ctl has rewritten this package; run failpoint-ctl disable first")))
}

func TestScanRefusesPatternsWithoutMarkers(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"till/till.go": till, "plain/plain.go": "package plain\n"})
	_, err := Scan(context.Background(), Options{Dir: dir, Patterns: []string{"./till", "./plain"}})
	g.Expect(err).To(MatchError("overlay: no failpoint markers in ./plain, nor in what it imports; name packages that have failpoint.Inject, or a suite"))
	_, err = Scan(context.Background(), Options{Dir: dir, Patterns: []string{"./missing"}})
	g.Expect(err).To(MatchError(HavePrefix("overlay: go list ./missing: ")))
}
