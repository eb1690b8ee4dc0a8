package soak

import (
	"errors"
	"fmt"
	"time"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/internal/commandline"
)

// hear takes in what a slot told.
func (s *soak) hear(e event) {
	if e.incident != "" {
		s.incident(e.incident)
		return
	}
	f := e.finding
	if f.Control != "" || s.state.isCanary(f.Scenario) && batch.Kind(f.Signature) == canaryKind {
		return // it has to fail
	}
	kept, isNew, err := s.store.add(f)
	if kept != nil && kept != f {
		s.trouble("a finding is kept in short", errRoom)
	}
	switch {
	case errors.Is(err, errTooMany):
		s.trouble("a finding is counted, and not kept", err)
	case err != nil:
		s.trouble("a finding could not be written; it is kept in memory and tried again", err)
	case kept != nil && isNew:
		s.tellFinding(kept)
	}
}

func (s *soak) tellFinding(f *batch.Finding) {
	text := fmt.Sprintf("FOUND  %s: %s", f.Scenario, f.Message)
	if f.Tape != "" {
		text += "\n       replay: " + s.replay(TapePath(s.config.Dir, f), racelog.Signs(f.Signature))
	}
	if f.Linear != nil {
		text += "\n       picture: " + picturePath(s.config.Dir, f)
	}
	s.tell(text)
}

func (s *soak) replay(tape string, race bool) string {
	if s.config.Replay == nil {
		return commandline.Caller{}.Replay(tape, race)
	}
	return s.config.Replay(tape, race)
}

// save writes what has changed. What cannot be written is tried again; the error is
// for the last time.
func (s *soak) save() (unsaved error) {
	for _, f := range s.store.lost() {
		if kept, err := s.store.save(f); err != nil {
			s.trouble("findings cannot be written", err)
			unsaved = fmt.Errorf("soak: findings are not on disk, and told in full above: %w", err)
		} else if kept != nil {
			s.tellFinding(kept)
		}
	}
	s.state.point(len(s.store.known))
	if err := s.state.write(s.config.Dir); err != nil {
		s.trouble("the state cannot be written", err)
		unsaved = fmt.Errorf("soak: the results are not on disk: %w; free space and go on with --resume", err)
	}
	if err := s.view().write(s.config.Dir); err != nil {
		s.trouble("the heartbeat cannot be written", err)
	}
	return unsaved
}

func (s *soak) tell(line string) {
	if s.config.Tell != nil {
		s.config.Tell(line)
	}
}

func (s *soak) incident(text string) {
	s.state.Incidents.add(time.Now().UTC(), text)
	s.tell("incident: " + text)
}

// trouble is an incident that may go on for hours: it is told once a minute.
func (s *soak) trouble(what string, err error) {
	if last, ok := s.lastLog[what]; ok && time.Since(last) < time.Minute {
		return
	}
	s.lastLog[what] = time.Now()
	s.incident(what + ": " + err.Error())
}
