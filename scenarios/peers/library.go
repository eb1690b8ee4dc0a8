package peers

// Library is a library as its users use it.
type Library struct {
	Name string // "errgroup"; what ids of stories begin with
	Path string // its import path
	Ours bool
	std  bool
	// Calls, as messages name them: what waits for the children, and what hands
	// one over.
	Waits, Hands string
	symbol       any    // a function of it, by which its version is found
	Note         string // what one should know of it to read its column

	// FailFast is what one takes for a fan-out that is all-or-nothing; Plain for
	// one of functions that have no failures; Supervise where failures stay
	// apart; Grow where children start children.
	FailFast, Plain, Supervise, Grow *Form
	// Bounded has a limit; Saturated too, and is what one takes to be told that
	// there is no place; Closable can be closed at once, with work in line; Share
	// is a part of something larger.
	Bounded, Saturated, Closable, Share *Form
	// Futures can be asked for the result of each child.
	Futures *Form
	// Global uses what the library keeps for the whole process.
	Global *Form

	// Special is, by story, what one takes for that one in place of the above.
	Special map[string]*Form

	// Not says, by story ("S1") or by story and property ("panic P-CANCEL"), why
	// it does not apply.
	Not map[string]string
	// Readings say, by story or by story and property, what a broken cell means.
	Readings map[string]Reading
}

// Form is one way of using a library.
type Form struct {
	How     string // as one writes it: "errgroup.WithContext"
	enclose enclose
	// Actors: the first child to return ends the group, so children stay until
	// they are stopped.
	Actors bool
}

// Reading is what a broken cell means, by the library's own documentation.
type Reading struct {
	Kind Kind
	Text string // one line; names the document or the issue
}

// Kind is the kind of a [Reading].
type Kind string

// The kinds.
const (
	// Against: the library promises what the story asks for.
	Against Kind = "against"
	// Documented: the library says that it behaves like this.
	Documented Kind = "documented"
	// Surprising: the library promises nothing, and does not say so either.
	Surprising Kind = "surprising"
)

func documented(text string) Reading { return Reading{Documented, text} }
func surprising(text string) Reading { return Reading{Surprising, text} }

// Libraries are the columns of the table; the last one is our own.
var Libraries = []Library{
	errgroupLibrary, waitGroupLibrary, concLibrary, antsLibrary, pondLibrary, sutureLibrary,
	tombLibrary, runLibrary, workerpoolLibrary, nurseryLibrary, scopeLibrary,
}

// lookup finds what is said of the story and property, else of the story.
func lookup[T any](said map[string]T, story, property string) (T, bool) {
	if v, ok := said[story+" "+property]; ok {
		return v, true
	}
	v, ok := said[story]
	return v, ok
}
