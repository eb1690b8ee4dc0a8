package faults

import "strings"

// Nearest is the one of the names that somebody who wrote name most likely meant:
// one that differs in few letters, else one that ends in the same element. ""
// if there is none.
func Nearest(name string, names []string) string {
	near, least := "", max(2, len(name)/6)+1
	for _, n := range names {
		if d := distance(name, n); d < least {
			near, least = n, d
		}
	}
	if near != "" {
		return near
	}
	last := name[strings.LastIndexByte(name, '/')+1:]
	for _, n := range names {
		if strings.HasSuffix(n, "/"+last) {
			return n
		}
	}
	return ""
}

// distance is how many letters are to be put in, taken out, replaced, or swapped
// with their neighbour.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
