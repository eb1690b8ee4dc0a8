package publish

import (
	"math"
	"slices"

	"github.com/squall-go/squall/harness/soak"
)

// Coverage is which fault struck at which failpoint, in all scenarios but the
// canary.
type Coverage struct {
	Faults []string
	Rows   []SiteRow
	// Allowed counts the cells that may strike, Struck those that did.
	Allowed, Struck int
	Never           []string // "site: fault, fault" of those that may and did not
	Points          int      // failpoints that only schedule: no fault can strike there
	Cut             int
}

// SiteRow is one failpoint.
type SiteRow struct {
	Site  string
	Cells []Strikes
}

// Strikes is one cell of the table.
type Strikes struct {
	Fault string
	Can   bool // the failpoint allows it
	May   bool // some scenario lets it strike
	Count int64
	Heat  int // 0 for none, to 5
}

func coverageOf(s *soak.State) (c Coverage) {
	table := map[string]map[string]*Strikes{}
	at := func(site, fault string) *Strikes {
		site, fault = line(site, short), line(fault, 40)
		if table[site] == nil {
			table[site] = map[string]*Strikes{}
		}
		if table[site][fault] == nil {
			table[site][fault] = &Strikes{Fault: fault}
		}
		return table[site][fault]
	}
	for _, site := range s.Sites {
		for _, fault := range site.Faults {
			at(site.Name, fault).Can = true
		}
		if len(site.Faults) == 0 {
			c.Points++
		}
	}
	for _, scenario := range s.Scenarios {
		for _, f := range scenario.Faults {
			if !scenario.Canary {
				cell := at(f.Site, f.Fault)
				cell.Can, cell.May = true, true
			}
		}
	}
	for id, t := range s.Tallies {
		if isCanary(s, id) {
			continue
		}
		for site, byFault := range t.Struck {
			for fault, n := range byFault {
				cell := at(site, fault)
				cell.Can, cell.May = true, true
				cell.Count += n
			}
		}
	}
	c.fill(table)
	return c
}

func (c *Coverage) fill(table map[string]map[string]*Strikes) {
	var top int64
	for _, row := range table {
		for fault, cell := range row {
			if !slices.Contains(c.Faults, fault) {
				c.Faults = append(c.Faults, fault)
			}
			top = max(top, cell.Count)
		}
	}
	slices.SortFunc(c.Faults, compareFaults)
	if extra := len(c.Faults) - maxFaults; extra > 0 {
		c.Faults, c.Cut = c.Faults[:maxFaults], c.Cut+extra
	}
	sites := sortedKeys(table)
	if extra := len(sites) - maxSites; extra > 0 {
		sites, c.Cut = sites[:maxSites], c.Cut+extra
	}
	for _, site := range sites {
		c.Rows = append(c.Rows, c.row(site, table[site], top))
	}
}

func (c *Coverage) row(site string, cells map[string]*Strikes, top int64) SiteRow {
	row := SiteRow{Site: site}
	never := ""
	for _, fault := range c.Faults {
		cell := Strikes{Fault: fault}
		if known := cells[fault]; known != nil {
			cell = *known
			cell.Heat = heat(cell.Count, top)
		}
		if cell.May {
			c.Allowed++
		}
		switch {
		case cell.Count > 0:
			c.Struck++
		case cell.May && never == "":
			never = site + ": " + fault
		case cell.May:
			never += ", " + fault
		}
		row.Cells = append(row.Cells, cell)
	}
	if never != "" {
		c.Never = append(c.Never, never)
	}
	return row
}

// heat is on a logarithmic scale: rare strikes are to be told from none.
func heat(n, top int64) int {
	if n <= 0 || top <= 0 {
		return 0
	}
	return 1 + int(math.Round(4*math.Log1p(float64(n))/math.Log1p(float64(top))))
}

// usual is the order in which package faults lists the kinds.
var usual = []string{"error", "panic", "goexit", "delay", "cancel-task", "cancel-parent", "cancel-root", "deadline", "hang", "wedge",
	"drop", "duplicate", "late", "reorder", "corrupt", "lose-worker", "close"}

func compareFaults(a, b string) int {
	place := func(fault string) int {
		if i := slices.Index(usual, fault); i >= 0 {
			return i
		}
		return len(usual)
	}
	if d := place(a) - place(b); d != 0 {
		return d
	}
	if a < b {
		return -1
	}
	return 1
}
