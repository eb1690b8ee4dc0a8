package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/result"
)

// unrun are the chosen scenarios without a result in a suite that has them: whoever
// asked for them is not told that all held. Ginkgo passes over what is pending or
// skipped without a word, and a process that died took along what it had yet to run.
// Stories of other libraries are left out: they never change the exit code.
func unrun(chosen result.List, portions []portion, results []result.Result) (missing []result.Scenario) {
	ran, died := map[[2]string]bool{}, map[string]bool{}
	for i, r := range results {
		pkg := portions[i].suite.pkg
		died[pkg] = died[pkg] || r.Version == ""
		for _, s := range r.Scenarios {
			ran[[2]string{s.ID, pkg}] = true
		}
	}
	for _, c := range scenarios(chosen) {
		for _, pkg := range slices.Sorted(slices.Values(c.Packages)) {
			if !ran[[2]string{c.ID, pkg}] {
				missing = append(missing, notRun(c, pkg, died[pkg]))
			}
		}
	}
	return missing
}

func notRun(c result.Listed, pkg string, died bool) result.Scenario {
	s := result.Scenario{ID: c.ID, Title: c.Title, Package: pkg, Verdict: result.Inconclusive, Properties: []result.Property{}, Controls: []result.Control{}}
	for _, id := range c.Properties {
		s.Properties = append(s.Properties, result.Property{ID: id, Verdict: result.Inconclusive})
	}
	if !died { // else the finding tells of it
		s.Failure = fmt.Sprintf("%s: INCONCLUSIVE: not run: pending or skipped in %s; let it run, or choose others by --focus",
			strings.TrimSpace(c.ID+" "+c.Title), pkg)
	}
	return s
}
