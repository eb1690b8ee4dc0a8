package faults_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

type place string

func (p place) String() string { return string(p) }

func TestStraysAreToldToTheLastWatcher(t *testing.T) {
	g := NewWithT(t)
	var told []string
	stopFirst := faults.WatchStrays(func(string, string) { t.Error("the first was told") })
	stop := faults.WatchStrays(func(name, created string) { told = append(told, name+" "+created) })
	faults.Stray("audit", place("page.go:7"))
	stopFirst() // it is not the one that watches any more
	faults.Stray("audit", place("page.go:8"))
	stop()
	faults.Stray("audit", place("page.go:9"))
	g.Expect(told).To(Equal([]string{"audit page.go:7", "audit page.go:8"}))
}
