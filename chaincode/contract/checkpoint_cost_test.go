package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Every body cosigns every two seconds or so.
func TestACosignTakesOneReadAndOneBatchOfWrites(t *testing.T) {
	reads, writes, keys := 0, 0, 0
	w := &world{ledgertest.New(t, keysRead{counted{newCheckpointChaincode(t), &reads, &writes}, &keys}, ledgertest.WithBodies(bodies()...)), t}
	w.registerKeys()
	require.Equal(t, []int{1, 1, 4}, []int{reads, writes, keys}, "to register: key, receipt, count, public key")
	for _, tc := range []struct {
		name, body, root    string
		reads, writes, grow int
	}{
		{"the first of its size", ctie, "log", 1, 1, 2},
		{"the next", sigi, "log", 1, 1, 1},
		{"another root", digital, "lie", 1, 1, 1},
		{"again", ctie, "log", 1, 0, 0},
	} {
		before := len(w.State())
		w.cosigned(tc.body, 100, tc.root)
		require.Equal(t, []int{tc.reads, tc.writes, 4}, []int{reads, writes, keys}, "%s: statement, own word, two keys", tc.name)
		require.Len(t, w.State(), before+tc.grow, tc.name)
	}
	retire := checkpoint.RetireKeyRequest{RequestID: id("retire"), KeyID: signerOf(ctie, tlog.Ed25519).id(t), Until: "2030-01-01T00:00:00Z"}
	for _, writes1 := range []int{1, 0} {
		w.administrator(ctie).mustSubmit("RetireKey", retire)
		require.Equal(t, []int{1, writes1, 2}, []int{reads, writes, keys})
	}
}

// What Latest costs goes by the bodies, and not by what stands on the ledger.
func TestLatestTakesFewRoundTrips(t *testing.T) {
	reads, writes := 0, 0
	w := &world{ledgertest.New(t, counted{newCheckpointChaincode(t), &reads, &writes}, ledgertest.WithBodies(bodies()...)), t}
	w.registerKeys()
	for size := uint64(100); size < 130; size++ {
		for _, body := range bodies()[:3] {
			w.cosigned(body, size, "log")
		}
	}
	ask := func() int {
		latest, err := w.latest()
		require.NoError(t, err)
		require.EqualValues(t, 129, latest.Size)
		return reads
	}
	require.Equal(t, 1+4+4, ask(), "keys, the beginning of each list, what stands at the size")
	for i := range uint64(50) {
		w.cosigned(audit, checkpoint.MaxSize-i, "flood")
	}
	require.Equal(t, 1+4+1+4, ask(), "a flood is stepped over at once")
	for size := uint64(130); size < 150; size++ {
		w.cosigned(ctie, size, "log")
		w.cosigned(audit, size, "flood")
	}
	require.LessOrEqual(t, ask(), 1+4+3+4, "and so is what two bodies are ahead")
	for _, tc := range []struct {
		function string
		request  any
		reads    int
	}{
		{"At", checkpoint.AtRequest{Origin: logOrigin, Size: 129}, 5},
		{"Policy", checkpoint.PolicyRequest{Origin: logOrigin}, 1},
		{"Keys", checkpoint.KeysRequest{}, 1},
	} {
		require.NoError(t, w.reader(sigi).evaluate(tc.function, tc.request, &struct{}{}))
		require.Equal(t, tc.reads, reads, tc.function)
	}
}

func BenchmarkCosign(b *testing.B) {
	w := newCheckpoints(b)
	w.cosigned(sigi, 100, "log")
	witness := w.witness(ctie).at(soon()).with(ledgertest.EndorsedBy(ctie))
	request := text(b, cosignOf(b, ctie, 100, "log"))
	for b.Loop() {
		witness.mustEndorse("Cosign", request)
	}
}

func BenchmarkLatest(b *testing.B) {
	w := newCheckpoints(b)
	for size := uint64(100); size < 200; size++ {
		for _, body := range bodies() {
			w.cosigned(body, size, "log")
		}
	}
	for b.Loop() {
		_, err := w.latest()
		require.NoError(b, err)
	}
}
