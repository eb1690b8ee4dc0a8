package scenarios

import "sync"

// gauge counts who is inside of something at one time.
type gauge struct {
	mu          sync.Mutex
	inside, max int
}

// enter returns how many are inside now.
func (g *gauge) enter() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside++
	g.max = max(g.max, g.inside)
	return g.inside
}

func (g *gauge) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
}

func (g *gauge) most() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.max
}

func (g *gauge) now() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.inside
}
