package services

import (
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrCorrupt is matched by the error of [Reply.Check] for a reply that was
// damaged on its way.
var ErrCorrupt = errors.New("the seal does not match")

// Reply is what a service answered.
type Reply struct {
	Service string
	Request string // the request that this answers
	Body    string
	seal    uint32
}

// Check tells a reply of this service to this request from any other: damaged
// ones fail with [ErrCorrupt], other calls' replies with an error that says
// whose they are.
func (r Reply) Check(s *Service, request string) error {
	switch {
	case r.seal != sum(r.Service, r.Request, r.Body):
		return fmt.Errorf("services: %s: reply %q to %q: %w", r.Service, r.Body, r.Request, ErrCorrupt)
	case r.Service != s.name || r.Request != request:
		return fmt.Errorf("services: %s: call %q was given the reply of %s to %q", s.name, request, r.Service, r.Request)
	}
	return nil
}

func sealed(service, request, body string) Reply {
	return Reply{Service: service, Request: request, Body: body, seal: sum(service, request, body)}
}

// garbled is a reply that was damaged on its way.
func garbled(service, request string) Reply {
	r := sealed(service, request, "")
	r.Body = "\uFFFD"
	return r
}

func sum(parts ...string) uint32 {
	h := crc32.NewIEEE()
	for _, part := range parts {
		fmt.Fprintf(h, "%q", part)
	}
	return h.Sum32()
}
