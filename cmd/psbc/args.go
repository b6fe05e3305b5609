package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
)

// noArgs refuses arguments in words that name the remedy; cobra's own says
// "unknown command".
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return argError(cmd, fmt.Errorf("%q takes no arguments, but got %q", cmd.CommandPath(), args[0]))
	}
	return nil
}

// exactly demands the arguments of these names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return argError(cmd, fmt.Errorf("%s is missing", names[len(args)]))
		case len(args) > len(names):
			return argError(cmd, fmt.Errorf("%q is one argument too many", args[len(names)]))
		}
		return nil
	}
}

// between demands the first arguments of these names and allows the others.
func between(needed int, names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < needed {
			return argError(cmd, fmt.Errorf("%s is missing", names[len(args)]))
		}
		if len(args) > len(names) {
			return argError(cmd, fmt.Errorf("%q is one argument too many", args[len(names)]))
		}
		return nil
	}
}

func argError(cmd *cobra.Command, err error) error {
	return &exit.Error{Code: exit.Usage, Err: err, Remedy: fmt.Sprintf("usage: %s", cmd.UseLine())}
}

// atLeast demands an argument for each of these names, and allows more of the last.
func atLeast(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return argError(cmd, fmt.Errorf("%s is missing", names[len(args)]))
		}
		return nil
	}
}
