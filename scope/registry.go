package scope

import "sync"

// roots are the tasks without a parent that are alive.
var roots registry

type registry struct {
	mu          sync.Mutex
	first, last *node
}

func (r *registry) add(n *node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n.prev = r.last
	if r.last == nil {
		r.first = n
	} else {
		r.last.next = n
	}
	r.last = n
}

func (r *registry) remove(n *node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n.prev == nil {
		r.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		r.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.prev, n.next = nil, nil
}

func (r *registry) list() (nodes []*node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for n := r.first; n != nil; n = n.next {
		nodes = append(nodes, n)
	}
	return nodes
}
