package soak

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/squall-go/squall/harness/batch"
)

// room is how many bytes findings may have in all. Each alone is bounded by
// [batch.Finding.Trim]; a thousand as large as that would fill a disk, and what is
// told of the first is worth more than the pictures of the last.
type room struct {
	full  int64 // while they have less, they are kept in full
	short int64 // and while they have less than that, in short, with their tapes
}

var (
	// onDisk is for the files of one shard.
	onDisk = room{full: 256 << 20, short: 512 << 20}
	// inMemory is for the findings of a shard that cannot be written, and for those of
	// all shards that are merged.
	inMemory = room{full: 64 << 20, short: 128 << 20}
	merging  = room{full: 256 << 20, short: 512 << 20}
)

// fit is the finding as there is room for it beside what the others have: in full,
// in short, or in short without its tape. size tells the bytes of each.
func (r room) fit(f *batch.Finding, others int64, size func(*batch.Finding) int64) (kept *batch.Finding, bytes int64) {
	if bytes = size(f); others+bytes <= r.full {
		return f, bytes
	}
	for _, step := range []struct {
		room  int64
		short *batch.Finding
	}{{r.short, inShort(f, f.Tape)}, {math.MaxInt64, inShort(f, "")}} {
		if kept, bytes = step.short, size(step.short); others+bytes <= step.room {
			break
		}
	}
	return kept, bytes
}

// errRoom says why a finding is kept in short.
var errRoom = fmt.Errorf("soak: the findings have %d MB already: no dump and no picture is kept of what comes", onDisk.full>>20)

// What a finding has in short.
const (
	shortText  = 4 << 10
	shortStorm = 20 // choices
)

// inShort is f without what is long, which its text says.
func inShort(f *batch.Finding, tape string) *batch.Finding {
	short := *f
	var left []string
	leave := func(what string, is bool) {
		if is {
			left = append(left, what)
		}
	}
	leave("dump", f.Dump != "")
	leave("picture", f.Picture != nil)
	leave("porcupine's picture", f.Linear != nil)
	leave("tape", tape != f.Tape)
	leave("end of the storm", len(f.Storm) > shortStorm)
	leave("end of this text", len(f.Text) > shortText)
	if len(left) == 0 {
		return f
	}
	short.Dump, short.Picture, short.Linear, short.Tape = "", nil, nil, tape
	if extra := len(f.Storm) - shortStorm; extra > 0 {
		short.Storm = append(f.Storm[:shortStorm:shortStorm], fmt.Sprintf("… and %d more", extra))
	}
	text := strings.ToValidUTF8(f.Text[:min(len(f.Text), shortText)], "")
	short.Text = strings.TrimRight(text, "\n") + "\n  left out, since the findings of this soak are too large: " + strings.Join(left, ", ") + "\n"
	return &short
}

// ledger is how many bytes there are of what.
type ledger struct {
	of  map[string]int64
	sum int64
}

func (l *ledger) set(kind string, bytes int64) {
	if l.of == nil {
		l.of = map[string]int64{}
	}
	l.sum += bytes - l.of[kind]
	l.of[kind] = bytes
}

func (l *ledger) drop(kind string) {
	l.sum -= l.of[kind]
	delete(l.of, kind)
}

// others is what there is but of this kind.
func (l *ledger) others(kind string) int64 { return l.sum - l.of[kind] }

// inJSON is how large the finding is in memory, or nearly.
func inJSON(f *batch.Finding) int64 {
	data, _ := json.Marshal(f) // what cannot be marshalled takes no room
	return int64(len(data))
}
