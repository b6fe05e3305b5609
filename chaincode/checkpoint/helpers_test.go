package checkpoint_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"filippo.io/mldsa"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

const (
	origin    = "psbc.lu/psbc/0123456789abcdef"
	ctie      = "CTIEMSP"
	sigi      = "SIGIMSP"
	audit     = "CourDesComptesMSP"
	digital   = "MinDigitalMSP"
	requestID = "request-0001"
)

// noon is when the tests begin.
func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// text writes a time as the ledger does.
func text(moment time.Time) string {
	return moment.UTC().Format(canonical.TimeLayout)
}

func txAt(body string, moment time.Time) checkpoint.Tx {
	return checkpoint.Tx{ID: "tx-" + body, Body: body, ClaimedTime: text(moment)}
}

// signer is a private key of a witness, which depends on its label only.
type signer struct {
	name, label string
	algorithm   tlog.Algorithm
}

func signerOf(body string, algorithm tlog.Algorithm, label ...any) signer {
	return signer{tlog.WitnessName(origin, body), fmt.Sprint(append([]any{body, algorithm}, label...)...), algorithm}
}

func (s signer) mldsa(t require.TestingT) *mldsa.PrivateKey {
	seed := sha256.Sum256([]byte(s.label))
	private, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), seed[:])
	require.NoError(t, err)
	return private
}

func (s signer) ed25519() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(s.label))
	return ed25519.NewKeyFromSeed(seed[:])
}

func (s signer) key(t require.TestingT) tlog.Key {
	public := []byte(s.ed25519().Public().(ed25519.PublicKey))
	if s.algorithm == tlog.MLDSA44 {
		public = s.mldsa(t).PublicKey().Bytes()
	}
	k, err := tlog.NewKey(s.name, s.algorithm, public)
	require.NoError(t, err)
	return k
}

func (s signer) id(t require.TestingT) string { return fmt.Sprintf("%08x", s.key(t).ID) }

func (s signer) sign(t require.TestingT, c tlog.Checkpoint, at time.Time) tlog.Cosignature {
	seconds := uint64(at.Unix())
	signature := ed25519.Sign(s.ed25519(), tlog.Ed25519Message(c, seconds))
	if s.algorithm == tlog.MLDSA44 {
		message, err := tlog.MLDSA44Message(s.name, c, seconds)
		require.NoError(t, err)
		signature, err = s.mldsa(t).Sign(nil, message, nil)
		require.NoError(t, err)
	}
	return tlog.Cosignature{Name: s.name, KeyID: s.key(t).ID, Time: seconds, Signature: signature}
}

func head(size uint64, root string) tlog.Checkpoint {
	return tlog.Checkpoint{Origin: origin, Size: size, Root: sha256.Sum256([]byte(root))}
}

// registered is a key that its body registered at a time.
func registered(t require.TestingT, body string, s signer, at time.Time) checkpoint.WitnessKey {
	k, err := checkpoint.Register(checkpoint.RegisterKeyRequest{RequestID: requestID, Key: s.key(t).String()}, txAt(body, at), checkpoint.Registered{})
	require.NoError(t, err)
	return k
}

// said is what a body says of a size, with cosignatures of a time.
func said(t require.TestingT, body string, c tlog.Checkpoint, at time.Time, signers ...signer) checkpoint.Cosigned {
	r := cosignRequest(t, c, at, signers...)
	return checkpoint.Cosigned{
		V: 1, Origin: r.Origin, Size: r.Size, Root: r.Root, Block: r.Block, Body: body, Cosignatures: r.Cosignatures, TxID: "tx", ClaimedTime: text(at),
	}
}

func cosignRequest(t require.TestingT, c tlog.Checkpoint, at time.Time, signers ...signer) checkpoint.CosignRequest {
	var lines []tlog.Cosignature
	for _, s := range signers {
		lines = append(lines, s.sign(t, c, at))
	}
	return checkpoint.NewCosignRequest(c, 7, lines...)
}

func jsonOf(t require.TestingT, v any) string {
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func requireCode(t testing.TB, code fault.Code, err error) {
	t.Helper()
	require.ErrorIs(t, err, &fault.Error{Code: code})
	parsed, ok := fault.Parse(err.Error())
	require.True(t, ok, "%q does not read CODE: sentence", err)
	require.Equal(t, code, parsed.Code)
	require.NotContains(t, err.Error(), "\n")
}
