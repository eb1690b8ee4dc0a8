package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/squall-go/squall/faults"
)

// checkUsage makes the whole command say in one line what is wrong with its flags
// and arguments, and the way out.
func checkUsage(root *cobra.Command) {
	root.Args, root.RunE = knownCommand, func(c *cobra.Command, _ []string) error { return c.Help() }
	// It does nothing of its own, whatever RunE would make the template say.
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", "{{if and .Runnable .HasParent}}", 1))
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(&cobra.Command{
		Use: "help [command]", Short: "help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			about, left, err := root.Find(args)
			if err == nil && len(left) > 0 {
				err = knownCommand(root, left)
			}
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	})
}

// knownCommand refuses what is no command of root.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range root.Commands() {
		names = append(names, c.Name())
	}
	return fmt.Errorf("unknown command %q%s; squall --help lists them all", args[0], faults.Meant(args[0], names))
}

// noArguments is for commands that take flags only.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s: it takes no %q; leave it out", c.Name(), args[0])
	}
	return nil
}

// someDirectory is for report.
func someDirectory(c *cobra.Command, dirs []string) error {
	if len(dirs) == 0 {
		return fmt.Errorf("%s: no directory is named; name those that squall soak --out has made, as in squall report soak", c.Name())
	}
	return nil
}

// oneTape is for replay: a tape, and packages.
func oneTape(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s: no tape is named; give the file that a failure's last line has, as in squall replay .squall/controls/S3/beb43b.tape", c.Name())
	}
	for _, arg := range args[1:] {
		if info, err := os.Stat(arg); err == nil && !info.IsDir() || strings.HasSuffix(arg, ".tape") {
			return fmt.Errorf("%s: %s is no package; replay one tape at a time", c.Name(), arg)
		}
	}
	return nil
}

// flagError is pflag's error as a person can use it.
func flagError(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(c, unknown)
	case errors.As(err, &bare):
		return fmt.Errorf("--%s: it needs a value; give %s", bare.GetFlag().Name, example(bare.GetFlag()))
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s=%s: give %s", invalid.GetFlag().Name, invalid.GetValue(), example(invalid.GetFlag()))
	}
	return fmt.Errorf("%w; %s --help lists the flags", err, c.CommandPath())
}

func unknownFlag(c *cobra.Command, unknown *pflag.NotExistError) error {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	flag, meant := "--"+unknown.GetSpecifiedName(), ""
	if letters := unknown.GetSpecifiedShortnames(); letters != "" {
		flag = "-" + unknown.GetSpecifiedName()
		if long := "--" + letters; slices.Contains(names, long) { // as the go command writes it
			flag, meant = "-"+letters, fmt.Sprintf(" (did you mean %q?)", long)
		}
	} else {
		meant = faults.Meant(flag, names)
	}
	return fmt.Errorf("unknown flag %s%s; %s --help lists them all", flag, meant, c.CommandPath())
}

// example is what a flag takes, by its type.
func example(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return fmt.Sprintf("true or false, or --%s alone", f.Name)
	case "duration":
		return fmt.Sprintf("a time with its unit, as in --%s=30s or --%[1]s=8h", f.Name)
	case "uint64":
		return fmt.Sprintf("a whole number from 0 to 2^64-1, as in --%s=7", f.Name)
	case "int", "int64":
		number := f.DefValue
		if number == "0" {
			number = "100"
		}
		return fmt.Sprintf("a whole number, as in --%s=%s", f.Name, number)
	}
	name, _ := pflag.UnquoteUsage(f)
	return fmt.Sprintf("--%s=%s", f.Name, name)
}
