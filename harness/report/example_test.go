package report_test

import (
	"fmt"

	"github.com/squall-go/squall/harness/judge"
	"github.com/squall-go/squall/harness/report"
)

func ExampleTimeline() {
	fmt.Print(report.Timeline(siblings(), 100, judge.Finding{Property: "P-BLAST", Subject: "fanout/A"}))
	// Output:
	// timeline    t=0s                                                  1ms
	//   fanout    ○ ●─async A─async B─awaits A  · · · · · · · · · · · · · · · · ← B (await)─✗ boom
	// ! fanout/A      ○ · · · · · · · · · · · · · · · · ·●─awaits reply ⊘ boom─⊘
	//                                                                   ▲ broken here: P-BLAST
	//   fanout/B              ○ · · · ·●─↯ error "boom"─✗ boom
	// legend      left to right is order, not time  ○ created  ● runs  · waits  ↯ fault strikes
	//             ⊘ cancelled or ended by it  ✗ failed  ← failure arrives
}

func ExampleTree() {
	fmt.Print(report.Tree(siblings(), judge.Finding{Property: "P-BLAST", Subject: "fanout/A"}))
	// Output:
	// ▒ fanout  supervisor  ✗ boom
	// ▒ ├─ A    ⊘ cancelled: boom  ! P-BLAST
	// ▒ └─ B    ↯ error "boom"  ✗ boom
	// ▒ blast radius: 3 of 3 tasks
}
