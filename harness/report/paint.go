package report

import "strings"

var colours = strings.NewReplacer(
	"✗", "\x1b[31m✗\x1b[0m", "▲", "\x1b[31m▲\x1b[0m", "▒", "\x1b[31m▒\x1b[0m",
	"↯", "\x1b[33m↯\x1b[0m", "⊘", "\x1b[35m⊘\x1b[0m", "✓", "\x1b[32m✓\x1b[0m", "⇒", "\x1b[36m⇒\x1b[0m",
	": BROKEN", ": \x1b[1;31mBROKEN\x1b[0m", ": FLAKY", ": \x1b[1;33mFLAKY\x1b[0m",
	": VACUOUS", ": \x1b[1;33mVACUOUS\x1b[0m", ": WEDGED", ": \x1b[1;31mWEDGED\x1b[0m",
)

// Paint colours the signs and verdicts of a text of this package with ANSI
// escapes. It changes no width.
func Paint(text string) string { return colours.Replace(text) }
