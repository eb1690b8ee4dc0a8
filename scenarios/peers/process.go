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
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
)

// EnvCell tells a process of this test binary which case to explore: an [Order].
const EnvCell = "SQUALL_PEER_CELL"

// Order is what a process is told to explore.
type Order struct {
	Case string `json:"case"` // its id
	Seed uint64 `json:"seed"`
	Runs int    `json:"runs"`
	Tape string `json:"tape,omitempty"` // to be run first
}

// prefix stands before the outcome on a process's output.
const prefix = "squall-peer-cell: "

// patience is how long a process may take: the explorer's watchdog comes first.
const patience = time.Minute

// Explore explores the case, in a process of its own if the story may kill it.
// entry is the name of the test that calls [Serve]. The error is about the
// process, not about the library.
func (c Case) Explore(set Settings, entry string) ([]Outcome, error) {
	if !c.Story.MayKill {
		return c.InProcess(set), nil
	}
	out, death, err := c.inAnother(set, entry)
	if err != nil || death == "" {
		return out, err
	}
	out, err = c.died(death, set, entry)
	if set.Known != nil && len(out) > 0 {
		out = slices.DeleteFunc(out, func(o Outcome) bool { return !strings.HasPrefix(set.Known.Failure, o.Peer.Property+" ") })
	}
	return out, err
}

// Serve explores the case that the environment orders, if it orders one.
func Serve() (served bool, err error) {
	text := os.Getenv(EnvCell)
	if text == "" {
		return false, nil
	}
	var o Order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return true, fmt.Errorf("peers: %s=%s: %w", EnvCell, text, err)
	}
	c, ok := Find(o.Case)
	if !ok {
		return true, fmt.Errorf("peers: no case %q", o.Case)
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

// inAnother explores the case in a process. death is what the process said when
// a fault ended it; "" if it answered.
func (c Case) inAnother(set Settings, entry string) (out []Outcome, death string, err error) {
	order := Order{Case: c.ID(), Seed: set.Seed, Runs: set.Runs}
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
		for _, q := range c.Questions() {
			one := Outcome{Peer: c.peer(q, result.Wedged)}
			one.Peer.Detail = fmt.Sprintf("the process did not end within %v", patience)
			out = append(out, one)
		}
		return out, "", nil
	case errors.As(ended, &exit) && c.isDeath(stderr.String()):
		return out, stderr.String(), nil
	}
	return out, "", fmt.Errorf("peers: the process of %s gave no answer (%v):\n%s%s", c.ID(), ended, &stdout, &stderr)
}

func answered(output string) (line string, ok bool) {
	for _, line := range strings.Split(output, "\n") {
		if rest, ok := strings.CutPrefix(line, prefix); ok {
			return rest, true
		}
	}
	return "", false
}

// lastWords are what the runtime tells of the panic or the error that ended the
// process; injected is that of a panic that was a fault's.
var (
	lastWords = regexp.MustCompile(`(?m)^(?:panic|fatal error): (.*)$`)
	injected  = regexp.MustCompile(`(?m)^panic: .*?(\S+) \(injected at (\S+) #(\d+) in (\S+)\)`)
)

// isDeath: the process ended in a way that the story is about, and not of a
// mistake of ours.
func (c Case) isDeath(text string) bool {
	words := lastWords.FindStringSubmatch(text)
	return injected.MatchString(text) || c.Story.Bubbles > 1 && words != nil && strings.Contains(words[1], "synctest")
}

// died is the outcome of a process that ended. The smallest storm is the fault
// alone that it died of, in the child that every run has, or none at all:
// another process has to die of it.
func (c Case) died(death string, set Settings, entry string) ([]Outcome, error) {
	smallest := &tape.Tape{Scenario: c.ID(), Version: Version, Seed: set.Seed}
	victim := requestName + "/" + groupName + "/" + letter(0)
	if m := injected.FindStringSubmatch(death); m != nil {
		hit, err := strconv.Atoi(m[3])
		if err != nil {
			return nil, err
		}
		smallest.Choices = []tape.Choice{{
			Kind:  tape.Strike,
			Place: tape.Place{Site: m[2], Hit: hit, Task: victim},
			Fault: faults.Fault{Kind: faults.Panic, Text: m[1]},
		}}
	}
	known := set
	known.Known = smallest
	_, again, err := c.inAnother(known, entry)
	switch {
	case err != nil:
		return nil, err
	case again == "":
		return nil, fmt.Errorf("peers: %s died in one process, and not of the same storm in another:\n%s", c.ID(), death)
	}
	var all []Outcome
	for _, q := range c.Questions() {
		t := *smallest
		t.Failure = q.Property + " " + victim
		out := Outcome{Peer: c.peer(q, result.Broken), Broke: q.Property, Tape: t.String(), Picture: calls(again)}
		out.Peer.Detail = c.dying(again)
		all = append(all, out)
	}
	return all, nil
}

// dying says how the process ended, in words.
func (c Case) dying(death string) string {
	if m := injected.FindStringSubmatch(death); m != nil {
		return fmt.Sprintf("%s panicked (%s) %s, and the process died of it: %s never returned", letter(0), m[1], in(death), c.Library.Waits)
	}
	words := lastWords.FindStringSubmatch(death)[1]
	if c.Story.Bubbles > 1 {
		return fmt.Sprintf("used in a second bubble of one process, it ended the process: %s", words)
	}
	return fmt.Sprintf("the process died: %s", words)
}

// creator is what started the goroutine that died.
var creator = regexp.MustCompile(`(?m)^created by (\S+)`)

// in says whose goroutine died, as far as the runtime told.
func in(death string) string {
	if m := creator.FindStringSubmatch(death); m != nil {
		return "in a goroutine of " + strings.ReplaceAll(m[1], "%2e", ".")
	}
	return "in a goroutine of the library"
}

// calls are the panic and the calls of the goroutine that died, without places.
func calls(death string) string {
	var kept []string
	for _, line := range strings.Split(death[lastWords.FindStringIndex(death)[0]:], "\n") {
		if strings.HasPrefix(line, "goroutine ") && len(kept) > 2 {
			break
		}
		if line != "" && !strings.HasPrefix(line, "\t") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
