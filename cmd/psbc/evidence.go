package main

import (
	"github.com/spf13/cobra"
)

func newEvidenceCommand(g *globals) *cobra.Command {
	cmd := newNoun("evidence", "Get evidence of what was written, and verify it offline", `Evidence is a file that proves to anybody, offline and years later, that a record was
valid and committed on the ledger, and by when: a quorum of the bodies has cosigned it.
It shows nothing of anybody else's records. docs/evidence.md tells what it proves, what
it does not, and how to check it by hand.

Getting evidence needs a body's peer and a ledger log. Verifying it needs the file, the
document and a policy: whose cosignatures are to be believed.`)
	cmd.Example = `  psbc evidence get README.md
  psbc evidence policy -o psbc.policy
  psbc evidence verify README.md README.md.tlog-proof --policy psbc.policy`
	cmd.AddCommand(newEvidenceGetCommand(g), newEvidenceVerifyCommand(g), newEvidencePolicyCommand(g), newEvidenceShowCommand(g))
	return cmd
}
