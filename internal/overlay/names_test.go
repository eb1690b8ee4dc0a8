package overlay

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// pool is a package of that name with a site.
func pool(pkg, marker string) string {
	return `package ` + pkg + `

import (
	"context"

	"github.com/pingcap/failpoint"
	"github.com/squall-go/squall/faults"
)

var point = faults.Site{Name: "` + marker + `"}

func Pass(ctx context.Context) {
	failpoint.Inject("` + marker + `", func() { point.At(ctx) })
}
`
}

// TestNamesakesOfTwoModulesAreToldApart: here, and in the program.
func TestNamesakesOfTwoModulesAreToldApart(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{
		"main.go": `package main

import (
	"fmt"

	_ "example.com/lib/door"
	_ "example.com/shop/internal/pool"
	_ "example.com/shop/scope"
	_ "example.com/shop/till"
	"github.com/squall-go/squall/faults"
	_ "github.com/squall-go/squall/scope"
)

func main() {
	for _, site := range faults.SiteNames() {
		fmt.Println(site)
	}
}
`,
		"internal/pool/pool.go": pool("pool", "submit"), "scope/scope.go": pool("scope", "run"), "till/till.go": pool("till", "charge"),
		"lib/internal/pool/pool.go": pool("pool", "submit"), "lib/door/door.go": "package door\n\nimport _ \"example.com/lib/internal/pool\"\n",
	})
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	g.Expect(err).NotTo(HaveOccurred())
	_, requires, _ := strings.Cut(string(mod), "\n")
	g.Expect(os.WriteFile(filepath.Join(dir, "lib/go.mod"), []byte("module example.com/lib\n"+requires), 0o644)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "go.mod"), append(mod, "\nrequire example.com/lib v0.0.0\nreplace example.com/lib => ./lib\n"...), 0o644)).To(Succeed())

	built, err := Build(t.Context(), Options{Dir: dir})
	g.Expect(err).NotTo(HaveOccurred())
	var names []string
	for _, site := range built.Sites {
		if !site.Bare {
			names = append(names, site.Name)
		}
	}
	g.Expect(names).To(ContainElements("example.com/shop/internal/pool/submit", "example.com/lib/internal/pool/submit", "example.com/shop/scope/run", "scope/run", "till/charge"))

	program := filepath.Join(t.TempDir(), "shop")
	out, err := golang(dir, "build", "-overlay="+built.File, "-o", program, ".")
	g.Expect(err).NotTo(HaveOccurred(), out)
	g.Expect(strings.Fields(output(t, program))).To(Equal(names), "the program calls them as the scan does")
}

func TestNamesakesOfOneModuleAreRefused(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"shop.go": pool("shop", "open"), "shop/shop.go": pool("shop", "open")})
	_, err := Scan(t.Context(), Options{Dir: dir})
	g.Expect(err).To(MatchError(`overlay: shop.go:13 and shop/shop.go:13: two failpoints are named "shop/open"; give one of the markers another name`))

	dir = module(t, map[string]string{"shop.go": pool("shop", "open"), "shop/shop.go": pool("shop", "close")})
	_, err = Scan(t.Context(), Options{Dir: dir})
	g.Expect(err).NotTo(HaveOccurred())
}

// TestAVendoredPackageIsCalledByItsPathInTheModule: go list knows no directory of
// its module.
func TestAVendoredPackageIsCalledByItsPathInTheModule(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"till/till.go": till,
		"main.go": "package main\n\nimport (\n\t_ \"example.com/shop/till\"\n\t_ \"github.com/squall-go/squall/scope\"\n)\n\nfunc main() {}\n"})
	out, err := golang(dir, "mod", "vendor")
	g.Expect(err).NotTo(HaveOccurred(), out)
	t.Setenv("GOFLAGS", "-mod=vendor")
	sites, err := Scan(t.Context(), Options{Dir: dir})
	g.Expect(err).NotTo(HaveOccurred())
	files := map[string]string{}
	for _, site := range sites {
		files[site.Name] = site.File
	}
	g.Expect(files).To(HaveKeyWithValue("till/charge", "till/till.go"))
	g.Expect(files).To(HaveKeyWithValue("scope/run", HavePrefix("scope/")))
}
