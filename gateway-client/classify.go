package gateway

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

// verdict says whether a proposal that failed may be made again.
type verdict int

const (
	final     verdict = iota // the answer will be the same
	perhaps                  // the answer may change soon, but need not: a limited number of times
	transient                // as long as there is time
)

// classify turns an error of evaluating, endorsing or asking into an Error.
// The gateway's codes come from Fabric's internal/pkg/gateway, the texts from
// the peer's core/endorser, core/common/validation and msp.
func (e *engine) classify(ctx context.Context, op *operation, txID string, err error) (*Error, verdict) {
	failure := &Error{Op: op.name, TxID: txID, RequestID: op.call.RequestID, cause: withContext(ctx, err)}
	refusal, ok := status.FromError(err)
	if !ok { // no answer of a peer at all: signing or encoding failed here
		failure.Kind, failure.Message = ErrInternal, err.Error()
		return failure, final
	}
	failure.Peers = peerErrors(refusal)
	failure.Message = describe(refusal, failure.Peers)

	if verdict, ok := failure.byChaincode(refusal, e.mspID); ok {
		return failure, verdict
	}
	if deniedIdentity(refusal, failure.Peers) {
		failure.Kind = ErrPermissionDenied
		return failure, final
	}
	switch refusal.Code() {
	case codes.Canceled:
		failure.Kind = ErrCanceled
		return failure, final
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
		failure.Kind = ErrUnavailable
		return failure, transient
	case codes.Aborted: // endorsers failed or disagreed
		return failure, failure.byEndorsers()
	case codes.FailedPrecondition: // no combination of reachable peers satisfies the policy
		failure.Kind = ErrUnavailable
		return failure, perhaps
	case codes.InvalidArgument:
		failure.Kind = ErrInvalidArgument
	case codes.NotFound:
		failure.Kind = ErrNotFound
	case codes.PermissionDenied, codes.Unauthenticated:
		failure.Kind = ErrPermissionDenied
	case codes.Unimplemented:
		failure.Kind = ErrFailedPrecondition
	default:
		switch {
		case tooManyRequests(refusal):
			failure.Kind = ErrUnavailable
			return failure, transient
		case refusal.Code() == codes.Unknown && len(failure.Peers) > 0: // an evaluate's endorsers
			return failure, failure.byEndorsers()
		}
		failure.Kind = ErrInternal
	}
	return failure, final
}

// byChaincode takes over the chaincode's own error, if there is one. The own
// body's peer decides: it has committed whatever this client was told of.
// Another body's peer may be blocks behind, and its verdict may pass.
func (e *Error) byChaincode(refusal *status.Status, mspID string) (verdict, bool) {
	code, found := fault.Code(""), false
	verdict := perhaps
	for _, p := range e.Peers {
		if parsed, ok := chaincodeFault(p.Message); ok && (!found || p.MSPID == mspID) {
			code, found, e.Message = parsed.Code, true, parsed.Message
			if p.MSPID == mspID {
				verdict = final
			}
		}
	}
	if !found {
		parsed, ok := chaincodeFault(refusal.Message())
		if !ok {
			return final, false
		}
		code, e.Message, verdict = parsed.Code, parsed.Message, final
	}
	e.Code, e.Kind = code, kindOf(code)
	return verdict, true
}

// byEndorsers classifies a failed endorsement that no chaincode decided.
func (e *Error) byEndorsers() verdict {
	e.Kind = ErrUnavailable
	for _, p := range e.Peers {
		switch {
		case strings.Contains(p.Message, "has been successfully defined on channel"):
			e.Kind, e.Message = ErrFailedPrecondition, p.Message
			return final
		case chaincodeAnswer.MatchString(p.Message):
			// A chaincode that does not speak the suite's error codes.
			e.Kind, e.Message = ErrFailedPrecondition, p.Message
			return final
		case strings.Contains(p.Message, "ProposalResponsePayloads do not match"):
			e.Kind = ErrConflict
			e.Message = "the bodies' peers computed different results: they are at different heights, or the chaincode is not deterministic"
		}
	}
	return perhaps
}

// noOrderers is what a gateway says that has not met the ordering service yet,
// as after its start (gateway/submit.go).
const noOrderers = "no orderer nodes available"

// interpret says what an error of Submit means. Where it does not say that
// nothing was sent, the transaction has to be looked for.
func (e *engine) interpret(ctx context.Context, op *operation, txID string, err error) answer {
	failure := &Error{Op: op.name, TxID: txID, RequestID: op.call.RequestID, cause: withContext(ctx, err)}
	refusal, ok := status.FromError(err)
	if !ok { // signing failed, before sending
		failure.Kind, failure.Message = ErrInternal, err.Error()
		return answer{notSent: true, failure: failure}
	}
	failure.Peers = peerErrors(refusal)
	failure.Message = describe(refusal, failure.Peers)
	if tooManyRequests(refusal) || refusal.Message() == noOrderers {
		failure.Kind = ErrUnavailable
		return answer{notSent: true, notNow: true, failure: failure}
	}
	switch refusal.Code() {
	// The gateway says these before it sends anything (gateway/submit.go).
	case codes.InvalidArgument:
		failure.Kind = ErrInvalidArgument
		return answer{notSent: true, failure: failure}
	case codes.FailedPrecondition, codes.NotFound, codes.Unimplemented:
		failure.Kind = ErrFailedPrecondition
		return answer{notSent: true, failure: failure}
	case codes.PermissionDenied, codes.Unauthenticated:
		failure.Kind = ErrPermissionDenied
		return answer{notSent: true, failure: failure}
	}
	failure.Kind = ErrUnavailable
	if refusedByOrderers(refusal, failure.Peers) {
		failure.Kind = ErrInvalidArgument
		if deniedIdentity(refusal, failure.Peers) {
			failure.Kind = ErrPermissionDenied
		}
		return answer{refused: true, failure: failure}
	}
	return answer{failure: failure}
}

// refusal is an orderer's status that says that it did not take the envelope
// and will not (orderer/common/broadcast). SERVICE_UNAVAILABLE says neither.
var ordererRefusal = regexp.MustCompile(`status=(BAD_REQUEST|FORBIDDEN|NOT_FOUND|REQUEST_ENTITY_TOO_LARGE)\b`)

// refusedByOrderers reports whether every orderer that the gateway names
// refused. On a BFT channel the gateway names more than may be faulty before it
// gives up; else it gives up on the first one that refuses.
func refusedByOrderers(refusal *status.Status, orderers []PeerError) bool {
	if refusal.Code() == codes.Aborted {
		return ordererRefusal.MatchString(refusal.Message())
	}
	for _, orderer := range orderers {
		if !ordererRefusal.MatchString(orderer.Message) {
			return false
		}
	}
	return len(orderers) > 0
}

// tooManyRequests recognises a peer at its concurrency limit. Fabric 3.1 gives
// it no code of its own (internal/peer/node/grpc_limiters.go).
func tooManyRequests(refusal *status.Status) bool {
	return refusal.Code() == codes.ResourceExhausted ||
		refusal.Code() == codes.Unknown && strings.HasPrefix(refusal.Message(), "too many requests for /gateway.Gateway")
}

// deniedIdentity recognises that a peer or orderer does not accept the signer.
func deniedIdentity(refusal *status.Status, peers []PeerError) bool {
	texts := []string{refusal.Message()}
	for _, p := range peers {
		texts = append(texts, p.Message)
	}
	for _, text := range texts {
		for _, sign := range []string{"access denied", "identity expired", "status=FORBIDDEN", "certificate has expired", "creator certificate is not valid"} {
			if strings.Contains(text, sign) {
				return true
			}
		}
	}
	return false
}

// chaincodeAnswer precedes what a chaincode said (gateway/apiutils.go).
var chaincodeAnswer = regexp.MustCompile(`chaincode response \d+, `)

// chaincodeFault finds the chaincode's "CODE: sentence" in a peer's message.
// fault.Parse knows the prefix, but not what an evaluate puts before it.
func chaincodeFault(message string) (*fault.Error, bool) {
	at := chaincodeAnswer.FindStringIndex(message)
	if at == nil {
		return nil, false
	}
	return fault.Parse(message[at[0]:])
}

func kindOf(code fault.Code) Kind {
	switch code {
	case fault.InvalidArgument:
		return ErrInvalidArgument
	case fault.NotFound:
		return ErrNotFound
	case fault.AlreadyExists:
		return ErrAlreadyExists
	case fault.PermissionDenied:
		return ErrPermissionDenied
	case fault.FailedPrecondition:
		return ErrFailedPrecondition
	default:
		return ErrInternal
	}
}

func peerErrors(refusal *status.Status) []PeerError {
	var list []PeerError
	for _, detail := range refusal.Details() {
		if d, ok := detail.(*gatewaypb.ErrorDetail); ok {
			list = append(list, PeerError{Address: d.GetAddress(), MSPID: d.GetMspId(), Message: d.GetMessage()})
		}
	}
	return list
}

// describe makes one sentence of the gateway's message and its details.
func describe(refusal *status.Status, peers []PeerError) string {
	if len(peers) == 0 {
		return refusal.Message()
	}
	parts := make([]string, len(peers))
	for i, p := range peers {
		parts[i] = fmt.Sprintf("%s (%s) %s", p.Address, p.MSPID, p.Message)
	}
	return strings.TrimSuffix(refusal.Message(), ", see attached details for more info") + ": " + strings.Join(parts, "; ")
}

// withContext adds the context's error to a cause, so that errors.Is finds it.
func withContext(ctx context.Context, cause error) error {
	if ctx.Err() == nil || errors.Is(cause, ctx.Err()) {
		return cause
	}
	return errors.Join(ctx.Err(), cause)
}

func (e *engine) internal(op *operation, what string, err error) *Error {
	return &Error{Op: op.name, Kind: ErrInternal, RequestID: op.call.RequestID, Message: what + ": " + err.Error(), cause: err}
}

// refused is the error for a request that the chaincode's own checks, run here,
// refuse before anything is sent.
func refused(op, requestID string, err error) *Error {
	failure := &Error{Op: op, Kind: ErrInternal, RequestID: requestID, Message: err.Error(), cause: err}
	var f *fault.Error
	if errors.As(err, &f) {
		failure.Code, failure.Kind, failure.Message = f.Code, kindOf(f.Code), f.Message
	}
	return failure
}
