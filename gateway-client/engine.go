package gateway

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v5"
	fabric "github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// engine runs operations against the gateway peer and keeps the promises of the
// package documentation. It sees one gateway: which peer that is, and failing
// over, is the transport's matter.
type engine struct {
	gateway   *fabric.Gateway
	network   *fabric.Network
	channel   string
	mspID     string
	timeouts  Timeouts
	retry     Retry
	log       *slog.Logger
	telemetry *telemetry
}

// submit proposes, sends and settles transactions until one is valid or the
// error is final. Only a transaction that is known to be invalid, or was never
// sent, is followed by another.
func (e *engine) submit(ctx context.Context, op *operation) (*Result, error) {
	bounded, cancel := context.WithTimeout(ctx, e.retry.MaxElapsed)
	defer cancel()

	refused := false
	attempt := func() (*Result, error) {
		transaction, err := e.endorse(bounded, op)
		if err != nil {
			return nil, backoff.Permanent(err)
		}
		status, err := e.settle(bounded, op, transaction)
		if err != nil {
			return nil, backoff.Permanent(err)
		}
		if !status.Valid {
			err := e.invalidated(op, status)
			repeat := err.Kind == ErrConflict || policyRefused(status) && !refused
			refused = refused || policyRefused(status)
			if !repeat {
				return nil, backoff.Permanent(error(err))
			}
			return nil, err
		}
		e.log.DebugContext(ctx, "committed", op.attributes(status.TxID, slog.Uint64("block", status.Block))...)
		return &Result{Payload: transaction.Result(), TxID: status.TxID, Block: status.Block}, nil
	}
	return retrying(bounded, e, op, "conflict", uint(max(e.retry.Conflicts, 0))+1, attempt)
}

// endorse collects endorsements for a new proposal. Nothing is sent to
// ordering, so it may be done again until the context ends.
func (e *engine) endorse(ctx context.Context, op *operation) (*fabric.Transaction, error) {
	var uncertain int // failures that need not pass, such as peers at different heights
	attempt := func() (*fabric.Transaction, error) {
		proposal, err := e.propose(op)
		if err != nil {
			return nil, backoff.Permanent(error(e.internal(op, "make the proposal", err)))
		}
		phaseCtx, cancel := context.WithTimeout(ctx, e.timeouts.Endorse)
		defer cancel()
		phaseCtx, end := e.telemetry.phase(phaseCtx, phaseEndorse, proposal.TransactionID())
		transaction, err := proposal.EndorseWithContext(phaseCtx, waitForReady)
		end(err)
		if err == nil {
			return transaction, nil
		}
		return nil, e.judge(ctx, op, proposal.TransactionID(), err, &uncertain)
	}
	return retrying(ctx, e, op, phaseEndorse, 0, attempt)
}

// evaluate reads; it may be done again until the context ends.
func (e *engine) evaluate(ctx context.Context, op *operation) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, e.retry.MaxElapsed)
	defer cancel()
	if len(op.call.Endorsers) == 0 {
		// The body's own peer, which the reader trusts anyway, and not whichever
		// body's peer the gateway would choose when the own one is behind.
		op.call.Endorsers = []string{e.mspID}
	}
	var uncertain int
	attempt := func() ([]byte, error) {
		proposal, err := e.propose(op)
		if err != nil {
			return nil, backoff.Permanent(error(e.internal(op, "make the proposal", err)))
		}
		phaseCtx, cancel := context.WithTimeout(ctx, e.timeouts.Evaluate)
		defer cancel()
		phaseCtx, end := e.telemetry.phase(phaseCtx, phaseEvaluate, proposal.TransactionID())
		payload, err := proposal.EvaluateWithContext(phaseCtx, waitForReady)
		end(err)
		if err == nil {
			return payload, nil
		}
		return nil, e.judge(ctx, op, proposal.TransactionID(), err, &uncertain)
	}
	return retrying(ctx, e, op, phaseEvaluate, 0, attempt)
}

func (e *engine) propose(op *operation) (*fabric.Proposal, error) {
	options := []fabric.ProposalOption{fabric.WithArguments(op.call.Arguments...)}
	if len(op.call.Transient) > 0 {
		options = append(options, fabric.WithTransient(op.call.Transient))
	}
	if len(op.call.Endorsers) > 0 {
		options = append(options, fabric.WithEndorsingOrganizations(op.call.Endorsers...))
	}
	return e.network.GetContract(op.chaincode).NewProposal(op.call.Function, options...)
}

// judge decides whether a failed proposal may be made again.
func (e *engine) judge(ctx context.Context, op *operation, txID string, err error, uncertain *int) error {
	failure, verdict := e.classify(ctx, op, txID, err)
	switch {
	case ctx.Err() != nil || verdict == final:
		return backoff.Permanent(error(failure))
	case verdict == perhaps:
		if *uncertain++; *uncertain > e.retry.Conflicts {
			return backoff.Permanent(error(failure))
		}
	}
	return failure
}

// invalidated words the peers' verdict on an ordered but invalid transaction.
func (e *engine) invalidated(op *operation, status *TransactionStatus) *Error {
	failure := &Error{Op: op.name, TxID: status.TxID, RequestID: op.call.RequestID, Validation: status.Validation}
	switch peer.TxValidationCode(peer.TxValidationCode_value[status.Validation]) {
	case peer.TxValidationCode_MVCC_READ_CONFLICT,
		peer.TxValidationCode_PHANTOM_READ_CONFLICT,
		peer.TxValidationCode_EXPIRED_CHAINCODE: // upgraded between endorsement and commit
		failure.Kind = ErrConflict
		failure.Message = "a concurrent change invalidated the transaction each time it was tried, last with " + status.Validation
	case peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE:
		failure.Kind = ErrRejected
		failure.Message = "the endorsements do not satisfy the policy of the chaincode or of a record it changes (ENDORSEMENT_POLICY_FAILURE): a record needs the endorsement of the body that owns it"
	default:
		failure.Kind = ErrRejected
		failure.Message = "the peers found the transaction invalid: " + status.Validation
	}
	return failure
}

// policyRefused tells whether a transaction failed an endorsement policy. Once,
// that may be a conflict: peers say so too of a transaction that touches a key
// whose own policy another transaction of the same block has just set, as when
// two clients create one record (fabric/core/common/validation/statebased).
func policyRefused(status *TransactionStatus) bool {
	return status.Validation == peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE.String()
}

// retrying runs attempt until it succeeds, fails with a permanent error, was
// tried often enough (0: no limit), or the context ends. Its error is always
// the last attempt's.
func retrying[T any](ctx context.Context, e *engine, op *operation, reason string, tries uint, attempt backoff.Operation[T]) (T, error) {
	var last error
	result, err := backoff.Retry(ctx,
		func() (T, error) {
			result, err := attempt()
			last = err
			return result, err
		},
		backoff.WithBackOff(e.pauses()),
		backoff.WithMaxTries(tries),
		backoff.WithMaxElapsedTime(0), // the context bounds it
		backoff.WithNotify(func(err error, pause time.Duration) {
			e.telemetry.retry(ctx, op, reason)
			e.log.InfoContext(ctx, "trying again", op.attributes("", slog.String("reason", reason),
				slog.String("error", err.Error()), slog.Duration("pause", pause))...)
		}),
	)
	if err == nil {
		return result, nil
	}
	var permanent *backoff.PermanentError
	if errors.As(last, &permanent) {
		last = permanent.Unwrap()
	}
	var failure *Error
	if errors.As(last, &failure) && ctx.Err() != nil {
		failure.cause = withContext(ctx, failure.cause)
	}
	var zero T
	return zero, last
}

func (e *engine) pauses() *backoff.ExponentialBackOff {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = e.retry.Interval
	pauses.MaxInterval = e.retry.MaxInterval
	return pauses
}

// attributes are an operation's log attributes. Arguments and transient data
// are left out on purpose.
func (op *operation) attributes(txID string, more ...any) []any {
	attributes := []any{
		slog.String("operation", op.name), slog.String("chaincode", op.chaincode), slog.String("function", op.call.Function),
	}
	if op.call.RequestID != "" {
		attributes = append(attributes, slog.String("request_id", op.call.RequestID))
	}
	if txID != "" {
		attributes = append(attributes, slog.String("tx_id", txID))
	}
	return append(attributes, more...)
}
