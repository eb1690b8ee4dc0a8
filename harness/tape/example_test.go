package tape_test

import (
	"fmt"

	"github.com/squall-go/squall/harness/tape"
)

func ExampleParse() {
	t, err := tape.Parse([]byte(`squall tape 1
scenario S3 version 1
# what I suspect: B fails while A waits
fault scope/run #1 in fanout/B: error "boom"
switch at scope/await #1 in fanout/A to fanout/B
end
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(t.Plan())
	fmt.Println(len(t.Choices), "choices")
	// Output:
	// scope/run #1 in fanout/B: error "boom"
	// 2 choices
}

func ExampleParse_cutShort() {
	_, err := tape.Parse([]byte("squall tape 1\nscenario S3 version 1\nseed 42"))
	fmt.Println(err)
	// Output:
	// tape: line 3: the text stops without the line "end": it was cut short; restore it, or delete it and let squall find the failure again
}
