package harness

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/squall-go/squall/faults"
	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/engine"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/tape"
	"github.com/squall-go/squall/internal/atomicfile"
)

// Each setting is a flag of the test binary and an environment variable: go
// test passes a flag to every package, and those without the harness refuse it.
// The flag wins.
var (
	flagRuns     = setting("squall.runs", result.EnvRuns, "runs of each scenario (default: the scenario's own)")
	flagFor      = setting("squall.for", result.EnvFor, "run each scenario for this long, as in 30s, in place of a number of runs")
	flagSeed     = setting("squall.seed", result.EnvSeed, "the seed that decides every run (default 1)")
	flagPlan     = setting("squall.plan", result.EnvPlan, "file with the faults that strike in every run")
	flagReplay   = setting("squall.replay", result.EnvReplay, "tape to replay; no other scenario is run")
	flagCorpus   = setting("squall.corpus", result.EnvCorpus, "directory of saved counterexamples (default testdata/squall)")
	flagJSON     = setting("squall.json", result.EnvJSON, "file for the machine-readable result")
	flagList     = setting("squall.list", result.EnvList, "write the list of scenarios to this file and run nothing")
	flagProgress = setting("squall.progress", result.EnvProgress, "append progress to this file")
	flagTrace    = setting("squall.trace", result.EnvTrace, "folder for a Chrome trace of one run of each scenario")
	flagBox      = setting("squall.box", result.EnvBox, "file to note each run in before it begins")
	flagDeaths   = setting("squall.deaths", result.EnvDeaths, "file with the runs that ended an earlier process")
	flagMode     = setting("squall.mode", "SQUALL_MODE", "controlled (default) or free: real parallelism, for the race detector")
	flagWatchdog = setting("squall.watchdog", "SQUALL_WATCHDOG", "real time that one run may take (default 20s)")
)

func setting(name, env, usage string) *string {
	return flag.String(name, os.Getenv(env), usage+"; also "+env)
}

// config is the settings, read and checked.
type config struct {
	runs     int
	duration time.Duration
	seed     uint64
	plan     faults.Plan
	replay   *tape.Tape
	watchdog time.Duration
	free     bool
	corpus   string
	box      *os.File // notes each run, nil for none
	deaths   *batch.Deaths
}

// current is set by RunSpecs, before any spec runs.
var current = config{seed: 1, deaths: &batch.Deaths{}}

// readConfig reads the settings. The error is one line that names the setting.
func readConfig() (config, error) {
	c := config{seed: 1, corpus: *flagCorpus, deaths: &batch.Deaths{}}
	if c.corpus == "" {
		c.corpus = "testdata/squall"
	}
	var err error
	if *flagRuns != "" {
		if c.runs, err = strconv.Atoi(*flagRuns); err != nil || c.runs < 1 {
			return c, fmt.Errorf("%s: not a number of runs of at least 1; give one, as in 200", given(result.EnvRuns, flagRuns))
		}
	}
	if c.duration, err = duration(result.EnvFor, flagFor); err != nil {
		return c, err
	}
	if c.watchdog, err = duration("SQUALL_WATCHDOG", flagWatchdog); err != nil {
		return c, err
	}
	if c.runs > 0 && c.duration > 0 {
		return c, fmt.Errorf("%s and %s contradict each other; give one of them", given(result.EnvRuns, flagRuns), given(result.EnvFor, flagFor))
	}
	if *flagSeed != "" {
		if c.seed, err = strconv.ParseUint(*flagSeed, 10, 64); err != nil {
			return c, fmt.Errorf("%s: not a number between 0 and 2^64-1; give one, as in 7", given(result.EnvSeed, flagSeed))
		}
	}
	switch *flagMode {
	case "", "controlled":
	case "free":
		c.free = true
	default:
		return c, fmt.Errorf("%s: not controlled or free; give one of them", given("SQUALL_MODE", flagMode))
	}
	return c, c.readFiles()
}

func (c *config) readFiles() (err error) {
	if *flagJSON != "" {
		if err := atomicfile.Check(*flagJSON); err != nil {
			return fmt.Errorf("%s: cannot write there: %w; name a file in a directory that exists and may be written", given(result.EnvJSON, flagJSON), err)
		}
	}
	if *flagTrace != "" {
		if err := os.MkdirAll(*flagTrace, 0o755); err != nil {
			return fmt.Errorf("%s: %w; name a folder that can be written", given(result.EnvTrace, flagTrace), err)
		}
	}
	if *flagPlan != "" && *flagReplay != "" {
		return fmt.Errorf("%s and %s contradict each other; a tape has its own faults", given(result.EnvPlan, flagPlan), given(result.EnvReplay, flagReplay))
	}
	if *flagPlan != "" {
		if c.plan, err = tape.ReadPlan(*flagPlan); err != nil {
			return err
		}
		if err = c.plan.Check(); err != nil {
			return fmt.Errorf("plan %s: %w", *flagPlan, err)
		}
	}
	if *flagReplay != "" {
		if c.replay, err = tape.ReadFile(*flagReplay); err != nil {
			return err
		}
	}
	if *flagDeaths != "" {
		_ = os.Unsetenv(result.EnvDeaths)
		if c.deaths, err = batch.ReadDeaths(*flagDeaths); err != nil {
			return err
		}
	}
	c.box, err = openBox()
	return err
}

func duration(env string, setting *string) (time.Duration, error) {
	if *setting == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(strings.TrimSpace(*setting))
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s: not a positive duration; give one with its unit, as in 30s", given(env, setting))
	}
	return d, nil
}

// given is the setting as the user gave it: by the environment or by the flag.
func given(env string, setting *string) string {
	if *setting == os.Getenv(env) {
		return env + "=" + *setting
	}
	return "-" + strings.ToLower(strings.Replace(env, "_", ".", 1)) + "=" + *setting
}

// mode is the scenario's own, unless free mode is asked for.
func mode(own engine.Mode) engine.Mode {
	if current.free && own == engine.Controlled {
		return engine.Free
	}
	return own
}
