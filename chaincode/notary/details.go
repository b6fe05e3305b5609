package notary

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Validate checks every field; it fails with INVALID_ARGUMENT and a sentence
// that names the field but never shows what it holds, since details are private.
func (d Details) Validate() error {
	if d.V != SchemaVersion {
		return check.Invalid("v", "is %d, not %d", d.V, SchemaVersion)
	}
	if err := check.Salt("salt", d.Salt); err != nil {
		return err
	}
	if err := check.Text("title", d.Title, MaxDetailsTitle); err != nil {
		return err
	}
	if err := check.Text("fileName", d.FileName, MaxDetailsFile); err != nil {
		return err
	}
	if len(d.Persons) > MaxDetailsPersons {
		return check.Invalid("persons", "has %d entries, more than %d", len(d.Persons), MaxDetailsPersons)
	}
	for i, person := range d.Persons {
		field := fmt.Sprintf("persons[%d]", i)
		if person == "" {
			return check.Invalid(field, "is empty")
		}
		if err := check.Text(field, person, MaxDetailsPerson); err != nil {
			return err
		}
	}
	return nil
}

// Encode checks d and returns its canonical JSON (RFC 8785): the transient value
// of PutDetails, and what the private collection stores.
func (d Details) Encode() ([]byte, error) {
	if err := d.Validate(); err != nil {
		return nil, err
	}
	return canonical.Marshal(d)
}

// DetailsHash returns the lower-case hex SHA-256 of encoded details. Fabric
// publishes the same hash of the private value, so every peer can compare.
func DetailsHash(encoded []byte) string {
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

// ParseDetails reads encoded details. It fails with INVALID_ARGUMENT unless they are
// valid and in canonical form; the sentence does not show them.
func ParseDetails(encoded []byte) (Details, error) {
	if len(encoded) > MaxDetailsBytes {
		return Details{}, fault.New(fault.InvalidArgument, "the details have %d bytes, more than %d", len(encoded), MaxDetailsBytes)
	}
	var d Details
	// The reader's own sentences may quote the text.
	if err := canonical.Unmarshal(encoded, &d); err != nil {
		return Details{}, fault.New(fault.InvalidArgument, "the details are not the JSON of a Details value")
	}
	again, err := d.Encode()
	if err != nil {
		return Details{}, check.Within("details", err)
	}
	if !bytes.Equal(again, encoded) {
		return Details{}, fault.New(fault.InvalidArgument, "the details are not canonical JSON (RFC 8785)")
	}
	return d, nil
}

// Stored is what the ledger holds, before a transaction, of a body's details for
// one digest.
type Stored struct {
	// Notarisation is the body's notarisation of the digest, nil when there is none.
	Notarisation *Notarisation
	// DetailsHash is the hash of the stored details, empty when there are none.
	DetailsHash string
}

// PutDetails decides on a valid request and the details that came with it. It
// fails with INVALID_ARGUMENT when their hash is not the request's, and with
// FAILED_PRECONDITION when the digest is notarised and refers to other details, or to
// none: the details of a notarisation can be erased but not exchanged. Until
// then, details may be replaced.
func PutDetails(body string, r PutDetailsRequest, encoded []byte, stored Stored) error {
	if _, err := ParseDetails(encoded); err != nil {
		return err
	}
	if DetailsHash(encoded) != r.DetailsHash {
		return check.Invalid("detailsHash", "is not the SHA-256 of the transient details")
	}
	if n := stored.Notarisation; n != nil && n.DetailsHash != r.DetailsHash {
		refers := "has no details"
		if n.DetailsHash != "" {
			refers = "refers to the details with hash " + n.DetailsHash
		}
		return fault.New(fault.FailedPrecondition, "the notarisation of %s by %s %s", r.Digest, body, refers)
	}
	return nil
}

// PurgeDetails decides on a valid request. It fails with NOT_FOUND when there
// are no details, or when they have been purged.
func PurgeDetails(body string, r DigestRequest, stored Stored) error {
	if stored.DetailsHash != "" {
		return nil
	}
	return noDetails(body, r.Digest, stored)
}

// ReadDetails decides on a valid request and returns the details. It fails with
// NOT_FOUND when there are none, or when they have been purged, and with
// FAILED_PRECONDITION when encoded, what the peer could give, is empty although the
// body has them: they are on the body's own peers only.
func ReadDetails(body string, r DigestRequest, encoded []byte, stored Stored) (Details, error) {
	if stored.DetailsHash == "" {
		return Details{}, noDetails(body, r.Digest, stored)
	}
	if len(encoded) == 0 {
		return Details{}, fault.New(fault.FailedPrecondition, "this peer does not hold the details; ask a peer of %s", body)
	}
	details, err := ParseDetails(encoded)
	if err != nil {
		return Details{}, fmt.Errorf("the stored details of %s by %s are damaged", r.Digest, body)
	}
	return details, nil
}

func noDetails(body string, digest Digest, stored Stored) error {
	if stored.Notarisation != nil && stored.Notarisation.DetailsHash != "" {
		return fault.New(fault.NotFound, "the details of %s have been purged by %s", digest, body)
	}
	return fault.New(fault.NotFound, "%s stores no details for %s", body, digest)
}
