package main

import (
	"fmt"
	"io"
	"time"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// recordView is a record of the ledger with its body's name. In JSON the fields
// of the record stand beside bodyName.
type recordView struct {
	BodyName string `json:"bodyName"`
	notary.Notarisation
}

func (d directory) view(n notary.Notarisation) recordView {
	return recordView{BodyName: d.name(n.Body), Notarisation: n}
}

// writeRecord writes a record as aligned lines of name and value.
func writeRecord(w io.Writer, r recordView) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, printable(value))
		}
	}
	line("Digest", string(r.Digest))
	line("Body", r.BodyName)
	line("Status", describeStatus(r.Notarisation))
	line("Type", r.Type)
	line("Reference", r.Reference)
	line("Valid from", r.ValidFrom)
	line("Valid until", r.ValidUntil)
	line("Supersedes", string(r.Supersedes))
	line("Private details", r.DetailsHash)
	line("Claimed time", seconds(r.ClaimedTime))
	line("Transaction", r.TxID)
	line("Request", r.RequestID)
}

// describeStatus says the status of a record, and why.
func describeStatus(n notary.Notarisation) string {
	switch {
	case n.Revocation != nil:
		return "revoked at " + seconds(n.Revocation.At) + ", " + describeReason(*n.Revocation)
	case n.SupersededBy != "":
		return "superseded by " + string(n.SupersededBy)
	}
	return string(n.Status)
}

func describeReason(r notary.Revocation) string {
	if r.Note == "" {
		return "reason " + string(r.Reason)
	}
	return fmt.Sprintf("reason %s, note %s", r.Reason, r.Note)
}

// seconds writes a time of the ledger for people: RFC 3339 in UTC without a
// fraction. What is no such time is returned as it is.
func seconds(s string) string {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return s
	}
	return t.UTC().Format(time.RFC3339)
}

// count returns "1 document" or "3 documents".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
