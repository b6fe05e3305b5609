package contract_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func (w *world) endorsedCosign(body string, size uint64, root string) *ledgertest.Transaction {
	w.t.Helper()
	return w.witness(body).at(soon()).mustEndorse("Cosign", cosignOf(w.t, body, size, root))
}

func TestBodiesThatCosignAKnownSizeNeverConflict(t *testing.T) {
	w := newCheckpoints(t)
	for round := range uint64(3) {
		size := 100 + round
		w.cosigned(ctie, size, "log")
		var block []*ledgertest.Transaction
		for _, body := range []string{sigi, digital, audit} {
			block = append(block, w.endorsedCosign(body, size, "log"))
		}
		block = append(block, w.endorsedCosign(ctie, size, "lie"))
		require.Equal(t, codes(valid, valid, valid, valid), w.Commit(block...))
		require.Len(t, w.standings(size)[0].Bodies, 4)
	}
}

func TestOneBodyMayCosignManySizesAtOnce(t *testing.T) {
	w := newCheckpoints(t)
	var block []*ledgertest.Transaction
	for size := uint64(100); size < 110; size++ {
		block = append(block, w.endorsedCosign(ctie, size, "log"))
	}
	require.Equal(t, slices.Repeat(codes(valid), len(block)), w.Commit(block...))
	require.Len(t, w.standings(109), 1)
}

func TestOfTwoFirstWordsOnASizeOneIsTheOther(t *testing.T) {
	w := newCheckpoints(t)
	a, b := w.endorsedCosign(ctie, 100, "log"), w.endorsedCosign(sigi, 100, "lie")
	require.Equal(t, codes(valid, conflict), w.Commit(a, b), "a plain conflict, which clients try again")
	w.cosigned(sigi, 100, "lie")
	event := w.requireCheckpointEvent(checkpoint.EventDisagreement)
	require.Equal(t, []string{ctie, sigi}, event.Bodies, "and then the disagreement is seen")

	t.Run("the same body twice is once", func(t *testing.T) {
		a, b := w.endorsedCosign(ctie, 200, "log"), w.endorsedCosign(ctie, 200, "log")
		require.Equal(t, codes(valid, unmet), w.Commit(a, b))
		require.Equal(t, a.ID, w.cosigned(ctie, 200, "log").TxID)
	})
}

func TestACosignIsJudgedByTheKeyThatStands(t *testing.T) {
	w := newCheckpoints(t)
	pending := w.endorsedCosign(ctie, 100, "log")
	w.administrator(ctie).mustSubmit("RevokeKey", checkpoint.RevokeKeyRequest{
		RequestID: id("revoke-key"), KeyID: signerOf(ctie, tlog.Ed25519).id(t), Reason: "stolen", Since: "2025-01-01T00:00:00Z",
	})
	require.Equal(t, codes(conflict), w.Commit(pending), "the key was revoked meanwhile")
	_, err := w.witness(ctie).at(soon()).submit("Cosign", cosignOf(t, ctie, 100, "log"))
	requireRefused(t, fault.FailedPrecondition, err)
}

func TestOfTwoChangesOfAKeyOneIsMade(t *testing.T) {
	w := newCheckpoints(t)
	retire := checkpoint.RetireKeyRequest{RequestID: id("retire"), KeyID: signerOf(ctie, tlog.Ed25519).id(t), Until: "2030-01-01T00:00:00Z"}
	sooner := retire
	sooner.RequestID, sooner.Until = id("sooner"), "2029-01-01T00:00:00Z"
	a, b := w.administrator(ctie).mustEndorse("RetireKey", retire), w.administrator(ctie).mustEndorse("RetireKey", sooner)
	require.Equal(t, codes(valid, conflict), w.Commit(a, b), "a plain conflict, which clients try again")
	require.Equal(t, "2029-01-01T00:00:00.000000000Z", answer[checkpoint.WitnessKey](w.administrator(ctie), "RetireKey", sooner).Until)
}

func TestOfTwoRegistrationsOfAPublicKeyOneIs(t *testing.T) {
	w := newKeylessCheckpoints(t)
	s := signerOf(ctie, tlog.Ed25519)
	copied, err := tlog.NewKey(tlog.WitnessName(logOrigin, sigi), tlog.Ed25519, s.public(t))
	require.NoError(t, err)
	a := w.administrator(ctie).mustEndorse("RegisterKey", registerKey(t, s))
	b := w.administrator(sigi).mustEndorse("RegisterKey", checkpoint.RegisterKeyRequest{RequestID: id("copied"), Key: copied.String()})
	require.Equal(t, codes(valid, conflict), w.Commit(a, b))
}

func TestWhatABodyCosignsIsProtectedForIt(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newCheckpointChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.registerKeys()
	w.administrator(ctie).mustSubmit("RetireKey", checkpoint.RetireKeyRequest{RequestID: id("retire"), KeyID: signerOf(ctie, tlog.MLDSA44).id(t), Until: "2030-01-01T00:00:00Z"})
	w.cosigned(ctie, 100, "log")

	protected, derived := w.ownedAndDerived("checkpoint.key", "checkpoint.cosigned")
	require.Len(t, protected, 9, "2 keys of 4 bodies, a cosigned checkpoint")
	require.Len(t, derived, 8+1+8+4+1, "receipts, public keys, counts, the statement")
	for _, key := range protected {
		if strings.Contains(key, ctie) {
			t.Run(strings.ReplaceAll(key, "\x00", " "), func(t *testing.T) {
				before := w.State()
				_, err := w.Client(sigi).With(ledgertest.EndorsedBy(sigi, digital, audit)).Submit("overwrite", key, "forged")
				requireInvalid(t, unmet, err)
				require.Equal(t, before, w.State())
			})
		}
	}
	t.Run("what is derived needs a majority", func(t *testing.T) {
		for _, key := range derived {
			_, err := w.Client(sigi).With(ledgertest.EndorsedBy(sigi, ctie)).Submit("overwrite", key, "forged")
			requireInvalid(t, unmet, err)
			_, err = w.Client(sigi).With(ledgertest.EndorsedBy(sigi, digital, audit)).Submit("overwrite", key, "agreed")
			require.NoError(t, err)
		}
	})
}

// A majority can put into a body's list what the body never said, where it has said nothing
// yet. It cannot make its signature.
func TestAForgedCosignatureDoesNotCount(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newCheckpointChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.registerKeys()
	w.cosigned(ctie, 100, "lie")
	w.cosigned(sigi, 100, "lie")
	forged := w.cosigned(digital, 101, "lie")
	forged.Size, forged.Root, forged.Body = 100, rootOf(100, "lie"), audit
	forged.Cosignatures[0] = signerOf(audit, tlog.Ed25519).sign(t, head(101, "lie"), soon()).Line()
	value, err := forged.Encode()
	require.NoError(t, err)
	key := fmt.Sprintf("\x00checkpoint.cosigned\x00%s\x00%s\x00%016d\x00%s\x00", logOrigin, audit, checkpoint.MaxSize-100, forged.Root)
	_, err = w.Client(sigi).With(ledgertest.EndorsedBy(ctie, sigi, digital)).Submit("overwrite", key, string(value))
	require.NoError(t, err)
	standings := w.standings(100)
	require.Equal(t, []string{ctie, audit, sigi}, bodiesOf(standings[0]), "it is shown")
	require.NotContains(t, standings[0].Note, audit, "and not believed")
	_, err = w.latest()
	requireRefused(t, fault.NotFound, err)
}

// What is stored is what everything else is about: evidence, snapshots, witnesses that
// read blocks.
func TestTheStoredValuesOfCheckpointsAreFixed(t *testing.T) {
	w := newKeylessCheckpoints(t)
	s := signerOf(ctie, tlog.Ed25519)
	k := answer[checkpoint.WitnessKey](w.administrator(ctie), "RegisterKey", registerKey(t, s))
	c := answer[checkpoint.Cosigned](w.witness(ctie).at(soon()), "Cosign", cosignWith(t, soon(), 100, "log", s))
	state := w.State()
	text := func(key string) string {
		require.Contains(t, state, key)
		return string(state[key])
	}
	require.Equal(t, `{"algorithm":"ed25519","body":"CTIEMSP","claimedTime":"`+k.ClaimedTime+`","from":"`+k.From+`","key":"`+s.key(t).String()+
		`","keyId":"`+s.id(t)+`","requestId":"`+k.RequestID+`","txId":"`+k.TxID+`","v":1}`, text("\x00checkpoint.key\x00CTIEMSP\x00"+s.id(t)+"\x00"))
	require.Equal(t, `{"body":"CTIEMSP","count":1,"v":1}`, text("\x00checkpoint.keys\x00CTIEMSP\x00"))
	said := `"origin":"psbc.lu/psbc/0123456789abcdef","root":"` + rootOf(100, "log") + `","size":100,"txId":"` + c.TxID + `","v":1}`
	require.Equal(t, `{"block":10,"body":"CTIEMSP","claimedTime":"2026-01-01T01:00:00.000000000Z",`+said,
		text("\x00checkpoint.size\x00psbc.lu/psbc/0123456789abcdef\x009007199254740891\x00"))
	line := strings.ReplaceAll(c.Cosignatures[0], "\n", `\n`)
	require.Equal(t, `{"block":10,"body":"CTIEMSP","claimedTime":"2026-01-01T01:00:00.000000000Z","cosignatures":["`+line+`"],`+said,
		text("\x00checkpoint.cosigned\x00psbc.lu/psbc/0123456789abcdef\x00CTIEMSP\x009007199254740891\x00"+rootOf(100, "log")+"\x00"))
	require.Len(t, slices.Collect(maps.Keys(state)), 6, "with the receipt and the public key")
}
