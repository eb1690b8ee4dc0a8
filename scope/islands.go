package scope

import (
	"context"
	"reflect"
)

// Islands lists the live tasks that the cancellation of the task which made them
// does not reach: those made by [Detach], and the scopes below a
// context.WithoutCancel of a task's context. Origin says whose they are.
//
// A scope made from a context that comes from no task (context.Background) is
// nobody's island: nothing ties it to the task that called. It is among the
// roots of [Snapshot], with where it was created; in a run of the harness the
// engine knows whose goroutine made it.
func Islands() []Node {
	var islands []Node
	for _, n := range roots.list() {
		islands = n.islands(islands)
	}
	return islands
}

// islands adds those among n and what is below it.
func (n *node) islands(found []Node) []Node {
	if n.kind == kindIsland || n.severed() {
		found = append(found, n.snapshot())
	}
	for _, c := range n.children() {
		found = c.islands(found)
	}
	return found
}

// shielded: the cancellation of what is above n does not reach it.
func (n *node) shielded() bool {
	return n.parent == nil || n.kind == kindIsland || n.kind == kindSection || n.severed()
}

// severed reports whether a context.WithoutCancel stands between n and its
// parent. Only scopes and calls have a context of their own choice.
func (n *node) severed() bool {
	if n.parent == nil || n.kind == kindSection || n.base == n.parent.context() {
		return false
	}
	return cut(n.base)
}

var withoutCancel = reflect.TypeOf(context.WithoutCancel(context.Background()))

// cut follows the contexts that ctx derives from, up to the nearest task. It
// calls none of their methods: they may belong to a bubble of another test. What
// embeds no context ends the walk, and cuts nothing.
func cut(ctx context.Context) bool {
	for ctx != nil {
		if _, task := ctx.(*nodeContext); task {
			return false
		}
		v := reflect.ValueOf(ctx)
		if v.Type() == withoutCancel {
			return true
		}
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return false
		}
		from := v.FieldByName("Context")
		if !from.IsValid() || !from.CanInterface() {
			return false
		}
		ctx, _ = from.Interface().(context.Context)
	}
	return false
}
