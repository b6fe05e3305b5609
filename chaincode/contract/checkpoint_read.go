package contract

import (
	"cmp"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
)

// inspect is a function that only reads.
func inspect[R any](c *Checkpoint, ctx contractapi.TransactionContextInterface, argument string, parse func(string) (R, error), answer func(ledger.Checkpoint, R) (any, error)) (any, error) {
	tx, request, err := ask(ctx, c.protection, argument, parse)
	if err != nil {
		return nil, err
	}
	return answer(ledger.Checkpoint{Tx: tx}, request)
}

// Latest takes a checkpoint.LatestRequest and returns the checkpoint.Standing of the
// largest size of which the quorum has cosigned one root. A size of which two roots have it
// is passed over.
func (c *Checkpoint) Latest(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(inspect(c, ctx, request, checkpoint.ParseLatestRequest, latest))
}

func latest(g ledger.Checkpoint, r checkpoint.LatestRequest) (any, error) {
	keyring, err := g.Keyring(r.Origin)
	if err != nil {
		return nil, err
	}
	rule, err := keyring.Rule(g.ClaimedTime(), r.Quorum, r.Algorithm)
	if err != nil {
		return nil, err
	}
	var reached *checkpoint.Standing
	found, err := g.Descend(r.Origin, keyring.Bodies(), rule.Quorum, func(said []checkpoint.Cosigned) (bool, error) {
		var err error
		reached, err = keyring.Reached(rule, said)
		return reached != nil, err
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault.New(fault.NotFound, "there is no size of %s that %d bodies have cosigned with %s", r.Origin, rule.Quorum, rule.Algorithm)
	}
	return *reached, nil
}

// At takes a checkpoint.AtRequest and returns checkpoint.Standings.
func (c *Checkpoint) At(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(inspect(c, ctx, request, checkpoint.ParseAtRequest, at))
}

func at(g ledger.Checkpoint, r checkpoint.AtRequest) (any, error) {
	keyring, err := g.Keyring(r.Origin)
	if err != nil {
		return nil, err
	}
	found, err := g.At(r.Origin, r.Size, keyring.Bodies())
	if err != nil {
		return nil, err
	}
	items, err := keyring.Standings(found)
	if err != nil {
		return nil, err
	}
	return checkpoint.Standings{Items: items}, nil
}

// Policy takes a checkpoint.PolicyRequest and returns a checkpoint.PolicyFile.
func (c *Checkpoint) Policy(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(inspect(c, ctx, request, checkpoint.ParsePolicyRequest, policy))
}

func policy(g ledger.Checkpoint, r checkpoint.PolicyRequest) (any, error) {
	keyring, err := g.Keyring(r.Origin)
	if err != nil {
		return nil, err
	}
	rule, err := keyring.Rule(cmp.Or(r.At, g.ClaimedTime()), r.Quorum, r.Algorithm)
	if err != nil {
		return nil, err
	}
	p, err := keyring.Policy(rule)
	if err != nil {
		return nil, err
	}
	return checkpoint.PolicyFile{
		Policy: string(p.Format()), Origin: r.Origin, At: rule.At, Algorithm: rule.Algorithm, Bodies: rule.Bodies, Quorum: rule.Quorum,
	}, nil
}

// Keys takes a checkpoint.KeysRequest and returns a checkpoint.KeyPage.
func (c *Checkpoint) Keys(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(inspect(c, ctx, request, checkpoint.ParseKeysRequest, func(g ledger.Checkpoint, r checkpoint.KeysRequest) (any, error) {
		return g.Keys(r.Body, pageSize(r.PageSize), r.Bookmark)
	}))
}
