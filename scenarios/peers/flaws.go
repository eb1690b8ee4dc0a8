package peers

// Flaw is what is wrong with a hand-made group; [Sound] has none.
type Flaw string

// The flaws.
const (
	Sound             Flaw = "none"
	SiblingsGoOn      Flaw = "a failure does not stop the siblings"
	LastWins          Flaw = "Wait returns the last failure in place of the first"
	ReturnsEarly      Flaw = "Wait returns at the first failure, though children run"
	StopsSiblings     Flaw = "the supervisor stops the siblings of a failed child"
	KeepsOne          Flaw = "the supervisor tells of one failure only"
	TellsOnce         Flaw = "a child's failure is told to the first who asks for it"
	MissesLate        Flaw = "Wait does not wait for children that were started after it was called"
	Deaf              Flaw = "children do not hear of their parent's cancellation"
	LosesCause        Flaw = "children are cancelled, and not told why"
	CancelStopsAll    Flaw = "a cancelled child stops its siblings"
	CancelIsReported  Flaw = "a cancelled child is told to be a failure"
	SwallowsPanics    Flaw = "a panic is recovered and forgotten"
	ForgetsGoexit     Flaw = "a Goexit passes for a success"
	WaitsForTheExited Flaw = "a Goexit is not counted down"
	GivesUp           Flaw = "Wait returns when the group is cancelled, though children run"
	LeavesWatcher     Flaw = "a goroutine of the group is left when it is over"
	LeavesChildren    Flaw = "who forgets to wait leaves children behind"
	DropsLate         Flaw = "a child that comes after the join is dropped without a word"
	IgnoresCancel     Flaw = "who waits in line does not hear of the cancellation"
	Silent            Flaw = "nobody is told that all places are blocked"
	OneTooMany        Flaw = "one child more runs than there are places"
	DropsInLine       Flaw = "what waits in line is dropped without a word when the pool is closed"
)

// Caught says which cells have to catch a flaw, and by which property.
type Caught struct {
	Flaw            Flaw
	Story, Property string
	By              string // "" is Property
}

// Flaws has at least one flaw for each story and property.
var Flaws = []Caught{
	{Flaw: SiblingsGoOn, Story: "S1", Property: "P-CANCEL"},
	{Flaw: LastWins, Story: "S1", Property: "P-ERROR"},
	{Flaw: ReturnsEarly, Story: "S1", Property: "P-LEAK"},
	{Flaw: SiblingsGoOn, Story: "panic", Property: "P-CANCEL"},
	{Flaw: SwallowsPanics, Story: "panic", Property: "P-ERROR"},
	{Flaw: ReturnsEarly, Story: "panic", Property: "P-LEAK"},
	{Flaw: SiblingsGoOn, Story: "goexit", Property: "P-CANCEL"},
	{Flaw: ForgetsGoexit, Story: "goexit", Property: "P-ERROR"},
	{Flaw: ReturnsEarly, Story: "goexit", Property: "P-LEAK"},
	{Flaw: WaitsForTheExited, Story: "goexit", Property: "P-LEAK", By: "P-STARVE"},
	{Flaw: StopsSiblings, Story: "S3", Property: "P-BLAST"},
	{Flaw: KeepsOne, Story: "S3", Property: "P-ERROR"},
	{Flaw: TellsOnce, Story: "S6", Property: "P-ERROR"},
	{Flaw: MissesLate, Story: "S7", Property: "P-LEAK"},
	{Flaw: Deaf, Story: "S11", Property: "P-CANCEL"},
	{Flaw: LosesCause, Story: "S11", Property: "P-ERROR"},
	{Flaw: CancelStopsAll, Story: "S11-child", Property: "P-BLAST"},
	{Flaw: CancelIsReported, Story: "S11-child", Property: "P-ERROR"},
	{Flaw: GivesUp, Story: "stubborn", Property: "P-LEAK"},
	{Flaw: LeavesWatcher, Story: "S15", Property: "P-LEAK"},
	{Flaw: LeavesChildren, Story: "unjoined", Property: "P-LEAK"},
	{Flaw: DropsLate, Story: "late", Property: "P-CONSERVE"},
	{Flaw: IgnoresCancel, Story: "queue", Property: "P-CANCEL"},
	{Flaw: IgnoresCancel, Story: "blocked", Property: "P-CANCEL"},
	{Flaw: Silent, Story: "D2", Property: "P-STARVE"},
	{Flaw: Silent, Story: "D3", Property: "P-STARVE"},
	{Flaw: OneTooMany, Story: "D6", Property: "P-STARVE"},
	{Flaw: Silent, Story: "D9", Property: "P-STARVE"},
	{Flaw: Silent, Story: "D9-await", Property: "P-STARVE"},
	{Flaw: DropsInLine, Story: "D10", Property: "P-CONSERVE"},
	{Flaw: LeavesWatcher, Story: "bubbles", Property: "P-LEAK"},
}
