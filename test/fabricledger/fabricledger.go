// Package fabricledger is a real network as the conformance suite of package
// ledgertest sees a ledger.
package fabricledger

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance"
)

// Body is a body of the channel with its users' connections, each to a peer of
// that very body.
type Body struct {
	MSPID string
	Users map[string]*client.Gateway // by user: conformance.UserNotary and UserReader
}

// Ledger is a channel of a real network. It implements conformance.Ledger.
type Ledger struct {
	channel   string
	chaincode string
	bodies    []Body
}

var _ conformance.Ledger = (*Ledger)(nil)

// New returns the ledger of a channel on which the chaincode of
// package conformance/scripted is deployed under some name. The connections
// remain the caller's, who closes them.
func New(channel, chaincode string, bodies []Body) *Ledger {
	return &Ledger{channel: channel, chaincode: chaincode, bodies: slices.Clone(bodies)}
}

// Bodies returns the MSP IDs of the bodies.
func (l *Ledger) Bodies() []string {
	var names []string
	for _, body := range l.bodies {
		names = append(names, body.MSPID)
	}
	return names
}

func (l *Ledger) user(mspID, user string) (*client.Gateway, error) {
	for _, body := range l.bodies {
		if body.MSPID == mspID && body.Users[user] != nil {
			return body.Users[user], nil
		}
	}
	return nil, fmt.Errorf("there is no connection as %s of %s", user, mspID)
}

func (l *Ledger) propose(call conformance.Call, endorsers []string) (*client.Proposal, error) {
	connection, err := l.user(call.Body, call.User)
	if err != nil {
		return nil, err
	}
	options := []client.ProposalOption{client.WithArguments(call.Argument)}
	if len(call.Transient) > 0 {
		options = append(options, client.WithTransient(call.Transient))
	}
	if len(endorsers) > 0 {
		options = append(options, client.WithEndorsingOrganizations(endorsers...))
	}
	proposal, err := connection.GetNetwork(l.channel).GetContract(l.chaincode).NewProposal(call.Function, options...)
	if err != nil {
		return nil, fmt.Errorf("make proposal: %w", err)
	}
	return proposal, nil
}

// Endorse obtains the endorsements of the bodies that the call names, or of
// those that the gateway chooses.
func (l *Ledger) Endorse(ctx context.Context, call conformance.Call) (conformance.Endorsed, error) {
	proposal, err := l.propose(call, call.EndorsedBy)
	if err != nil {
		return nil, err
	}
	tx, err := proposal.EndorseWithContext(ctx)
	if err != nil {
		return nil, translate(err)
	}
	return tx, nil
}

// Evaluate runs the function at a peer of the first endorser of the call, or of
// the caller's body.
func (l *Ledger) Evaluate(ctx context.Context, call conformance.Call) ([]byte, error) {
	target := call.Body
	if len(call.EndorsedBy) > 0 {
		target = call.EndorsedBy[0]
	}
	proposal, err := l.propose(call, []string{target})
	if err != nil {
		return nil, err
	}
	payload, err := proposal.EvaluateWithContext(ctx)
	if err != nil {
		return nil, translate(err)
	}
	return payload, nil
}

// Commit submits the transactions at the same time and waits until every body's
// peer has committed them.
//
// A submit that fails may have succeeded all the same (a BFT channel's gateway
// wants the answers of a quorum of orderers), so the commit status decides.
func (l *Ledger) Commit(ctx context.Context, txs ...conformance.Endorsed) ([]conformance.Outcome, error) {
	outcomes := make([]conformance.Outcome, len(txs))
	group, ctx := errgroup.WithContext(ctx)
	for i, tx := range txs {
		own, ok := tx.(*client.Transaction)
		if !ok {
			return nil, fmt.Errorf("transaction %s is not of this ledger", tx.TransactionID())
		}
		group.Go(func() error {
			_, submitErr := own.SubmitWithContext(ctx)
			outcome, err := l.outcome(ctx, own.TransactionID())
			if err != nil {
				return errors.Join(submitErr, err)
			}
			outcomes[i] = outcome
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return outcomes, nil
}

// outcome asks every body's peer, and waits for each.
func (l *Ledger) outcome(ctx context.Context, txID string) (conformance.Outcome, error) {
	outcomes := make([]conformance.Outcome, len(l.bodies))
	group, ctx := errgroup.WithContext(ctx)
	for i, body := range l.bodies {
		group.Go(func() error {
			connection, err := l.user(body.MSPID, conformance.UserNotary)
			if err != nil {
				return err
			}
			outcomes[i], err = l.outcomeAt(ctx, connection, txID)
			if err != nil {
				return fmt.Errorf("commit status of %s at %s: %w", txID, body.MSPID, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return conformance.Outcome{}, err
	}
	for i, outcome := range outcomes {
		if outcome != outcomes[0] {
			return conformance.Outcome{}, fmt.Errorf("peers disagree on %s: %s says %v, %s says %v",
				txID, l.bodies[0].MSPID, outcomes[0], l.bodies[i].MSPID, outcome)
		}
	}
	return outcomes[0], nil
}

func (l *Ledger) outcomeAt(ctx context.Context, connection *client.Gateway, txID string) (conformance.Outcome, error) {
	identity, err := proto.Marshal(&msp.SerializedIdentity{
		Mspid:   connection.Identity().MspID(),
		IdBytes: connection.Identity().Credentials(),
	})
	if err != nil {
		return conformance.Outcome{}, fmt.Errorf("encode identity: %w", err)
	}
	request, err := proto.Marshal(&gateway.CommitStatusRequest{TransactionId: txID, ChannelId: l.channel, Identity: identity})
	if err != nil {
		return conformance.Outcome{}, fmt.Errorf("encode request: %w", err)
	}
	unsigned, err := proto.Marshal(&gateway.SignedCommitStatusRequest{Request: request})
	if err != nil {
		return conformance.Outcome{}, fmt.Errorf("encode request: %w", err)
	}
	commit, err := connection.NewCommit(unsigned)
	if err != nil {
		return conformance.Outcome{}, fmt.Errorf("make request: %w", err)
	}
	answer, err := commit.StatusWithContext(ctx)
	if err != nil {
		return conformance.Outcome{}, err
	}
	return conformance.Outcome{Code: answer.Code, Block: answer.BlockNumber}, nil
}

// Events replays the chaincode's events until that of the transaction.
func (l *Ledger) Events(ctx context.Context, fromBlock uint64, lastTransactionID string) ([]conformance.Event, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	connection, err := l.user(l.bodies[0].MSPID, conformance.UserNotary)
	if err != nil {
		return nil, err
	}
	stream, err := connection.GetNetwork(l.channel).ChaincodeEvents(ctx, l.chaincode, client.WithStartBlock(fromBlock))
	if err != nil {
		return nil, fmt.Errorf("listen for chaincode events: %w", err)
	}
	var events []conformance.Event
	for e := range stream {
		events = append(events, conformance.Event{TransactionID: e.TransactionID, Name: e.EventName, Payload: e.Payload})
		if e.TransactionID == lastTransactionID {
			return events, nil
		}
	}
	return nil, fmt.Errorf("the event of transaction %s did not come: %w", lastTransactionID, context.Cause(ctx))
}

// chaincodeResponse is how a gateway reports a chaincode's refusal
// (internal/pkg/gateway/apiutils.go, responseStatus).
var chaincodeResponse = regexp.MustCompile(`(?s)chaincode response (\d+), (.*)`)

// translate finds the chaincode's refusal in an error, and otherwise adds what
// the peers said to its text.
func translate(err error) error {
	messages := []string{status.Convert(err).Message()}
	for _, detail := range status.Convert(err).Details() {
		if d, ok := detail.(*gateway.ErrorDetail); ok {
			messages = append(messages, d.GetMspId()+": "+d.GetMessage())
		}
	}
	for _, message := range messages {
		match := chaincodeResponse.FindStringSubmatch(message)
		if match == nil {
			continue
		}
		code, parseErr := strconv.ParseInt(match[1], 10, 32)
		if parseErr != nil {
			continue
		}
		return &conformance.ChaincodeError{Status: int32(code), Message: match[2]}
	}
	return fmt.Errorf("%s: %w", strings.Join(messages, "; "), err)
}
