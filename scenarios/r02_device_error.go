package scenarios

import (
	"time"

	"github.com/onsi/gomega"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness"
	"github.com/squall-go/squall/harness/explore"
	"github.com/squall-go/squall/scope"
)

// R2 has a device that fails: the call it fails returns that as a value, and the
// next one starts afresh, however often the device complains.
var R2 = harness.Scenario{
	ID: "R2", Title: "device error",
	Source:     ToastCaseStudy,
	Properties: []string{"P-CONSERVE", "P-LEAK", "P-STARVE", "P-ERROR"},
	Faults: []explore.Allow{
		harness.Strike("fakes/cardreader/subscribe", faults.Error),
		harness.Strike("fakes/cardreader/command", faults.Error),
		harness.Strike("fakes/cardreader/callback", faults.Error|faults.Duplicate),
	},
	Facts: []string{
		"a failed call was followed by an answered one", "two calls in a row failed, each with its own error",
		"the device complained twice about one command",
	},
	Runs: 400,
	Body: func(r *harness.Run) { failingDevice(r, withExtension) },
	Controls: []harness.Control{{
		Name: "error-left-for-the-next-call", Story: "the account's listener: an error that nobody has read fails the next call",
		Breaks: "P-EXPECT", Task: ", which was over, had left behind",
		Body: func(r *harness.Run) { failingDevice(r, withNaive) },
	}},
}

func failingDevice(r *harness.Run, open openReader) {
	t := openTill(r, open, readerLatency, faults.Error|faults.Duplicate)
	n, pause := r.Int("calls", 2, 5), r.Duration("pause", 0, 100*time.Millisecond, time.Second)
	r.Expect(t.serve(func(s *scope.Scope) { t.inTurn(s, n, pause) })).To(gomega.Succeed())
	if !t.close() {
		return
	}
	r.Expect(t.count((*tillCall).answered)+t.count((*tillCall).erred)).To(gomega.Equal(n), "every call was answered or failed by the device")
	r.Sometimes("a failed call was followed by an answered one", t.followed((*tillCall).erred, (*tillCall).answered))
	r.Sometimes("two calls in a row failed, each with its own error", t.followed((*tillCall).erred, (*tillCall).erred))
	if !t.keepsBooks() {
		return
	}
	r.Expect(t.extension().Duplicate).To(gomega.Equal(t.device.Stats().Duplicated), "second callbacks discarded, and made")
	for i, c := range t.calls {
		r.Sometimes("the device complained twice about one command", c.erred() && t.secondOf(i, pause) > 0)
	}
}

// secondOf counts the callbacks that were discarded one latency after call i
// ended, as far as the pause between calls lets one tell.
func (t *till) secondOf(i int, pause time.Duration) int {
	switch {
	case i == len(t.calls)-1:
		return t.extension().Duplicate - t.calls[i].after.Duplicate
	case pause > t.latency:
		return t.calls[i+1].before.Duplicate - t.calls[i].after.Duplicate
	case pause > 0:
		return t.calls[i+1].again()
	}
	return 0
}
