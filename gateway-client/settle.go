package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	fabric "github.com/hyperledger/fabric-gateway/pkg/client"
	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// waitForReady lets a request wait, within its context, for a connection that
// is being made anew.
var waitForReady = grpc.WaitForReady(true)

// TransactionStatus is the peers' verdict on an ordered transaction.
type TransactionStatus struct {
	TxID string
	// Valid says that the transaction's writes are on the ledger.
	Valid bool
	// Validation is the verdict's name in Fabric's TxValidationCode: VALID,
	// MVCC_READ_CONFLICT …
	Validation string
	// Block is the number of the block that holds the transaction.
	Block uint64
}

// Why asking for a transaction's status can end without one.
var (
	errNotCommitted = errors.New("the transaction is not committed yet")
	errNoAnswer     = errors.New("no peer told the transaction's status")
)

// settle sends an endorsed transaction to ordering and finds out what became of
// it. It returns the peers' verdict, or an error that either says that the
// transaction was never sent, or matches ErrOutcomeUnknown.
//
// The same signed envelope may be sent any number of times: peers mark every
// occurrence of a transaction id but the first as DUPLICATE_TXID, and SmartBFT's
// request pool drops copies. So an unclear answer is followed by the question
// what became of the transaction, and only a transaction that a peer does not
// know after Timeouts.Commit is sent again. On a BFT channel, "Unavailable" from
// Submit says little: a quorum of orderers did not answer with success, for
// example because they had already processed the request that another orderer
// forwarded to them.
func (e *engine) settle(ctx context.Context, op *operation, transaction *fabric.Transaction) (*TransactionStatus, error) {
	txID := transaction.TransactionID()
	pauses := e.pauses()
	maybeSent := false
	for {
		answer := e.send(ctx, op, transaction)
		wait := e.timeouts.Commit
		switch {
		case answer.notSent && !maybeSent && !answer.notNow:
			return nil, answer.failure
		case answer.notSent && !maybeSent:
			if !sleep(ctx, pauses.NextBackOff()) {
				answer.failure.cause = withContext(ctx, answer.failure.cause)
				return nil, answer.failure
			}
			e.again(ctx, op, txID, "not now", answer.failure)
			continue
		case answer.refused:
			wait = min(wait, refusalWait)
		}
		maybeSent = maybeSent || !answer.notSent

		status, err := e.ask(ctx, op, txID, wait)
		for errors.Is(err, errNoAnswer) && ctx.Err() == nil {
			status, err = e.ask(ctx, op, txID, wait)
		}
		switch {
		case err == nil:
			return status, nil
		case ctx.Err() != nil:
			return e.lastQuestion(ctx, op, txID, err)
		case answer.refused:
			// More orderers than may be faulty refused it, by rules that all share,
			// and it was not committed meanwhile.
			return nil, answer.failure
		case !errors.Is(err, errNotCommitted):
			return nil, e.unknown(ctx, op, txID, err)
		}
		e.again(ctx, op, txID, "resend", err)
	}
}

// refusalWait is how long a transaction that the orderers refused is still
// looked for on the ledger.
const refusalWait = 2 * time.Second

// answer is what became of one hand-over to ordering.
type answer struct {
	// notSent: this hand-over certainly did not reach an orderer.
	notSent bool
	// notNow: the gateway peer may take it soon. Implies notSent.
	notNow bool
	// refused: orderers said that they will not order it.
	refused bool
	failure *Error
}

// send hands the transaction to ordering once.
func (e *engine) send(ctx context.Context, op *operation, transaction *fabric.Transaction) answer {
	txID := transaction.TransactionID()
	phaseCtx, cancel := context.WithTimeout(ctx, e.timeouts.Submit)
	defer cancel()
	phaseCtx, end := e.telemetry.phase(phaseCtx, phaseSubmit, txID)
	_, err := transaction.SubmitWithContext(phaseCtx, waitForReady)
	end(err)
	if err == nil {
		return answer{}
	}
	result := e.interpret(ctx, op, txID, err)
	e.log.InfoContext(ctx, "the hand-over to ordering was not confirmed", op.attributes(txID,
		slog.String("error", err.Error()), slog.Bool("sent", !result.notSent))...)
	return result
}

// ask asks for the status of a transaction until it is committed, at most for
// wait. It bridges reconnects. errNotCommitted says that a peer was listening
// when the wait ended, errNoAnswer that none was; other errors are *Error.
func (e *engine) ask(ctx context.Context, op *operation, txID string, wait time.Duration) (*TransactionStatus, error) {
	request, err := e.statusRequest(txID)
	if err != nil {
		return nil, e.internal(op, "make the status request", err)
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	pauses := e.pauses()
	for {
		verdict, err := e.askOnce(ctx, request, txID)
		switch {
		case err == nil && verdict.Code == peer.TxValidationCode_DUPLICATE_TXID:
			// Said of a second copy in flight; the ledger knows the first one's verdict.
			err = errNoAnswer
		case err == nil:
			return &TransactionStatus{
				TxID: txID, Valid: verdict.Successful, Validation: verdict.Code.String(), Block: verdict.BlockNumber,
			}, nil
		}
		switch status.Code(err) {
		case codes.DeadlineExceeded, codes.Canceled:
			// The peer knows our deadline, and its clock may be the first to reach it.
			if deadline, _ := ctx.Deadline(); ctx.Err() != nil || time.Until(deadline) < wait/10 {
				return nil, errNotCommitted
			}
		case codes.InvalidArgument, codes.Unimplemented:
			// Other codes can be those of a peer that is still starting.
			failure, _ := e.classify(ctx, op, txID, err)
			return nil, failure
		}
		e.log.DebugContext(ctx, "no transaction status yet", op.attributes(txID, slog.String("error", err.Error()))...)
		if !sleep(ctx, pauses.NextBackOff()) {
			return nil, fmt.Errorf("%w: %w", errNoAnswer, err)
		}
	}
}

func (e *engine) askOnce(ctx context.Context, request []byte, txID string) (*fabric.Status, error) {
	commit, err := e.gateway.NewCommit(request)
	if err != nil {
		return nil, err
	}
	ctx, end := e.telemetry.phase(ctx, phaseStatus, txID)
	// Not waiting for a connection tells "no peer" from "not committed".
	verdict, err := commit.StatusWithContext(ctx)
	end(err)
	return verdict, err
}

// statusRequest makes the unsigned request for a transaction's status.
func (e *engine) statusRequest(txID string) ([]byte, error) {
	id := e.gateway.Identity()
	creator, err := proto.Marshal(&msp.SerializedIdentity{Mspid: id.MspID(), IdBytes: id.Credentials()})
	if err != nil {
		return nil, err
	}
	request, err := proto.Marshal(&gatewaypb.CommitStatusRequest{ChannelId: e.channel, TransactionId: txID, Identity: creator})
	if err != nil {
		return nil, err
	}
	return proto.Marshal(&gatewaypb.SignedCommitStatusRequest{Request: request})
}

// lastQuestion asks once more, briefly, when the time ran out after the
// transaction was sent; not when the caller gave up.
func (e *engine) lastQuestion(ctx context.Context, op *operation, txID string, err error) (*TransactionStatus, error) {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		if status, err := e.ask(context.WithoutCancel(ctx), op, txID, e.timeouts.Grace); err == nil {
			return status, nil
		}
	}
	return nil, e.unknown(ctx, op, txID, err)
}

// unknown is the error for a transaction that may or may not be committed yet.
func (e *engine) unknown(ctx context.Context, op *operation, txID string, err error) *Error {
	failure := &Error{Op: op.name, Kind: ErrOutcomeUnknown, TxID: txID, RequestID: op.call.RequestID,
		Message: err.Error(), cause: withContext(ctx, err)}
	var told *Error
	if errors.As(err, &told) {
		failure.Message, failure.Peers = "its status cannot be asked for: "+told.Message, told.Peers
		failure.cause = withContext(ctx, told.cause) // not told itself: it is of another kind
	}
	e.log.WarnContext(ctx, "the outcome of a transaction is unknown", op.attributes(txID, slog.String("error", err.Error()))...)
	return failure
}

func (e *engine) again(ctx context.Context, op *operation, txID, reason string, err error) {
	e.telemetry.retry(ctx, op, reason)
	e.log.InfoContext(ctx, "sending the same transaction again", op.attributes(txID,
		slog.String("reason", reason), slog.String("error", err.Error()))...)
}

// sleep waits, and reports false when the context ended first.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
