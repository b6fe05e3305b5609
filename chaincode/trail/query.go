package trail

import "github.com/psbc-lu/psbc/chaincode/check"

// ParseTrailRequest reads and checks the argument of ReadTrail.
func ParseTrailRequest(s string) (TrailRequest, error) {
	return check.Parse(s, MaxRequestBytes, TrailRequest.Validate)
}

// ParseTrailsRequest reads and checks the argument of Trails.
func ParseTrailsRequest(s string) (TrailsRequest, error) {
	return check.Parse(s, MaxRequestBytes, TrailsRequest.Validate)
}

// ParseBatchRequest reads and checks the argument of ReadBatch.
func ParseBatchRequest(s string) (BatchRequest, error) {
	return check.Parse(s, MaxRequestBytes, BatchRequest.Validate)
}

// ParseBatchesRequest reads and checks the argument of Batches.
func ParseBatchesRequest(s string) (BatchesRequest, error) {
	return check.Parse(s, MaxRequestBytes, BatchesRequest.Validate)
}

// ParseEntriesRequest reads and checks the argument of Entries. It gives the bounds as
// the ledger writes times, in canonical.TimeLayout.
func ParseEntriesRequest(s string) (EntriesRequest, error) {
	r, err := check.Parse(s, MaxRequestBytes, EntriesRequest.Validate)
	r.From, r.To = layout(r.From), layout(r.To)
	return r, err
}

// ParsePersonRequest reads and checks the argument of BySubject and ByActor. It gives the
// bounds as the ledger writes times, in canonical.TimeLayout.
func ParsePersonRequest(s string) (PersonRequest, error) {
	r, err := check.Parse(s, MaxRequestBytes, PersonRequest.Validate)
	r.From, r.To = layout(r.From), layout(r.To)
	return r, err
}

// Validate checks every field.
func (r TrailRequest) Validate() error { return checkTrail("trail", r.Trail) }

// Validate checks every field but the bookmark, which only the ledger can read.
func (r TrailsRequest) Validate() error {
	if r.Body != "" {
		if err := checkBody("body", r.Body); err != nil {
			return err
		}
	}
	return check.PageSize(r.PageSize)
}

// Validate checks every field.
func (r BatchRequest) Validate() error { return checkBatch(r.Trail, r.Source, r.Number) }

// Validate checks every field but the bookmark, which only the ledger can read.
func (r BatchesRequest) Validate() error {
	if err := checkTrail("trail", r.Trail); err != nil {
		return err
	}
	if r.Source != "" {
		if err := checkSource("source", r.Source); err != nil {
			return err
		}
	}
	return check.PageSize(r.PageSize)
}

// Validate checks every field but the bookmark, which only the ledger can read.
func (r EntriesRequest) Validate() error {
	if err := checkTrail("trail", r.Trail); err != nil {
		return err
	}
	if err := checkBounds(r.From, r.To); err != nil {
		return err
	}
	return check.PageSize(r.PageSize)
}

// Validate checks every field but the bookmark, which only the ledger can read.
func (r PersonRequest) Validate() error {
	if r.Pseudonym == "" {
		return check.Invalid("pseudonym", "is missing")
	}
	if err := Pseudonym("pseudonym", r.Pseudonym); err != nil {
		return err
	}
	switch {
	case r.Trail != "":
		if err := checkTrail("trail", r.Trail); err != nil {
			return err
		}
	case r.From != "":
		return check.Invalid("from", "is given without a trail; the order is by trail, then by time")
	case r.To != "":
		return check.Invalid("to", "is given without a trail; the order is by trail, then by time")
	}
	if err := checkBounds(r.From, r.To); err != nil {
		return err
	}
	return check.PageSize(r.PageSize)
}

// checkBounds checks a period, which begins before it ends; either end may be open.
func checkBounds(from, to string) error {
	begin, err := moment("from", from)
	if err != nil {
		return err
	}
	end, err := moment("to", to)
	if err != nil {
		return err
	}
	if from != "" && to != "" && end <= begin {
		return check.Invalid("to", "%s is not after from %s", to, from)
	}
	return nil
}
