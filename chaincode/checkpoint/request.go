package checkpoint

import (
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// The Parse functions read a request as a client sends it: one strict JSON value (see
// package canonical) of a bounded size, whose fields are all valid. They fail with
// INVALID_ARGUMENT and a sentence that names the field. Times are given as the ledger
// writes them, in canonical.TimeLayout.

// ParseRegisterKeyRequest reads and checks the argument of RegisterKey.
func ParseRegisterKeyRequest(s string) (RegisterKeyRequest, error) {
	return check.Parse(s, MaxRequestBytes, RegisterKeyRequest.Validate)
}

// ParseRetireKeyRequest reads and checks the argument of RetireKey.
func ParseRetireKeyRequest(s string) (RetireKeyRequest, error) {
	r, err := check.Parse(s, MaxRequestBytes, RetireKeyRequest.Validate)
	r.Until = layout(r.Until)
	return r, err
}

// ParseRevokeKeyRequest reads and checks the argument of RevokeKey.
func ParseRevokeKeyRequest(s string) (RevokeKeyRequest, error) {
	r, err := check.Parse(s, MaxRequestBytes, RevokeKeyRequest.Validate)
	r.Since = layout(r.Since)
	return r, err
}

// ParseCosignRequest reads and checks the argument of Cosign.
func ParseCosignRequest(s string) (CosignRequest, error) {
	return check.Parse(s, MaxRequestBytes, CosignRequest.Validate)
}

// ParseLatestRequest reads and checks the argument of Latest.
func ParseLatestRequest(s string) (LatestRequest, error) {
	return check.Parse(s, MaxRequestBytes, LatestRequest.Validate)
}

// ParseAtRequest reads and checks the argument of At.
func ParseAtRequest(s string) (AtRequest, error) {
	return check.Parse(s, MaxRequestBytes, AtRequest.Validate)
}

// ParsePolicyRequest reads and checks the argument of Policy.
func ParsePolicyRequest(s string) (PolicyRequest, error) {
	r, err := check.Parse(s, MaxRequestBytes, PolicyRequest.Validate)
	r.At = layout(r.At)
	return r, err
}

// ParseKeysRequest reads and checks the argument of Keys.
func ParseKeysRequest(s string) (KeysRequest, error) {
	return check.Parse(s, MaxRequestBytes, KeysRequest.Validate)
}

// Validate checks every field. Whether the key is named after the calling body is for
// Register.
func (r RegisterKeyRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	_, err := parseKey("key", r.Key)
	return err
}

// Validate checks every field.
func (r RetireKeyRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkKeyID(r.KeyID); err != nil {
		return err
	}
	return checkTime("until", r.Until)
}

// Validate checks every field.
func (r RevokeKeyRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkKeyID(r.KeyID); err != nil {
		return err
	}
	return Revocation{Reason: r.Reason, Since: r.Since}.validate("")
}

// Validate checks every field. Whose cosignatures they are, and whether they verify, is
// for Cosign.
func (r CosignRequest) Validate() error {
	if _, err := checkpointOf(r.Origin, r.Size, r.Root); err != nil {
		return err
	}
	if err := checkBlock(r.Block); err != nil {
		return err
	}
	_, err := parseLines(r.Cosignatures)
	return err
}

// Validate checks every field.
func (r LatestRequest) Validate() error {
	if err := checkOrigin(r.Origin); err != nil {
		return err
	}
	return checkQuorum(r.Quorum, r.Algorithm)
}

// Validate checks every field.
func (r AtRequest) Validate() error {
	if err := checkOrigin(r.Origin); err != nil {
		return err
	}
	return checkSize(r.Size)
}

// Validate checks every field.
func (r PolicyRequest) Validate() error {
	if err := checkOrigin(r.Origin); err != nil {
		return err
	}
	if err := checkTime("at", r.At); err != nil {
		return err
	}
	return checkQuorum(r.Quorum, r.Algorithm)
}

// Validate checks every field.
func (r KeysRequest) Validate() error {
	if r.Body != "" {
		if err := check.Body("body", r.Body); err != nil {
			return err
		}
	}
	return check.PageSize(r.PageSize)
}

// Checkpoint returns what a valid request says of the log.
func (r CosignRequest) Checkpoint() (tlog.Checkpoint, error) {
	return checkpointOf(r.Origin, r.Size, r.Root)
}

// KeyIDs returns the ids of the keys of a valid request's cosignatures, in their order.
func (r CosignRequest) KeyIDs() ([]string, error) {
	cosignatures, err := parseLines(r.Cosignatures)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(cosignatures))
	for i, c := range cosignatures {
		ids[i] = keyIDText(c.KeyID)
	}
	return ids, nil
}

// NewCosignRequest makes a request of what a witness signed.
func NewCosignRequest(c tlog.Checkpoint, block uint64, cosignatures ...tlog.Cosignature) CosignRequest {
	r := CosignRequest{
		Origin: c.Origin, Size: c.Size, Root: c.Root.String(), Block: block, Cosignatures: make([]string, len(cosignatures)),
	}
	for i, line := range cosignatures {
		r.Cosignatures[i] = line.Line()
	}
	return r
}

// ContentHash returns what identifies the content of a request, given by value, to a
// function, whatever the request's id: two requests are the same if and only if their
// hashes are equal. Requests that differ only in how their JSON is written are the same.
func ContentHash(function string, request any) (string, error) {
	switch r := request.(type) {
	case RegisterKeyRequest:
		r.RequestID = ""
		request = r
	case RetireKeyRequest:
		r.RequestID = ""
		request = r
	case RevokeKeyRequest:
		r.RequestID = ""
		request = r
	}
	return check.ContentHash(function, request)
}

func checkOrigin(origin string) error {
	if origin == "" {
		return check.Invalid("origin", "is missing")
	}
	if err := check.Text("origin", origin, MaxOrigin); err != nil {
		return err
	}
	if err := (tlog.Checkpoint{Origin: origin, Size: 1}).Validate(); err != nil {
		return check.Invalid("origin", "%s is not one: it has a space or a plus sign in it", check.Quote(origin))
	}
	return nil
}

func checkSize(size uint64) error {
	if size < 1 || size > MaxSize {
		return check.Invalid("size", "%d is not 1 to %d", size, uint64(MaxSize))
	}
	return nil
}

func checkBlock(block uint64) error {
	if block > MaxSize {
		return check.Invalid("block", "%d is not 0 to %d", block, uint64(MaxSize))
	}
	return nil
}

// checkpointOf reads what a request or a record says of the log.
func checkpointOf(origin string, size uint64, root string) (tlog.Checkpoint, error) {
	if err := checkOrigin(origin); err != nil {
		return tlog.Checkpoint{}, err
	}
	if err := checkSize(size); err != nil {
		return tlog.Checkpoint{}, err
	}
	if err := check.Hash("root", root); err != nil {
		return tlog.Checkpoint{}, err
	}
	hash, err := tlog.ParseHash(root)
	if err != nil {
		return tlog.Checkpoint{}, check.Invalid("root", "%v", err)
	}
	return tlog.Checkpoint{Origin: origin, Size: size, Root: hash}, nil
}

func checkKeyID(id string) error {
	if len(id) != 8 || !check.LowerHex(id) {
		return check.Invalid("keyId", "%s is not 8 lower-case hexadecimal digits", check.Quote(id))
	}
	return nil
}

func keyIDText(id uint32) string { return fmt.Sprintf("%08x", id) }

func checkTime(field, s string) error {
	t, err := check.Time(field, s)
	if err != nil || s == "" {
		return err
	}
	if _, err := canonical.FormatTime(t); err != nil {
		return check.Invalid(field, "%v", err)
	}
	return nil
}

// layout writes a checked time in canonical.TimeLayout; the empty text stays empty.
func layout(s string) string {
	if s == "" {
		return ""
	}
	t, err := check.Time("", s)
	if err != nil {
		return s
	}
	written, err := canonical.FormatTime(t)
	if err != nil {
		return s
	}
	return written
}

func checkQuorum(quorum int, algorithm Algorithm) error {
	if quorum < 0 || quorum > MaxBodies {
		return check.Invalid("quorum", "%d is not 1 to %d (or 0 for a majority)", quorum, MaxBodies)
	}
	if algorithm != "" && !slices.Contains(Algorithms(), algorithm) {
		return check.Invalid("algorithm", "%s is not one of %s and %s", check.Quote(string(algorithm)), Ed25519, MLDSA44)
	}
	return nil
}

// parseLines reads the lines of a request or a record. No two are of one key: a note may
// not have them.
func parseLines(lines []string) ([]tlog.Cosignature, error) {
	if len(lines) == 0 || len(lines) > MaxCosignatures {
		return nil, check.Invalid("cosignatures", "are %d, not 1 to %d", len(lines), MaxCosignatures)
	}
	parsed := make([]tlog.Cosignature, len(lines))
	for i, line := range lines {
		field := fmt.Sprintf("cosignatures[%d]", i)
		if len(line) > MaxLine {
			return nil, check.Invalid(field, "has %d bytes, more than %d", len(line), MaxLine)
		}
		c, err := tlog.ParseCosignature(line)
		if err != nil {
			return nil, check.Invalid(field, "%v", err)
		}
		for j, other := range parsed[:i] {
			if other.KeyID == c.KeyID {
				return nil, check.Invalid(field, "is of the same key as cosignatures[%d]", j)
			}
		}
		parsed[i] = c
	}
	return parsed, nil
}

func parseKey(field, vkey string) (tlog.Key, error) {
	if vkey == "" {
		return tlog.Key{}, check.Invalid(field, "is missing")
	}
	if err := check.Text(field, vkey, MaxLine); err != nil {
		return tlog.Key{}, err
	}
	k, err := tlog.ParseKey(vkey)
	if err != nil {
		return tlog.Key{}, check.Invalid(field, "%v", err)
	}
	return k, nil
}
