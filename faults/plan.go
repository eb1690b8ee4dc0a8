package faults

import (
	"fmt"
	"slices"
	"strings"
)

// Plan is the faults of a run, as a person reads and writes them: one [Strike]
// a line; empty lines and lines that start with # do not count.
type Plan []Strike

// ParsePlan reads a plan. The error names the line.
func ParsePlan(text string) (Plan, error) {
	var plan Plan
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s, err := ParseStrike(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		plan = append(plan, s)
	}
	return plan, nil
}

// String is the plan as ParsePlan reads it.
func (p Plan) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.String())
		b.WriteByte('\n')
	}
	return b.String()
}

// Check verifies that every strike names a registered failpoint and a fault
// which that failpoint allows.
func (p Plan) Check() error {
	for _, s := range p {
		site := Lookup(s.Site)
		if namesakes := named(s.Site); len(namesakes) > 1 {
			return fmt.Errorf("several modules have a failpoint %q; name one of them, as in %q", s.Site, namesakes[0])
		} else if site == nil {
			return fmt.Errorf("unknown failpoint %q%s; squall sites lists them all", s.Site, Meant(s.Site, SiteNames()))
		}
		if !site.Allows.Has(s.Fault.Kind) {
			return fmt.Errorf("failpoint %q does not allow %s; it allows %s", s.Site, s.Fault.Kind, site.Allows)
		}
	}
	return nil
}

// Resolved is the plan with full names in place of others.
func (p Plan) Resolved() Plan {
	resolved := slices.Clone(p)
	for i := range resolved {
		resolved[i].Site = FullName(p[i].Site)
	}
	return resolved
}

// Meant suggests a name in place of an unknown one, in words; "" if none is near.
func Meant(name string, names []string) string {
	if near := Nearest(name, names); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}
