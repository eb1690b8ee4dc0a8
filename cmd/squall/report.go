package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/squall-go/squall/harness/soak"
	"github.com/squall-go/squall/harness/soak/publish"
	"github.com/squall-go/squall/internal/atomicfile"
	"github.com/squall-go/squall/internal/commandline"
)

// reportRequest is what the report command is asked for. "" is no file.
type reportRequest struct {
	dirs                        []string
	html, markdown, junit, json string
	ginkgo                      string
	trend, trace                string
	binaries                    string
	github                      bool
}

func (s *session) reportCommand() *cobra.Command {
	var r reportRequest
	c := &cobra.Command{
		Use: "report DIR...", Short: "put the shards of a soak together, and make what people look at", Args: someDirectory,
		Long: `Report puts the directories of any number of shards together, and judges the whole.
A directory that has the shards' directories in it stands for them.
Directories and findings that are missing or torn are named on the standard error
and in the report; a soak that would have held is inconclusive then. What was found
counts wherever it is, also beside counts that cannot be read.

Without a flag that names a file it writes report.html into the current directory.

Exit codes: 0 everything held; 1 broken; 3 vacuous, flaky or inconclusive; 4 wedged;
2 nothing could be read, or a file (the trend, too) could not be read or written:
all others are written, and the report is printed, all the same.`,
		RunE: func(c *cobra.Command, dirs []string) error {
			r.dirs = dirs
			if err := r.check(c.Flags().Changed); err != nil {
				return err
			}
			return s.report(r)
		},
	}
	f := c.Flags()
	f.StringVar(&r.html, "html", "", "`FILE` for the page, complete in itself (default: report.html, if no other file is asked for)")
	f.StringVar(&r.markdown, "markdown", "", "`FILE` for a summary that fits into a comment on a pull request")
	f.StringVar(&r.junit, "junit", "", "`FILE` for a JUnit report")
	f.StringVar(&r.ginkgo, "ginkgo-json", "", "`FILE` for a report as ginkgo --json-report writes it")
	f.StringVar(&r.json, "json", "", "`FILE` for the merged soak, for programs")
	f.StringVar(&r.trace, "trace", "", "`DIR` for a Chrome trace of each finding (ui.perfetto.dev opens them)")
	f.StringVar(&r.trend, "trend", "", "`FILE` that gets a line for each night, and from which the page draws the trend")
	f.StringVar(&r.binaries, "binaries", "", "`DIR` of squall build, for the replay commands where there is no Go module")
	f.BoolVar(&r.github, "github", false, "print annotations for GitHub's runner, and add to $GITHUB_STEP_SUMMARY")
	return c
}

// outputs are the files, by flag.
func (r *reportRequest) outputs() map[string]string {
	return map[string]string{"html": r.html, "markdown": r.markdown, "junit": r.junit, "ginkgo-json": r.ginkgo, "json": r.json, "trend": r.trend}
}

func (r *reportRequest) check(set func(flag string) bool) error {
	files := 0
	for _, flag := range []string{"html", "markdown", "junit", "ginkgo-json", "json", "trend", "trace"} {
		path := r.outputs()[flag]
		if flag == "trace" {
			path = r.trace
		}
		if set(flag) && path == "" {
			return fmt.Errorf("--%s= names no file; name one, or leave the flag out", flag)
		}
		if path != "" && flag != "trend" {
			files++
		}
	}
	if files == 0 && !r.github {
		r.html = "report.html"
	}
	if err := checkFolder("trace", r.trace, set("trace")); err != nil {
		return err
	}
	for flag, path := range r.outputs() {
		if path == "" {
			continue
		}
		if err := checkOutput(flag, path); err != nil {
			return err
		}
		for other, another := range r.outputs() {
			if other != flag && another != "" && sameFile(path, another) {
				return fmt.Errorf("--%s=%s and --%s=%s are one file; name two", min(flag, other), path, max(flag, other), another)
			}
		}
	}
	return nil
}

func (s *session) report(r reportRequest) error {
	merged, err := soak.Merge(shardDirs(r.dirs))
	if err != nil {
		return err
	}
	here := commandline.Here(r.binaries)
	report := publish.Of(merged, publish.Replay(here.Replay, here.Dir))
	// A trend that cannot be read or written costs nothing but itself.
	var forgotten error
	if r.trend != "" {
		forgotten = report.Remember(r.trend)
	}
	for _, problem := range report.Problems {
		fmt.Fprintln(shown(s.stderr, r.github || onGitHub()), "squall:", problem)
	}
	unwritten := r.write(merged, report)
	reported(shown(s.stdout, r.github || onGitHub()), report)
	if r.github {
		unwritten = errors.Join(unwritten, s.toGitHub(report))
	}
	if unwritten == nil && r.html != "" {
		fmt.Fprintln(s.stdout, "page:", r.html)
	}
	s.code = report.Verdict.ExitCode()
	return errors.Join(unwritten, forgotten)
}

func (r *reportRequest) write(merged *soak.Merged, report *publish.Report) error {
	var errs []error
	file := func(path string, make func() ([]byte, error)) {
		if path == "" {
			return
		}
		content, err := make()
		if err == nil {
			err = atomicfile.Write(path, content)
		}
		errs = append(errs, err)
	}
	file(r.html, report.HTML)
	file(r.markdown, func() ([]byte, error) { return report.Markdown(), nil })
	file(r.junit, report.JUnit)
	file(r.ginkgo, report.Ginkgo)
	file(r.json, func() ([]byte, error) { return publish.JSON(merged) })
	if r.trace != "" {
		errs = append(errs, writeTraces(r.trace, report))
	}
	return errors.Join(errs...)
}

func writeTraces(dir string, report *publish.Report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("--trace=%s: %w", dir, err)
	}
	for _, f := range report.Findings {
		content, err := publish.Trace(f)
		if err != nil {
			return err
		}
		if content == nil {
			continue
		}
		if err := atomicfile.Write(filepath.Join(dir, f.Anchor+traceSuffix), content); err != nil {
			return err
		}
	}
	return nil
}

// reported prints the report in a few lines.
func reported(out io.Writer, r *publish.Report) {
	fmt.Fprintln(out, "squall", r.Version+":", r.Headline())
	for _, f := range r.Findings {
		fmt.Fprintf(out, "  %s %s: %s\n", f.Verdict, f.Scenario, f.Message)
		if f.Replay != "" {
			fmt.Fprintf(out, "    %s\n", f.Replay)
		}
	}
	for _, l := range r.Lost {
		fmt.Fprintf(out, "  %s %s: %s in %d runs; its file is lost\n", l.Verdict, l.Scenario, l.Kind, l.Runs)
	}
	for _, reason := range r.Blind {
		fmt.Fprintf(out, "  blind: %s\n", reason)
	}
}

// toGitHub prints the first findings in full, since a log outlives what a job
// uploads, and the annotations; and adds the summary to the step's own.
func (s *session) toGitHub(r *publish.Report) error {
	for i, f := range r.Findings {
		if i == 10 {
			break
		}
		fmt.Fprint(s.stdout, publish.Quiet(f.Text+"\n  replay:  "+f.Replay, rand.Text()))
	}
	for _, line := range r.Annotations() {
		fmt.Fprintln(s.stdout, line)
	}
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if path == "" {
		fmt.Fprintln(s.stderr, "squall: GITHUB_STEP_SUMMARY is not set: there is no step to summarise")
		return nil
	}
	summary, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY=%s: %w", path, err)
	}
	_, err = summary.Write(r.Markdown())
	return errors.Join(err, summary.Close())
}
