package history

// Noted in a ledger of the scenario, about one thing that was sent or one call
// that was made: Name is the ledger's, Value the id. Sent and Asked open an
// entry, any other settles it.
const (
	// Sent: the task is about to hand Value over.
	Sent Kind = iota + 64
	// Received: the task got Value.
	Received
	// TurnedAway: Value was refused; the task has it still, or gave it up.
	TurnedAway
	// Kept: Value is still on its way when the run is over, and known to be.
	Kept
	// Asked: the task made the call Value.
	Asked
	// Answered: the task was given the answer to the call Value.
	Answered
	// Unanswered: the call Value is over without an answer; Err may say why.
	Unanswered
)
