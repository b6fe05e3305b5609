package contract

import (
	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Attest takes a registry.AttestRequest and returns the registry.Attestation.
func (c *Registry) Attest(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.attest(ctx, request))
}

func (c *Registry) attest(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, "Attest", argument, registry.ParseAttestRequest)
	if err != nil {
		return nil, err
	}
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return nil, err
	}
	opened, err := w.Open(request, r.Register, ledger.Wanted{Record: r.ID, Attester: w.body})
	if err != nil {
		return nil, err
	}
	if opened.Receipt != nil {
		return standing(opened.Attestation)
	}
	rules, err := w.rules.of(r.Register, opened.Register)
	if err != nil {
		return nil, err
	}
	attestation, err := rules.Attest(w.body, r, w.Transaction(), opened.Record, opened.Attestation)
	if err != nil {
		return nil, err
	}
	if err := w.SaveAttestation(request, attestation, opened.Attestation); err != nil {
		return nil, err
	}
	return attestation, w.emit(request, registry.EventAttestation, registry.Event{
		Register: r.Register, IDs: []string{r.ID}, Version: attestation.RecordVersion,
	})
}
