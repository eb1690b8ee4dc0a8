package faults_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
)

func TestDumpAsksEveryLayerInOrder(t *testing.T) {
	g := NewWithT(t)
	asked := faults.Engine(nil)
	faults.RegisterDump("b-layer", func(w io.Writer, of faults.Engine) error {
		asked = of
		_, err := fmt.Fprintln(w, "job b: running")
		return err
	})
	faults.RegisterDump("a-layer", func(io.Writer, faults.Engine) error { return errors.New("no memory") })
	faults.RegisterDump("c-layer", func(io.Writer, faults.Engine) error { return nil })
	e := &recorder{}
	g.Expect(faults.Dump(e)).To(Equal("a-layer:\ndump failed: no memory\nb-layer:\njob b: running\n"))
	g.Expect(asked).To(BeIdenticalTo(faults.Engine(e)))
	g.Expect(func() { faults.RegisterDump("a-layer", nil) }).To(PanicWith(`faults: two layers dump as "a-layer"`))
}
