// Package scenarios holds the stories, one a file, named by its row: S for
// scopes, D for dispatchers, R for the card reader and other outside parts.
// Each tells a production failure from one of five accounts on the real scope,
// dispatcher and fakes code, and brings the broken variants that its judges
// have to catch.
package scenarios

// The accounts, by title and author.
const (
	ObserveAndReport = "Observe and Report: Kotlin Coroutines on Backend Services (Outbrain)"
	ComplexFeatures  = "Kotlin Coroutines in Complex Features"
	ToastCaseStudy   = "Coroutine Case Study & Lessons Learned (Tom Hanley, Toast)"
	TipsAndTricks    = "Advanced Kotlin Coroutines tips and tricks (Alex Saveau)"
	InProduction     = "Kotlin Coroutines in Production (The Async Nomad)"
)
