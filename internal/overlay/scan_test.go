package overlay

import (
	"context"
	"maps"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

func TestScan(t *testing.T) {
	g := NewWithT(t)
	dir := module(t, map[string]string{"till/till.go": till, "main.go": shop})
	sites, err := Scan(context.Background(), Options{Dir: dir})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(sites).To(Equal([]Site{
		{Name: "shop/open", Marker: "open", short: "shop/open", Package: "example.com/shop", File: "main.go", Line: 16, Faults: []string{}},
		{Name: "till/bare", Marker: "bare", short: "till/bare", Package: "example.com/shop/till", File: "till/till.go", Line: 19, Faults: []string{}, Bare: true},
		{Name: "till/charge", Marker: "charge", short: "till/charge", Package: "example.com/shop/till", File: "till/till.go", Line: 20, Doc: "before the card is charged", Faults: []string{"error", "panic", "goexit", "delay"}},
	}))
}

func TestKindsAreComplete(t *testing.T) {
	var single []faults.Kind
	for _, kind := range kindsByName {
		if kind.Len() == 1 {
			single = append(single, kind)
		}
	}
	g := NewWithT(t)
	g.Expect(single).To(HaveLen(faults.All.Len()))
	g.Expect(slices.Collect(maps.Keys(kindsByName))).To(ContainElements("Failure", "Cancels", "Carried", "All"))
}
