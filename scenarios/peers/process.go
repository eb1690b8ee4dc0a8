package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// EnvCell tells a process of this test binary which cell to explore: an [Order].
const EnvCell = "SQUALL_PEER_CELL"

// Order is what a process is told to explore.
type Order struct {
	Cell string `json:"cell"` // its name
	Seed uint64 `json:"seed"`
	Runs int    `json:"runs"`
	Tape string `json:"tape,omitempty"` // to be run first
}

// prefix stands before the outcome on a process's output.
const prefix = "squall-peer-cell: "

// patience is how long a process may take: the explorer's watchdog comes first.
const patience = time.Minute

// Explore explores the cell, in a process of its own if the story may kill it.
// entry is the name of the test that calls [Serve]. The error is about the
// process, not about the library.
func (c Cell) Explore(set Settings, entry string) (Outcome, error) {
	if !c.Story.MayKill {
		return c.InProcess(set), nil
	}
	out, death, err := c.inAnother(set, entry)
	if err != nil || death == "" {
		return out, err
	}
	return c.died(death, set, entry)
}

// Serve explores the cell that the environment orders, if it orders one.
func Serve() (served bool, err error) {
	text := os.Getenv(EnvCell)
	if text == "" {
		return false, nil
	}
	var o Order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return true, fmt.Errorf("peers: %s=%s: %w", EnvCell, text, err)
	}
	c, ok := Find(o.Cell)
	if !ok {
		return true, fmt.Errorf("peers: no cell %q", o.Cell)
	}
	set := Settings{Seed: o.Seed, Runs: o.Runs}
	if o.Tape != "" {
		if set.Known, err = tape.Parse([]byte(o.Tape)); err != nil {
			return true, err
		}
	}
	line, err := json.Marshal(c.InProcess(set))
	if err != nil {
		return true, err
	}
	fmt.Printf("\n%s%s\n", prefix, line)
	return true, nil
}

// inAnother explores the cell in a process. death is what the process said when
// a fault ended it; "" if it answered.
func (c Cell) inAnother(set Settings, entry string) (out Outcome, death string, err error) {
	order := Order{Cell: c.String(), Seed: set.Seed, Runs: set.Runs}
	if set.Known != nil {
		order.Tape = set.Known.String()
	}
	text, err := json.Marshal(order)
	if err != nil {
		return out, "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+entry+"$")
	cmd.Env = append(os.Environ(), EnvCell+"="+string(text))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	ended := cmd.Run()
	if line, ok := answered(stdout.String()); ok {
		return out, "", json.Unmarshal([]byte(line), &out)
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		out = Outcome{Peer: c.peer(result.Wedged)}
		out.Peer.Detail = c.told(fmt.Sprintf("the process did not end within %v", patience), true)
		return out, "", nil
	case errors.As(ended, &exit) && injected.MatchString(stderr.String()):
		return out, stderr.String(), nil
	}
	return out, "", fmt.Errorf("peers: the process of %s gave no answer (%v):\n%s%s", c, ended, &stdout, &stderr)
}

func answered(output string) (line string, ok bool) {
	for _, line := range strings.Split(output, "\n") {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return rest, true
		}
	}
	return "", false
}

// injected is how the runtime tells of the panic that ended the process, when
// it was a fault's.
var injected = regexp.MustCompile(`(?m)^panic: .*?(\S+) \(injected at (\S+) #(\d+) in (\S+)\)`)

// died is the outcome of a process that a fault ended. The smallest storm is that
// fault alone, in the child that every run has: another process has to die of it.
func (c Cell) died(death string, set Settings, entry string) (Outcome, error) {
	m := injected.FindStringSubmatch(death)
	hit, err := strconv.Atoi(m[3])
	if err != nil {
		return Outcome{}, err
	}
	victim := requestName + "/" + groupName + "/" + letter(0)
	smallest := &tape.Tape{
		Scenario: c.Story.ID, Version: 1, Control: c.Library.Name, Seed: set.Seed,
		Failure: c.Question.Property + " " + victim,
		Choices: []tape.Choice{{
			Kind:  tape.Strike,
			Place: tape.Place{Site: m[2], Hit: hit, Task: victim},
			Fault: faults.Fault{Kind: faults.Panic, Text: m[1]},
		}},
	}
	_, again, err := c.inAnother(Settings{Seed: set.Seed, Known: smallest}, entry)
	switch {
	case err != nil:
		return Outcome{}, err
	case again == "":
		return Outcome{}, fmt.Errorf("peers: %s died in one process, and not of the same fault in another:\n%s", c, death)
	}
	out := Outcome{Peer: c.peer(result.Broken), Broke: c.Question.Property, Tape: smallest.String(), Picture: calls(again)}
	out.Peer.Detail = c.told(fmt.Sprintf("%s panicked (%s) %s, and the process died of it: %s never returned", letter(0), m[1], in(again), c.Library.Waits), true)
	return out, nil
}

// creator is what started the goroutine that died.
var creator = regexp.MustCompile(`(?m)^created by (\S+)`)

// in says whose goroutine died, as far as the runtime told.
func in(death string) string {
	if m := creator.FindStringSubmatch(death); m != nil {
		return "in a goroutine of " + m[1]
	}
	return "in a goroutine of the library"
}

// calls are the panic and the calls of the goroutine that died, without places.
func calls(death string) string {
	var kept []string
	for _, line := range strings.Split(death[strings.Index(death, "panic: "):], "\n") {
		if strings.HasPrefix(line, "goroutine ") && len(kept) > 2 {
			break
		}
		if line != "" && !strings.HasPrefix(line, "\t") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
