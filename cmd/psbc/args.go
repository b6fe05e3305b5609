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

// atLeastOne demands one argument or more of this name.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return argError(cmd, fmt.Errorf("%s is missing", name))
		}
		return nil
	}
}

func argError(cmd *cobra.Command, err error) error {
	return &exit.Error{Code: exit.Usage, Err: err, Remedy: fmt.Sprintf("usage: %s", cmd.UseLine())}
}
