package harness

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/squall-go/squall/harness/batch"
)

// blackBox is a file in which a worker notes what it is about to do. It outlives
// the process, whatever ends it.
type blackBox struct {
	file    *os.File
	choices io.Writer // of a run that may end the process
	data    [batch.BoxSize]byte
	runs    uint64
}

// openBlackBox takes the files that the soak has opened: a directory that is full,
// or no longer there, is no matter.
func openBlackBox() (*blackBox, error) {
	f := os.NewFile(batch.BoxFD, "black box")
	if _, err := f.Stat(); err != nil {
		return nil, fmt.Errorf("worker: %w; a worker is started by squall soak", err)
	}
	return &blackBox{file: f, choices: os.NewFile(batch.ChoicesFD, "choices")}, nil
}

// begin notes the run that begins. A note that cannot be written costs the tape
// of a crash, and nothing else.
func (b *blackBox) begin(index int64, run int) {
	if b == nil {
		return
	}
	binary.LittleEndian.PutUint64(b.data[0:], uint64(index))
	binary.LittleEndian.PutUint64(b.data[8:], uint64(run))
	b.write()
}

// beat notes that a run of whatever kind begins: shrinking has thousands.
func (b *blackBox) beat() {
	if b == nil {
		return
	}
	b.runs++
	binary.LittleEndian.PutUint64(b.data[16:], b.runs)
	b.write()
}

func (b *blackBox) write() { _, _ = b.file.WriteAt(b.data[:], 0) }
