package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/squall-go/squall/harness/batch"
	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/harness/soak"
	"github.com/squall-go/squall/internal/commandline"
)

// soakRequest is what the soak command is asked for.
type soakRequest struct {
	request
	shard      string
	shardIndex string
	dir        string
	total      int64
	workers    int
	memory     int
	resume     bool
}

// mostWorkers is how many there may be for each processor: one keeps a processor
// busy, and each takes memory.
const mostWorkers = 32

func (s *session) soakCommand() *cobra.Command {
	r := soakRequest{}
	c := &cobra.Command{
		Use: "soak [packages]", Short: "run scenarios for hours in worker processes, and keep every kind of failure",
		RunE: func(c *cobra.Command, patterns []string) error {
			r.patterns, r.seeded = patterns, c.Flags().Changed("seed")
			config, err := r.config(c.Flags().Changed)
			if err != nil {
				return err
			}
			return s.soak(c.Context(), r, config)
		},
	}
	f := c.Flags()
	f.StringVar(&r.dir, "out", "soak", "`DIR` for findings, state and heartbeat")
	f.DurationVar(&r.duration, "for", 0, "how long to soak, as in 8h (default: until it is interrupted); with --runs, whichever comes first")
	f.Int64Var(&r.total, "runs", 0, "how many runs, of all shards together; with --for, whichever comes first")
	f.Uint64Var(&r.seed, "seed", 0, "the seed that decides every run (default 1)")
	f.StringVar(&r.shard, "shard", "1/1", "which part of the runs is this one's, as in 2/5")
	f.StringVar(&r.shardIndex, "shard-index", "", "--shard `INDEX/N` counted from 0, as Kubernetes and GitHub count: 1/5 is --shard=2/5")
	f.StringVar(&r.focus, "focus", "", "soak the scenarios whose id is `RE`, or whose id and title match it")
	f.IntVar(&r.workers, "workers", runtime.GOMAXPROCS(0), "worker processes")
	f.IntVar(&r.memory, "memory", int(soak.DefaultLimits.Memory>>20), "MB at which a worker is killed, which is a finding")
	f.BoolVar(&r.resume, "resume", false, "go on with the soak in --out; begin one if there is none")
	r.buildFlags(c)
	return c
}

// config checks the request before anything is built.
func (r *soakRequest) config(set func(flag string) bool) (soak.Config, error) {
	none := soak.Config{}
	switch {
	case set("runs") && r.total < 1:
		return none, fmt.Errorf("--runs=%d: nothing would run; give at least 1", r.total)
	case set("for") && r.duration <= 0:
		return none, fmt.Errorf("--for=%s: nothing would run; give a positive duration, as in 8h", r.duration)
	case r.workers < 1:
		return none, fmt.Errorf("--workers=%d: nobody would work; give at least 1", r.workers)
	case r.workers > mostWorkers*runtime.GOMAXPROCS(0):
		return none, fmt.Errorf("--workers=%d: the machine would do nothing else; give at most %d, %d for each processor", r.workers, mostWorkers*runtime.GOMAXPROCS(0), mostWorkers)
	case r.memory < leastMemory:
		return none, fmt.Errorf("--memory=%d: a worker needs more to start; give at least %d", r.memory, leastMemory)
	}
	shard, err := r.usedShard(set)
	if err != nil {
		return none, err
	}
	if r.dir, err = absolute(r.dir); err != nil {
		return none, err
	}
	limits := soak.DefaultLimits
	limits.Memory = uint64(r.memory) << 20
	return soak.Config{
		Dir: r.dir, Seed: r.usedSeed(), Shard: shard, Runs: r.total, For: r.duration,
		Workers: r.workers, Resume: r.resume, Limits: limits, Replay: commandline.Here(r.binaries).Replay,
	}, nil
}

// usedShard is the one that --shard or --shard-index names.
func (r *soakRequest) usedShard(set func(flag string) bool) (soak.Shard, error) {
	if !set("shard-index") {
		return soak.ParseShard(r.shard)
	}
	if set("shard") {
		return soak.Shard{}, fmt.Errorf("--shard=%s and --shard-index=%s contradict each other; give one of them", r.shard, r.shardIndex)
	}
	return shardAt(r.shardIndex)
}

// shardAt reads "1/5", which is the shard 2/5.
func shardAt(text string) (soak.Shard, error) {
	number, of, _ := strings.Cut(text, "/")
	index, err := strconv.Atoi(number)
	if err == nil && index < math.MaxInt {
		shard, err := soak.ParseShard(strconv.Itoa(index+1) + "/" + of)
		if err == nil {
			return shard, nil
		}
		if errors.Is(err, soak.ErrTooManyShards) {
			return soak.Shard{}, fmt.Errorf("--shard-index=%q: %w", text, soak.ErrTooManyShards)
		}
	}
	return soak.Shard{}, fmt.Errorf("--shard-index=%q: write the index of this one, from 0, and how many there are, as in 1/5", text)
}

func (s *session) soak(ctx context.Context, r soakRequest, config soak.Config) error {
	if err := soak.Check(config); err != nil {
		return err
	}
	w, err := openWorkshop(ctx, s, r.request)
	if err != nil {
		return err
	}
	defer w.close()
	chosen, err := focused(w.list, r.focus)
	if err != nil {
		return err
	}
	if len(scenarios(chosen)) == 0 {
		return fmt.Errorf("--focus=%s: stories of other libraries are not soaked; name a scenario, or run them by squall run", r.focus)
	}
	for _, suite := range w.suites {
		config.Binaries = append(config.Binaries, soak.Binary{Package: suite.pkg, Path: suite.binary, Dir: suite.dir})
	}
	config.Focus = func(id string) bool {
		return slices.ContainsFunc(chosen, func(l result.Listed) bool { return l.ID == id })
	}
	show := newLive(s.stderr)
	config.View, config.Tell, config.Scratch = show.view, show.tell, w.scratch.Path
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	state, findings, err := soak.Run(ctx, config)
	show.close()
	if state == nil {
		return err
	}
	s.soaked(state, findings, commandline.Here(r.binaries).Report(r.dir))
	if err != nil { // it did soak, and came to a bad end: that is no bad use
		fmt.Fprintln(shown(s.stderr, onGitHub()), "squall:", err)
		s.code = cmp.Or(s.code, result.ExitUnsure)
	}
	if bounded := config.For > 0 || config.Runs > 0; bounded && !state.Finished {
		// Whoever started it, a Job of Kubernetes say, must not take it for done.
		fmt.Fprintln(s.stdout, "stopped before its end; squall soak --resume goes on")
		s.code = cmp.Or(s.code, result.ExitUnsure)
	}
	return nil
}

// soaked prints what the soak came to, and sets the exit code.
func (s *session) soaked(state *soak.State, findings []*batch.Finding, report string) {
	runs, steps := state.Totals()
	out := shown(s.stdout, onGitHub())
	fmt.Fprintf(out, "squall %s: soaked %s: %d runs, %d steps, %d kinds of findings, %d incidents; seed %d, shard %v\n",
		result.Version, state.Elapsed.Round(time.Second), runs, steps, len(findings), state.Incidents.Count, state.Seed, state.Shard)
	for _, f := range findings {
		fmt.Fprintf(out, "  %s %s: %s\n", f.Verdict, f.Scenario, f.Message)
	}
	for _, reason := range state.Blind() {
		fmt.Fprintf(out, "  blind: %s\n", reason)
	}
	if state.Shard.Of > 1 {
		fmt.Fprintf(out, "shard %v: whether everything was run is for all %d shards together to say; give squall report the directories of all\n", state.Shard, state.Shard.Of)
	}
	fmt.Fprintf(out, "report: %s\n", report)
	s.code = soak.Verdict(state, findings).ExitCode()
}
