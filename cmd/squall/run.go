package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/squall-go/squall/harness/racelog"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
	"github.com/squall-go/squall/harness/tape"
)

// request is what run and replay ask of the suites.
type request struct {
	patterns []string
	focus    string
	runs     int
	duration time.Duration
	seed     uint64
	seeded   bool
	plan     string
	replay   string
	json     string
	junit    string
	ginkgo   string // for Ginkgo's own JSON report
	trace    string // a folder; of a replay, a file
	race     bool
	tags     string
	binaries string // a folder of squall build, in place of patterns
	verbose  bool
	memory   int // MB that a suite may grow to, 0 for no limit
}

func (s *session) runCommand() *cobra.Command {
	var r request
	c := &cobra.Command{
		Use: "run [packages]", Short: "run scenarios under faults and judge them",
		RunE: func(c *cobra.Command, patterns []string) error {
			r.patterns, r.seeded = patterns, c.Flags().Changed("seed")
			if err := r.check(c.Flags().Changed); err != nil {
				return err
			}
			return s.run(c.Context(), r)
		},
	}
	f := c.Flags()
	f.StringVar(&r.focus, "focus", "", "run the scenarios whose id is `RE`, or whose id and title match it")
	f.IntVar(&r.runs, "runs", 0, "runs of each scenario (default: the scenario's own)")
	f.DurationVar(&r.duration, "for", 0, "go on with each scenario for this long, in place of --runs")
	f.Uint64Var(&r.seed, "seed", 0, "the seed that decides every run (default: the suites' own)")
	f.StringVar(&r.plan, "plan", "", "`FILE` with the faults that strike in every run")
	f.StringVar(&r.trace, "trace", "", "`DIR` for a Chrome trace of one run of each scenario: the one that broke it, else the last (ui.perfetto.dev opens them)")
	f.IntVar(&r.memory, "memory", 0, "MB at which a suite is killed, which breaks it (default: no limit)")
	r.outputFlags(c)
	return c
}

func (s *session) replayCommand() *cobra.Command {
	var r request
	c := &cobra.Command{
		Use: "replay FILE [packages]", Short: "run one saved tape", Args: oneTape,
		RunE: func(c *cobra.Command, args []string) error {
			r.replay, r.patterns = tapeFile(args[0]), args[1:]
			t, err := tape.ReadFile(r.replay)
			if err != nil {
				return err
			}
			r.focus, r.seed, r.seeded = t.Scenario, t.Seed, true
			if err := r.check(c.Flags().Changed); err != nil {
				return err
			}
			if racelog.Signs(t.Failure) && r.binaries == "" && !c.Flags().Changed("race") {
				r.race = true
				fmt.Fprintf(shown(s.stderr, onGitHub()), "squall: %s is of a data race: it is replayed with --race\n", r.replay)
			}
			return s.run(c.Context(), r)
		},
	}
	c.Flags().IntVar(&r.memory, "memory", int(soak.DefaultLimits.Memory>>20), "MB at which the replay is killed, as a soak kills a worker: it is broken then")
	c.Flags().StringVar(&r.trace, "trace", "", "`FILE` for a Chrome trace of the run, also of one that holds (ui.perfetto.dev opens it)")
	r.outputFlags(c)
	return c
}

func (r *request) outputFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&r.json, "json", "", "`FILE` for the machine-readable result")
	f.StringVar(&r.junit, "junit", "", "`FILE` for the JUnit report")
	f.StringVar(&r.ginkgo, "ginkgo-json", "", "`FILE` for the report that ginkgo --json-report would write")
	r.buildFlags(c)
	f.BoolVarP(&r.verbose, "verbose", "v", false, "show what the suites print")
}

// buildFlags say where the test binaries come from.
func (r *request) buildFlags(c *cobra.Command) {
	c.Flags().BoolVar(&r.race, "race", false, "build with the race detector")
	r.tagsFlag(c)
	c.Flags().StringVar(&r.binaries, "binaries", "", "take the suites that squall build put into `DIR`, and build nothing")
}

func (r *request) tagsFlag(c *cobra.Command) {
	c.Flags().StringVar(&r.tags, "tags", "", "build with the build tags in `LIST`, as in --tags=integration,linux")
}

// fileFlags are the go command's flags that choose files.
func (r *request) fileFlags() []string {
	if r.tags == "" {
		return nil
	}
	return []string{"-tags=" + r.tags}
}

// leastMemory is the smallest --memory, in MB.
const leastMemory = 64

// check finds what is wrong before anything is built. set tells whether a flag
// was given.
func (r *request) check(set func(flag string) bool) error {
	switch {
	case set("runs") && set("for"):
		return fmt.Errorf("--runs=%d and --for=%s contradict each other; give one of them", r.runs, r.duration)
	case set("runs") && r.runs < 1:
		return fmt.Errorf("--runs=%d: nothing would run; give at least 1", r.runs)
	case set("for") && r.duration <= 0:
		return fmt.Errorf("--for=%s: nothing would run; give a positive duration, as in 30s", r.duration)
	case set("memory") && r.memory < leastMemory:
		return fmt.Errorf("--memory=%d: a suite needs more to start; give at least %d", r.memory, leastMemory)
	}
	if r.plan != "" {
		if _, err := tape.ReadPlan(r.plan); err != nil {
			return err
		}
	}
	return r.checkOutputs(set)
}

// usedSeed is the seed that decides the runs.
func (r *request) usedSeed() uint64 {
	if r.seeded {
		return r.seed
	}
	if seed, err := strconv.ParseUint(os.Getenv(result.EnvSeed), 10, 64); err == nil {
		return seed
	}
	return 1
}

// settings is the environment that tells the request to a suite.
func (r *request) settings() (map[string]string, error) {
	settings := map[string]string{}
	if r.runs > 0 {
		settings[result.EnvRuns] = strconv.Itoa(r.runs)
	}
	if r.duration > 0 {
		settings[result.EnvFor] = r.duration.String()
	}
	if r.seeded {
		settings[result.EnvSeed] = strconv.FormatUint(r.seed, 10)
	}
	for _, file := range []struct{ name, path string }{{result.EnvPlan, r.plan}, {result.EnvReplay, r.replay}} {
		if file.path == "" {
			continue
		}
		absolute, err := absolute(file.path)
		if err != nil {
			return nil, err
		}
		settings[file.name] = absolute
	}
	return settings, nil
}
