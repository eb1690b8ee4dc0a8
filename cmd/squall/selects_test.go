package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/harness/result"
)

// poolModule makes a module with a pool that uses selects as everybody does the
// current directory, with changes to its source: what to replace, and what by.
func poolModule(t *testing.T, changes ...string) {
	t.Helper()
	realModule(t, "pool/pool.go", "pool/pool_test.go")
	g := NewWithT(t)
	source, err := os.ReadFile("pool/pool.go")
	g.Expect(err).NotTo(HaveOccurred())
	text := string(source)
	for i := 0; i < len(changes); i += 2 {
		g.Expect(text).To(ContainSubstring(changes[i]))
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	g.Expect(os.WriteFile("pool/pool.go", []byte(text), 0o644)).To(Succeed())
}

// marked has the failpoint in front of a select that a user would set by hand.
var marked = []string{
	"	defer p.senders.Done()\n", "	defer p.senders.Done()\n	failpoint.Inject(\"enqueue\", func() { enqueuePoint.At(ctx) })\n",
	"// ErrClosed is", "var enqueuePoint = faults.Site{Name: \"enqueue\"}\n\n// ErrClosed is",
}

// leftToTheRuntime is the control: the selects of the package are not taken over.
var leftToTheRuntime = []string{"// Package pool", "//squall:plain\n\n// Package pool"}

// unguarded is a check-then-act bug: Submit finds the pool open, and nobody waits
// for it. No failpoint stands in the window.
var unguarded = []string{"			p.senders.Wait()\n", ""}

// undrained forgets what is in the queue: quit has to be seen while a job is ready.
var undrained = []string{"			p.drain()\n", "", "\n// drain runs", "\nvar _ = (*Pool).drain\n\n// drain runs"}

func TestAUsersSelectsAreDecidedByTheTape(t *testing.T) {
	runs := []string{"run", "--runs=2000", "--seed=1", "--json=r.json"}
	t.Run("thousands of runs, twice", func(t *testing.T) {
		poolModule(t, marked...)
		g := NewWithT(t)
		var hashes []string
		for range 2 {
			code, stdout, stderr := squall(runs...)
			g.Expect(code).To(Equal(0), stdout+stderr)
			r, err := result.Read("r.json")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.Scenarios[0].Verdict).To(Equal(result.Held))
			g.Expect(r.Scenarios[0].Runs).To(Equal(2000))
			hashes = append(hashes, r.Scenarios[0].TraceHash)
		}
		g.Expect(hashes[1]).To(Equal(hashes[0]))
	})
	t.Run("the control: left to the runtime", func(t *testing.T) {
		poolModule(t, slices.Concat(marked, leftToTheRuntime)...)
		code, stdout, stderr := squall(runs...)
		g := NewWithT(t)
		g.Expect(code).To(Equal(3), stdout+stderr)
		g.Expect(stdout).To(ContainSubstring("P1 shut down under load: FLAKY"))
	})
	for _, bug := range []struct {
		name    string
		load    string
		changes []string
		storm   string
	}{
		{"check, then act", "", unguarded, `at pool/\(\*Pool\)\.Submit/select-1 #1 in submitter.*: \S+ goes first`},
		{"quit before a job", "idle", undrained, `worker\S* takes case 2 \(<-p\.quit\) of the select in \(\*Pool\)\.work, pool\.go:\d+`},
	} {
		t.Run(bug.name, func(t *testing.T) {
			t.Setenv("POOL", bug.load)
			poolModule(t, bug.changes...)
			code, stdout, stderr := squall(runs...)
			g := NewWithT(t)
			g.Expect(code).To(Equal(1), stdout+stderr)
			g.Expect(stdout).To(MatchRegexp(`P1 shut down under load: BROKEN +conservation`))
			g.Expect(stdout).To(MatchRegexp(bug.storm))
			saved, err := filepath.Glob("pool/testdata/squall/*/*.tape")
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(saved).To(HaveLen(1))
			for range 3 {
				code, stdout, stderr = squall("replay", saved[0])
				g.Expect(code).To(Equal(1), stdout+stderr)
			}
		})
	}
}
