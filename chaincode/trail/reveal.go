package trail

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Commit returns the commitment to a sealed entry at its position, from 0, in a batch:
// the lower-case hex SHA-256 of
//
//	psbc/trail/v1 LF trail LF source LF number LF position LF salt LF entry
//
// with the numbers in decimal, the salt as text, and the entry as canonical JSON
// (RFC 8785) with its time as the ledger stores it, in canonical.TimeLayout. It fails
// with INVALID_ARGUMENT when the entry's time or the salt (see check.Salt) is malformed.
func Commit(trail, source string, number, position int, e Entry, salt string) (string, error) {
	if err := checkOccurred("/occurredAt", e.OccurredAt); err != nil {
		return "", err
	}
	if err := check.Salt("/salt", salt); err != nil {
		return "", err
	}
	return commit(trail, source, number, position, e, salt)
}

// commit is Commit for what has been checked.
func commit(trail, source string, number, position int, e Entry, salt string) (string, error) {
	encoded, err := canonical.MarshalSorted(e.stored())
	if err != nil {
		return "", err
	}
	h := sha256.New()
	h.Write([]byte("psbc/trail/v1\n" + trail + "\n" + source + "\n" +
		strconv.Itoa(number) + "\n" + strconv.Itoa(position) + "\n" + salt + "\n"))
	h.Write(encoded)
	return hex.EncodeToString(h.Sum(nil)), nil
}

// CheckReveal decides on a valid request to reveal a batch of a trail; head and
// commitments are those on the ledger. It returns the entries as Append would store them,
// and the record of the revelation. It fails with PERMISSION_DENIED unless the caller's
// body keeps the trail, with FAILED_PRECONDITION when the batch is not sealed or its time
// has not come, and with INVALID_ARGUMENT when the entries are not those committed, or
// break the trail's rules.
func CheckReveal(r RevealRequest, tx Tx, t Trail, head Batch, commitments []string) ([]Entry, Reveal, error) {
	if err := CheckOwner(t, tx); err != nil {
		return nil, Reveal{}, err
	}
	if head.RevealAfter == "" {
		return nil, Reveal{}, fault.New(fault.FailedPrecondition, "batch %d of source %s is not sealed", head.Number, head.Source)
	}
	if tx.ClaimedTime < head.RevealAfter {
		return nil, Reveal{}, fault.New(fault.FailedPrecondition, "batch %d of source %s may be revealed from %s", head.Number, head.Source, head.RevealAfter)
	}
	entries, err := r.open(commitments)
	if err != nil {
		return nil, Reveal{}, err
	}
	if _, _, err := checkEntries(entries, t, head.ClaimedTime); err != nil {
		return nil, Reveal{}, err
	}
	return entries, Reveal{
		V: SchemaVersion, Trail: head.Trail, Source: head.Source, Number: head.Number,
		RequestID: r.RequestID, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

// open returns the entries as the ledger stores them, provided that they are those
// committed.
func (r RevealRequest) open(commitments []string) ([]Entry, error) {
	if len(r.Entries) != len(commitments) {
		return nil, check.Invalid("entries", "are %d, but %d were committed", len(r.Entries), len(commitments))
	}
	entries := make([]Entry, len(r.Entries))
	for i, opened := range r.Entries {
		c, err := commit(r.Trail, r.Source, r.Number, i, opened.Entry, opened.Salt)
		if err != nil {
			return nil, inEntry(i, err)
		}
		if c != commitments[i] {
			return nil, inEntry(i, fault.New(fault.InvalidArgument, "is not what was committed"))
		}
		entries[i] = opened.Entry.stored()
	}
	return entries, nil
}

// Validate checks that r is a record that CheckReveal makes.
func (r Reveal) Validate() error {
	if err := checkVersion("reveal", r.V); err != nil {
		return err
	}
	if err := checkBatch(r.Trail, r.Source, r.Number); err != nil {
		return err
	}
	return validateOrigin(r.RequestID, r.TxID, r.ClaimedTime)
}
