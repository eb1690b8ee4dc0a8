package report_test

import (
	"testing"

	"github.com/squall-go/squall/harness/report"
)

func BenchmarkFailure(b *testing.B) {
	c := siblingsBroken()
	for b.Loop() {
		report.Failure(c)
	}
}

func BenchmarkTimelineOfThousandTasks(b *testing.B) {
	run := crowd(1000)
	for b.Loop() {
		report.Timeline(run, report.Width)
	}
}

func BenchmarkTimelineOfTenThousandEvents(b *testing.B) {
	run := cycles(3_000)
	for b.Loop() {
		report.Timeline(run, report.Width)
	}
}
