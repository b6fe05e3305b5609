package evidence

import (
	"fmt"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Result is what evidence proves.
type Result struct {
	// Detail is the write: in which block and transaction, by which body, of which key.
	Detail Detail
	// Value is what was written; empty when the key was deleted, or is private and the value
	// not shown.
	Value []byte
	// Notarisation is set when the write is of one.
	Notarisation *notary.Notarisation
	// Anchor is set when the write is the notarisation of a batch.
	Anchor *notary.Anchor
	// Member is the document's place in the batch, if the evidence is about one.
	Member *Member
	// Document is the digest of the document that was compared, empty when none was given.
	Document notary.Digest

	Checkpoint Checkpoint
	Index      uint64 // of the entry in the log
	Cosigners  []Cosigner
	// ExistedBefore is the moment by which a quorum had cosigned the checkpoint: of the
	// cosignatures that count, sorted by time, the first with which the quorum is there. So
	// it does not depend on a single body's clock.
	ExistedBefore time.Time
	// NotBefore is set when the record names an earlier checkpoint and the evidence shows
	// it: the first cosignature on that checkpoint. The record is later than the state of the
	// ledger that was cosigned then. What it does not exclude: that the state was there for
	// as long as the bodies took to cosign it, which is seconds while witnesses work.
	NotBefore *time.Time
	// Status is "active", "revoked" or "superseded", as the record says; empty when the write
	// is no record of the notary. It may have changed since.
	Status string
	Checks []Check // every check that was made, in order
}

// Check is one check that was made, and what it found.
type Check struct{ Name, Sentence string }

// String is the verdict in plain sentences.
func (r *Result) String() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("The evidence holds.")
	line("Proven: %s", r.proven())
	if r.Status != "" {
		line("Status then: %s.%s", r.Status, r.statusDetail())
	}
	line("Written by transaction %s of %s, valid and committed in block %d (entry %d of %d in the log %s).",
		r.Detail.Tx, r.Detail.Creator, r.Detail.Block, r.Index, r.Checkpoint.Size, r.Checkpoint.Origin)
	line("Existed before: %s. By then enough bodies had cosigned.", utc(r.ExistedBefore))
	if r.NotBefore != nil {
		line("Not before: the record names a state of the ledger that was first cosigned at %s.", utc(*r.NotBefore))
	}
	for _, c := range r.Cosigners {
		line("%s", c)
	}
	line("Not proven: that the content is true; and what happened later, a revocation for example.")
	return b.String()
}

// proven says in one sentence what the evidence is about.
func (r *Result) proven() string {
	switch {
	case r.Member != nil && r.Anchor != nil:
		return fmt.Sprintf("%s notarised %s %s, one of a batch of %d.%s", r.Anchor.Body, r.which(), r.Member.Digest, r.Anchor.Count, claimed(r.Anchor.ClaimedTime))
	case r.Anchor != nil:
		return fmt.Sprintf("%s notarised a batch of %d documents, whose root is %s.%s", r.Anchor.Body, r.Anchor.Count, r.Anchor.Root, claimed(r.Anchor.ClaimedTime))
	case r.Notarisation != nil:
		return fmt.Sprintf("%s notarised %s %s.%s", r.Notarisation.Body, r.which(), r.Notarisation.Digest, claimed(r.Notarisation.ClaimedTime))
	case r.Detail.Kind == KindMetadata:
		return fmt.Sprintf("%s set the metadata of the key %q of chaincode %s.", r.Detail.Creator, r.Detail.Key, r.Detail.Namespace)
	case r.Detail.Kind == KindPrivate:
		return fmt.Sprintf("%s %s a private value of collection %s of chaincode %s, under the key with the hash %x.", r.Detail.Creator, r.verb(), r.Detail.Collection, r.Detail.Namespace, r.Detail.Key)
	}
	return fmt.Sprintf("%s %s the key %q of chaincode %s.", r.Detail.Creator, r.verb(), r.Detail.Key, r.Detail.Namespace)
}

func (r *Result) which() string {
	if r.Document != "" {
		return "this document,"
	}
	return "a document (none was given to compare) with the digest"
}

func (r *Result) verb() string {
	if r.Detail.ValueHash == nil {
		return "deleted"
	}
	return "wrote"
}

func claimed(at string) string { return fmt.Sprintf(" It claimed the time %s.", at) }

func (r *Result) statusDetail() string {
	var revocation *notary.Revocation
	switch {
	case r.Notarisation != nil && r.Notarisation.SupersededBy != "":
		return fmt.Sprintf(" It is superseded by %s.", r.Notarisation.SupersededBy)
	case r.Notarisation != nil:
		revocation = r.Notarisation.Revocation
	case r.Anchor != nil:
		revocation = r.Anchor.Revocation
	}
	if revocation == nil {
		return ""
	}
	return fmt.Sprintf(" Reason: %s, at the claimed time %s.", revocation.Reason, revocation.At)
}

// String says who cosigned and when, or why it does not count.
func (c Cosigner) String() string {
	switch {
	case c.Counted:
		return fmt.Sprintf("Cosigned by %s at %s (%s, key %s).", c.Body, utc(c.Time), c.Algorithm, c.Key)
	case c.Body == "":
		return fmt.Sprintf("Not counted: a signature of the key %q: %s.", c.Key, c.Why)
	}
	return fmt.Sprintf("Not counted: %s at %s (%s, key %s): %s.", c.Body, utc(c.Time), c.Algorithm, c.Key, c.Why)
}
