package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// lookUp is a function that only reads.
func lookUp[R any](c *Registry, ctx contractapi.TransactionContextInterface, argument string, parse func(string) (R, error), answer func(ledger.Registry, R) (any, error)) (any, error) {
	tx, request, err := ask(ctx, c.protection, argument, parse)
	if err != nil {
		return nil, err
	}
	return answer(ledger.Registry{Tx: tx}, request)
}

// ReadRegister takes a registry.RegisterRequest and returns the registry.Register.
func (c *Registry) ReadRegister(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseRegisterRequest, func(g ledger.Registry, r registry.RegisterRequest) (any, error) {
		stored, err := g.Stored(r.Register)
		if err != nil {
			return nil, err
		}
		register, err := stored.Register()
		if err != nil {
			return nil, err
		}
		if register == nil {
			return nil, noRegister(r.Register)
		}
		return *register, nil
	}))
}

// Registers takes a registry.RegistersRequest and returns a registry.RegisterPage. A page
// may have fewer registers than asked for though it is not the last, when they are large.
func (c *Registry) Registers(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseRegistersRequest, func(g ledger.Registry, r registry.RegistersRequest) (any, error) {
		return g.Registers(pageSize(r.PageSize), r.Bookmark)
	}))
}

// RegisterHistory takes a registry.RegisterRequest and returns a
// registry.RegisterHistory. It fails with FAILED_PRECONDITION when there are more than
// 10,000 versions or 64 MiB of them.
func (c *Registry) RegisterHistory(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseRegisterRequest, func(g ledger.Registry, r registry.RegisterRequest) (any, error) {
		versions, err := g.RegisterHistory(r.Register)
		return registry.RegisterHistory{Versions: versions}, err
	}))
}

// Read takes a registry.ReadRequest and returns a registry.RecordView.
func (c *Registry) Read(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseReadRequest, c.read))
}

func (c *Registry) read(g ledger.Registry, r registry.ReadRequest) (any, error) {
	record, err := g.Record(r.Register, r.ID)
	if err != nil {
		return nil, err
	}
	if record == nil {
		return nil, fault.New(fault.NotFound, "register %s has no record %s", r.Register, r.ID)
	}
	attestations, err := g.Attestations(r.Register, r.ID)
	if err != nil {
		return nil, err
	}
	view := registry.RecordView{V: registry.SchemaVersion}
	for _, attestation := range attestations {
		view.Attestations = append(view.Attestations, registry.ViewAttestation(attestation, *record))
	}
	shown, err := c.shown(g, r, []registry.Record{*record})
	if err != nil {
		return nil, err
	}
	view.Record = shown[0]
	return view, nil
}

// shown returns records of one register as the request wants to see them.
func (c *Registry) shown(g ledger.Registry, r registry.ReadRequest, records []registry.Record) ([]registry.Record, error) {
	if r.View != registry.ViewCurrent {
		return records, nil
	}
	stored, err := g.Stored(r.Register)
	if err != nil {
		return nil, err
	}
	rules, err := c.rules.of(r.Register, stored)
	if err != nil {
		return nil, err
	}
	for i, record := range records {
		if records[i], err = rules.Current(record); err != nil {
			return nil, err
		}
	}
	return records, nil
}

// History takes a registry.ReadRequest and returns a registry.History. It fails with
// FAILED_PRECONDITION as RegisterHistory does.
func (c *Registry) History(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseReadRequest, func(g ledger.Registry, r registry.ReadRequest) (any, error) {
		versions, err := g.History(r.Register, r.ID)
		if err != nil {
			return nil, err
		}
		versions, err = c.shown(g, r, versions)
		return registry.History{Versions: versions}, err
	}))
}

// AsOf takes a registry.AsOfRequest and returns a registry.AsOf. It reads the histories
// of the record and the register, and fails with FAILED_PRECONDITION as
// RegisterHistory does.
func (c *Registry) AsOf(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseAsOfRequest, func(g ledger.Registry, r registry.AsOfRequest) (any, error) {
		versions, err := g.History(r.Register, r.ID)
		if err != nil {
			return nil, err
		}
		record, err := registry.AsOfRecord(versions, r.At, r.Known)
		if err != nil {
			return nil, err
		}
		registers, err := g.RegisterHistory(r.Register)
		if err != nil {
			return nil, err
		}
		return registry.Judge(record, r.At, r.Known, registers)
	}))
}

// Find takes a registry.FindRequest and returns a registry.Page, ordered by the field. It
// fails with INVALID_ARGUMENT when the field is neither unique nor indexed. A page may have
// fewer records than asked for though it is not the last, when they are large.
func (c *Registry) Find(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseFindRequest, c.find))
}

func (c *Registry) find(g ledger.Registry, r registry.FindRequest) (any, error) {
	stored, err := g.Stored(r.Register)
	if err != nil {
		return nil, err
	}
	rules, err := c.rules.of(r.Register, stored)
	if err != nil {
		return nil, err
	}
	search, err := searchOf(rules.Register(), r)
	if err != nil {
		return nil, err
	}
	return g.Find(search)
}

// List takes a registry.ListRequest and returns a registry.Page of the register's
// records, by id. A page may be short as one of Find may.
func (c *Registry) List(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseListRequest, func(g ledger.Registry, r registry.ListRequest) (any, error) {
		page, err := g.List(r.Register, pageSize(r.PageSize), r.Bookmark)
		if err == nil && len(page.Items) == 0 {
			err = exists(g, r.Register)
		}
		return page, err
	}))
}

// exists fails with NOT_FOUND when there is no such register. An empty list asks: it is
// empty of an unknown register too.
func exists(g ledger.Registry, register string) error {
	stored, err := g.Stored(register)
	if err == nil && !stored.Exists() {
		err = noRegister(register)
	}
	return err
}

// Proposals takes a registry.ListRequest and returns a registry.ProposalPage of the
// register's proposals, decided ones included, by body and request id. A page may be
// short as one of Find may.
func (c *Registry) Proposals(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseListRequest, func(g ledger.Registry, r registry.ListRequest) (any, error) {
		page, err := g.Proposals(r.Register, pageSize(r.PageSize), r.Bookmark)
		if err == nil && len(page.Items) == 0 {
			err = exists(g, r.Register)
		}
		return page, err
	}))
}

// ReadProposal takes a registry.ProposalRequest and returns the registry.Proposal.
func (c *Registry) ReadProposal(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(lookUp(c, ctx, request, registry.ParseProposalRequest, func(g ledger.Registry, r registry.ProposalRequest) (any, error) {
		proposal, err := g.Proposal(r.Register, ledger.ProposalName{Body: r.Body, RequestID: r.Proposal})
		if err != nil {
			return nil, err
		}
		if proposal == nil {
			return nil, fault.New(fault.NotFound, "%s has made no proposal %s in register %s", r.Body, r.Proposal, r.Register)
		}
		return *proposal, nil
	}))
}
