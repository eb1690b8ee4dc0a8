package linear

import (
	"encoding/json"
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/anishathalye/porcupine"
)

// Page is porcupine's own page of the picture: HTML that refers to nothing outside
// of it.
func (p *Picture) Page() ([]byte, error) {
	before, after, err := Frame()
	if err != nil {
		return nil, err
	}
	return []byte(before + string(p.Data()) + after), nil
}

// Frame is porcupine's page around the data of a picture.
func Frame() (before, after string, err error) {
	var page strings.Builder
	if err := porcupine.Visualize(Register(nil), porcupine.LinearizationInfo{}, &page); err != nil {
		return "", "", fmt.Errorf("linear: porcupine's page: %w", err)
	}
	nothing, _ := json.Marshal(pageData{Partitions: []pagePartition{}, Annotations: []struct{}{}})
	before, after, ok := strings.Cut(page.String(), string(nothing))
	if !ok {
		return "", "", fmt.Errorf("linear: porcupine's page of nothing has no %s", nothing)
	}
	return before, after, nil
}

// What porcupine's page reads.
type (
	pageData struct {
		Partitions  []pagePartition
		Annotations []struct{}
	}
	pagePartition struct {
		History               []pageOp
		PartialLinearizations [][]pageStep
		Largest               map[int]int // index of the longest order with the operation
	}
	pageOp struct {
		ClientId      int
		Start         int
		OriginalStart string
		End           int
		OriginalEnd   string
		Description   string
		Metadata      string
	}
	pageStep struct {
		Index            int
		StateDescription string
	}
)

// tick is how far apart the page wants two times to be at least.
const tick = 100

// Data is the picture as porcupine's page reads it: JSON in which nothing ends a
// script.
func (p *Picture) Data() []byte {
	part := pagePartition{History: []pageOp{}, PartialLinearizations: [][]pageStep{}, Largest: map[int]int{}}
	for _, op := range p.Ops {
		part.History = append(part.History, pageOp{
			ClientId: op.Row, Start: tick * op.From, OriginalStart: strconv.Itoa(op.From),
			End: tick * op.To, OriginalEnd: strconv.Itoa(op.To), Description: op.Text,
		})
	}
	for i, order := range p.Orders {
		var steps []pageStep
		for _, s := range order {
			// Tooltips are written as HTML, everything else as text.
			steps = append(steps, pageStep{s.Op, html.EscapeString(s.State)})
			if _, longer := part.Largest[s.Op]; !longer {
				part.Largest[s.Op] = i
			}
		}
		part.PartialLinearizations = append(part.PartialLinearizations, steps)
	}
	data, _ := json.Marshal(pageData{[]pagePartition{part}, []struct{}{}}) // of text and numbers: it cannot fail
	return data
}
