package zerocost

import (
	"bufio"
	"bytes"
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// function is the machine code of one function before linking: what the
// compiler's listing (-S) tells of it beside lines and names of variables.
type function struct {
	name   string // package variant and symbol
	code   string // hexadecimal
	relocs []string
}

// functions reads the listing: functions without code are left out.
func functions(listing []byte) map[string]*function {
	found := map[string]*function{}
	var pkg string
	var current *function
	lines := bufio.NewScanner(bytes.NewReader(listing))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "# "):
			pkg, current = line[2:], nil
		case !strings.HasPrefix(line, "\t"):
			current = nil
			if symbol, rest, ok := strings.Cut(line, " STEXT "); ok && !strings.Contains(rest, "size=0 ") {
				current = &function{name: pkg + " " + symbol}
				found[current.name] = current
			}
		case current != nil:
			current.add(line)
		}
	}
	return found
}

var (
	hexLine = regexp.MustCompile(`^\t0x[0-9a-f]+ ((?:[0-9a-f]{2} ){1,16})`)
	relLine = regexp.MustCompile(`^\trel (\d+\+\d+ t=\S+ .*)$`)
	noBytes = regexp.MustCompile(`^\d+\+0 `)
	static  = regexp.MustCompile(`\.\.stmp_\d+`)
)

func (f *function) add(line string) {
	if m := hexLine.FindStringSubmatch(line); m != nil {
		f.code += m[1]
	} else if m := relLine.FindStringSubmatch(line); m != nil && !noBytes.MatchString(m[1]) {
		// Relocations of no bytes are remarks for the linker (a type is used as
		// an interface) and no code. Static temporaries are numbered through the package.
		f.relocs = append(f.relocs, static.ReplaceAllString(m[1], "..stmp"))
	}
}

// target is the symbol that a relocation refers to.
func target(reloc string) string {
	fields := strings.SplitN(reloc, " ", 3)
	symbol := fields[len(fields)-1]
	if i := strings.LastIndexByte(symbol, '+'); i > 0 {
		symbol = symbol[:i]
	}
	return strings.TrimSuffix(symbol, "·f")
}

// compiled is the functions of one variant, closures renamed so that those of
// blanked markers do not count.
type compiled map[string]*function

// compile reads a listing, drops closures that nothing refers to (the bodies of
// markers are such), and numbers the others anew.
func compile(listing []byte) compiled {
	all := functions(listing)
	live := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		f := all[name]
		if f == nil || live[name] {
			return
		}
		live[name] = true
		pkg, _, _ := strings.Cut(name, " github.com/")
		for _, reloc := range f.relocs {
			visit(pkg + " " + target(reloc))
		}
	}
	for name := range all {
		if !isClosure(name) {
			visit(name)
		}
	}
	names := renumber(slices.Collect(maps.Keys(live)))
	out := compiled{}
	for name := range live {
		f := all[name]
		pkg, _, _ := strings.Cut(name, " github.com/")
		relocs := make([]string, len(f.relocs))
		for i, reloc := range f.relocs {
			symbol := target(reloc)
			if renamed, ok := names[pkg+" "+symbol]; ok {
				reloc = strings.Replace(reloc, symbol, renamed, 1)
			}
			relocs[i] = reloc
		}
		out[names[name]] = &function{name: name, code: f.code, relocs: relocs}
	}
	return out
}

var number = regexp.MustCompile(`^(func|gowrap|deferwrap|)(\d+)$`)

func isClosure(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "."), number.MatchString)
}

// renumber counts the numbered parts of the names (func1, gowrap2) anew, from 1
// in each function, in their old order.
func renumber(names []string) map[string]string {
	slices.SortFunc(names, func(a, b string) int {
		return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), comparePart)
	})
	counts := map[string]int{}
	parts := map[string]string{} // old prefix to new prefix
	renamed := map[string]string{}
	for _, name := range names {
		prefix, fresh := "", ""
		for part := range strings.SplitSeq(name, ".") {
			parent := fresh
			prefix += "." + part
			m := number.FindStringSubmatch(part)
			switch {
			case m == nil:
				fresh += "." + part
			case parts[prefix] != "":
				fresh = parts[prefix]
			default:
				counts[parent+m[1]]++
				fresh += ".#" + m[1] + strconv.Itoa(counts[parent+m[1]])
				parts[prefix] = fresh
			}
		}
		renamed[name] = fresh
	}
	return renamed
}

func comparePart(a, b string) int {
	ma, mb := number.FindStringSubmatch(a), number.FindStringSubmatch(b)
	if ma == nil || mb == nil || ma[1] != mb[1] {
		return strings.Compare(a, b)
	}
	na, _ := strconv.Atoi(ma[2])
	nb, _ := strconv.Atoi(mb[2])
	return cmp.Compare(na, nb)
}

// differences lists what one has and the other has not, sorted.
func differences(one, other compiled) []string {
	var found []string
	for name, f := range one {
		switch g := other[name]; {
		case g == nil:
			found = append(found, name+" is in one only")
		case f.code != g.code:
			found = append(found, name+" has other code")
		case !slices.Equal(f.relocs, g.relocs):
			found = append(found, name+" refers to other symbols")
		}
	}
	for name := range other {
		if one[name] == nil {
			found = append(found, name+" is in the other only")
		}
	}
	slices.Sort(found)
	return found
}
