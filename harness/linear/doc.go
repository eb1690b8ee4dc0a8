// Package linear asks whether the operations on a shared object can have taken
// effect one at a time: whether there is an order of them that the object's
// model allows and in which each comes between its call and its return. That is
// linearizability (Herlihy and Wing, 1990); the search is porcupine's.
//
// # Models
//
// A model is a porcupine.Model: how the object behaves when nobody shares it.
// Ready ones:
//
//   - [Register]: a value; [Read], [Write];
//   - [Counter]: a sum; [Add], [Get];
//   - [Queue]: first in, first out, with or without a capacity; [Put], [Take];
//   - [Mutex]: a lock and its owner; [Lock], [TryLock], [Unlock];
//   - [Turns]: something that does one thing at a time; [Begin], [End].
//
// One of your own needs Init and Step. Step must change nothing that it is
// given, has to be the same function of its arguments each time, and takes
// [Pending] for an output that nobody has seen: it then says what the operation
// does if it takes effect. A model that panics breaks P-LINEAR.
//
// # Order
//
// Before and after are the order of the run's events, not its clock: what
// happens at one instant has an order too. An operation that never returned may
// have taken effect at any time after its call, or not at all.
//
// # Cost
//
// A history that works in the order of its calls, or of its returns, costs one
// pass: so does every sequential one. What remains is searched, in steps that
// are counted: no clock has a say. The problem is NP-complete, so a search may
// come to no end within the limit; the verdict is then [Undecided], and never
// that the guarantee holds.
package linear
