package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/profiles"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func newRecordCommand(g *globals) *cobra.Command {
	cmd := newNoun("record", "Keep the records of a register, and read them", `A record belongs to a register and to the body that owns it, and has an id, a
version and a status. Every change makes a new version; earlier ones stay readable.
A change names the version that it is based on, so that of two changes at once one
is refused. These verbs name the version that they read just before; --base makes
them conditional on one that was read earlier.

The status is draft, active or suspended, and revoked or retired at the end. Beside
the claimed time of its transaction each version has an effective time: when it
holds from, in the past or the future. as-of tells what held at a time.

Where the register asks for approvals, a change only becomes a proposal, which other
bodies approve or reject.

Writing needs the role psbc.registrar, which the user "registrar" of each body has:
these verbs act as that user unless --as names another. Reading needs any user.

With --json each verb prints one object, which its help describes; fields may be
added to it in later versions. RECORD stands for a record as it is on the ledger,
with the name of its owner; what is empty is left out:

  {"ownerName", "v", "register", "id", "version", "status", "owner", "writer",
   "operation", "registerVersion", "schemaVersion", "data", "privateHash",
   "changed": [{"field", "version"}], "offeredTo", "reason", "note",
   "effective", "requestId", "approvers", "txId", "claimedTime"}

PROPOSAL stands for a change that waits, or waited, for approvals:

  {"bodyName", "v", "register", "body", "requestId", "registerVersion",
   "operation", "id", "status", "create" or "amend" or "move" or "transfer",
   "needed", "eligible", "verdicts": [{"body", "approves", "reason", "txId",
   "claimedTime"}], "expires", "txId", "claimedTime"}

OUTCOME stands for what a change led to: {"record": RECORD}, or
{"proposal": PROPOSAL}, or both when an approval was the last that was needed.
Bodies are given by MSP ID, and times are RFC 3339 in UTC.`)
	cmd.Annotations = map[string]string{usualUser: profiles.Registrar}
	cmd.Example = `  psbc record import dwellings dwellings.csv
  psbc record find dwellings city=Esch`
	cmd.AddCommand(
		newCreateRecordCommand(g),
		newAmendRecordCommand(g),
		newMoveCommand(g, registry.OpActivate),
		newMoveCommand(g, registry.OpSuspend),
		newMoveCommand(g, registry.OpReinstate),
		newMoveCommand(g, registry.OpRevoke),
		newMoveCommand(g, registry.OpRetire),
		newTransferCommand(g),
		newAnswerCommand(g, registry.OpAccept),
		newAnswerCommand(g, registry.OpDecline),
		newAttestCommand(g),
		newProposalsCommand(g),
		newDecideCommand(g, false),
		newDecideCommand(g, true),
		newShowRecordCommand(g),
		newFindCommand(g),
		newRecordHistoryCommand(g),
		newAsOfCommand(g),
		newPurgePrivateCommand(g),
		newImportCommand(g),
		newExportCommand(g),
		newWatchCommand(g),
	)
	return cmd
}

// readRecord reads a record with its attestations.
func (g *globals) readRecord(ctx context.Context, r *gateway.Registry, request registry.ReadRequest) (*registry.RecordView, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	return r.Read(ctx, request)
}
