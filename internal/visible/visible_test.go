package visible

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"one\n\ttwo 世界":           "one\n\ttwo 世界",
		"\x1b[2J\x1b]0;title\a":   "␛[2J␛]0;title␇",
		"a\rb\x00":                "a␍b␀",
		"\u202egnp\u202c":         "⟨U+202E⟩gnp⟨U+202C⟩",
		"\x7f\u0085\u2028":        "⟨U+007F⟩⟨U+0085⟩⟨U+2028⟩",
		"\xff\xfe ok":             "\uFFFD ok",
		"👩\u200d🔬 ::x ##[group]y": "👩\u200d🔬 ::x ##[group]y",
	} {
		NewWithT(t).Expect(Text(text)).To(Equal(want))
	}
}

func TestUncommanded(t *testing.T) {
	for text, want := range map[string]string{
		"a ##[stop-commands]zap":          "a ## [stop-commands]zap",
		"####[x":                          "#### [x",
		"::error::x\n \t::add-mask::y":    ": :error::x\n \t: :add-mask::y",
		"\u00a0::error::x":                "\u00a0: :error::x",
		":::error::x":                     ": ::error::x",
		"\x1b::error::x\r::error::y":      "␛::error::x␍::error::y",
		"scope::task, std::vector, ##x [": "scope::task, std::vector, ##x [",
	} {
		NewWithT(t).Expect(Uncommanded(text)).To(Equal(want))
	}
}
