package soak

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/squall-go/squall/harness/batch"
)

// box is a file in which workers note what they are about to do. It has no name,
// and its one block is there from the beginning: neither a full disk nor a
// directory that goes away is in its way.
type box struct{ file *os.File }

// note is what it says.
type note struct {
	batch int64
	run   int
	beats uint64
}

// nameless makes a file that is gone when nobody has it open, in the system's
// directory for temporary files, else in dir.
func nameless(dir string) (*os.File, error) {
	f, err := os.CreateTemp("", "squall-soak-*")
	if err != nil {
		f, err = os.CreateTemp(dir, ".soak-*.tmp")
	}
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
	}
	_ = os.Remove(f.Name())
	return f, nil
}

func newBox(dir string) (*box, error) {
	f, err := nameless(dir)
	if err != nil {
		return nil, err
	}
	b := &box{f}
	if err := b.clear(); err != nil {
		f.Close()
		return nil, err
	}
	return b, nil
}

// clear forgets what an earlier worker noted.
func (b *box) clear() error {
	blank := make([]byte, batch.BoxSize)
	binary.LittleEndian.PutUint64(blank, ^uint64(0)) // no batch
	if _, err := b.file.WriteAt(blank, 0); err != nil {
		return fmt.Errorf("soak: %w", err)
	}
	return nil
}

func (b *box) read() (n note) {
	data := make([]byte, batch.BoxSize)
	if _, err := b.file.ReadAt(data, 0); err != nil {
		return note{batch: -1}
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(data[8*i:]) }
	return note{int64(word(0)), int(word(1)), word(2)}
}
