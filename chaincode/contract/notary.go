package contract

import (
	"errors"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// RoleNotary is the certificate attribute that a caller needs to write: its value
// is "true". Reading needs nothing but to be a member of the channel, and of the
// body itself for its details.
const RoleNotary = "psbc.notary"

// Notary is the contract of document notarisation. Its methods are the functions
// that a client calls; arguments and results are JSON of the types of package
// notary. Errors read "CODE: sentence"; see package fault. A write whose request id
// was used for the same request returns the records as they stand, and writes nothing.
type Notary struct {
	contractapi.Contract
	protection *ledger.Protection
}

// NewNotary makes the contract. The protection must be the same at every endorser,
// since the policies that it makes are part of what they endorse.
func NewNotary(protection *ledger.Protection) (*Notary, error) {
	if protection == nil {
		return nil, errors.New("the notary needs a protection")
	}
	return &Notary{
		Contract:   base("notary", "Document notarisation", "Each body notarises documents by their digests. Arguments and results are JSON texts."),
		protection: protection,
	}, nil
}

// GetEvaluateTransactions names, for the metadata, the functions to evaluate.
// ReadDetails above all: submitted, its result would be on every peer for ever.
func (c *Notary) GetEvaluateTransactions() []string {
	return []string{"Read", "Find", "ListByBody", "History", "ReadDetails", "ReadAnchor", "ReadMember"}
}

// Notarise takes a notary.NotariseRequest and returns the notary.Notarisation.
func (c *Notary) Notarise(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.notarise(ctx, request))
}

func (c *Notary) notarise(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := write(c, ctx, "Notarise", argument, notary.ParseNotariseRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r.Content())
	if err != nil {
		return nil, err
	}
	prior, receipt, err := w.LoadPrior(request, []notary.Item{r.Item})
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return asItStands(prior[0].Existing)
	}
	outcome, err := notary.Notarise(w.body, r, w.Transaction(), prior[0])
	if err != nil {
		return nil, err
	}
	return outcome.Created[0], w.save(request, outcome.Created, outcome.Superseded, notary.EventNotarised, notary.Event{
		Digest: r.Digest, Supersedes: r.Supersedes, Count: 1,
	})
}

// NotariseBatch takes a notary.BatchRequest and returns a notary.BatchResult.
func (c *Notary) NotariseBatch(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.notariseBatch(ctx, request))
}

func (c *Notary) notariseBatch(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := write(c, ctx, "NotariseBatch", argument, notary.ParseBatchRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r.Content())
	if err != nil {
		return nil, err
	}
	prior, receipt, err := w.LoadPrior(request, r.Items)
	if err != nil {
		return nil, err
	}
	result := notary.BatchResult{
		V: notary.SchemaVersion, RequestID: r.RequestID, Body: w.body, Count: len(r.Items),
		TxID: w.ID(), ClaimedTime: w.ClaimedTime(),
	}
	if receipt != nil {
		result.TxID, result.ClaimedTime = receipt.TxID, receipt.ClaimedTime
		return result, nil
	}
	outcome, err := notary.NotariseBatch(w.body, r, w.Transaction(), prior)
	if err != nil {
		return nil, err
	}
	return result, w.save(request, outcome.Created, outcome.Superseded, notary.EventBatchNotarised, notary.Event{
		Count: len(r.Items),
	})
}

// Revoke takes a notary.RevokeRequest and returns the notary.Notarisation.
func (c *Notary) Revoke(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.revoke(ctx, request))
}

func (c *Notary) revoke(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := write(c, ctx, "Revoke", argument, notary.ParseRevokeRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return nil, err
	}
	records, receipt, err := w.Load(request, r.Digest)
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return asItStands(records[0])
	}
	if records[0] == nil {
		return nil, notNotarised(w.body, r.Digest)
	}
	revoked, err := notary.Revoke(*records[0], r, w.Transaction())
	if err != nil {
		return nil, err
	}
	return revoked, w.save(request, nil, []notary.Notarisation{revoked}, notary.EventRevoked, notary.Event{
		Digest: r.Digest, Reason: r.Reason, Count: 1,
	})
}

// Supersede takes a notary.SupersedeRequest and returns the notary.Notarisation of the
// new document.
func (c *Notary) Supersede(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.supersede(ctx, request))
}

func (c *Notary) supersede(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := write(c, ctx, "Supersede", argument, notary.ParseSupersedeRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return nil, err
	}
	records, receipt, err := w.Load(request, r.Old, r.New)
	if err != nil {
		return nil, err
	}
	if receipt != nil {
		return asItStands(records[1])
	}
	for i, digest := range []notary.Digest{r.Old, r.New} {
		if records[i] == nil {
			return nil, notNotarised(w.body, digest)
		}
	}
	superseded, replacing, err := notary.Supersede(*records[0], *records[1])
	if err != nil {
		return nil, err
	}
	return replacing, w.save(request, nil, []notary.Notarisation{superseded, replacing}, notary.EventSuperseded, notary.Event{
		Digest: r.New, Supersedes: r.Old, Count: 1,
	})
}

// Read takes a notary.RecordRequest and returns the notary.Notarisation.
func (c *Notary) Read(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(read(c, ctx, request, notary.ParseRecordRequest, func(n ledger.Notary, r notary.RecordRequest) (any, error) {
		return n.Record(r.Digest, r.Body)
	}))
}

// Find takes a notary.FindRequest and returns a notary.Page.
func (c *Notary) Find(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(read(c, ctx, request, notary.ParseFindRequest, func(n ledger.Notary, r notary.FindRequest) (any, error) {
		return n.Find(r.Digest, pageSize(r.PageSize), r.Bookmark)
	}))
}

// ListByBody takes a notary.ListRequest and returns a notary.Page.
func (c *Notary) ListByBody(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(read(c, ctx, request, notary.ParseListRequest, func(n ledger.Notary, r notary.ListRequest) (any, error) {
		return n.List(r.Body, pageSize(r.PageSize), r.Bookmark)
	}))
}

// History takes a notary.RecordRequest and returns a notary.History.
func (c *Notary) History(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(read(c, ctx, request, notary.ParseRecordRequest, func(n ledger.Notary, r notary.RecordRequest) (any, error) {
		return n.History(r.Digest, r.Body)
	}))
}

// asItStands is the answer to a repeated request.
func asItStands[R any](record *R) (any, error) {
	if record == nil {
		return nil, errors.New("the request was carried out before, but its record is missing")
	}
	return *record, nil
}

func notNotarised(body string, digest notary.Digest) error {
	return fault.New(fault.NotFound, "%s has not notarised %s", body, digest)
}
