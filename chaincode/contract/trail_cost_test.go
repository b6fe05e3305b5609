package contract_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

// keysRead is the chaincode with a stub that counts the keys of the last read of several.
type keysRead struct {
	shim.Chaincode
	n *int
}

func (c keysRead) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	return c.Chaincode.Invoke(countingKeys{stub, c.n})
}

type countingKeys struct {
	shim.ChaincodeStubInterface
	n *int
}

func (s countingKeys) GetMultipleStates(keys ...string) ([][]byte, error) {
	*s.n = len(keys)
	return s.ChaincodeStubInterface.GetMultipleStates(keys...)
}

// What an append costs beside its writes does not depend on how many entries it has.
func TestAnAppendTakesOneReadAndOneBatchOfWrites(t *testing.T) {
	reads, writes, keys := 0, 0, 0
	w := &world{ledgertest.New(t, keysRead{counted{newTrailChaincode(t), &reads, &writes}, &keys}, ledgertest.WithBodies(bodies()...)), t}
	w.defineTrail(ctie, accessTrail())
	for i, n := range []int{1, 2, 500, trail.MaxEntries} {
		request := appendOf(office, i+1, acts(fmt.Sprint(n), n)...)
		w.recorder(ctie).appended(request)
		require.Equal(t, 1, reads, "%d entries", n)
		require.Equal(t, 1, writes, "%d entries", n)
		require.Equal(t, min(2+i, 3), keys, "trail, head, and the head before")
		w.recorder(ctie).appended(request)
		require.Equal(t, 1, reads, "to repeat it")
		require.Zero(t, writes)
	}
	seal, reveal := sealOf(t, office, 5, opening(), acts("sealed", 500)...)
	for _, tc := range []struct {
		function      string
		request       any
		at            time.Time
		reads, writes int
	}{
		{"Seal", seal, opening().Add(-time.Hour), 1, 1}, {"Seal", seal, opening().Add(-time.Hour), 1, 0},
		{"Reveal", reveal, opening(), 2, 1}, {"Reveal", reveal, opening(), 2, 0},
		{"Remove", removeOf(office, 5), opening().AddDate(0, 0, 35), 2, 1}, {"Remove", removeOf(office, 5), opening().AddDate(0, 0, 35), 1, 0},
	} {
		w.recorder(ctie).at(tc.at).mustSubmit(tc.function, tc.request)
		require.Equal(t, tc.reads, reads, tc.function)
		require.Equal(t, tc.writes, writes, tc.function)
	}
}

// The ledger's work goes by the key: the indexes of the largest batch take a bounded number.
func TestTheKeysOfABatchAreBounded(t *testing.T) {
	w := newTrails(t)
	for source, tc := range map[string]struct {
		entries []trail.Entry
		keys    int
	}{
		"few":      {acts("few", trail.MaxEntries), 1 + 100 + 3 + 1},
		"thousand": {thousand("thousand"), 1 + 100 + trail.IndexBuckets + 20},
		"crowd":    {crowd("crowd", trail.MaxEntries), 1 + 100 + 2*trail.IndexBuckets},
	} {
		before := len(w.State())
		w.recorder(ctie).appended(appendOf(source, 1, tc.entries...))
		require.InDelta(t, tc.keys, len(w.State())-before, 10, "%s: nearly every bucket has someone", source)
		require.LessOrEqual(t, len(w.State())-before, tc.keys)
	}
}

func TestAPageTakesFewRoundTrips(t *testing.T) {
	reads, writes := 0, 0
	w := &world{ledgertest.New(t, counted{newTrailChaincode(t), &reads, &writes}, ledgertest.WithBodies(bodies()...)), t}
	w.defineTrail(ctie, accessTrail())
	for number := range 4 {
		w.recorder(ctie).appended(appendOf(office, number+1, acts(fmt.Sprint(number), 500)...))
	}
	for _, tc := range []struct {
		function string
		request  any
		reads    int
	}{
		{"Entries", trail.EntriesRequest{Trail: accesses}, 3},                              // trail, chunks, heads
		{"BySubject", trail.PersonRequest{Pseudonym: pseudonym("citizen1")}, 5},            // both parts of the index, trails, chunks, heads
		{"ByActor", trail.PersonRequest{Pseudonym: pseudonym("clerk"), PageSize: 1000}, 5}, // the same
		{"ReadBatch", batchOf(office, 3), 1},
		{"Batches", trail.BatchesRequest{Trail: accesses}, 3}, // trail, heads, removals
	} {
		require.NoError(t, w.reader(sigi).evaluate(tc.function, tc.request, &struct{}{}))
		require.Equal(t, tc.reads, reads, tc.function)
	}
}

// thousand are as many entries as there may be, on a thousand subjects.
func thousand(name string) []trail.Entry {
	entries := acts(name, trail.MaxEntries)
	for i := range entries {
		entries[i].Actor, entries[i].Subject = pseudonym(fmt.Sprint("clerk", i%20)), pseudonym(fmt.Sprint("citizen", i%1000))
	}
	return entries
}

func BenchmarkAppend(b *testing.B) {
	w := newTrails(b)
	recorder := w.recorder(ctie).with(ledgertest.EndorsedBy(ctie))
	request := text(b, appendOf(office, 1, thousand("a")...))
	b.SetBytes(int64(len(request)))
	for b.Loop() {
		recorder.mustEndorse("Append", request)
	}
}

func BenchmarkBySubject(b *testing.B) {
	w := newTrails(b)
	for number := range 30 {
		w.recorder(ctie).appended(appendOf(office, number+1, thousand(fmt.Sprint(number))...))
	}
	for b.Loop() {
		page := shown[trail.EntryPage](w.reader(sigi), "BySubject", trail.PersonRequest{Pseudonym: pseudonym("citizen7")})
		require.Len(b, page.Items, trail.DefaultPageSize)
	}
}
