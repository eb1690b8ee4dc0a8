package main

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

func TestListSaysWhyThereIsNoControl(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	listTable(&out, result.List{
		{ID: "S1", Title: "pay", Controls: []string{"leaks"}},
		{ID: "S2", Title: "look", Controls: []string{}, NoControl: "nothing can break"},
	})
	g.Expect(out.String()).To(MatchRegexp(`S1 +pay .* leaks`))
	g.Expect(out.String()).To(MatchRegexp(`S2 +look .* none: nothing can break`))
}
