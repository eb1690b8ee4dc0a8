package faults

import "strings"

// squall is the path of this module, whose failpoints have short names always.
const squall = "github.com/squall-go/squall"

// name is the names that a failpoint may be called by.
type name struct {
	module    string
	short     string // package path below the module, and the marker's name
	qualified string // import path, and the marker's name
}

func nameOf(module, pkg, marker string) name {
	short := strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/")
	if short == "" {
		short = pkg[strings.LastIndexByte(pkg, '/')+1:]
	}
	return name{module: module, short: short + "/" + marker, qualified: pkg + "/" + marker}
}

// apart is the full name beside one that is as short.
func (n *name) apart() string {
	if n.module == squall {
		return n.short
	}
	return n.qualified
}

// Matches reports whether the pattern means the failpoint: its short name, its
// import path plus its marker's name, or a prefix of one of these that ends in
// "...".
func (s *Site) Matches(pattern string) bool {
	return Match(pattern, s.String()) || Match(pattern, s.name.short) || Match(pattern, s.name.qualified)
}

// Match reports whether the pattern, a name or a prefix of some that ends in "...",
// means the name.
func Match(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "..."); ok {
		return name != "" && strings.HasPrefix(name, prefix)
	}
	return name != "" && pattern == name
}
