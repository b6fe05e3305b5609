package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/profiles"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func newTrailCommand(g *globals) *cobra.Command {
	cmd := newNoun("trail", "Keep audit trails, and read them", `An audit trail records who did what in a system of a public body, to whose data and
why: reads and searches too. A body keeps one for each of its systems. Each source
that appends to a trail numbers its batches, so that an auditor can tell that all
that it sent is there.

Nobody's name stands in a trail. Who acted and who is concerned are pseudonyms, made
with secret keys that never leave the body ("psbc trail pseudonym"); everything else is
a code, a time or a hash. What looks like an identification number, an e-mail address
or an account number is refused in every field.

Writing needs the role psbc.recorder, which the user "recorder" of each body has: these
verbs act as that user unless --as names another. Reading needs a user of a body that
the trail's definition names as a reader.

With --json each verb prints one object, which its help describes; fields may be
added to it in later versions. TRAIL stands for a definition as it is on the ledger,
with the name of its body; what is empty is left out:

  {"bodyName", "id", "titles": {"de", "en", "fr", "lb"}, "records", "legalBasis",
   "retention", "retentionDays", "actions", "readers", "body", "version",
   "claimedTime", "txId", "requestId", "v"}

BATCH stands for the head of a batch:

  {"bodyName", "trail", "source", "number", "previous", "gapReason", "entries",
   "body", "first", "last", "content", "revealAfter", "claimedTime", "txId",
   "requestId", "v", "revealed": {"claimedTime", "txId", …},
   "removed": {"retention", "retentionDays", "claimedTime", "txId", …}}

ENTRY stands for an entry with its place:

  {"bodyName", "trail", "body", "source", "number", "position", "claimedTime",
   "txId", "revealed", "entry": {"action", "actor", "basis", "correlation",
   "detailHash", "occurredAt", "outcome", "purpose", "subject"}}

Bodies are given by MSP ID, and times are RFC 3339 in UTC.`)
	cmd.Annotations = map[string]string{usualUser: profiles.Recorder}
	cmd.Example = `  psbc trail append civil-status accesses.jsonl --source eservices --pseudonyms people.keys
  psbc trail gaps civil-status --as SIGI`
	cmd.AddCommand(
		newCreateTrailCommand(g),
		newAmendTrailCommand(g),
		newShowTrailCommand(g),
		newListTrailsCommand(g),
		newAppendCommand(g),
		newRevealCommand(g),
		newTailCommand(g),
		newQueryCommand(g),
		newPersonCommand(g, subjectPerson()),
		newPersonCommand(g, actorPerson()),
		newBatchesCommand(g),
		newGapsCommand(g),
		newRemoveCommand(g),
		newExportTrailCommand(g),
		newPseudonymCommand(g),
	)
	return cmd
}

// readTrail reads a trail's present definition.
func (g *globals) readTrail(ctx context.Context, t *gateway.Trails, id string) (*trail.Trail, error) {
	ctx, cancel := g.bound(ctx)
	defer cancel()
	return t.Read(ctx, trail.TrailRequest{Trail: id})
}
