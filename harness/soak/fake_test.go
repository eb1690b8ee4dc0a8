package soak

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/result"
)

// The test binary is its own worker. What it does is in its environment: the
// scenarios that it has, each the name of what its runs do.
const (
	envFake = "SOAK_FAKE"
	envDir  = "SOAK_FAKE_DIR" // where it notes what it has done once
	envHold = "SOAK_FAKE_HOLD"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(envHold) != "":
		time.Sleep(time.Hour) // a process that a worker has left behind
	case os.Getenv(result.EnvWorker) != "":
		newFake().serve()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fake is a worker that has no harness.
type fake struct {
	out, box *os.File
	choices  *os.File
	b        batch.Batch
	run      int
	outcome  *batch.Outcome
	seen     map[string]bool // signatures of the batch
}

// bornPrefix is how the files begin that fakes leave in envDir, a worker each: those
// of its environment's variables that tests set.
const bornPrefix = "born"

func noteBirth() {
	entries := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return !strings.HasPrefix(entry, "SQUALL_") && !strings.HasPrefix(entry, "GO") && !strings.HasPrefix(entry, "SHOP_")
	})
	_ = os.WriteFile(filepath.Join(os.Getenv(envDir), fmt.Sprintf("%s%d", bornPrefix, os.Getpid())), []byte(strings.Join(entries, "\n")), 0o644)
}

// born are those of the workers that there were.
func born(t *testing.T, b Binary) (environments []string) {
	t.Helper()
	for _, entry := range b.Env {
		dir, ok := strings.CutPrefix(entry, envDir+"=")
		if !ok {
			continue
		}
		files, _ := filepath.Glob(filepath.Join(dir, bornPrefix+"*"))
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			environments = append(environments, string(content))
		}
	}
	return environments
}

func newFake() *fake {
	return &fake{out: os.NewFile(batch.AnswersFD, "answers"), box: os.NewFile(batch.BoxFD, "box"), choices: os.NewFile(batch.ChoicesFD, "choices")}
}

func (f *fake) say(a batch.Answer) {
	if json.NewEncoder(f.out).Encode(a) != nil {
		os.Exit(9)
	}
}

func (f *fake) serve() {
	noteBirth()
	ids := strings.Split(os.Getenv(envFake), ",")
	ready := &batch.Ready{Sites: []batch.Site{{Name: "till/charge", Faults: []string{"error", "panic"}}}}
	for _, id := range ids {
		switch id {
		case "mute":
			select {}
		case "holds, the first alone":
			if !once("ready") {
				select {}
			}
		case "stillborn":
			fmt.Fprintln(os.Stderr, "cannot find the till")
			os.Exit(3)
		case "stammers":
			fmt.Fprintln(f.out, "uh")
			select {}
		}
		s := batch.Scenario{ID: id, Version: 1, Title: "it " + id, Controlled: id != "free", Canary: id == "canary"}
		if id == "controlled" {
			s.Controls = []string{"caught", "missed", "panics"}
		}
		ready.Scenarios = append(ready.Scenarios, s)
	}
	f.say(batch.Answer{Ready: ready})
	for lines := json.NewDecoder(os.Stdin); ; {
		f.b = batch.Batch{}
		if err := lines.Decode(&f.b); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(8)
		}
		f.answer()
	}
}

func (f *fake) answer() {
	b := f.b
	f.seen = map[string]bool{}
	f.outcome = &batch.Outcome{Index: b.Index, Scenario: b.Scenario, Control: b.Control, Goroutines: 1}
	behaviour := behaviours[b.Scenario]
	switch runs := b.Runs; {
	case b.Control != "":
		f.control()
		return
	case b.Tape != "":
		f.run = -1
		behaviour(f)
	default:
		if b.Autopsy {
			runs = b.AutopsyRun + 1
		}
		for f.run = range runs {
			if !slices.Contains(b.Skip, f.run) {
				f.begin()
				behaviour(f)
			}
		}
		f.outcome.Hash = fmt.Sprintf("%016x", engine.Fold(b.Seed, uint64(f.outcome.Runs)))
		f.outcome.Handovers = []string{fmt.Sprintf("till/charge > till/charge%d", b.Seed%5)}
		f.outcome.Struck = []batch.Struck{{Cell: batch.Cell{Site: "till/charge", Fault: "error"}, Count: int64(b.Seed % 7)}}
	}
	f.say(batch.Answer{Outcome: f.outcome})
	if b.Scenario == "leaves" {
		os.Exit(0)
	}
}

func (f *fake) control() {
	f.run = 0
	f.begin()
	if f.b.Control == "panics" && len(f.b.Skip) == 0 {
		panic("a control did this")
	}
	f.outcome.Runs, f.outcome.Caught = 5, f.b.Control != "missed"
	f.say(batch.Answer{Finding: &batch.Finding{Scenario: f.b.Scenario, Control: f.b.Control, Batch: f.b.Index, Signature: "P-EXPECT main", Verdict: result.Broken}})
	f.say(batch.Answer{Outcome: f.outcome})
}

func (f *fake) begin() {
	data := make([]byte, batch.BoxSize)
	binary.LittleEndian.PutUint64(data, uint64(f.b.Index))
	binary.LittleEndian.PutUint64(data[8:], uint64(f.run))
	_, _ = f.box.WriteAt(data, 0)
	f.outcome.Runs++
	f.outcome.Steps += 3
	if f.b.Autopsy && f.run == f.b.AutopsyRun {
		_, _ = f.choices.WriteString("param size in main = 3\nfault till/charge #1 in main: panic \"boom\"\nswitch at wake 3 to main/B\nclock at till/cha")
	}
}

// every is one in n runs of all batches, the same ones each time.
func (f *fake) every(n uint64) bool {
	return f.run >= 0 && engine.Fold(f.b.Seed, uint64(f.run))%n == 0
}

// unlucky is a run that dies, or a tape with the fault of which it died.
func (f *fake) unlucky(n uint64) bool {
	return f.every(n) || strings.Contains(f.b.Tape, "fault till/charge #1 in main")
}

// once is true once for each name, whatever becomes of the workers.
func once(name string) bool {
	file, err := os.OpenFile(filepath.Join(os.Getenv(envDir), name), os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		file.Close()
	}
	return err == nil
}

func (f *fake) find(signature, message string, verdict result.Verdict) {
	at := slices.IndexFunc(f.outcome.Failed, func(known batch.Failed) bool { return known.Kind == signature })
	if at < 0 {
		at = len(f.outcome.Failed)
		f.outcome.Failed = append(f.outcome.Failed, batch.Failed{Kind: signature})
	}
	f.outcome.Failed[at].Count++
	if signature == wedged || !f.seen[signature] && !slices.Contains(f.b.Familiar, batch.Kind(signature)) {
		f.seen[signature] = true
		f.say(batch.Answer{Finding: &batch.Finding{
			Scenario: f.b.Scenario, Title: "it " + f.b.Scenario, Verdict: verdict, Signature: signature, Message: message,
			Batch: f.b.Index, Run: f.run, Seed: f.b.Seed, Tape: "squall tape 1\nscenario " + f.b.Scenario + " version 1\nend\n", Text: "TEXT of " + message,
		}})
	}
}

var forEver [][]byte

// racedBefore: the race detector tells of each race once a process.
var racedBefore bool

// behaviours are what a run of a scenario does. A tape is run with run -1.
var behaviours = map[string]func(f *fake){
	"canary": func(f *fake) {
		if f.every(50) {
			f.find("P-EXPECT main", "it sings", result.Broken)
		}
	},
	"blind":                  func(*fake) {},
	"holds":                  func(*fake) {},
	"holds, the first alone": func(*fake) {},
	"free":                   func(*fake) {},
	"controlled":             func(*fake) {},
	"leaves":                 func(*fake) {},
	"breaks": func(f *fake) {
		if f.every(61) {
			f.find("P-X a", "a broke", result.Broken)
		}
		if f.every(83) {
			f.find("P-X b", "b broke", result.Broken)
		}
	},
	"races": func(f *fake) {
		if !racedBefore && f.every(61) {
			racedBefore, f.outcome.Spent = true, true
			f.find("P-RACE", "it raced", result.Broken)
		}
	},
	"differs": func(f *fake) {
		if f.every(61) {
			f.find("flaky", "it differs", result.Flaky)
		}
	},
	"panics": func(f *fake) {
		if f.unlucky(97) {
			panic("all is lost")
		}
	},
	"always panics": func(*fake) { panic("every time") },
	"verbose": func(f *fake) {
		if f.unlucky(97) {
			fmt.Fprintln(os.Stderr, "fatal error: much to say")
			_, _ = io.WriteString(os.Stderr, strings.Repeat("goroutine 1 [running]\n", 100_000))
			os.Exit(2)
		}
	},
	"exits": func(f *fake) {
		if f.unlucky(97) {
			os.Exit(7)
		}
	},
	"exits unheard": func(f *fake) { // of what came before
		if f.every(97) {
			os.Exit(7)
		}
	},
	"killed": func(f *fake) {
		if f.unlucky(97) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	},
	"killed once": func(f *fake) {
		if f.run == 50 && once("killed") {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	},
	"wedges": func(f *fake) {
		if f.every(97) {
			f.find(wedged, "it is stuck", result.Wedged)
			os.Exit(result.ExitWedged)
		}
	},
	"stops": func(f *fake) {
		if f.run == 50 {
			select {}
		}
	},
	"stays": func(*fake) { select {} },
	"breaks and stays": func(f *fake) {
		f.find("P-X a", "a broke", result.Broken)
		select {}
	},
	"eats": func(f *fake) {
		for f.run == 50 || strings.Contains(f.b.Tape, "fault") {
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = 1
			}
			forEver = append(forEver, block)
		}
	},
	"babbles": func(f *fake) {
		if f.run == 50 {
			fmt.Fprintln(f.out, "blah")
			select {}
		}
	},
	"babbles on": func(f *fake) { fmt.Fprintln(f.out, "blah") },
	"drones": func(f *fake) {
		_, _ = io.WriteString(f.out, strings.Repeat("x", maxAnswer+1))
		select {}
	},
	"mistakes": func(f *fake) {
		if f.run == 50 {
			f.say(batch.Answer{Outcome: &batch.Outcome{Index: f.b.Index + 1, Scenario: "mistakes", Runs: 1e6}})
			select {}
		}
	},
	"half": func(f *fake) { // of an answer
		if f.run == 50 && once("half") {
			fmt.Fprint(f.out, `{"finding": {"scenario": "half", "sig`)
			os.Exit(1)
		}
	},
	"refuses": func(f *fake) { f.say(batch.Answer{Refused: "I would rather not"}); f.run = 1 << 20 },
	"leaves a child": func(f *fake) {
		if f.run == 50 {
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), envHold+"=1")
			child.Stdout, child.Stderr = os.Stdout, os.Stderr
			child.ExtraFiles = []*os.File{f.out}
			child.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			if child.Start() == nil {
				_ = os.WriteFile(filepath.Join(os.Getenv(envDir), fmt.Sprintf("child%d", child.Process.Pid)), nil, 0o644)
			}
			os.Exit(7)
		}
	},
	// It starts a process of its group once, which holds envDir/pipe open.
	"starts a process": func(f *fake) {
		if f.run != 0 || !once("started") {
			return
		}
		pipe, err := os.OpenFile(filepath.Join(os.Getenv(envDir), "pipe"), os.O_WRONLY, 0)
		if err != nil {
			panic(err)
		}
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), envHold+"=1")
		child.ExtraFiles = []*os.File{pipe}
		if err := child.Start(); err != nil {
			panic(err)
		}
		pipe.Close()
		_ = os.WriteFile(filepath.Join(os.Getenv(envDir), fmt.Sprintf("child%d", child.Process.Pid)), nil, 0o644)
	},
	"grows":   func(f *fake) { f.outcome.Memory = 1<<30 + 1 },
	"gathers": func(f *fake) { f.outcome.Goroutines = 1001 },
	"sprawls": func(f *fake) {
		if f.every(61) {
			f.find("P-X a", strings.Repeat("long\n", 1<<20), result.Broken)
		}
	},
}

// fakeBinary is this test binary as a worker with these scenarios and a canary.
func fakeBinary(t *testing.T, scenarios ...string) Binary {
	return Binary{Package: "fake", Path: os.Args[0], Dir: t.TempDir(), Env: []string{
		envFake + "=" + strings.Join(append(scenarios, "canary"), ","), envDir + "=" + t.TempDir(),
	}}
}

// fakeConfig is a soak of them.
func fakeConfig(t *testing.T, runs int64, scenarios ...string) Config {
	return Config{
		Dir: filepath.Join(t.TempDir(), "out"), Seed: 1, Shard: Shard{1, 1}, Runs: runs, Workers: 2,
		Binaries: []Binary{fakeBinary(t, scenarios...)}, pace: 10 * time.Millisecond, patience: time.Nanosecond,
	}
}

// came is what a soak came to, without what differs from time to time.
type came struct {
	Tallies   map[string]*Tally
	Controls  map[string]*Caught
	Handovers []string
	Findings  []batch.Finding
}

func cameTo(s *State, findings []*batch.Finding) came {
	c := came{Tallies: s.Tallies, Controls: s.Controls, Handovers: slices.Sorted(maps.Keys(s.Handovers))}
	for _, f := range findings {
		short := *f
		short.Text, short.Dump = "", "" // addresses and numbers of goroutines
		c.Findings = append(c.Findings, short)
	}
	return c
}
