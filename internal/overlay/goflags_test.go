package overlay

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestMergeGOFLAGS(t *testing.T) {
	for _, test := range []struct{ goflags, file, want string }{
		{"", "/o.json", "-overlay=/o.json"},
		{"-mod=mod '-tags=a b'", "/o.json", "-mod=mod '-tags=a b' -overlay=/o.json"},
		{"", "/a dir/o.json", "'-overlay=/a dir/o.json'"},
	} {
		NewWithT(t).Expect(MergeGOFLAGS(test.goflags, test.file)).To(Equal(test.want))
	}
}

func TestMergeGOFLAGSRefusesASecondOverlay(t *testing.T) {
	for _, goflags := range []string{"-overlay=/x", "-mod=mod --overlay=/x", "'-overlay=/x'"} {
		_, err := MergeGOFLAGS(goflags, "/o.json")
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring("takes only one; unset it")), goflags)
	}
}
