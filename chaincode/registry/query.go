package registry

import (
	"encoding/json"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// ParseRegisterRequest reads and checks the argument of ReadRegister.
func ParseRegisterRequest(s string) (RegisterRequest, error) {
	return check.Parse(s, MaxRequestBytes, RegisterRequest.Validate)
}

// ParseRegistersRequest reads and checks the argument of ListRegisters.
func ParseRegistersRequest(s string) (RegistersRequest, error) {
	return check.Parse(s, MaxRequestBytes, RegistersRequest.Validate)
}

// ParseReadRequest reads and checks the argument of Read and History.
func ParseReadRequest(s string) (ReadRequest, error) {
	return check.Parse(s, MaxRequestBytes, ReadRequest.Validate)
}

// ParseFindRequest reads and checks the argument of Find.
func ParseFindRequest(s string) (FindRequest, error) {
	return check.Parse(s, MaxRequestBytes, FindRequest.Validate)
}

// ParseListRequest reads and checks the argument of List and ListProposals.
func ParseListRequest(s string) (ListRequest, error) {
	return check.Parse(s, MaxRequestBytes, ListRequest.Validate)
}

// ParseProposalRequest reads and checks the argument of ReadProposal.
func ParseProposalRequest(s string) (ProposalRequest, error) {
	return check.Parse(s, MaxRequestBytes, ProposalRequest.Validate)
}

// ParseAsOfRequest reads and checks the argument of AsOf.
func ParseAsOfRequest(s string) (AsOfRequest, error) {
	return check.Parse(s, MaxRequestBytes, AsOfRequest.Validate)
}

// Validate checks every field.
func (r RegisterRequest) Validate() error { return checkID("register", r.Register) }

// Validate checks every field but the bookmark, which only the ledger can read.
func (r RegistersRequest) Validate() error { return check.PageSize(r.PageSize) }

// Validate checks every field.
func (r ReadRequest) Validate() error {
	if err := checkRecord(r.Register, r.ID); err != nil {
		return err
	}
	if r.View != ViewStored && r.View != ViewCurrent {
		return check.Invalid("view", "%s is not %s, nor empty", check.Quote(string(r.View)), ViewCurrent)
	}
	return nil
}

// Validate checks every field but the bookmark, which only the ledger can read.
func (r FindRequest) Validate() error {
	if err := checkID("register", r.Register); err != nil {
		return err
	}
	if err := checkField("field", r.Field); err != nil {
		return err
	}
	if len(r.Value) > 0 && len(r.From) > 0 {
		return check.Invalid("from", "is given beside value")
	}
	for _, value := range []struct {
		field string
		raw   json.RawMessage
	}{{"value", r.Value}, {"from", r.From}} {
		if len(value.raw) == 0 {
			continue
		}
		if _, err := readIndexValue(value.field, value.raw); err != nil {
			return err
		}
	}
	return check.PageSize(r.PageSize)
}

// Validate checks every field but the bookmark, which only the ledger can read.
func (r ListRequest) Validate() error {
	if err := checkID("register", r.Register); err != nil {
		return err
	}
	return check.PageSize(r.PageSize)
}

// Validate checks every field.
func (r ProposalRequest) Validate() error {
	if err := checkID("register", r.Register); err != nil {
		return err
	}
	if err := check.Body("body", r.Body); err != nil {
		return err
	}
	return check.RequestID("proposal", r.Proposal)
}

// Validate checks every field.
func (r AsOfRequest) Validate() error {
	if err := checkRecord(r.Register, r.ID); err != nil {
		return err
	}
	if r.At == "" {
		return check.Invalid("at", "is missing")
	}
	if err := checkMoment("at", r.At); err != nil {
		return err
	}
	return checkMoment("known", r.Known)
}
