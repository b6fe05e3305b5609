package notary

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/check"
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
	return check.Parse(s, MaxRequestBytes, NotariseRequest.Validate)
}

// ParseBatchRequest reads and checks the argument of NotariseBatch.
func ParseBatchRequest(s string) (BatchRequest, error) {
	return check.Parse(s, MaxBatchRequestBytes, BatchRequest.Validate)
}

// ParseRevokeRequest reads and checks the argument of Revoke.
func ParseRevokeRequest(s string) (RevokeRequest, error) {
	return check.Parse(s, MaxRequestBytes, RevokeRequest.Validate)
}

// ParseSupersedeRequest reads and checks the argument of Supersede.
func ParseSupersedeRequest(s string) (SupersedeRequest, error) {
	return check.Parse(s, MaxRequestBytes, SupersedeRequest.Validate)
}

// ParsePutDetailsRequest reads and checks the argument of PutDetails.
func ParsePutDetailsRequest(s string) (PutDetailsRequest, error) {
	return check.Parse(s, MaxRequestBytes, PutDetailsRequest.Validate)
}

// ParsePurgeDetailsRequest reads and checks the argument of PurgeDetails.
func ParsePurgeDetailsRequest(s string) (DigestRequest, error) {
	return check.Parse(s, MaxRequestBytes, DigestRequest.ValidatePurge)
}

// ParseReadDetailsRequest reads and checks the argument of ReadDetails.
func ParseReadDetailsRequest(s string) (DigestRequest, error) {
	return check.Parse(s, MaxRequestBytes, DigestRequest.ValidateRead)
}

// ParseRecordRequest reads and checks the argument of Read and History.
func ParseRecordRequest(s string) (RecordRequest, error) {
	return check.Parse(s, MaxRequestBytes, RecordRequest.Validate)
}

// ParseFindRequest reads and checks the argument of Find.
func ParseFindRequest(s string) (FindRequest, error) {
	return check.Parse(s, MaxRequestBytes, FindRequest.Validate)
}

// ParseListRequest reads and checks the argument of ListByBody.
func ParseListRequest(s string) (ListRequest, error) {
	return check.Parse(s, MaxRequestBytes, ListRequest.Validate)
}

// Validate checks every field.
func (r NotariseRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	return r.Item.validate("")
}

// Validate checks every field, the number of items, and that no digest occurs
// twice: neither as an item, nor as superseded, nor as both.
func (r BatchRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if len(r.Items) == 0 {
		return check.Invalid("items", "is empty; a batch has 1 to %d digests", MaxBatch)
	}
	if len(r.Items) > MaxBatch {
		return check.Invalid("items", "has %d digests, more than %d", len(r.Items), MaxBatch)
	}
	for i, item := range r.Items {
		if err := item.validate(fmt.Sprintf("items[%d].", i)); err != nil {
			return err
		}
	}
	if err := checkAfter("after.", r.After); err != nil {
		return err
	}
	return checkDistinct(r.Items)
}

// checkDistinct looks digests up in a map but never ranges over it.
func checkDistinct(items []Item) error {
	where := make(map[Digest]string, len(items))
	for i, item := range items {
		field := fmt.Sprintf("items[%d].digest", i)
		if first, taken := where[item.Digest]; taken {
			return check.Invalid(field, "is the same digest as %s", first)
		}
		where[item.Digest] = field
	}
	for i, item := range items {
		if item.Supersedes == "" {
			continue
		}
		field := fmt.Sprintf("items[%d].supersedes", i)
		if first, taken := where[item.Supersedes]; taken {
			return check.Invalid(field, "is the same digest as %s", first)
		}
		where[item.Supersedes] = field
	}
	return nil
}

func (i Item) validate(prefix string) error {
	if err := checkDigest(prefix+"digest", i.Digest); err != nil {
		return err
	}
	if err := check.Code(prefix+"type", i.Type); err != nil {
		return err
	}
	if err := check.Text(prefix+"reference", i.Reference, MaxReference); err != nil {
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
			return check.Invalid(prefix+"supersedes", "is the document's own digest")
		}
	}
	if i.DetailsHash != "" {
		if err := check.Hash(prefix+"detailsHash", i.DetailsHash); err != nil {
			return err
		}
	}
	return checkAfter(prefix+"after.", i.After)
}

// Validate checks every field.
func (r RevokeRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkDigest("digest", r.Digest); err != nil {
		return err
	}
	return checkWhy(r.Reason, r.Note)
}

// Validate checks every field.
func (r SupersedeRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkDigest("old", r.Old); err != nil {
		return err
	}
	if err := checkDigest("new", r.New); err != nil {
		return err
	}
	if r.Old == r.New {
		return check.Invalid("new", "is the same digest as old")
	}
	return nil
}

// Validate checks every field.
func (r PutDetailsRequest) Validate() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	if err := checkDigest("digest", r.Digest); err != nil {
		return err
	}
	return check.Hash("detailsHash", r.DetailsHash)
}

// ValidatePurge checks every field of a request to PurgeDetails.
func (r DigestRequest) ValidatePurge() error {
	if err := check.RequestID("requestId", r.RequestID); err != nil {
		return err
	}
	return checkDigest("digest", r.Digest)
}

// ValidateRead checks every field of a request to ReadDetails, which needs no
// request id.
func (r DigestRequest) ValidateRead() error {
	if r.RequestID != "" {
		if err := check.RequestID("requestId", r.RequestID); err != nil {
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
	return check.Body("body", r.Body)
}

// Validate checks every field but the bookmark, which only the ledger can read.
func (r FindRequest) Validate() error {
	if err := checkDigest("digest", r.Digest); err != nil {
		return err
	}
	return check.PageSize(r.PageSize)
}

// Validate checks every field but the bookmark, which only the ledger can read.
func (r ListRequest) Validate() error {
	if err := check.Body("body", r.Body); err != nil {
		return err
	}
	return check.PageSize(r.PageSize)
}

// ContentHash returns what identifies the content of a request to a function:
// two requests with one id are the same request if and only if their hashes are
// equal. Requests that differ only in how their JSON is written are the same.
func ContentHash(function string, request any) (string, error) {
	return check.ContentHash(function, request)
}
