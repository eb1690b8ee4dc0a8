package overlay

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// till is a package with a site, notes and a bare marker.
const till = `package till

import (
	"context"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

var chargePoint = faults.Site{
	Name:   "charge",
	Doc:    "before the card is charged",
	Allows: faults.Failure | (faults.Delay),
}

// Charge has a marker of each sort.
func Charge(ctx context.Context) (err error) {
	failpoint.Inject("note", func() { faults.Note(ctx, faults.Event{Kind: faults.Started}) })
	failpoint.Inject("bare", func() { print("bare strikes\n") })
	failpoint.Inject("charge", func() {
		if err := chargePoint.Err(ctx); err != nil {
			failpoint.Return(err)
		}
	})
	return nil
}

// Where panics in line 32.
func Where() {
	failpoint.Inject("charge", func() { chargePoint.At(context.Background()) })

	panic("where")
}
`

const shop = `package main

import (
	"context"
	"fmt"
	"os"

	"example.com/shop/till"
	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

var openPoint = faults.Site{Name: "open"}

func main() {
	failpoint.Inject("open", func() { openPoint.At(context.Background()) })
	for _, m := range faults.Markers() {
		fmt.Println(m.Name, m.Package, m.File, m.Line, m.Site != nil)
	}
	for _, name := range failpoint.List() {
		terms, _ := failpoint.Status(name)
		fmt.Println(name, terms)
	}
	fmt.Println(till.Charge(faults.Root(context.Background(), engine{}, "root", nil)))
	if len(os.Args) > 1 {
		till.Where()
	}
}

type engine struct{}

func (engine) Spawn(*faults.Task) {}
func (engine) At(_ context.Context, _ *faults.Task, s *faults.Site) faults.Fault {
	fmt.Println("at", s)
	return faults.Fault{Err: fmt.Errorf("boom")}
}
func (engine) Note(_ context.Context, _ *faults.Task, e faults.Event) { fmt.Println("note", e.Kind) }
`

func build(t *testing.T, dir string, patterns ...string) *Overlay {
	t.Helper()
	o, err := Build(context.Background(), Options{Dir: dir, Patterns: patterns})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return o
}

func TestBuildSwitchesFailpointsOn(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"till/till.go": till, "main.go": shop})
	program := filepath.Join(t.TempDir(), "shop")

	out, err := golang(dir, "build", "-o", program, ".")
	g.Expect(err).NotTo(HaveOccurred(), out)
	g.Expect(output(t, program)).To(Equal("<nil>\n"), "a normal build has no failpoints")

	o := build(t, dir)
	g.Expect(o.Packages).To(Equal([]string{"example.com/shop", "example.com/shop/till"}))
	out, err = golang(dir, "build", "-overlay="+o.File, "-o", program, ".")
	g.Expect(err).NotTo(HaveOccurred(), out)
	g.Expect(output(t, program)).To(Equal(`shop/open example.com/shop main.go 16 true
till/bare example.com/shop/till till.go 19 false
till/charge example.com/shop/till till.go 20 true
till/charge example.com/shop/till till.go 30 true
till/note example.com/shop/till till.go 18 false
example.com/shop/till/charge return(true)
example.com/shop/till/note return(true)
main/open return(true)
note started
at till/charge
boom
`))

	t.Run("GO_FAILPOINTS keeps its own terms", func(t *testing.T) {
		t.Setenv("GO_FAILPOINTS", "example.com/shop/till/charge=off;example.com/shop/till/bare=return(1)")
		g := NewWithT(t)
		text := output(t, program)
		g.Expect(text).To(ContainSubstring("example.com/shop/till/charge off\n"))
		g.Expect(text).To(ContainSubstring("bare strikes\n"))
	})

	t.Run("traces point into the source", func(t *testing.T) {
		NewWithT(t).Expect(output(t, program, "where")).To(ContainSubstring(filepath.Join(dir, "till/till.go") + ":32 "))
	})
}

func TestBuildTwiceWritesNothing(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"till/till.go": till})
	first := build(t, dir)
	before, err := os.Stat(first.File)
	g.Expect(err).NotTo(HaveOccurred())
	second := build(t, dir, "./till")
	after, err := os.Stat(second.File)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(second).To(Equal(first))
	g.Expect(os.SameFile(before, after)).To(BeTrue())
}

func TestBuildToAFile(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"till/till.go": till})
	out := filepath.Join(t.TempDir(), "overlay.json")
	o, err := Build(context.Background(), Options{Dir: dir, Out: out})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(o.File).To(Equal(out))
	g.Expect(golang(dir, "vet", "-overlay="+out, "./till")).To(BeEmpty())
}

func TestBuildOfTests(t *testing.T) {
	const inside = `package till

import (
	"testing"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

var insidePoint = faults.Site{Name: "inside", Allows: faults.Delay}

func Test(t *testing.T) {
	failpoint.Inject("inside", func() { insidePoint.At(t.Context()) })
	for _, m := range faults.Markers() {
		println(m.Name, m.Site != nil)
	}
}
`
	const outside = `package till_test

import (
	"testing"

	"github.com/pingcap/failpoint"
)

func Test(t *testing.T) { failpoint.Inject("outside", nil) }
`
	g := NewWithT(t)
	dir := module(t, map[string]string{
		"till/till.go": till, "till/in_test.go": inside, "till/out_test.go": outside,
		"bare/bare.go": "package till\n", "bare/in_test.go": inside,
	})
	o := build(t, dir)
	for _, test := range []struct{ pkg, want string }{
		{"./till", "till/bare false\ntill/charge true\ntill/charge true\ntill/inside true\ntill/note false\ntill_test/outside false\n"},
		{"./bare", "bare/inside true\n"},
	} {
		out, err := golang(dir, "test", "-v", "-count=1", "-overlay="+o.File, test.pkg)
		g.Expect(err).NotTo(HaveOccurred(), out)
		g.Expect(out).To(ContainSubstring(test.want))
	}
}

func TestBuildReachesSitesOfDependencies(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"till/till.go": till, "main.go": shop})
	g.Expect(build(t, dir, ".").Packages).To(Equal([]string{"example.com/shop", "example.com/shop/till"}))
}
