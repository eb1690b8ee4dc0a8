package faults

import "reflect"

// SelectCase is one case of a select that the overlay took over: what
// [Receiving] or [Sending] made.
type SelectCase interface {
	// try goes through with the case if that can be done at once.
	try() bool
	// wait goes through with it, and blocks until that can be done.
	wait()
	// reflected is the case for reflect.Select, which is told to took.
	reflected() reflect.SelectCase
	took(value reflect.Value, ok bool)
	// receives reports whether the case receives, and what of: a channel that
	// turned out to be closed is closed for ever.
	receives() (receive, closed bool)
}

// Received is the case of a receive; its fields are set if the select took it.
type Received[T any] struct {
	Value   T
	OK      bool // Value was sent; else the channel is closed
	channel <-chan T
}

// Receiving is the case <-c.
func Receiving[T any](c <-chan T) *Received[T] { return &Received[T]{channel: c} }

func (r *Received[T]) try() bool {
	select {
	case r.Value, r.OK = <-r.channel:
		return true
	default:
		return false
	}
}

func (r *Received[T]) wait() { r.Value, r.OK = <-r.channel }

func (r *Received[T]) reflected() reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(r.channel)}
}

func (r *Received[T]) took(value reflect.Value, ok bool) {
	reflect.ValueOf(&r.Value).Elem().Set(value)
	r.OK = ok
}

func (r *Received[T]) receives() (receive, closed bool) { return true, !r.OK }

// ToSend is a channel to send to; see [Sending].
type ToSend[T any] struct{ channel chan<- T }

// Sending is the case c <- v, written Sending(c).This(v): so v is converted to
// what the channel carries, as in a send.
func Sending[T any](c chan<- T) ToSend[T] { return ToSend[T]{c} }

// This is the case that sends v.
func (s ToSend[T]) This(v T) *Sent[T] { return &Sent[T]{s.channel, v} }

// Sent is the case of a send.
type Sent[T any] struct {
	channel chan<- T
	value   T
}

func (s *Sent[T]) try() bool {
	select {
	case s.channel <- s.value:
		return true
	default:
		return false
	}
}

func (s *Sent[T]) wait() { s.channel <- s.value }

func (s *Sent[T]) reflected() reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectSend, Chan: reflect.ValueOf(s.channel), Send: reflect.ValueOf(&s.value).Elem()}
}

func (*Sent[T]) took(reflect.Value, bool) {}

func (*Sent[T]) receives() (receive, closed bool) { return false, false }
