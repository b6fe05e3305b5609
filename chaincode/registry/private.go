package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// ParsePutPrivateRequest reads and checks the argument of PutPrivate.
func ParsePutPrivateRequest(s string) (PutPrivateRequest, error) {
	return check.Parse(s, MaxRequestBytes, PutPrivateRequest.Validate)
}

// ParseReadPrivateRequest reads and checks the argument of ReadPrivate.
func ParseReadPrivateRequest(s string) (PrivateRequest, error) {
	return check.Parse(s, MaxRequestBytes, PrivateRequest.ValidateRead)
}

// ParsePurgePrivateRequest reads and checks the argument of PurgePrivate.
func ParsePurgePrivateRequest(s string) (PrivateRequest, error) {
	return check.Parse(s, MaxRequestBytes, PrivateRequest.ValidatePurge)
}

// Validate checks every field, and that no record is named twice.
func (r PutPrivateRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkID("register", r.Register); err != nil {
		return err
	}
	if err := check.Body("body", r.Body); err != nil {
		return err
	}
	if err := checkCount("items", len(r.Items)); err != nil {
		return err
	}
	where := make(map[string]int, len(r.Items))
	for i, item := range r.Items {
		at := fmt.Sprintf("items[%d].", i)
		if err := checkID(at+"id", item.ID); err != nil {
			return err
		}
		if err := check.Hash(at+"hash", item.Hash); err != nil {
			return err
		}
		if first, taken := where[item.ID]; taken {
			return check.Invalid(at+"id", "is the same as items[%d].id", first)
		}
		where[item.ID] = i
	}
	return nil
}

// ValidatePurge checks every field of a request to purge private fields.
func (r PrivateRequest) ValidatePurge() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	return r.ValidateRead()
}

// ValidateRead checks every field of a request to read private fields, which needs
// no request id.
func (r PrivateRequest) ValidateRead() error {
	if r.RequestID != "" {
		if err := check.RequestID("requestId", r.RequestID); err != nil {
			return err
		}
	}
	if err := checkRecord(r.Register, r.ID); err != nil {
		return err
	}
	return check.Hash("hash", r.Hash)
}

// Validate checks every field; it fails with INVALID_ARGUMENT and a sentence that
// names the place but never shows what it holds. Whether the fields are as a
// register's schema says is for CheckPrivate.
func (p PrivateFields) Validate() error {
	_, err := p.read()
	return err
}

func (p PrivateFields) read() (document, error) {
	if p.V != SchemaVersion {
		return document{}, check.Invalid("v", "is %d, not %d", p.V, SchemaVersion)
	}
	if err := check.Salt("salt", p.Salt); err != nil {
		return document{}, err
	}
	if len(p.Fields) == 0 {
		return document{}, misplaced("fields", "", "is missing")
	}
	return readDocument("fields", p.Fields, MaxPrivateBytes)
}

// Encode checks p and returns its canonical JSON (RFC 8785): what the private
// collection stores, and PrivateHash hashes.
func (p PrivateFields) Encode() ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	encoded, err := canonical.Marshal(p)
	if err != nil {
		return nil, err
	}
	if len(encoded) > MaxPrivateBytes {
		return nil, fault.New(fault.InvalidArgument, "the private fields have %d bytes, more than %d", len(encoded), MaxPrivateBytes)
	}
	return encoded, nil
}

// PrivateHash returns the lower-case hex SHA-256 of encoded private fields. Fabric
// publishes the same hash of the private value, so every peer can compare.
func PrivateHash(encoded []byte) string {
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:])
}

// ParsePrivateFields reads encoded private fields. It fails with INVALID_ARGUMENT
// unless they are valid and in canonical form; the sentence does not show them.
func ParsePrivateFields(encoded []byte) (PrivateFields, error) {
	if len(encoded) > MaxPrivateBytes {
		return PrivateFields{}, fault.New(fault.InvalidArgument, "the private fields have %d bytes, more than %d", len(encoded), MaxPrivateBytes)
	}
	var p PrivateFields
	// The reader's own sentences may quote the text.
	if err := canonical.Unmarshal(encoded, &p); err != nil {
		return PrivateFields{}, fault.New(fault.InvalidArgument, "the private fields are not the JSON of a PrivateFields value")
	}
	again, err := p.Encode()
	if err != nil {
		return PrivateFields{}, err
	}
	if !bytes.Equal(again, encoded) {
		return PrivateFields{}, fault.New(fault.InvalidArgument, "the private fields are not canonical JSON (RFC 8785)")
	}
	return p, nil
}

// ParsePrivateList reads the transient value of PutPrivate, a JSON list of
// PrivateFields, and returns each with its encoding. It fails with INVALID_ARGUMENT and
// does not show what is in it.
func ParsePrivateList(transient []byte) ([]PrivateFields, [][]byte, error) {
	if len(transient) > MaxPrivateImport {
		return nil, nil, fault.New(fault.InvalidArgument, "the private fields have %d bytes, more than %d", len(transient), MaxPrivateImport)
	}
	var list []PrivateFields
	if err := canonical.Unmarshal(transient, &list); err != nil {
		return nil, nil, fault.New(fault.InvalidArgument, "the private fields are not the JSON of a list of PrivateFields values")
	}
	if err := checkCount("private", len(list)); err != nil {
		return nil, nil, err
	}
	encoded := make([][]byte, 0, len(list))
	for i, p := range list {
		value, err := p.Encode()
		if err != nil {
			return nil, nil, check.Within(fmt.Sprintf("private[%d]", i), err)
		}
		encoded = append(encoded, value)
	}
	return list, encoded, nil
}

// CheckPrivate decides on a valid request of a body to store private fields; values
// and their encodings are those of the transient value. It fails with
// PERMISSION_DENIED when the body is not a writer, with FAILED_PRECONDITION when the
// register does not keep private fields at that body, and with INVALID_ARGUMENT when
// they are others than the request names, or not as the schema says.
func (r *Rules) CheckPrivate(body string, q PutPrivateRequest, values []PrivateFields, encoded [][]byte) error {
	if err := r.mayWrite(body); err != nil {
		return err
	}
	if r.register.Private == nil || !slices.Contains(r.register.Private.Bodies, q.Body) {
		return fault.New(fault.FailedPrecondition, "register %s keeps no private fields at %s", r.register.ID, q.Body)
	}
	if len(values) != len(q.Items) || len(encoded) != len(q.Items) {
		return check.Invalid("items", "has %d entries, but the transient list has %d", len(q.Items), len(values))
	}
	for i, item := range q.Items {
		at := fmt.Sprintf("items[%d]", i)
		if PrivateHash(encoded[i]) != item.Hash {
			return check.Invalid(at+".hash", "is not the SHA-256 of the transient private fields")
		}
		fields, err := values[i].read()
		if err != nil {
			return check.Within(at, err)
		}
		if err := r.schemas.private.validate("fields", fields); err != nil {
			return check.Within(at, err)
		}
	}
	return nil
}
