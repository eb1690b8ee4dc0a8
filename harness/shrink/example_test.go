package shrink_test

import (
	"fmt"
	"slices"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/shrink"
	"github.com/squall-go/squall/harness/tape"
)

func ExampleShrink() {
	found, err := tape.Parse([]byte(`squall tape 1
scenario S3 version 1
param children = 9
switch at scope/launch #1 in fanout to fanout/A
fault scope/run #1 in fanout/B: panic "out of memory"
fault scope/run #1 in fanout/C: delay 3.7ms
end
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	// In real use, this runs the scenario with the tape.
	fails := func(t *tape.Tape) bool {
		return slices.ContainsFunc(t.Choices, func(c tape.Choice) bool { return c.Fault.Is(faults.Failure) }) &&
			slices.ContainsFunc(t.Choices, func(c tape.Choice) bool { return c.Name == "children" && c.Value >= 2 })
	}
	least, _ := shrink.Shrink(found, fails, shrink.Options{
		Allows: func(string) faults.Kind { return faults.Failure | faults.Delay },
	})
	for _, choice := range least.Choices {
		fmt.Println(choice)
	}
	// Output:
	// param children = 2
	// fault scope/run #1 in fanout/B: error "boom"
}
