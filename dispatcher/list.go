package dispatcher

import "iter"

// list is a FIFO of items, linked through the items themselves: an item is in
// one list at most.
type list struct {
	first, last *item
	length      int
}

func (l *list) push(it *item) {
	it.prev, it.next = l.last, nil
	if l.last == nil {
		l.first = it
	} else {
		l.last.next = it
	}
	l.last = it
	l.length++
}

func (l *list) pop() *item {
	it := l.first
	if it != nil {
		l.remove(it)
	}
	return it
}

func (l *list) remove(it *item) {
	if it.prev == nil {
		l.first = it.next
	} else {
		it.prev.next = it.next
	}
	if it.next == nil {
		l.last = it.prev
	} else {
		it.next.prev = it.prev
	}
	it.prev, it.next = nil, nil
	l.length--
}

// all walks the list from its front; it must not change meanwhile.
func (l *list) all() iter.Seq[*item] {
	return func(yield func(*item) bool) {
		for it := l.first; it != nil; it = it.next {
			if !yield(it) {
				return
			}
		}
	}
}
