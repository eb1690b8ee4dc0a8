// Package faults is the vocabulary that the layers under test and the harness
// share: the closed set of faults, the failpoints that declare which of them
// they allow, the tasks that reach failpoints, and the plans that say which
// fault strikes where. It imports nothing but the standard library, decides
// nothing, and keeps no state of a run.
//
// # A failpoint
//
// A failpoint is a marker of github.com/pingcap/failpoint around a [Site]:
//
//	var chargePoint = faults.Site{
//		Name:   "charge",
//		Doc:    "before the card is charged",
//		Allows: faults.Error | faults.Delay | faults.Hang,
//	}
//
//	func (t *Till) Charge(ctx context.Context, amount int) error {
//		failpoint.Inject("charge", func() {
//			if err := chargePoint.Err(ctx); err != nil {
//				failpoint.Return(err)
//			}
//		})
//		...
//	}
//
// The site stands in the same package as the marker and has the marker's name.
// In a normal build the marker compiles to nothing and the linker drops the
// site. In an overlay build the marker becomes a call, and the overlay adds a
// file to the package that calls [Register] for it.
//
// # Who strikes
//
// The decision belongs to the [Engine] of the task found in the context: no
// task, or a task without an engine, and [Site.At] returns at once. A decision
// is keyed by (failpoint, task path, hit number), never by arrival order.
//
// # A select
//
// In an overlay build the selects of a package with failpoints are calls of
// [Select]: scheduling points at which nothing strikes, and choices of the
// [Selector], keyed as a decision is. No context is at hand there; the engine knows
// the goroutine by the failpoints it passed.
//
// # The faults
//
// See [Kind] for the closed list and for what each one does. The first group
// is carried out by the engine; the second ([Carried]) is returned to the code
// at the failpoint, which is the only one to know what it means there.
package faults
