package linear

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// Lock is an operation of [Mutex]. Its output is true if By has the lock now,
// false if it gave up waiting.
type Lock struct{ By string }

func (l Lock) String() string { return "lock(" + l.By + ")" }

// TryLock is an operation of [Mutex]. Its output is true if By has the lock now,
// false if somebody has it.
type TryLock struct{ By string }

func (l TryLock) String() string { return "try(" + l.By + ")" }

// Unlock is an operation of [Mutex]; its output is not looked at.
type Unlock struct{ By string }

func (u Unlock) String() string { return "unlock(" + u.By + ")" }

// Mutex is a lock: it has one owner at a time, and the owner unlocks it. Names
// must not be "".
func Mutex() porcupine.Model {
	return model("", func(state, input, output any) (bool, any) {
		owner := state.(string)
		switch op := input.(type) {
		case Lock:
			return taken(owner, op.By, output)
		case TryLock:
			if owner != "" {
				return is(output, false), owner
			}
			return is(output, true), op.By
		case Unlock:
			return owner == op.By, ""
		}
		panic(unknown("Mutex", input))
	}, func(state any) string { return owned(state, "free", "held by ") })
}

// Begin is an operation of [Turns]: What begins. Its output is not looked at.
type Begin struct{ What string }

func (b Begin) String() string { return fmt.Sprintf("begin(%s)", b.What) }

// End is an operation of [Turns]: What is over. Its output is not looked at.
type End struct{ What string }

func (e End) String() string { return fmt.Sprintf("end(%s)", e.What) }

// Turns is something that does one thing at a time, such as a device that
// answers one call before it takes the next. Names must not be "".
func Turns() porcupine.Model {
	return model("", func(state, input, _ any) (bool, any) {
		under := state.(string)
		switch op := input.(type) {
		case Begin:
			return taken(under, op.What, true)
		case End:
			return under == op.What, ""
		}
		panic(unknown("Turns", input))
	}, func(state any) string { return owned(state, "idle", "busy with ") })
}

// taken: who takes its turn, unless output says that it did not.
func taken(owner, who string, output any) (bool, any) {
	if output == false {
		return true, owner
	}
	return owner == "" && is(output, true), who
}

func owned(state any, free, by string) string {
	if state == "" {
		return free
	}
	return by + state.(string)
}
