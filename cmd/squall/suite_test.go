//go:build unix

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// racer is a suite that says what GORACE tells it, and has a race detector.
func racer(t *testing.T) *suite {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "racer")
	script := "#!/bin/sh\necho \"GORACE=$GORACE\"\neval \"$GORACE\"\n" + // its options are variables of the shell
		"case \"$log_path\" in /*) printf 'WARNING: DATA RACE\\n' >\"$log_path.$$\";; esac\necho 'the end' >&2\nexit 66\n"
	NewWithT(t).Expect(os.WriteFile(binary, []byte(script), 0o755)).To(Succeed())
	return &suite{pkg: "example.com/racer", dir: t.TempDir(), binary: binary}
}

// What the detector wrote to its log is shown with what the suite printed, as it
// would be without a log.
func TestWhatTheDetectorWroteIsShown(t *testing.T) {
	g := NewWithT(t)
	scratch := t.TempDir()
	races := filepath.Join(scratch, "race")
	t.Setenv("GORACE", "halt_on_error=1")
	var shown bytes.Buffer
	out := racer(t).run(t.Context(), nil, &process{output: &shown, races: races}, nil)
	g.Expect(out.code()).To(Equal(66))
	g.Expect(shown.String()).To(Equal("GORACE=halt_on_error=1 log_path=\"" + races + "\"\nthe end\nWARNING: DATA RACE\n"))
	g.Expect(out.tail).To(HaveSuffix("the end\nWARNING: DATA RACE"), "a report that ended the suite is among its last lines")
	g.Expect(out.log).To(HavePrefix("WARNING: DATA RACE\n"), "and does not hide what a crash said last")
	g.Expect(filepath.Glob(filepath.Join(scratch, "*"))).To(BeEmpty())

	users := filepath.Join(t.TempDir(), "mine")
	t.Setenv("GORACE", "log_path="+users)
	shown.Reset()
	racer(t).run(t.Context(), nil, &process{output: &shown, races: races}, nil)
	g.Expect(shown.String()).To(Equal("GORACE=log_path=" + users + "\nthe end\n"))
	g.Expect(filepath.Glob(users+".*")).To(HaveLen(1), "the user's own log is left alone")
}
