package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	gatewaypb "github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/internal/fakegateway"
)

// The answers of real gateways, orderers and peers (Fabric 3.1.1).
var (
	errNoQuorum = fakegateway.Refusal(codes.Unavailable,
		"insufficient number of orderers could successfully process transaction to satisfy quorum requirement",
		detail("OrdererMSP", "received unsuccessful response from orderer: status=SERVICE_UNAVAILABLE, info=failed to submit request: request already processed"),
		detail("OrdererMSP", "rpc error: code = Unavailable desc = connection error"))
	errForbidden = fakegateway.Refusal(codes.Unavailable,
		"insufficient number of orderers could successfully process transaction to satisfy quorum requirement",
		detail("OrdererMSP", "received unsuccessful response from orderer: status=FORBIDDEN, info=implicit policy evaluation failed"),
		detail("OrdererMSP", "received unsuccessful response from orderer: status=FORBIDDEN, info=implicit policy evaluation failed"))
	errTooLarge = fakegateway.Refusal(codes.Unavailable,
		"insufficient number of orderers could successfully process transaction to satisfy quorum requirement",
		detail("OrdererMSP", "received unsuccessful response from orderer: status=BAD_REQUEST, info=message payload is 20 bytes and exceeds maximum allowed 10 bytes"))
	errNoOrderers = status.Error(codes.Unavailable, "no orderer nodes available")
	errLost       = status.Error(codes.Unavailable, "error reading from server: EOF")
	errBusy       = status.Error(codes.Unknown, "too many requests for /gateway.Gateway, exceeding concurrency limit (500)")
	errBusyLater  = status.Error(codes.ResourceExhausted, "too many requests for /gateway.Gateway, exceeding concurrency limit (500)")
	errMalformed  = status.Error(codes.InvalidArgument, "prepared transaction must be signed")
	errClosing    = status.Error(codes.Aborted, "unexpected close of commit notification channel")
	errStarting   = status.Error(codes.PermissionDenied, "failed to get policy manager for channel psbc")
	errNoPlan     = status.Error(codes.FailedPrecondition, "failed to select a set of endorsers that satisfy the endorsement policy due to unavailability of peers")
	errDisagree   = fakegateway.Refusal(codes.Aborted, "failed to collect enough transaction endorsements, see attached details for more info",
		detail("SIGIMSP", "ProposalResponsePayloads do not match"))
	errBehind = fakegateway.Refusal(codes.Aborted, "failed to collect enough transaction endorsements, see attached details for more info",
		detail("SIGIMSP", "chaincode response 500, NOT_FOUND: there is no such notarisation"))
	errNotFound = fakegateway.Refusal(codes.Aborted, "failed to endorse transaction, see attached details for more info",
		detail("CTIEMSP", "chaincode response 500, NOT_FOUND: there is no such notarisation"))
	errExpired = fakegateway.Refusal(codes.Aborted, "failed to endorse transaction, see attached details for more info",
		detail("CTIEMSP", "error validating proposal: access denied: channel [psbc] creator org [CTIEMSP]"))
	errUndefined = fakegateway.Refusal(codes.Aborted, "failed to endorse transaction, see attached details for more info",
		detail("CTIEMSP", "make sure the chaincode nope has been successfully defined on channel psbc and try again: chaincode nope not found"))
)

func detail(mspID, message string) *gatewaypb.ErrorDetail {
	return &gatewaypb.ErrorDetail{Address: "127.0.0.1:7051", MspId: mspID, Message: message}
}

func repeat(s step, times int) []step {
	list := make([]step, times)
	for i := range list {
		list[i] = s
	}
	return list
}

// Each fault has a twin: the same answer, but the transaction was ordered anyway.
func TestASubmitHappensExactlyOnceWhateverGoesWrong(t *testing.T) {
	const (
		mvcc    = peer.TxValidationCode_MVCC_READ_CONFLICT
		phantom = peer.TxValidationCode_PHANTOM_READ_CONFLICT
		policy  = peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE
	)
	tests := []struct {
		name                    string
		endorse, submit, status []step
		want                    error    // nil: success
		log                     []string // phases in order, with the transaction's number
	}{
		{name: "nothing", log: []string{"endorse 1", "submit 1", "status 1"}},

		{name: "the peer cannot be reached for endorsing", endorse: []step{{err: errLost}, {err: errLost}},
			log: []string{"endorse 1", "endorse 2", "endorse 3", "submit 3", "status 3"}},
		{name: "the peer is too busy to endorse", endorse: []step{{err: errBusy}, {err: errBusyLater}},
			log: []string{"endorse 1", "endorse 2", "endorse 3", "submit 3", "status 3"}},
		{name: "endorsing takes too long", endorse: []step{{hang: true}},
			log: []string{"endorse 1", "endorse 2", "submit 2", "status 2"}},
		{name: "no set of endorsers is reachable for a moment", endorse: []step{{err: errNoPlan}},
			log: []string{"endorse 1", "endorse 2", "submit 2", "status 2"}},
		{name: "no set of endorsers is reachable", endorse: repeat(step{err: errNoPlan}, 9), want: gateway.ErrUnavailable,
			log: []string{"endorse 1", "endorse 2", "endorse 3", "endorse 4"}},
		{name: "the peers disagree for a moment", endorse: []step{{err: errDisagree}},
			log: []string{"endorse 1", "endorse 2", "submit 2", "status 2"}},
		{name: "the peers disagree", endorse: repeat(step{err: errDisagree}, 9), want: gateway.ErrConflict,
			log: []string{"endorse 1", "endorse 2", "endorse 3", "endorse 4"}},
		{name: "another body's peer is behind for a moment", endorse: []step{{err: errBehind}},
			log: []string{"endorse 1", "endorse 2", "submit 2", "status 2"}},
		{name: "another body's peer is behind", endorse: repeat(step{err: errBehind}, 9), want: gateway.ErrNotFound,
			log: []string{"endorse 1", "endorse 2", "endorse 3", "endorse 4"}},
		{name: "the own body's peer refuses", endorse: []step{{err: errNotFound}}, want: gateway.ErrNotFound,
			log: []string{"endorse 1"}},
		{name: "the peers do not accept the signer", endorse: []step{{err: errExpired}}, want: gateway.ErrPermissionDenied,
			log: []string{"endorse 1"}},
		{name: "the chaincode is not on the channel", endorse: []step{{err: errUndefined}}, want: gateway.ErrFailedPrecondition,
			log: []string{"endorse 1"}},

		{name: "too few orderers confirm", submit: []step{{err: errNoQuorum}},
			log: []string{"endorse 1", "submit 1", "status 1", "submit 1", "status 1"}},
		{name: "too few orderers confirm, but ordered anyway", submit: []step{{err: errNoQuorum, orders: true}},
			log: []string{"endorse 1", "submit 1", "status 1"}},
		{name: "too few orderers confirm, ordered a little later", submit: []step{{err: errNoQuorum, orders: true, sleep: 50 * time.Millisecond}},
			log: []string{"endorse 1", "submit 1", "status 1"}},
		{name: "too few orderers confirm, but invalidated anyway", submit: []step{{err: errNoQuorum, orders: true, code: mvcc}},
			log: []string{"endorse 1", "submit 1", "status 1", "endorse 2", "submit 2", "status 2"}},
		{name: "the connection breaks while submitting", submit: []step{{err: errLost}},
			log: []string{"endorse 1", "submit 1", "status 1", "submit 1", "status 1"}},
		{name: "the connection breaks while submitting, but ordered anyway", submit: []step{{err: errLost, orders: true}},
			log: []string{"endorse 1", "submit 1", "status 1"}},
		{name: "submitting takes too long", submit: []step{{hang: true}},
			log: []string{"endorse 1", "submit 1", "status 1", "submit 1", "status 1"}},
		{name: "submitting takes too long, but ordered anyway", submit: []step{{hang: true, orders: true}},
			log: []string{"endorse 1", "submit 1", "status 1"}},
		{name: "submitting fails in a way nobody knows", submit: []step{{err: status.Error(codes.DataLoss, "?")}},
			log: []string{"endorse 1", "submit 1", "status 1", "submit 1", "status 1"}},
		{name: "submitting fails in a way nobody knows, but ordered anyway", submit: []step{{err: status.Error(codes.DataLoss, "?"), orders: true}},
			log: []string{"endorse 1", "submit 1", "status 1"}},
		{name: "the gateway is too busy to submit", submit: []step{{err: errBusy}, {err: errBusyLater}},
			log: []string{"endorse 1", "submit 1", "submit 1", "submit 1", "status 1"}},
		{name: "the gateway knows no orderer yet", submit: []step{{err: errNoOrderers}},
			log: []string{"endorse 1", "submit 1", "submit 1", "status 1"}},
		{name: "the gateway finds the transaction malformed", submit: []step{{err: errMalformed}}, want: gateway.ErrInvalidArgument,
			log: []string{"endorse 1", "submit 1"}},
		{name: "the orderers refuse the signer", submit: []step{{err: errForbidden}}, want: gateway.ErrPermissionDenied,
			log: []string{"endorse 1", "submit 1", "status 1"}},
		{name: "the orderers refuse the signer, but ordered anyway", submit: []step{{err: errForbidden, orders: true}},
			log: []string{"endorse 1", "submit 1", "status 1"}},
		{name: "the orderers refuse the size", submit: []step{{err: errTooLarge}}, want: gateway.ErrInvalidArgument,
			log: []string{"endorse 1", "submit 1", "status 1"}},
		{name: "ordering loses the transaction", submit: []step{{}},
			log: []string{"endorse 1", "submit 1", "status 1", "submit 1", "status 1"}},

		{name: "the connection breaks while waiting for the commit", status: []step{{err: errLost}},
			log: []string{"endorse 1", "submit 1", "status 1", "status 1"}},
		{name: "the peer closes down while waiting for the commit", status: []step{{err: errClosing}, {err: errStarting}},
			log: []string{"endorse 1", "submit 1", "status 1", "status 1", "status 1"}},
		{name: "the gateway is too busy to tell the status", status: []step{{err: errBusy}, {err: errBusyLater}},
			log: []string{"endorse 1", "submit 1", "status 1", "status 1", "status 1"}},
		{name: "the status of a committed transaction does not come in time", status: []step{{hang: true}},
			log: []string{"endorse 1", "submit 1", "status 1", "submit 1", "status 1"}},
		{name: "a copy is reported as a duplicate", status: []step{{code: peer.TxValidationCode_DUPLICATE_TXID}},
			log: []string{"endorse 1", "submit 1", "status 1", "status 1"}},

		{name: "a concurrent change", submit: []step{{orders: true, code: mvcc}, {orders: true, code: phantom}},
			log: []string{"endorse 1", "submit 1", "status 1", "endorse 2", "submit 2", "status 2", "endorse 3", "submit 3", "status 3"}},
		{name: "concurrent changes without end", submit: repeat(step{orders: true, code: mvcc}, 9), want: gateway.ErrConflict},
		{name: "an upgrade of the chaincode", submit: []step{{orders: true, code: peer.TxValidationCode_EXPIRED_CHAINCODE}},
			log: []string{"endorse 1", "submit 1", "status 1", "endorse 2", "submit 2", "status 2"}},
		{name: "endorsements that do not suffice", submit: repeat(step{orders: true, code: policy}, 9), want: gateway.ErrRejected,
			log: []string{"endorse 1", "submit 1", "status 1", "endorse 2", "submit 2", "status 2"}},
		{name: "a transaction of the same block set the key's policy", submit: []step{{orders: true, code: policy}},
			log: []string{"endorse 1", "submit 1", "status 1", "endorse 2", "submit 2", "status 2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			service := newScripted()
			service.endorse, service.submit, service.status = test.endorse, test.submit, test.status
			client, _ := connect(t, service, 1)

			result, err := client.Contract("any").Submit(t.Context(), gateway.Call{
				Function: "Write", Arguments: []string{"x"}, RequestID: "request-1",
			})

			if test.log != nil {
				require.Equal(t, test.log, service.log())
			}
			for _, proposal := range service.proposals {
				require.Equal(t, []string{"x"}, proposal.Arguments, "every attempt is the same request")
			}
			if test.want == nil {
				require.NoError(t, err)
				require.Equal(t, `"done"`, string(result.Payload))
				require.EqualValues(t, 7, result.Block)
				require.Equal(t, 1, service.ledger.Valid(), "exactly once")
				return
			}
			require.ErrorIs(t, err, test.want)
			require.Zero(t, service.ledger.Valid(), "nothing was written")
			var failure *gateway.Error
			require.ErrorAs(t, err, &failure)
			require.Equal(t, "request-1", failure.RequestID)
			require.NotEmpty(t, failure.TxID)
			require.Nil(t, result)
		})
	}
}

func TestAnUnknownOutcomeIsSaidAndNamesWhatToAskFor(t *testing.T) {
	write := gateway.Call{Function: "Write", RequestID: "request-1"}

	t.Run("when the library's own time is up", func(t *testing.T) {
		t.Parallel()
		service := newScripted()
		service.submit = repeat(step{err: errNoQuorum}, 999)
		client, _ := connect(t, service, 1, gateway.WithRetry(quick(2*time.Second)))
		_, err := client.Contract("any").Submit(t.Context(), write)
		require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
		var failure *gateway.Error
		require.ErrorAs(t, err, &failure)
		require.Equal(t, service.proposals[0].Channel.GetTxId(), failure.TxID)
		require.ErrorContains(t, err, failure.TxID)
		require.ErrorContains(t, err, "request-1")
		require.Len(t, service.proposals, 1, "there is never a second transaction while the first may be valid")

		// What was unknown can be learnt later.
		service.ledger.Add(failure.TxID, peer.TxValidationCode_VALID, 7)
		verdict, err := client.TransactionStatus(t.Context(), failure.TxID)
		require.NoError(t, err)
		require.Equal(t, &gateway.TransactionStatus{TxID: failure.TxID, Valid: true, Validation: "VALID", Block: 7}, verdict)
	})

	t.Run("when a copy is refused: that says nothing about the first", func(t *testing.T) {
		t.Parallel()
		service := newScripted()
		service.submit = append([]step{{err: errLost}}, repeat(step{err: errMalformed}, 999)...)
		client, _ := connect(t, service, 1, gateway.WithRetry(quick(2*time.Second)))
		_, err := client.Contract("any").Submit(t.Context(), write)
		require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
	})

	t.Run("when the caller's deadline passes", func(t *testing.T) {
		t.Parallel()
		service := newScripted()
		service.submit = repeat(step{hang: true}, 999)
		client, _ := connect(t, service, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 800*time.Millisecond)
		defer cancel()
		_, err := client.Contract("any").Submit(ctx, write)
		require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, "status 1", service.log()[len(service.log())-1], "the last thing was to ask")
	})

	t.Run("but not when the transaction is committed within the grace", func(t *testing.T) {
		t.Parallel()
		service := newScripted()
		service.submit = []step{{hang: true, orders: true, sleep: 900 * time.Millisecond}}
		client, _ := connect(t, service, 1, gateway.WithTimeouts(gateway.Timeouts{Grace: 5 * time.Second}))
		ctx, cancel := context.WithTimeout(t.Context(), 800*time.Millisecond)
		defer cancel()
		_, err := client.Contract("any").Submit(ctx, write)
		require.NoError(t, err)
		require.Equal(t, 1, service.ledger.Valid())
	})

	t.Run("at once when the caller cancels", func(t *testing.T) {
		t.Parallel()
		service := newScripted()
		service.submit = []step{{hang: true}}
		client, _ := connect(t, service, 1)
		ctx, cancel := context.WithCancel(t.Context())
		service.onSubmit = cancel
		_, err := client.Contract("any").Submit(ctx, write)
		require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, []string{"endorse 1", "submit 1"}, service.log())
	})

	t.Run("and asking for a transaction that nobody knows says so too", func(t *testing.T) {
		t.Parallel()
		client, _ := connect(t, newScripted(), 1)
		_, err := client.TransactionStatus(t.Context(), "no-such-transaction")
		require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
	})
}

func TestAContextThatEndsBeforeOrderingLeavesNothing(t *testing.T) {
	service := newScripted()
	service.endorse = []step{{hang: true}}
	client, _ := connect(t, service, 1)
	ctx, cancel := context.WithCancel(t.Context())
	service.onEndorse = cancel
	_, err := client.Contract("any").Submit(ctx, gateway.Call{Function: "Write"})
	require.ErrorIs(t, err, gateway.ErrCanceled)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{"endorse 1"}, service.log())

	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	service.endorse, service.onEndorse = repeat(step{hang: true}, 9), nil
	_, err = client.Contract("any").Submit(ctx, gateway.Call{Function: "Write"})
	require.ErrorIs(t, err, gateway.ErrUnavailable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestChaincodeErrorsBecomeKinds(t *testing.T) {
	tests := []struct {
		message string
		want    gateway.Kind
		text    string
	}{
		{"INVALID_ARGUMENT: the digest is upper-case", gateway.ErrInvalidArgument, "the digest is upper-case"},
		{"NOT_FOUND: no such record", gateway.ErrNotFound, "no such record"},
		{"ALREADY_EXISTS: it is there", gateway.ErrAlreadyExists, "it is there"},
		{"PERMISSION_DENIED: you lack psbc.notary", gateway.ErrPermissionDenied, "you lack psbc.notary"},
		{"FAILED_PRECONDITION: it is revoked", gateway.ErrFailedPrecondition, "it is revoked"},
		{"INTERNAL: the state is corrupt", gateway.ErrInternal, "the state is corrupt"},
		{"a foreign chaincode's own words", gateway.ErrFailedPrecondition, "a foreign chaincode's own words"},
	}
	service := newScripted()
	client, _ := connect(t, service, 1)
	contract := client.Contract("any")
	for _, test := range tests {
		t.Run(test.message, func(t *testing.T) {
			said := "chaincode response 500, " + test.message
			check := func(err error) {
				t.Helper()
				require.ErrorIs(t, err, test.want)
				require.ErrorContains(t, err, test.text)
				for _, kind := range []gateway.Kind{gateway.ErrNotFound, gateway.ErrAlreadyExists, gateway.ErrUnavailable} {
					require.Equal(t, kind == test.want, errors.Is(err, kind), kind)
				}
				var failure *gateway.Error
				require.ErrorAs(t, err, &failure)
				require.Equal(t, []gateway.PeerError{{Address: "127.0.0.1:7051", MSPID: "CTIEMSP", Message: said}}, failure.Peers)
			}
			service.endorse = []step{{err: fakegateway.Refusal(codes.Aborted,
				"failed to endorse transaction, see attached details for more info", detail("CTIEMSP", said))}}
			_, err := contract.Submit(t.Context(), gateway.Call{Function: "Write"})
			check(err)

			service.evaluate = []step{{err: fakegateway.Refusal(codes.Unknown,
				"evaluate call to endorser returned error: "+said, detail("CTIEMSP", said))}}
			_, err = contract.Evaluate(t.Context(), gateway.Call{Function: "Read"})
			check(err)
		})
	}
}

func TestReadsAreTriedAgainWhileThePeerCannotAnswer(t *testing.T) {
	service := newScripted()
	service.evaluate = []step{{err: errLost}, {err: errBusy}, {hang: true}}
	client, _ := connect(t, service, 1)
	payload, err := client.Contract("any").Evaluate(t.Context(), gateway.Call{Function: "Read"})
	require.NoError(t, err)
	require.Equal(t, `"done"`, string(payload))
	require.Len(t, service.log(), 4)
}

func TestAClientSurvivesThePeersItTalksTo(t *testing.T) {
	t.Run("by going on with the body's next peer", func(t *testing.T) {
		service := newScripted()
		client, endpoints := connect(t, service, 2)
		service.onEndorse = endpoints[0].Kill // the answer is lost with the peer
		_, err := client.Contract("any").Submit(t.Context(), gateway.Call{Function: "Write"})
		require.NoError(t, err)
		require.Equal(t, 1, service.ledger.Valid())
	})
	t.Run("by waiting for its only peer to come back", func(t *testing.T) {
		service := newScripted()
		client, endpoints := connect(t, service, 1)
		service.onSubmit = func() {
			endpoints[0].Kill()
			time.AfterFunc(300*time.Millisecond, endpoints[0].Restart)
		}
		_, err := client.Contract("any").Submit(t.Context(), gateway.Call{Function: "Write"})
		require.NoError(t, err)
		require.Equal(t, 1, service.ledger.Valid())
	})
	t.Run("but not longer than the context lasts", func(t *testing.T) {
		client, endpoints := connect(t, newScripted(), 1)
		endpoints[0].Kill()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := client.Contract("any").Submit(ctx, gateway.Call{Function: "Write"})
		require.ErrorIs(t, err, gateway.ErrUnavailable)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestOneClientServesManyCallers(t *testing.T) {
	service := newScripted()
	for i := range 200 { // every fault, spread over the callers
		service.submit = append(service.submit, []step{{orders: true}, {err: errNoQuorum, orders: true}, {err: errNoQuorum}, {err: errBusy}}[i%4])
	}
	client, _ := connect(t, service, 1)
	const callers = 100
	done := make(chan error, callers)
	for i := range callers {
		go func() {
			_, err := client.Contract("any").Submit(t.Context(), gateway.Call{Function: "Write", RequestID: fmt.Sprint("request-", i)})
			done <- err
		}()
	}
	for range callers {
		require.NoError(t, <-done)
	}
	require.Equal(t, callers, service.ledger.Valid())
}

func TestReadsAndPrivateDetailsGoToTheOwnBodyOnly(t *testing.T) {
	service := newScripted()
	service.result = "{}"
	client, _ := connect(t, service, 1)
	service.evaluate = []step{{err: errNotFound}}
	_, err := client.Notary().Notarise(t.Context(), gateway.NotariseRequest{Item: notary.Item{Digest: emptyDigest}},
		gateway.WithDetails(gateway.Details{Title: "Permit"}))
	require.NoError(t, err)
	require.NoError(t, client.Notary().PurgeDetails(t.Context(), gateway.DigestRequest{Digest: emptyDigest}))
	_, err = client.Contract("any").Evaluate(t.Context(), gateway.Call{Function: "Read", Endorsers: []string{"SIGIMSP"}})
	require.NoError(t, err)

	require.Equal(t, [][]string{
		{"CTIEMSP"}, // ReadDetails
		{"CTIEMSP"}, // PutDetails
		nil,         // Notarise: whom the policy needs
		{"CTIEMSP"}, // PurgeDetails
		{"SIGIMSP"}, // unless the caller says otherwise
	}, service.bodies)
	require.Equal(t, "PutDetails", service.proposals[0].Function)
	require.Contains(t, service.proposals[0].Transient, notary.DetailsTransient)
	require.NotContains(t, service.proposals[0].Arguments[0], "Permit")
	require.Equal(t, "Notarise", service.proposals[1].Function)
	require.Empty(t, service.proposals[1].Transient)
}

func TestAnAnswerOfAnotherVersionIsNotTakenForARecord(t *testing.T) {
	service := newScripted()
	client, _ := connect(t, service, 1)
	_, err := client.Notary().Read(t.Context(), gateway.RecordRequest{Digest: emptyDigest})
	require.ErrorIs(t, err, gateway.ErrInternal)
	require.ErrorContains(t, err, "another version")
}

const emptyDigest = notary.Digest("sha2-256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
