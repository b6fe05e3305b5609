package ledgertest_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

// keys are short, so that they collide, and hold what sorts oddly.
func keys() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', 'é', '\uffff', '😀', '\x00'}), 1, 3, -1).
		Filter(func(s string) bool { return s[0] != 0 })
}

func TestRangesAndPagesAreThoseOfASortedMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := rapid.MapOfN(keys(), rapid.StringN(1, 4, -1), 0, 30).Draw(t, "state")
		client := ledgertest.New(t, scripted.Chaincode{}, ledgertest.WithBodies("CTIEMSP")).Client("CTIEMSP")
		for _, key := range slices.Sorted(maps.Keys(model)) {
			submit(t, client, put(key, model[key]))
		}
		start, end := rapid.OneOf(keys(), rapid.Just("")).Draw(t, "start"), rapid.OneOf(keys(), rapid.Just("")).Draw(t, "end")
		var want []string
		for _, key := range slices.Sorted(maps.Keys(model)) {
			if key >= start && (end == "" || key < end) {
				want = append(want, key+"="+model[key])
			}
		}
		require.Equal(t, want, found(evaluate(t, client, list(start, end))[0]))

		size := rapid.Int32Range(1, 10).Draw(t, "page size")
		var paged []string
		page := scripted.Op{Kind: scripted.RangePage, Start: []byte(start), End: []byte(end), Size: size}
		for {
			r := evaluate(t, client, page)[0]
			require.LessOrEqual(t, len(r.Pairs), int(size))
			require.EqualValues(t, len(r.Pairs), r.Fetched)
			paged = append(paged, found(r)...)
			if page.Bookmark = r.Bookmark; len(page.Bookmark) == 0 {
				break
			}
		}
		require.Equal(t, want, paged)
	})
}

func found(r scripted.Result) []string {
	var list []string
	for _, p := range r.Pairs {
		list = append(list, string(p.Key)+"="+string(p.Value))
	}
	return list
}

// A transaction is valid exactly if running it again, at its place in the block,
// would read what it read; and the state is that of the valid ones in order.
func TestABlockIsTheSameAsItsValidTransactionsOneByOne(t *testing.T) {
	names := []string{"a", "b", "c"}
	name := rapid.SampledFrom(names)
	rapid.Check(t, func(t *rapid.T) {
		l := ledgertest.New(t, scripted.Chaincode{}, ledgertest.WithBodies("CTIEMSP"))
		client := l.Client("CTIEMSP")
		model := map[string]string{}
		for range rapid.IntRange(1, 4).Draw(t, "blocks") {
			var block []*ledgertest.Transaction
			var reads, writes, values []string
			for range rapid.IntRange(1, 5).Draw(t, "transactions") {
				read, write := name.Draw(t, "read"), name.Draw(t, "write")
				value := rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "value")
				block = append(block, endorse(t, client, get(read), put(write, value)))
				reads, writes, values = append(reads, read), append(writes, write), append(values, value)
			}
			touched := map[string]bool{}
			for i, code := range l.Commit(block...) {
				require.Equal(t, touched[reads[i]], code == mvcc, "transaction %d: %s", i, code)
				if code != valid {
					continue
				}
				touched[writes[i]] = true
				model[writes[i]] = values[i]
				if values[i] == "" {
					delete(model, writes[i])
				}
			}
			require.Len(t, l.State(), len(model))
			for key, value := range l.State() {
				require.Equal(t, model[key], string(value))
			}
		}
	})
}
