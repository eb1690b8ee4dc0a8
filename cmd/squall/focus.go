package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/squall-go/squall/harness/result"
)

// focused is the scenarios that --focus selects: the one whose id it is, so
// that S1 is not S10 too; else those whose id and title match it.
func focused(list result.List, focus string) (result.List, error) {
	if focus == "" {
		return list, nil
	}
	for _, s := range list {
		if strings.EqualFold(s.ID, focus) {
			return result.List{s}, nil
		}
	}
	re, err := regexp.Compile(focus)
	if err != nil {
		return nil, fmt.Errorf("--focus=%s: %w; give an id or a regular expression", focus, err)
	}
	chosen := slices.DeleteFunc(slices.Clone(list), func(s result.Listed) bool {
		return !re.MatchString(strings.TrimSpace(s.ID + " " + s.Title))
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--focus=%s: no such scenario; known are %s", focus, strings.Join(ids(list), ", "))
	}
	return chosen, nil
}

func ids(list result.List) []string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = s.ID
	}
	return all
}

// ginkgoFocus is the expression that selects the specs of the scenarios: those
// whose text has the id as a whole word.
func ginkgoFocus(chosen result.List) string {
	alternatives := make([]string, len(chosen))
	for i, s := range chosen {
		alternatives[i] = regexp.QuoteMeta(s.ID)
	}
	return `(^|\W)(` + strings.Join(alternatives, "|") + `)(\W|$)`
}
