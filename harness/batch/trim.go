package batch

import (
	"encoding/json"
	"fmt"
	"strings"
)

// What a finding may have, in bytes; task names, messages and dumps come from
// outside, and are as long as they like.
const (
	maxLine    = 2 << 10
	maxText    = 256 << 10
	maxTape    = 1 << 20 // a longer one cannot be replayed
	maxPicture = 1 << 20
	maxFinding = 4 << 20 // as JSON, which may be six times as long as what it tells
	maxStorm   = 1000    // lines
)

// Trim cuts off what is too long: a finding has at most 4 MB as JSON. What is
// left of a text says that there was more. Worker and soak both do it.
func (f *Finding) Trim() {
	f.Message = clip(strings.Join(strings.Fields(clip(f.Message, maxText)), " "), maxLine)
	for _, line := range []*string{&f.Title, &f.Guarantee, &f.Property, &f.Subject, &f.Unshrunk} {
		*line = clip(*line, maxLine)
	}
	if len(f.Signature) > maxLine {
		f.Signature = Kind(f.Signature) // what is longer is of the same kind
	}
	f.Text, f.Dump = clip(f.Text, maxText), clip(f.Dump, maxText)
	if extra := len(f.Storm) - maxStorm; extra > 0 {
		f.Storm = append(f.Storm[:maxStorm:maxStorm], fmt.Sprintf("… and %d more", extra))
	}
	for i := range f.Storm {
		f.Storm[i] = clip(f.Storm[i], maxLine)
	}
	if len(f.Tape) > maxTape {
		f.Tape = ""
	}
	if f.Picture != nil && size(f.Picture) > maxPicture {
		f.Picture = nil
	}
	if f.Linear != nil && size(f.Linear) > maxPicture {
		f.Linear = nil
	}
	for _, drop := range []func(){func() { f.Linear = nil }, func() { f.Picture = nil }, func() { f.Dump = "" }, func() { f.Storm = nil }, func() { f.Text = f.Message }} {
		if size(f) <= maxFinding {
			return
		}
		drop()
	}
}

func size(value any) int {
	data, _ := json.Marshal(value) // what cannot be marshalled takes no room
	return len(data)
}

// clip cuts text off between two characters.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + fmt.Sprintf(" … (%d bytes more)", len(text)-limit)
}
