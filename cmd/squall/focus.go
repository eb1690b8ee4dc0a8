package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/result"
)

// focused is the scenarios that --focus selects: the one whose id it is, so
// that S1 is not S10 too; else those whose id and title match it. Stories of other
// libraries are no scenarios: peers selects all of them, errgroup those of one
// library, and an expression with a slash those whose id matches it.
func focused(list result.List, focus string) (result.List, error) {
	if focus == "" {
		return list, nil
	}
	for _, s := range list {
		if strings.EqualFold(s.ID, focus) {
			return result.List{s}, nil
		}
	}
	if chosen := peersOf(list, focus); len(chosen) > 0 {
		return chosen, nil
	}
	re, err := regexp.Compile(focus)
	if err != nil {
		return nil, fmt.Errorf("--focus=%s: %w; give an id or a regular expression", focus, err)
	}
	chosen := slices.DeleteFunc(slices.Clone(list), func(s result.Listed) bool {
		return s.Peer && !strings.Contains(focus, "/") || !re.MatchString(strings.TrimSpace(s.ID+" "+s.Title))
	})
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--focus=%s: no such scenario%s", focus, known(focus, ids(list)))
	}
	return chosen, nil
}

// peersOf is the stories of all other libraries, or of the one of that name.
func peersOf(list result.List, focus string) result.List {
	return slices.DeleteFunc(slices.Clone(list), func(s result.Listed) bool {
		return !s.Peer || focus != allPeers && !strings.EqualFold(library(s.ID), focus)
	})
}

// allPeers selects the stories of all other libraries.
const allPeers = "peers"

// library is what comes before the slash in the id of a library's story.
func library(id string) string {
	name, _, _ := strings.Cut(id, "/")
	return name
}

// ids are the scenarios' ids; the stories of a library count as one.
func ids(list result.List) []string {
	var all []string
	for _, s := range list {
		id := s.ID
		if s.Peer {
			id = library(s.ID) + "/..."
		}
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// manyIDs is from how many on they are not told in a message.
const manyIDs = 12

// known tells the ids that there are, or the one that was meant and how to see all.
func known(unknown string, ids []string) string {
	if len(ids) < manyIDs {
		return "; known are " + strings.Join(ids, ", ")
	}
	names := slices.Clone(ids)
	for i := range names {
		names[i] = library(names[i])
	}
	return fmt.Sprintf("%s; squall list shows all %d", faults.Meant(unknown, names), len(ids))
}

// scenarios leaves the stories of other libraries out.
func scenarios(list result.List) result.List {
	return slices.DeleteFunc(slices.Clone(list), func(s result.Listed) bool { return s.Peer })
}

// ginkgoFocus is the expression that selects the specs of the scenarios: those
// whose text has the id as a whole word.
func ginkgoFocus(chosen result.List) string {
	alternatives := make([]string, len(chosen))
	for i, s := range chosen {
		alternatives[i] = regexp.QuoteMeta(s.ID)
	}
	return `(^|\s)(` + strings.Join(alternatives, "|") + `)(\s|$)`
}
