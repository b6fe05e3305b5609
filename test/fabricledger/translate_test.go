package fabricledger

import (
	"errors"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance"
)

func TestAChaincodesRefusalIsFoundInAGatewaysError(t *testing.T) {
	detailed, err := status.New(codes.Aborted, "failed to endorse transaction, see attached details for more info").
		WithDetails(&gateway.ErrorDetail{MspId: "CTIEMSP", Message: "chaincode response 404, NOT_FOUND: a\nsentence"})
	require.NoError(t, err)
	for _, c := range []struct {
		name string
		err  error
		want conformance.ChaincodeError
	}{
		{"in a detail", detailed.Err(), conformance.ChaincodeError{Status: 404, Message: "NOT_FOUND: a\nsentence"}},
		{"in the text", status.Error(codes.Unknown, "evaluate call to endorser returned error: chaincode response 500, "), conformance.ChaincodeError{Status: 500}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var refused *conformance.ChaincodeError
			require.ErrorAs(t, translate(c.err), &refused)
			require.Equal(t, c.want, *refused)
		})
	}
}

func TestAnyOtherErrorKeepsWhatThePeersSaid(t *testing.T) {
	detailed, err := status.New(codes.Aborted, "failed to collect enough transaction endorsements").
		WithDetails(&gateway.ErrorDetail{MspId: "SIGIMSP", Message: "ProposalResponsePayloads do not match"})
	require.NoError(t, err)
	require.ErrorContains(t, translate(detailed.Err()), "SIGIMSP: ProposalResponsePayloads do not match")
	cause := errors.New("chaincode response 99999999999, out of range")
	require.ErrorIs(t, translate(cause), cause)
}
