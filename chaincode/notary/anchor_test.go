package notary_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

const someRoot = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"

// anchorRequest has a valid field of every kind.
func anchorRequest() notary.AnchorRequest {
	return notary.AnchorRequest{
		RequestID: requestID, Root: someRoot, Count: 4711, Algorithm: notary.SHA2_256, Type: "deed", Reference: "Dossier n° 2026/4711",
		ValidFrom: "2026-01-01T00:00:00Z", ValidUntil: "2036-01-01T00:00:00.5Z", After: &notary.After{Size: 1234, Root: strings.Repeat("0b", 32)},
	}
}

// batchTree is the tree of a batch, by another implementation.
func batchTree(digests []notary.Digest) *testonly.Tree {
	tree := testonly.New(rfc6962.DefaultHasher)
	for _, d := range digests {
		tree.AppendData([]byte("psbc/batch/v1\n" + d))
	}
	return tree
}

func digests(n int) []notary.Digest {
	all := make([]notary.Digest, n)
	for i := range all {
		all[i] = digestOf(fmt.Sprint("member", i))
	}
	return all
}

// place is a request to revoke member i, whose path is right.
func place(t require.TestingT, tree *testonly.Tree, all []notary.Digest, i int) notary.RevokeMemberRequest {
	path, err := tree.InclusionProof(uint64(i), uint64(len(all)))
	require.NoError(t, err)
	r := notary.RevokeMemberRequest{
		RequestID: "request-0002", Root: hex.EncodeToString(tree.Hash()), Digest: all[i], Index: uint64(i), Path: []string{}, Reason: notary.ReasonWithdrawn,
	}
	for _, hash := range path {
		r.Path = append(r.Path, hex.EncodeToString(hash))
	}
	return r
}

func anchorOf(tree *testonly.Tree) notary.Anchor {
	a, err := notary.AnchorBatch(body, notary.AnchorRequest{
		RequestID: requestID, Root: hex.EncodeToString(tree.Hash()), Count: tree.Size(), Algorithm: notary.SHA2_256,
	}, txOf(1), nil)
	if err != nil {
		panic(err) // there is none
	}
	return a
}

func TestAnAnchorIsWhatWasAskedFor(t *testing.T) {
	r := anchorRequest()
	a, err := notary.AnchorBatch(body, r, txOf(1), nil)
	require.NoError(t, err)
	require.NoError(t, a.Validate())
	require.Equal(t, notary.Anchor{
		V: 1, Root: r.Root, Count: r.Count, Algorithm: r.Algorithm, Body: body, RequestID: requestID, Type: r.Type, Reference: r.Reference,
		ValidFrom: r.ValidFrom, ValidUntil: r.ValidUntil, After: r.After, Status: notary.StatusActive, TxID: "tx1", ClaimedTime: txOf(1).ClaimedTime,
	}, a)
	_, err = notary.AnchorBatch(body, r, txOf(2), &a)
	requireCode(t, fault.AlreadyExists, err)
}

func TestABatchIsRevokedOnce(t *testing.T) {
	a := anchorOf(batchTree(digests(3)))
	revoked, err := notary.RevokeAnchor(a, notary.RevokeAnchorRequest{Reason: notary.ReasonOther, Note: "x"}, txOf(2))
	require.NoError(t, err)
	require.NoError(t, revoked.Validate())
	require.Equal(t, notary.StatusRevoked, revoked.Status)
	require.Equal(t, &notary.Revocation{Reason: notary.ReasonOther, Note: "x", At: txOf(2).ClaimedTime, TxID: "tx2"}, revoked.Revocation)
	_, err = notary.RevokeAnchor(revoked, notary.RevokeAnchorRequest{Reason: notary.ReasonOther}, txOf(3))
	requireCode(t, fault.FailedPrecondition, err)
}

// TestExactlyTheMembersOfABatchCanBeRevoked compares with another implementation of the
// tree, for batches of every shape.
func TestExactlyTheMembersOfABatchCanBeRevoked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := digests(rapid.IntRange(1, 70).Draw(t, "count"))
		tree := batchTree(all)
		a := anchorOf(tree)
		i := rapid.IntRange(0, len(all)-1).Draw(t, "member")
		r := place(t, tree, all, i)
		require.NoError(t, r.Validate())

		revocation, err := notary.RevokeMember(a, r, txOf(2), nil)
		require.NoError(t, err)
		require.NoError(t, revocation.Validate())
		require.Equal(t, notary.MemberRevocation{
			V: 1, Root: a.Root, Body: body, Digest: r.Digest, Index: r.Index, RequestID: r.RequestID,
			Revocation: notary.Revocation{Reason: r.Reason, At: txOf(2).ClaimedTime, TxID: "tx2"},
		}, revocation)

		bad := r
		switch spoil := rapid.IntRange(0, 4).Draw(t, "spoil"); {
		case spoil == 0:
			bad.Digest = digestOf("stranger")
		case spoil == 1:
			bad.Index = uint64(i + rapid.IntRange(1, 100).Draw(t, "off"))
		case spoil == 2 && len(r.Path) > 0:
			bad.Path = r.Path[:len(r.Path)-1]
		case spoil == 3 && len(r.Path) > 0:
			bad.Path = append([]string{strings.Repeat("0c", 32)}, r.Path[1:]...)
		default:
			bad.Path = append(append([]string{}, r.Path...), someRoot)
		}
		_, err = notary.RevokeMember(a, bad, txOf(2), nil)
		require.ErrorIs(t, err, &fault.Error{Code: fault.InvalidArgument})
	})
}

func TestAMemberIsNotRevoked(t *testing.T) {
	all := digests(5)
	tree := batchTree(all)
	a := anchorOf(tree)
	good := place(t, tree, all, 3)
	revoked, err := notary.RevokeMember(a, good, txOf(2), nil)
	require.NoError(t, err)
	endedBatch, err := notary.RevokeAnchor(a, notary.RevokeAnchorRequest{Reason: notary.ReasonOther}, txOf(2))
	require.NoError(t, err)
	otherCount := a
	otherCount.Count = 9
	otherAlgorithm := a
	otherAlgorithm.Algorithm = notary.SHA3_256

	for _, tc := range []struct {
		name     string
		anchor   notary.Anchor
		existing *notary.MemberRevocation
		code     fault.Code
		want     string
	}{
		{"twice", a, &revoked, fault.FailedPrecondition, "is revoked"},
		{"when the whole batch is", endedBatch, nil, fault.FailedPrecondition, "is revoked"},
		{"of a batch with another count", otherCount, nil, fault.InvalidArgument, "path: does not show"},
		{"of a batch with other digests", otherAlgorithm, nil, fault.InvalidArgument, "digest: the batch"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := notary.RevokeMember(tc.anchor, good, txOf(3), tc.existing)
			requireCode(t, tc.code, err)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// A leaf must not pass for a node, nor a node for a leaf.
func TestANodeOfTheTreeIsNoMember(t *testing.T) {
	all := digests(4)
	tree := batchTree(all)
	a := anchorOf(tree)
	a.Count = 2 // as whoever anchored it could have said
	r := place(t, tree, all, 0)
	r.Path = r.Path[1:]
	_, err := notary.RevokeMember(a, r, txOf(2), nil)
	requireCode(t, fault.InvalidArgument, err)
}

func TestWhatHasBecomeOfAMember(t *testing.T) {
	all := digests(5)
	tree := batchTree(all)
	a := anchorOf(tree)
	require.Equal(t, notary.MemberStatus{V: 1, Status: notary.StatusActive, Anchor: a}, notary.StatusOf(a, nil))
	revocation, err := notary.RevokeMember(a, place(t, tree, all, 1), txOf(2), nil)
	require.NoError(t, err)
	require.Equal(t, notary.MemberStatus{V: 1, Status: notary.StatusRevoked, Anchor: a, Revocation: &revocation}, notary.StatusOf(a, &revocation))
	ended, err := notary.RevokeAnchor(a, notary.RevokeAnchorRequest{Reason: notary.ReasonOther}, txOf(3))
	require.NoError(t, err)
	require.Equal(t, notary.StatusRevoked, notary.StatusOf(ended, nil).Status)
}

func TestARequestAboutABatchIsReadAsItIs(t *testing.T) {
	least := notary.AnchorRequest{RequestID: requestID, Root: someRoot, Count: 1, Algorithm: notary.SHA3_512}
	most := anchorRequest()
	most.Count, most.After.Size = 1<<32, 1<<53-1
	for _, tc := range []struct {
		name    string
		request any
		parse   func(string) (any, error)
	}{
		{"AnchorBatch", most, parser(notary.ParseAnchorRequest)},
		{"AnchorBatch with least", least, parser(notary.ParseAnchorRequest)},
		{"ReadAnchor", notary.ReadAnchorRequest{Root: someRoot, Body: body}, parser(notary.ParseReadAnchorRequest)},
		{"RevokeAnchor", notary.RevokeAnchorRequest{RequestID: requestID, Root: someRoot, Reason: notary.ReasonOther, Note: "x"}, parser(notary.ParseRevokeAnchorRequest)},
		{"RevokeMember", notary.RevokeMemberRequest{RequestID: requestID, Root: someRoot, Digest: digestOf("a"), Index: 1<<32 - 1, Path: repeated(someRoot, 32), Reason: notary.ReasonOther, Note: "x"}, parser(notary.ParseRevokeMemberRequest)},
		{"ReadMember", notary.ReadMemberRequest{Root: someRoot, Body: body, Digest: digestOf("a")}, parser(notary.ParseReadMemberRequest)},
		{"Notarise after a checkpoint", notary.NotariseRequest{RequestID: requestID, Item: notary.Item{Digest: digestOf("a"), After: most.After}}, parser(notary.ParseNotariseRequest)},
		{"NotariseBatch after a checkpoint", notary.BatchRequest{RequestID: requestID, After: most.After, Items: []notary.Item{{Digest: digestOf("a"), After: most.After}}}, parser(notary.ParseBatchRequest)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.parse(jsonOf(t, tc.request))
			require.NoError(t, err)
			require.Equal(t, tc.request, got)
		})
	}
}

func TestABadRequestAboutABatchIsRefused(t *testing.T) {
	anchor := func(spoil func(*notary.AnchorRequest)) error {
		r := anchorRequest()
		spoil(&r)
		_, err := notary.ParseAnchorRequest(jsonOf(t, r))
		return err
	}
	member := func(spoil func(*notary.RevokeMemberRequest)) error {
		r := notary.RevokeMemberRequest{RequestID: requestID, Root: someRoot, Digest: digestOf("a"), Path: []string{someRoot}, Reason: notary.ReasonOther}
		spoil(&r)
		_, err := notary.ParseRevokeMemberRequest(jsonOf(t, r))
		return err
	}
	parsed := func(_ any, err error) error { return err }
	for _, tc := range []struct {
		name string
		err  error
		want string
	}{
		{"no id", anchor(func(r *notary.AnchorRequest) { r.RequestID = "" }), "requestId: "},
		{"no root", anchor(func(r *notary.AnchorRequest) { r.Root = "" }), "root: is not 64"},
		{"an upper-case root", anchor(func(r *notary.AnchorRequest) { r.Root = strings.ToUpper(someRoot) }), "root: is not 64"},
		{"no document", anchor(func(r *notary.AnchorRequest) { r.Count = 0 }), "count: 0 is not 1 to 4294967296"},
		{"too many documents", anchor(func(r *notary.AnchorRequest) { r.Count = 1<<32 + 1 }), "count: 4294967297 is not 1 to 4294967296"},
		{"an unknown algorithm", anchor(func(r *notary.AnchorRequest) { r.Algorithm = "md5" }), `algorithm: the digest algorithm "md5"`},
		{"a bad type", anchor(func(r *notary.AnchorRequest) { r.Type = "a b" }), "type: "},
		{"a bad reference", anchor(func(r *notary.AnchorRequest) { r.Reference = " a" }), "reference: "},
		{"a validity that ends before it begins", anchor(func(r *notary.AnchorRequest) { r.ValidUntil = "2025-01-01T00:00:00Z" }), "validUntil: "},
		{"after nothing", anchor(func(r *notary.AnchorRequest) { r.After.Size = 0 }), "after.size: 0 is not 1 to 9007199254740991"},
		{"after more than a number holds", anchor(func(r *notary.AnchorRequest) { r.After.Size = 1 << 53 }), "after.size: 9007199254740992 is not"},
		{"after a bad root", anchor(func(r *notary.AnchorRequest) { r.After.Root = "x" }), "after.root: is not 64"},
		{"a fraction of documents", parsed(notary.ParseAnchorRequest(`{"count":1.5}`)), "count is number 1.5"},
		{"fewer than no documents", parsed(notary.ParseAnchorRequest(`{"count":-1}`)), "count is number -1"},
		{"a text for a number", parsed(notary.ParseAnchorRequest(`{"count":"1"}`)), "count is a text"},
		{"reading no root", parsed(notary.ParseReadAnchorRequest(`{"body":"CTIEMSP"}`)), "root: "},
		{"reading nobody's", parsed(notary.ParseReadAnchorRequest(`{"root":"` + someRoot + `"}`)), "body: "},
		{"revoking without id", parsed(notary.ParseRevokeAnchorRequest(`{}`)), "requestId: "},
		{"revoking no root", parsed(notary.ParseRevokeAnchorRequest(`{"requestId":"request-1"}`)), "root: "},
		{"revoking without reason", parsed(notary.ParseRevokeAnchorRequest(`{"requestId":"request-1","root":"` + someRoot + `"}`)), "reason: "},
		{"a member without id", member(func(r *notary.RevokeMemberRequest) { r.RequestID = "" }), "requestId: "},
		{"a member without root", member(func(r *notary.RevokeMemberRequest) { r.Root = "" }), "root: "},
		{"a member without digest", member(func(r *notary.RevokeMemberRequest) { r.Digest = "" }), "digest: "},
		{"an index past every batch", member(func(r *notary.RevokeMemberRequest) { r.Index = 1 << 32 }), "index: 4294967296 is not less"},
		{"a path that is too long", member(func(r *notary.RevokeMemberRequest) { r.Path = repeated(someRoot, 33) }), "path: has 33 hashes, more than 32"},
		{"a path of something else", member(func(r *notary.RevokeMemberRequest) { r.Path[0] = "x" }), "path[0]: is not 64"},
		{"no reason", member(func(r *notary.RevokeMemberRequest) { r.Reason = "" }), "reason: "},
		{"a note with a space", member(func(r *notary.RevokeMemberRequest) { r.Note = "a b" }), "note: "},
		{"reading a member of no batch", parsed(notary.ParseReadMemberRequest(`{}`)), "root: "},
		{"reading nobody's member", parsed(notary.ParseReadMemberRequest(`{"root":"` + someRoot + `"}`)), "body: "},
		{"reading no member", parsed(notary.ParseReadMemberRequest(`{"root":"` + someRoot + `","body":"CTIEMSP"}`)), "digest: "},
		{"notarising after nothing", notary.NotariseRequest{RequestID: requestID, Item: notary.Item{Digest: digestOf("a"), After: &notary.After{}}}.Validate(), "after.size: "},
		{"a batch after nothing", notary.BatchRequest{RequestID: requestID, After: &notary.After{}, Items: []notary.Item{{Digest: digestOf("a")}}}.Validate(), "after.size: "},
		{"an item after nothing", notary.BatchRequest{RequestID: requestID, Items: []notary.Item{{Digest: digestOf("a"), After: &notary.After{}}}}.Validate(), "items[0].after.size: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			requireCode(t, fault.InvalidArgument, tc.err)
			require.ErrorContains(t, tc.err, tc.want)
		})
	}
}

func repeated(s string, n int) []string {
	return strings.Fields(strings.Repeat(s+" ", n))
}

func TestTheLongestRequestsFit(t *testing.T) {
	r := notary.RevokeMemberRequest{
		RequestID: strings.Repeat("r", notary.MaxRequestID), Root: someRoot, Digest: notary.Digest("sha2-512:" + strings.Repeat("0", 128)), Index: 1<<32 - 1,
		Path: repeated(someRoot, 32), Reason: notary.ReasonLegalBasisExpired, Note: strings.Repeat("n", 64),
	}
	_, err := notary.ParseRevokeMemberRequest(jsonOf(t, r))
	require.NoError(t, err)
}

func TestWhoRepeatsARequestMayNameALaterCheckpoint(t *testing.T) {
	early, late := &notary.After{Size: 1, Root: someRoot}, &notary.After{Size: 2, Root: someRoot}
	one := notary.NotariseRequest{RequestID: requestID, Item: notary.Item{Digest: digestOf("a"), After: early}}
	again := one
	again.After = late
	require.Equal(t, contentHash(t, "Notarise", one.Content()), contentHash(t, "Notarise", again.Content()))
	without := one
	without.After = nil
	require.Equal(t, contentHash(t, "Notarise", without), contentHash(t, "Notarise", one.Content()), "as it was before there was After")

	batch := notary.BatchRequest{RequestID: requestID, After: early, Items: []notary.Item{{Digest: digestOf("a"), After: early}, {Digest: digestOf("b")}}}
	repeated := notary.BatchRequest{RequestID: requestID, Items: []notary.Item{{Digest: digestOf("a")}, {Digest: digestOf("b"), After: late}}}
	require.Equal(t, contentHash(t, "NotariseBatch", batch.Content()), contentHash(t, "NotariseBatch", repeated.Content()))
	require.Equal(t, early, batch.Items[0].After, "the request itself is as it was")

	anchor := anchorRequest()
	other := anchor
	other.After = late
	require.Equal(t, contentHash(t, "AnchorBatch", anchor.Content()), contentHash(t, "AnchorBatch", other.Content()))
	other.Reference = "another"
	require.NotEqual(t, contentHash(t, "AnchorBatch", anchor.Content()), contentHash(t, "AnchorBatch", other.Content()))
}

func TestTheRecordsOfABatchNameTheCheckpointOfTheBatchOrTheirOwn(t *testing.T) {
	own, common := &notary.After{Size: 1, Root: someRoot}, &notary.After{Size: 2, Root: someRoot}
	r := notary.BatchRequest{RequestID: requestID, After: common, Items: []notary.Item{{Digest: digestOf("a")}, {Digest: digestOf("b"), After: own}}}
	outcome, err := notary.NotariseBatch(body, r, txOf(1), make([]notary.Prior, 2))
	require.NoError(t, err)
	require.Equal(t, common, outcome.Created[0].After)
	require.Equal(t, own, outcome.Created[1].After)
	require.Nil(t, r.Items[0].After)
}
