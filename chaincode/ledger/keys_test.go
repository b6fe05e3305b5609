package ledger

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

const someDigest = notary.Digest("sha2-256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")

// The keys are the ledger's format: what they were, they must stay.
func TestTheKeysAreFixed(t *testing.T) {
	for want, made := range map[string]func() (key, error){
		"\x00notary.record\x00" + string(someDigest) + "\x00CTIEMSP\x00": func() (key, error) { return recordKey(someDigest, "CTIEMSP") },
		"\x00notary.request\x00CTIEMSP\x00request-1\x00":                 func() (key, error) { return requestKey(typeRequest, "CTIEMSP", "request-1") },
		"\x00notary.list\x00CTIEMSP\x00" + "2026-11-22T09:30:00.000000000Z\x00request-1\x00": func() (key, error) {
			return listKey("CTIEMSP", "2026-11-22T09:30:00.000000000Z", "request-1")
		},
		"\x00notary.details\x00" + string(someDigest) + "\x00": func() (key, error) { return detailsKey(someDigest) },
		"\x00notary.anchor\x000a0b\x00CTIEMSP\x00":             func() (key, error) { return anchorKey("0a0b", "CTIEMSP") },
		"\x00notary.member\x000a0b\x00CTIEMSP\x00" + string(someDigest) + "\x00": func() (key, error) {
			return memberKey("0a0b", "CTIEMSP", someDigest)
		},

		"\x00registry.register\x00dwellings\x00":           func() (key, error) { return registerKey("dwellings") },
		"\x00registry.steps\x00dwellings\x00":              func() (key, error) { return stepsKey("dwellings") },
		"\x00registry.schema\x00dwellings\x0000000012\x00": func() (key, error) { return schemaKey("dwellings", 12) },
		"\x00registry.record\x00dwellings\x00d1\x00":       func() (key, error) { return registryRecordKey("dwellings", "d1") },
		"\x00registry.unique\x00dwellings\x00parcel\x00s1/1\x00": func() (key, error) {
			return uniqueKey("dwellings", registry.Entry{Field: "parcel", Value: "s1/1"})
		},
		"\x00registry.index\x00dwellings\x00city\x00sEsch\x00d1\x00": func() (key, error) {
			return indexKey("dwellings", registry.Entry{Field: "city", Value: "sEsch"}, "d1")
		},
		"\x00registry.attestation\x00dwellings\x00d1\x00SIGIMSP\x00": func() (key, error) { return attestationKey("dwellings", "d1", "SIGIMSP") },
		"\x00registry.proposal\x00dwellings\x00CTIEMSP\x00request-1\x00": func() (key, error) {
			return proposalKey("dwellings", ProposalName{"CTIEMSP", "request-1"})
		},
		"\x00registry.request\x00CTIEMSP\x00request-1\x00":      func() (key, error) { return requestKey(typeRegistryRequest, "CTIEMSP", "request-1") },
		"\x00registry.private\x00dwellings\x00d1\x00abcdef\x00": func() (key, error) { return privateKey("dwellings", "d1", "abcdef") },

		"\x00trail.trail\x00accesses\x00":                         func() (key, error) { return trailKey("accesses") },
		"\x00trail.request\x00CTIEMSP\x00request-1\x00":           func() (key, error) { return requestKey(typeTrailRequest, "CTIEMSP", "request-1") },
		"\x00trail.batch\x00accesses\x00office\x000000000012\x00": func() (key, error) { return batchKey(typeBatch, someBatch()) },
		"\x00trail.entry\x00accesses\x002026-11-22T09:30:00.000000000Z\x00office\x000000000012\x00007\x00": func() (key, error) {
			return someDatedBatch().entryKey(7)
		},
		"\x00trail.sealed\x00accesses\x00office\x000000000012\x00099\x00": func() (key, error) { return sealedKey(someBatch(), 99) },
		"\x00trail.subject\x00k1:ab\x00accesses\x002026-11-22T09:30:00.000000000Z\x00office\x000000000012\x00": func() (key, error) {
			return someDatedBatch().postingKey(typeSubject, "k1:ab")
		},
		"\x00trail.actor\x00k1:ab\x00accesses\x002026-11-22T09:30:00.000000000Z\x00office\x000000000012\x00": func() (key, error) {
			return someDatedBatch().postingKey(typeActor, "k1:ab")
		},
		"\x00trail.subjects\x00ab\x00accesses\x002026-11-22T09:30:00.000000000Z\x00office\x000000000012\x00": func() (key, error) {
			return someDatedBatch().postingKey(typeSubjects, "ab")
		},
		"\x00trail.actors\x00ab\x00accesses\x002026-11-22T09:30:00.000000000Z\x00office\x000000000012\x00": func() (key, error) {
			return someDatedBatch().postingKey(typeActors, "ab")
		},
		"\x00trail.reveal\x00accesses\x00office\x000000000012\x00":  func() (key, error) { return batchKey(typeReveal, someBatch()) },
		"\x00trail.removal\x00accesses\x00office\x000000000012\x00": func() (key, error) { return batchKey(typeRemoval, someBatch()) },
	} {
		k, err := made()
		require.NoError(t, err)
		require.Equal(t, want, string(k))
	}
	require.Equal(t, "_implicit_org_CTIEMSP", implicitCollection("CTIEMSP"))
}

// Evidence tells a notarisation or an anchor by its key, and must not import this package.
func TestEvidenceKnowsTheKeysOfWhatItProves(t *testing.T) {
	require.Equal(t, typeRecord, evidence.RecordKeyType)
	require.Equal(t, typeAnchor, evidence.AnchorKeyType)
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

// The index of a register is read in the order of its keys: it is that of the values.
func TestKeysOfAnIndexSortAsTheirValues(t *testing.T) {
	text := rapid.StringMatching(`[ -~é€𐍈]{1,12}`)
	id := rapid.StringMatching(`[A-Za-z0-9._-]{1,8}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		keyOf := func(value string) key {
			k, err := indexKey("dwellings", registry.Entry{Field: "city", Value: "s" + value}, id.Draw(t, "id"))
			require.NoError(t, err)
			return k
		}
		if order := strings.Compare(a, b); order != 0 {
			require.Equal(t, order, strings.Compare(string(keyOf(a)), string(keyOf(b))))
		}
	})
}

// The longest values that there may be leave room in a bookmark.
func TestEveryPlaceInAnIndexHasABookmark(t *testing.T) {
	in := span{typeIndex, []string{"dwellings", "city"}}
	value, id := "s"+strings.Repeat("v", registry.MaxIndexed), strings.Repeat("i", registry.MaxID)
	k, err := indexKey("dwellings", registry.Entry{Field: "city", Value: value}, id)
	require.NoError(t, err)
	bookmark, err := bookmarkOf(in, string(k))
	require.NoError(t, err)
	start, err := startOf(in, 2, bookmark)
	require.NoError(t, err)
	require.Equal(t, k, start)
}

func TestABookmarkIsMadeOfItsOwnKeysOnly(t *testing.T) {
	record, err := recordKey(someDigest, "CTIEMSP")
	require.NoError(t, err)
	_, err = listBookmark(listPosition{key: record})
	require.Error(t, err)
	for name, next := range map[string]string{
		"another type": "\x00notary.list\x00" + string(someDigest) + "\x00b\x00", "another digest": "\x00notary.record\x00x\x00b\x00",
		"nothing more": "\x00notary.record\x00" + string(someDigest) + "\x00", "nothing": "",
	} {
		_, err = bookmarkOf(recordsOf(someDigest), next)
		require.Error(t, err, name)
	}
}

func FuzzBookmarks(f *testing.F) {
	f.Add("Q1RJRU1TUA")
	f.Add(encodeBookmark("2026-11-22T09:30:00.000000000Z", "request-1", "7"))
	f.Add(encodeBookmark("", "", "0"))
	f.Add(encodeBookmark("i90071992547409935", "DWL-1"))
	f.Add("!")
	f.Fuzz(func(t *testing.T, bookmark string) {
		if position, err := parseListBookmark("CTIEMSP", bookmark); err != nil {
			require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
		} else if bookmark != "" {
			require.True(t, strings.HasPrefix(string(position.key), "\x00notary.list\x00CTIEMSP\x00"))
		}
		for _, list := range []struct {
			span  span
			count int
		}{{recordsOf(someDigest), 1}, {allRegisters(), 1}, {proposalsIn("dwellings"), 2}, {span{typeIndex, []string{"dwellings", "city"}}, 2}, {span{typeBatch, []string{"accesses"}}, 2}} {
			start, err := startOf(list.span, list.count, bookmark)
			if err != nil {
				require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
			} else if bookmark != "" {
				within, err := makeKey(list.span.objectType, list.span.attributes...)
				require.NoError(t, err)
				require.True(t, strings.HasPrefix(string(start), string(within)), "%q leads out of its list", bookmark)
				again, err := bookmarkOf(list.span, string(start))
				require.NoError(t, err)
				require.Equal(t, bookmark, again)
			}
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
