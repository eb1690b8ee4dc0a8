package soak

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/result"
)

// Binary is a test binary with failpoints built in, whose suite can be soaked.
type Binary struct {
	Package string
	Path    string
	Dir     string   // it is run there, as go test does
	Env     []string // besides this process' own

	met []batch.Scenario // what its first worker said that it has
}

// process is one worker.
type process struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	sending sync.WaitGroup
	from    *os.File
	answers chan batch.Answer // closed when the worker has ended, or talks rubbish
	rubbish string            // what it said then; read it when answers is closed
	log     *tail
	races   string // where the race detector writes, "" if that is the log
	raced   string // what it wrote; read it when the worker has ended
	box     *box
	ready   *batch.Ready
	batches int  // done so far
	spent   bool // it is to be replaced
}

// died is the end of a worker before its batch was over.
type died struct {
	run int    // that had begun, -1 if it is not known
	how string // "exit status 2", "signal: killed", "its memory grew to 1.2 GB", …
	by  end
	log string // the last of its output
}

// end says whose doing it was.
type end int

const (
	itself  end = iota // it ended, or something outside ended it
	babbled            // it said what is no answer: killed by us
	stuck              // nothing moved: killed by us
	memory             // it grew too large: killed by us
	stopped            // the soak is over: killed by us
)

func (d *died) Error() string { return "soak: worker died: " + d.how }

// refusal is why a worker does not run a batch.
type refusal string

func (r refusal) Error() string { return "soak: a worker refused a batch: " + string(r) }

// start starts a worker and waits until it is ready; quit ends the waiting.
func start(b Binary, box *box, choices *os.File, scratch string, limits Limits, quit <-chan struct{}) (*process, error) {
	if err := box.clear(); err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("soak: %w", err)
	}
	p := &process{cmd: exec.Command(b.Path), log: newTail(maxLog), box: box, from: read, answers: make(chan batch.Answer)}
	p.cmd.Dir = b.Dir
	p.cmd.Env = append(append(environment(), b.Env...), result.EnvWorker+"=1", "GOTRACEBACK=all", "GOMAXPROCS=1")
	if scratch != "" {
		p.races = filepath.Join(scratch, "race")
		p.cmd.Env = racelog.Environ(p.cmd.Env, p.races)
	}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.ExtraFiles = []*os.File{batch.AnswersFD - 3: write, batch.BoxFD - 3: box.file, batch.ChoicesFD - 3: choices}
	p.cmd.WaitDelay = time.Second // for what it has started, if that holds its output open
	ownGroup(p.cmd)
	if p.in, err = p.cmd.StdinPipe(); err == nil {
		err = p.cmd.Start()
	}
	write.Close()
	if err != nil {
		read.Close()
		return nil, fmt.Errorf("soak: worker of %s: %w", b.Package, err)
	}
	go p.read()
	return p.begin(b, limits, quit)
}

// begin waits for the first answer.
func (p *process) begin(b Binary, limits Limits, quit <-chan struct{}) (*process, error) {
	late := time.NewTimer(limits.Ready)
	defer late.Stop()
	var how string
	select {
	case first, ok := <-p.answers:
		if ok && first.Ready != nil {
			p.ready = first.Ready
			return p, nil
		}
		p.kill()
		how = p.cmd.ProcessState.String()
		if p.rubbish != "" {
			how = "it said " + p.rubbish
		}
	case <-late.C:
		p.kill()
		how = fmt.Sprintf("it said nothing for %v", limits.Ready)
	case <-quit:
		p.kill()
		return nil, errStopped
	}
	return nil, fmt.Errorf("soak: worker of %s did not get ready: %s: %s", b.Package, how, lastLines(p.said()))
}

// lastLines is the end of a log in one line.
func lastLines(log string) string {
	return strings.Join(strings.Fields(log[max(0, len(log)-1000):]), " ")
}

// environment is this process' own without what would make a worker do something
// else than a soak's work.
func environment() []string {
	ours := []string{result.EnvRuns, result.EnvFor, result.EnvSeed, result.EnvPlan, result.EnvReplay, result.EnvCorpus, result.EnvJSON,
		result.EnvList, result.EnvProgress, result.EnvTrace, result.EnvBox, result.EnvDeaths, "SQUALL_MODE"}
	return slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(ours, name)
	})
}

// maxAnswer bounds one line of a worker.
const maxAnswer = 32 << 20

func (p *process) read() {
	defer close(p.answers)
	lines := bufio.NewScanner(p.from)
	lines.Buffer(make([]byte, 0, 64<<10), maxAnswer)
	lines.Split(wholeLines)
	for lines.Scan() {
		var a batch.Answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			p.rubbish = fmt.Sprintf("%.100q: %v", lines.Text(), err)
			return
		}
		p.answers <- a
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		p.rubbish = fmt.Sprintf("a line of more than %d bytes", maxAnswer)
	}
}

// wholeLines leaves out a last line that was cut short: its writer has died.
func wholeLines(data []byte, _ bool) (int, []byte, error) { return bufio.ScanLines(data, false) }

// ask runs one batch. The error is a *died if the worker did, or a refusal.
// Findings are told as they come. quit kills the worker.
func (p *process) ask(b batch.Batch, limits Limits, quit <-chan struct{}, told func(*batch.Finding)) (*batch.Outcome, error) {
	line, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("soak: batch %d: %w", b.Index, err)
	}
	// Beside, because one that does not read would hold us up; one that is dead
	// answers by that.
	p.sending.Go(func() { _, _ = p.in.Write(append(line, '\n')) })
	watch := newWatch(p, limits)
	defer watch.close()
	for {
		select {
		case a, ok := <-p.answers:
			switch {
			case !ok && p.rubbish != "":
				return nil, p.died(b, babbled, "it said "+p.rubbish)
			case !ok:
				return nil, p.died(b, itself, "")
			case a.Finding != nil && answers(b, a.Finding):
				a.Finding.Trim()
				told(a.Finding)
			case a.Outcome != nil && fulfils(b, a.Outcome):
				p.batches++
				p.spent = limits.spent(p.batches, a.Outcome)
				return a.Outcome, nil
			case a.Refused != "":
				return nil, refusal(fmt.Sprintf("%d of %s: %.1000s", b.Index, b.Scenario, a.Refused))
			default:
				return nil, p.died(b, babbled, "it said what does not answer the batch")
			}
		case <-watch.tick:
			if by, how := watch.look(); by != itself {
				return nil, p.died(b, by, how)
			}
		case <-quit:
			return nil, p.died(b, stopped, "the soak was stopped")
		}
	}
}

// died makes sure that the worker is dead, and says how it came to that.
func (p *process) died(b batch.Batch, by end, how string) *died {
	p.kill()
	d := &died{run: -1, by: by, how: how, log: p.said()}
	if n := p.box.read(); n.batch == b.Index {
		d.run = n.run
	}
	if by == itself {
		d.how = p.cmd.ProcessState.String()
	}
	return d
}

// kill ends the worker and whatever it started. It waits for nobody else: a
// process that has left the group may hold the pipes for ever.
func (p *process) kill() {
	killGroup(p.cmd)
	p.in.Close()
	p.sending.Wait()
	p.from.Close()
	for range p.answers { // its reader must not wait for us
	}
	_ = p.cmd.Wait()
	if p.races != "" {
		p.raced = racelog.Collect(p.races, p.cmd.Process.Pid)
	}
}

// said is the end of the output of a worker that has ended, behind what its race
// detector wrote.
func (p *process) said() string { return p.raced + p.log.String() }

// watch looks at a worker while it works.
type watch struct {
	p      *process
	limits Limits
	ticker *time.Ticker
	tick   <-chan time.Time
	last   note
	since  time.Time
	ended  bool
}

func newWatch(p *process, limits Limits) *watch {
	t := time.NewTicker(limits.Look)
	return &watch{p: p, limits: limits, ticker: t, tick: t.C, since: time.Now()}
}

func (w *watch) close() { w.ticker.Stop() }

// look says whether the worker has to be ended, and why.
func (w *watch) look() (end, string) {
	switch size, known := resident(w.p.cmd.Process.Pid); {
	case size > w.limits.Memory:
		return memory, (&Grown{Size: size, Allowed: w.limits.Memory}).Error()
	case known && size == 0 && !w.ended:
		// It has ended, and something that it has left behind holds the pipe open.
		w.ended = true
		_ = w.p.from.SetReadDeadline(time.Now().Add(w.limits.Look))
	}
	if now := w.p.box.read(); now != w.last {
		w.last, w.since = now, time.Now()
	}
	if idle := time.Since(w.since); idle > w.limits.Stuck {
		return stuck, fmt.Sprintf("no run began for %v", idle.Round(time.Second))
	}
	return itself, ""
}
