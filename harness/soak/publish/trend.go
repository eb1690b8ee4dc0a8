package publish

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/atomicfile"
)

// Night is one line of a trend file.
type Night struct {
	Date      time.Time      `json:"date"` // when the soak began
	Seed      string         `json:"seed"`
	Version   string         `json:"version"`
	Verdict   result.Verdict `json:"verdict"`
	Shards    int            `json:"shards"`
	Runs      int64          `json:"runs"`
	Steps     int64          `json:"steps"`
	Findings  int            `json:"findings"`
	Cells     int            `json:"cells"` // of failpoints and faults that have struck
	Allowed   int            `json:"allowed"`
	Handovers int            `json:"handovers"`
	Missed    int            `json:"missed"` // controls that were not caught
}

// maxNights bounds the file: the oldest ones go.
const maxNights = 400

// maxTrend bounds what is read.
const maxTrend = 4 << 20

// Night is this report's line.
func (r *Report) Night() Night {
	n := Night{
		Date: r.Begun, Seed: r.Seed, Version: r.Version, Verdict: r.Verdict, Shards: len(r.Shards), Runs: r.Runs, Steps: r.Steps,
		Findings: len(r.Findings) + len(r.Lost), Cells: r.Coverage.Struck, Allowed: r.Coverage.Allowed,
	}
	if len(r.Curve) > 0 {
		n.Handovers = r.Curve[len(r.Curve)-1].Handovers
	}
	for _, c := range r.Controls {
		if c.Done && !c.Caught {
			n.Missed++
		}
	}
	return n
}

// Remember reads the nights before from the file at path, adds this one to them
// and writes them back. A file that is not there is begun. The same soak reported
// twice is one night. Lines that cannot be read are left out, and named in
// Problems; so is a soak that does not say when it began, which is no night.
func (r *Report) Remember(path string) error {
	nights, torn, err := ReadTrend(path)
	if err != nil {
		return err
	}
	r.Problems = append(r.Problems, torn...)
	now := r.Night()
	nights = slices.DeleteFunc(nights, func(n Night) bool { return n.Date.Equal(now.Date) && n.Seed == now.Seed })
	if now.Date.IsZero() {
		r.Problems = append(r.Problems, line(fmt.Sprintf("publish: the soak does not say when it began: it is not added to %s", path), long))
	} else {
		nights = append(nights, now)
	}
	slices.SortStableFunc(nights, func(a, b Night) int { return a.Date.Compare(b.Date) })
	nights = nights[max(0, len(nights)-maxNights):]
	r.Nights = nights
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	for _, n := range nights {
		if err := lines.Encode(n); err != nil {
			return fmt.Errorf("publish: %s: %w", path, err)
		}
	}
	return atomicfile.Write(path, out.Bytes())
}

// ReadTrend reads a trend file: a line a night. torn names the lines that are
// none.
func ReadTrend(path string) (nights []Night, torn []string, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("publish: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxTrend {
		return nil, nil, fmt.Errorf("publish: %s: not a file of at most %d bytes", path, maxTrend)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("publish: %w", err)
	}
	number := 0
	for text := range bytes.Lines(content) {
		number++
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		var n Night
		err := json.Unmarshal(text, &n)
		if n.Date = moment(n.Date); err != nil || n.Date.IsZero() || n.Verdict == "" {
			torn = append(torn, line(fmt.Sprintf("publish: %s:%d: not a night; it is left out", path, number), long))
			continue
		}
		n.Seed, n.Version = line(n.Seed, 40), line(n.Version, 40)
		nights = append(nights, n)
	}
	return nights, torn, nil
}
