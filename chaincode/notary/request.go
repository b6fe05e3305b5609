package notary

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// Reasons returns every revocation reason.
func Reasons() []Reason {
	return []Reason{
		ReasonIssuedInError, ReasonContentIncorrect, ReasonWithdrawn, ReasonCompromised,
		ReasonCourtOrder, ReasonLegalBasisExpired, ReasonOther,
	}
}

// The Parse functions read a request as a client sends it: one strict JSON value
// (see package canonical) of a bounded size, whose fields are all valid. They fail
// with INVALID_ARGUMENT and a sentence that names the field.

// ParseNotariseRequest reads and checks the argument of Notarise.
func ParseNotariseRequest(s string) (NotariseRequest, error) {
	return parse(s, MaxRequestBytes, NotariseRequest.Validate)
}

// ParseBatchRequest reads and checks the argument of NotariseBatch.
func ParseBatchRequest(s string) (BatchRequest, error) {
	return parse(s, MaxBatchRequestBytes, BatchRequest.Validate)
}

// ParseRevokeRequest reads and checks the argument of Revoke.
func ParseRevokeRequest(s string) (RevokeRequest, error) {
	return parse(s, MaxRequestBytes, RevokeRequest.Validate)
}

// ParseSupersedeRequest reads and checks the argument of Supersede.
func ParseSupersedeRequest(s string) (SupersedeRequest, error) {
	return parse(s, MaxRequestBytes, SupersedeRequest.Validate)
}

// ParsePutDetailsRequest reads and checks the argument of PutDetails.
func ParsePutDetailsRequest(s string) (PutDetailsRequest, error) {
	return parse(s, MaxRequestBytes, PutDetailsRequest.Validate)
}

// ParsePurgeDetailsRequest reads and checks the argument of PurgeDetails.
func ParsePurgeDetailsRequest(s string) (DigestRequest, error) {
	return parse(s, MaxRequestBytes, DigestRequest.ValidatePurge)
}

// ParseReadDetailsRequest reads and checks the argument of ReadDetails.
func ParseReadDetailsRequest(s string) (DigestRequest, error) {
	return parse(s, MaxRequestBytes, DigestRequest.ValidateRead)
}

// ParseRecordRequest reads and checks the argument of Read and History.
func ParseRecordRequest(s string) (RecordRequest, error) {
	return parse(s, MaxRequestBytes, RecordRequest.Validate)
}

// ParseFindRequest reads and checks the argument of Find.
func ParseFindRequest(s string) (FindRequest, error) {
	return parse(s, MaxRequestBytes, FindRequest.Validate)
}

// ParseListRequest reads and checks the argument of ListByBody.
func ParseListRequest(s string) (ListRequest, error) {
	return parse(s, MaxRequestBytes, ListRequest.Validate)
}

func parse[R any](s string, limit int, validate func(R) error) (R, error) {
	var request, none R
	if len(s) > limit {
		return none, fault.New(fault.InvalidArgument, "the request has %d bytes, more than %d", len(s), limit)
	}
	if err := canonical.Unmarshal([]byte(s), &request); err != nil {
		return none, fault.New(fault.InvalidArgument, "the request cannot be read: %v", err)
	}
	if err := validate(request); err != nil {
		return none, err
	}
	return request, nil
}

// Validate checks every field.
func (r NotariseRequest) Validate() error {
	if err := checkRequestID("requestId", r.RequestID); err != nil {
		return err
	}
	return r.Item.validate("")
}

// Validate checks every field, the number of items, and that no digest occurs
// twice: neither as an item, nor as superseded, nor as both.
func (r BatchRequest) Validate() error {
	if err := checkRequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if len(r.Items) == 0 {
		return invalid("items", "is empty; a batch has 1 to %d digests", MaxBatch)
	}
	if len(r.Items) > MaxBatch {
		return invalid("items", "has %d digests, more than %d", len(r.Items), MaxBatch)
	}
	for i, item := range r.Items {
		if err := item.validate(fmt.Sprintf("items[%d].", i)); err != nil {
			return err
		}
	}
	return checkDistinct(r.Items)
}

// checkDistinct looks digests up in a map but never ranges over it.
func checkDistinct(items []Item) error {
	where := make(map[Digest]string, len(items))
	for i, item := range items {
		field := fmt.Sprintf("items[%d].digest", i)
		if first, taken := where[item.Digest]; taken {
			return invalid(field, "is the same digest as %s", first)
		}
		where[item.Digest] = field
	}
	for i, item := range items {
		if item.Supersedes == "" {
			continue
		}
		field := fmt.Sprintf("items[%d].supersedes", i)
		if first, taken := where[item.Supersedes]; taken {
			return invalid(field, "is the same digest as %s", first)
		}
		where[item.Supersedes] = field
	}
	return nil
}

func (i Item) validate(prefix string) error {
	if err := checkDigest(prefix+"digest", i.Digest); err != nil {
		return err
	}
	if err := checkCode(prefix+"type", i.Type); err != nil {
		return err
	}
	if err := checkText(prefix+"reference", i.Reference, MaxReference); err != nil {
		return err
	}
	if err := checkValidity(prefix+"validFrom", i.ValidFrom, prefix+"validUntil", i.ValidUntil); err != nil {
		return err
	}
	if i.Supersedes != "" {
		if err := checkDigest(prefix+"supersedes", i.Supersedes); err != nil {
			return err
		}
		if i.Supersedes == i.Digest {
			return invalid(prefix+"supersedes", "is the document's own digest")
		}
	}
	if i.DetailsHash != "" {
		return checkHash(prefix+"detailsHash", i.DetailsHash)
	}
	return nil
}

// Validate checks every field.
func (r RevokeRequest) Validate() error {
	if err := checkRequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkDigest("digest", r.Digest); err != nil {
		return err
	}
	if !slices.Contains(Reasons(), r.Reason) {
		return invalid("reason", "%s is not one of %v", quote(string(r.Reason)), Reasons())
	}
	return checkCode("note", r.Note)
}

// Validate checks every field.
func (r SupersedeRequest) Validate() error {
	if err := checkRequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkDigest("old", r.Old); err != nil {
		return err
	}
	if err := checkDigest("new", r.New); err != nil {
		return err
	}
	if r.Old == r.New {
		return invalid("new", "is the same digest as old")
	}
	return nil
}

// Validate checks every field.
func (r PutDetailsRequest) Validate() error {
	if err := checkRequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkDigest("digest", r.Digest); err != nil {
		return err
	}
	return checkHash("detailsHash", r.DetailsHash)
}

// ValidatePurge checks every field of a request to PurgeDetails.
func (r DigestRequest) ValidatePurge() error {
	if err := checkRequestID("requestId", r.RequestID); err != nil {
		return err
	}
	return checkDigest("digest", r.Digest)
}

// ValidateRead checks every field of a request to ReadDetails, which needs no
// request id.
func (r DigestRequest) ValidateRead() error {
	if r.RequestID != "" {
		if err := checkRequestID("requestId", r.RequestID); err != nil {
			return err
		}
	}
	return checkDigest("digest", r.Digest)
}

// Validate checks every field.
func (r RecordRequest) Validate() error {
	if err := checkDigest("digest", r.Digest); err != nil {
		return err
	}
	return checkBody("body", r.Body)
}

// Validate checks every field but the bookmark, which only the ledger can read.
func (r FindRequest) Validate() error {
	if err := checkDigest("digest", r.Digest); err != nil {
		return err
	}
	return checkPageSize(r.PageSize)
}

// Validate checks every field but the bookmark, which only the ledger can read.
func (r ListRequest) Validate() error {
	if err := checkBody("body", r.Body); err != nil {
		return err
	}
	return checkPageSize(r.PageSize)
}

func checkPageSize(n int) error {
	if n < 0 || n > MaxPageSize {
		return invalid("pageSize", "%d is not 1 to %d (or 0 for %d)", n, MaxPageSize, DefaultPageSize)
	}
	return nil
}

// ContentHash returns what identifies the content of a request to a function:
// two requests with one id are the same request if and only if their hashes are
// equal. Requests that differ only in how their JSON is written are the same.
func ContentHash(function string, request any) (string, error) {
	content, err := json.Marshal(request)
	if err != nil {
		return "", fmt.Errorf("content of %s: %w", function, err)
	}
	h := sha256.New()
	h.Write([]byte(function + "\n"))
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil)), nil
}
