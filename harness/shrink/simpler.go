package shrink

import (
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/tape"
)

// message is what injected errors and panics say in the end.
const message = "boom"

// simplerKinds lists what may stand for a fault, the simplest first. No kind
// leads back to itself.
var simplerKinds = map[faults.Kind][]faults.Kind{
	faults.Panic:        {faults.Error},
	faults.Goexit:       {faults.Error, faults.Panic},
	faults.Hang:         {faults.Error},
	faults.Wedge:        {faults.Error, faults.Hang},
	faults.CancelParent: {faults.CancelTask},
	faults.CancelRoot:   {faults.CancelTask, faults.CancelParent},
	faults.Deadline:     {faults.CancelTask},
}

// simpler lists the simpler forms of a choice, the simplest first. Each is
// strictly simpler: lower kind, shorter duration, plainer text, lower hit, higher
// case.
func simpler(c tape.Choice, allows func(site string) faults.Kind) []tape.Choice {
	var forms []tape.Choice
	if c.Kind == tape.Clock {
		for _, d := range shorter(c.Advance) {
			form := c
			form.Advance = d
			forms = append(forms, form)
		}
	}
	if c.Kind == tape.Select {
		for index := 1; index < c.Value; index++ {
			form := c
			form.Value = index
			forms = append(forms, form)
		}
	}
	if c.Kind != tape.Strike {
		return forms
	}
	for _, fault := range simplerFaults(c.Fault, allows(c.Place.Site)) {
		form := c
		form.Fault = fault
		forms = append(forms, form)
	}
	if c.Place.Hit > 1 {
		form := c
		form.Place.Hit = 1
		forms = append(forms, form)
	}
	return forms
}

func simplerFaults(f faults.Fault, allowed faults.Kind) []faults.Fault {
	var forms []faults.Fault
	for _, kind := range simplerKinds[f.Kind] {
		if allowed.Has(kind) {
			forms = append(forms, plain(kind))
		}
	}
	if f.Is(faults.Error|faults.Panic) && f.Text != message {
		forms = append(forms, plain(f.Kind))
	}
	if f.Is(faults.Delay | faults.Late) {
		for _, d := range shorter(f.Delay) {
			forms = append(forms, faults.Fault{Kind: f.Kind, Delay: d})
		}
	}
	return forms
}

func plain(kind faults.Kind) faults.Fault {
	f := faults.Fault{Kind: kind}
	if f.Is(faults.Error | faults.Panic) {
		f.Text = message
	}
	return f
}

// shorter lists round durations below d: 1ns, 10ns, … up to the length of d,
// then 2, 3, … times the last of them, then d with all but two digits cut off.
func shorter(d time.Duration) []time.Duration {
	var list []time.Duration
	unit := time.Duration(1)
	for ; unit <= d/10; unit *= 10 {
		list = append(list, unit)
	}
	for m := time.Duration(1); m <= 9 && m*unit < d; m++ {
		list = append(list, m*unit)
	}
	if tenth := unit / 10; tenth > 0 {
		if cut := d - d%tenth; cut < d && cut%unit != 0 {
			list = append(list, cut)
		}
	}
	return list
}
