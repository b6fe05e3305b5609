package main

import (
	"github.com/spf13/cobra"
)

func newAuditorCommand(g *globals) *cobra.Command {
	cmd := newNoun("auditor", "Audit the ledger", `An auditor reads blocks, and believes nobody: what the ledger log should be is computed
from a body's own peer, and compared with what all bodies have cosigned.`)
	cmd.Example = `  psbc auditor log build --dir /tmp/log --once
  psbc auditor log check --dir /tmp/log`
	cmd.AddCommand(newAuditorLogCommand(g))
	return cmd
}

func newAuditorLogCommand(g *globals) *cobra.Command {
	cmd := newNoun("log", "Build, serve and check the ledger log", `The ledger log is computed from the blocks, by every body alike: for each block an entry,
and for each write of each valid transaction another one that hides what was written. It
is what evidence is cut from, and can be published without telling who wrote what.

The format is https://c2sp.org/tlog-tiles; docs/evidence.md says what the entries are, and
how others' programs check a log.`)
	cmd.Example = `  psbc auditor log build --dir /tmp/log --once
  psbc auditor log serve --dir /tmp/log --listen 127.0.0.1:8080
  psbc auditor log check --dir /tmp/log`
	cmd.AddCommand(newLogBuildCommand(g), newLogServeCommand(g), newLogCheckCommand(g))
	return cmd
}

// addLogDir adds --dir.
func addLogDir(cmd *cobra.Command) *string {
	return cmd.Flags().String("dir", "", "`DIR` of the ledger log")
}
