package ledger

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

const someDigest = notary.Digest("sha2-256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")

// The keys are the ledger's format: what they were, they must stay.
func TestTheKeysAreFixed(t *testing.T) {
	for want, made := range map[string]func() (key, error){
		"\x00notary.record\x00" + string(someDigest) + "\x00CTIEMSP\x00": func() (key, error) { return recordKey(someDigest, "CTIEMSP") },
		"\x00notary.request\x00CTIEMSP\x00request-1\x00":                 func() (key, error) { return requestKey("CTIEMSP", "request-1") },
		"\x00notary.list\x00CTIEMSP\x00" + "2026-11-22T09:30:00.000000000Z\x00request-1\x00": func() (key, error) {
			return listKey("CTIEMSP", "2026-11-22T09:30:00.000000000Z", "request-1")
		},
		"\x00notary.details\x00" + string(someDigest) + "\x00": func() (key, error) { return detailsKey(someDigest) },
	} {
		k, err := made()
		require.NoError(t, err)
		require.Equal(t, want, string(k))
	}
	require.Equal(t, "_implicit_org_CTIEMSP", implicitCollection("CTIEMSP"))
}

func TestAKeyGivesItsAttributesBack(t *testing.T) {
	attribute := rapid.StringMatching(`[A-Za-z0-9_.:-]{0,20}`)
	rapid.Check(t, func(t *rapid.T) {
		attributes := rapid.SliceOfN(attribute, 1, 4).Draw(t, "attributes")
		k, err := makeKey("type", attributes...)
		require.NoError(t, err)
		require.Equal(t, append([]string{"type"}, attributes...), attributesOf(string(k)))
	})
}

func TestAnAttributeCannotReachIntoAnotherKey(t *testing.T) {
	for _, attribute := range []string{"a\x00b", "a\U0010ffff", "\xff"} {
		_, err := makeKey(typeRecord, attribute)
		require.Error(t, err)
	}
}

func TestABookmarkLeadsToWhereItWasMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requestID := rapid.StringMatching(`[A-Za-z0-9_-]{8,64}`).Draw(t, "request")
		k, err := listKey("CTIEMSP", "2026-11-22T09:30:00.000000000Z", requestID)
		require.NoError(t, err)
		position := listPosition{k, rapid.IntRange(0, notary.MaxBatch-1).Draw(t, "offset")}
		bookmark, err := listBookmark(position)
		require.NoError(t, err)
		parsed, err := parseListBookmark("CTIEMSP", bookmark)
		require.NoError(t, err)
		require.Equal(t, position, parsed)

		foreign, err := parseListBookmark("SIGIMSP", bookmark)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(foreign.key), "\x00notary.list\x00SIGIMSP\x00"), "it stays within the list that it is used for")
	})
}

func TestABookmarkIsMadeOfItsOwnKeysOnly(t *testing.T) {
	record, err := recordKey(someDigest, "CTIEMSP")
	require.NoError(t, err)
	_, err = listBookmark(listPosition{key: record})
	require.Error(t, err)
	_, err = findBookmark("\x00notary.list\x00a\x00b\x00c\x00")
	require.Error(t, err)
	_, err = findBookmark("")
	require.Error(t, err)
}

func FuzzBookmarks(f *testing.F) {
	f.Add("Q1RJRU1TUA")
	f.Add("MjAyNi0xMS0yMlQwOTozMDowMC4wMDAwMDAwMDBafHJlcXVlc3QtMXw3")
	f.Add("fHww")
	f.Add("!")
	f.Fuzz(func(t *testing.T, bookmark string) {
		if position, err := parseListBookmark("CTIEMSP", bookmark); err != nil {
			require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
		} else if bookmark != "" {
			require.True(t, strings.HasPrefix(string(position.key), "\x00notary.list\x00CTIEMSP\x00"))
		}
		if start, err := findStart(someDigest, bookmark); err != nil {
			require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
		} else if bookmark != "" {
			require.True(t, strings.HasPrefix(string(start), "\x00notary.record\x00"+string(someDigest)+"\x00"))
		}
	})
}

// FuzzKeys builds keys of arbitrary attributes: whatever is accepted is one key of
// its type, and can be taken apart.
func FuzzKeys(f *testing.F) {
	f.Add("CTIEMSP", "request-1")
	f.Add("a\x00", "")
	f.Add("\U0010ffff", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		k, err := makeKey(typeRequest, a, b)
		if err != nil {
			return
		}
		require.Equal(t, []string{typeRequest, a, b}, attributesOf(string(k)))
	})
}
