package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/squall-go/squall/harness/result"
	"github.com/squall-go/squall/internal/overlay"
)

const exitUsage = result.ExitUsage

// session is one use of the command. Every error of a subcommand is bad use;
// what the scenarios came to is in code.
type session struct {
	stdout, stderr io.Writer
	code           int
}

func (s *session) command() *cobra.Command {
	root := &cobra.Command{
		Use:           "squall",
		Short:         "chaos and fault injection for concurrent Go, decided by one seed",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	checkUsage(root)
	root.AddCommand(s.runCommand(), s.listCommand(), s.replayCommand(), s.sitesCommand(), s.overlayCommand(), s.buildCommand(), s.soakCommand(), s.reportCommand(), s.versionCommand())
	return root
}

func (s *session) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print Squall's version", Args: noArguments,
		Run: func(*cobra.Command, []string) { fmt.Fprintln(s.stdout, "squall", result.Version) },
	}
}

func (s *session) overlayCommand() *cobra.Command {
	var out string
	var r request
	c := &cobra.Command{
		Use: "overlay [packages]", Short: "build the overlay that switches failpoints on, and print its path",
		RunE: func(c *cobra.Command, patterns []string) error {
			if c.Flags().Changed("output") {
				if err := checkOutput("output", out); err != nil {
					return err
				}
			}
			built, err := overlay.Build(c.Context(), overlay.Options{Patterns: patterns, BuildFlags: r.fileFlags(), Out: out})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(s.stdout, built.File)
			return err
		},
	}
	c.Flags().StringVarP(&out, "output", "o", "", "overlay `FILE` to write (default: one in the cache)")
	r.tagsFlag(c)
	return c
}

func (s *session) sitesCommand() *cobra.Command {
	var asJSON bool
	var r request
	c := &cobra.Command{
		Use: "sites [packages]", Short: "list the failpoints of the sources and the faults that each allows",
		RunE: func(c *cobra.Command, patterns []string) error {
			sites, err := overlay.Scan(c.Context(), overlay.Options{Patterns: patterns, BuildFlags: r.fileFlags()})
			if err != nil {
				return err
			}
			if asJSON {
				return s.printJSON(sites)
			}
			siteTable(shown(s.stdout, onGitHub()), terminalWidth(s.stdout), sites)
			return nil
		},
	}
	r.tagsFlag(c)
	jsonFlag(c, &asJSON)
	return c
}

func (s *session) listCommand() *cobra.Command {
	var asJSON bool
	var r request
	c := &cobra.Command{
		Use: "list [packages]", Short: "list the scenarios that can be run",
		RunE: func(c *cobra.Command, patterns []string) error {
			r.patterns = patterns
			w, err := openWorkshop(c.Context(), s, r)
			if err != nil {
				return err
			}
			defer w.close()
			if asJSON {
				return s.printJSON(w.list)
			}
			listTable(shown(s.stdout, onGitHub()), terminalWidth(s.stdout), w.list)
			return nil
		},
	}
	r.buildFlags(c)
	jsonFlag(c, &asJSON)
	return c
}

func jsonFlag(c *cobra.Command, asJSON *bool) {
	c.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

func (s *session) printJSON(value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.stdout, string(content))
	return err
}
