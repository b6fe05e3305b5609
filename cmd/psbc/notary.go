package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
)

func newNotaryCommand(g *globals) *cobra.Command {
	cmd := newNoun("notary", "Notarise documents, and verify them", `A notarisation is a public body's statement, on the shared ledger, that it vouches
for a document. It holds the document's digest, never the document. Each body
notarises for itself: several may notarise one document, and only the body that
made a notarisation can revoke or supersede it.

Writing needs the role psbc.notary, which the user "notary" of each body has;
reading and verifying need any user of the network.

With --json each verb prints one object, which its help describes; fields may be
added to it in later versions. RECORD stands for a record as it is on the ledger,
with the name of its body; what is empty is left out:

  {"bodyName", "v", "digest", "body", "requestId", "type", "reference",
   "validFrom", "validUntil", "supersedes", "supersededBy", "status",
   "revocation": {"reason", "note", "at", "txId"}, "detailsHash", "txId",
   "claimedTime"}

"body" is the body's MSP ID, "status" is active, revoked or superseded, and times
are RFC 3339 in UTC.`)
	cmd.Example = `  psbc notary notarise README.md --type charter
  psbc notary verify README.md --as SIGI`
	cmd.AddCommand(
		newNotariseCommand(g),
		newVerifyCommand(g),
		newRevokeCommand(g),
		newSupersedeCommand(g),
		newShowCommand(g),
		newHistoryCommand(g),
		newListCommand(g),
		newPurgeDetailsCommand(g),
		newDigestCommand(g),
	)
	return cmd
}

// particulars are the flags that say more about a notarisation.
type particulars struct {
	docType, reference    string
	validFrom, validUntil moment
}

func (p *particulars) add(cmd *cobra.Command) {
	p.validFrom.date = startOfDay
	p.validUntil.date = endOfDay
	flags := cmd.Flags()
	flags.StringVar(&p.docType, "type", "", "`CODE` of the kind of document, such as birth-certificate; public")
	flags.StringVar(&p.reference, "reference", "", "`REF` of the body's own file; public, so without personal data")
	flags.Var(&p.validFrom, "valid-from", "not valid before: RFC 3339, or a date, from its start in UTC")
	flags.Var(&p.validUntil, "valid-until", "not valid after: RFC 3339, or a date, to its end in UTC")
}

// item returns the particulars without a digest.
func (p *particulars) item() (notary.Item, error) {
	if p.validFrom.set && p.validUntil.set && p.validUntil.at.Before(p.validFrom.at) {
		return notary.Item{}, exit.Usagef("--valid-until %s lies before --valid-from %s", p.validUntil.String(), p.validFrom.String())
	}
	return notary.Item{
		Type:       p.docType,
		Reference:  p.reference,
		ValidFrom:  p.validFrom.String(),
		ValidUntil: p.validUntil.String(),
	}, nil
}

// moment is a flag that takes a point in time, to the second.
type moment struct {
	at   time.Time
	set  bool
	date func(day time.Time) time.Time // what a bare date means
}

func startOfDay(day time.Time) time.Time { return day }
func endOfDay(day time.Time) time.Time   { return day.AddDate(0, 0, 1).Add(-time.Second) }

func (m *moment) Type() string { return "TIME" }

func (m *moment) String() string {
	if !m.set {
		return ""
	}
	return m.at.Format(time.RFC3339)
}

func (m *moment) Set(s string) error {
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		m.at, m.set = m.date(day), true
		return nil
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return exit.Usagef("%q is neither an RFC 3339 time such as 2027-01-31T12:00:00Z nor a date such as 2027-01-31", s)
	}
	m.at, m.set = at.UTC().Truncate(time.Second), true
	return nil
}

// reasonFlag is --reason of a revocation.
type reasonFlag struct{ reason notary.Reason }

func (f *reasonFlag) String() string { return string(f.reason) }
func (f *reasonFlag) Type() string   { return "CODE" }

func (f *reasonFlag) Set(s string) error {
	for _, reason := range notary.Reasons() {
		if s == string(reason) {
			f.reason = reason
			return nil
		}
	}
	return exit.Usagef("there is no reason %q; one of %s", s, strings.Join(reasonNames(), ", "))
}

func reasonNames() []string {
	var names []string
	for _, reason := range notary.Reasons() {
		names = append(names, string(reason))
	}
	return names
}
