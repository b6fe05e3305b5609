package contract_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// anchored is a batch of documents, with its tree by another implementation.
type anchored struct {
	tree    *testonly.Tree
	members []notary.Digest
}

// someBatch is always the same batch of so many documents.
func someBatch(n int) anchored {
	b := anchored{tree: testonly.New(rfc6962.DefaultHasher)}
	for i := range n {
		digest := digestOf(fmt.Sprint("member", i))
		b.members = append(b.members, digest)
		b.tree.AppendData([]byte("psbc/batch/v1\n" + digest))
	}
	return b
}

func (b anchored) root() string { return hex.EncodeToString(b.tree.Hash()) }

func (b anchored) anchor(name string) notary.AnchorRequest {
	return notary.AnchorRequest{RequestID: id(name), Root: b.root(), Count: b.tree.Size(), Algorithm: notary.SHA2_256, Type: "deed"}
}

func (b anchored) revoke(t testing.TB, i int) notary.RevokeMemberRequest {
	t.Helper()
	path, err := b.tree.InclusionProof(uint64(i), b.tree.Size())
	require.NoError(t, err)
	r := notary.RevokeMemberRequest{RequestID: id(fmt.Sprint("member-", i)), Root: b.root(), Digest: b.members[i], Index: uint64(i), Reason: notary.ReasonWithdrawn}
	for _, hash := range path {
		r.Path = append(r.Path, hex.EncodeToString(hash))
	}
	return r
}

func (b anchored) end() notary.RevokeAnchorRequest {
	return notary.RevokeAnchorRequest{RequestID: id("end"), Root: b.root(), Reason: notary.ReasonOther, Note: "TA:1"}
}

func (b anchored) read(body string) notary.ReadAnchorRequest {
	return notary.ReadAnchorRequest{Root: b.root(), Body: body}
}

func (b anchored) readMember(i int, body string) notary.ReadMemberRequest {
	return notary.ReadMemberRequest{Root: b.root(), Body: body, Digest: b.members[i]}
}

func (u *user) mustReadMember(b anchored, i int, body string) notary.MemberStatus {
	u.t.Helper()
	var status notary.MemberStatus
	require.NoError(u.t, u.evaluate("ReadMember", b.readMember(i, body), &status))
	return status
}

func (u *user) mustReadAnchor(b anchored, body string) notary.Anchor {
	u.t.Helper()
	var a notary.Anchor
	require.NoError(u.t, u.evaluate("ReadAnchor", b.read(body), &a))
	return a
}

func TestAnAnchoredBatchIsReadByEveryBody(t *testing.T) {
	w, b := newWorld(t), someBatch(5)
	request := b.anchor("a")
	request.After = &notary.After{Size: 9, Root: strings.Repeat("0c", 32)}
	result := w.notary(ctie).mustSubmit("AnchorBatch", request)
	want := notary.Anchor{
		V: 1, Root: b.root(), Count: 5, Algorithm: notary.SHA2_256, Body: ctie, RequestID: id("a"), Type: "deed", After: request.After,
		Status: notary.StatusActive, TxID: result.TransactionID, ClaimedTime: "2026-01-01T00:00:00.000000000Z",
	}
	for _, body := range bodies() {
		require.Equal(t, want, w.reader(body).mustReadAnchor(b, ctie))
		require.Equal(t, notary.MemberStatus{V: 1, Status: notary.StatusActive, Anchor: want}, w.reader(body).mustReadMember(b, 3, ctie))
	}
	stored, err := want.Encode()
	require.NoError(t, err)
	require.Equal(t, string(stored), string(result.Payload), "the answer is what is stored")
	require.Equal(t, stored, w.State()["\x00notary.anchor\x00"+b.root()+"\x00CTIEMSP\x00"])
	require.Len(t, w.State(), 2, "an anchor and a receipt, whatever the batch holds")

	requireRefused(t, fault.NotFound, w.reader(sigi).evaluate("ReadAnchor", b.read(sigi), &struct{}{}))
	requireRefused(t, fault.NotFound, w.reader(sigi).evaluate("ReadMember", b.readMember(3, sigi), &struct{}{}))
	again := b.anchor("another")
	err = w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit("AnchorBatch", again); return err })
	requireRefused(t, fault.AlreadyExists, err)
	w.notary(sigi).mustSubmit("AnchorBatch", b.anchor("a"))
}

func TestAMemberOfABatchIsRevoked(t *testing.T) {
	w, b := newWorld(t), someBatch(5)
	w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a"))
	w.notary(sigi).mustSubmit("AnchorBatch", b.anchor("a"))
	result := w.notary(ctie).mustSubmit("RevokeMember", b.revoke(t, 2))
	want := notary.MemberRevocation{
		V: 1, Root: b.root(), Body: ctie, Digest: b.members[2], Index: 2, RequestID: id("member-2"),
		Revocation: notary.Revocation{Reason: notary.ReasonWithdrawn, At: "2026-01-01T00:00:02.000000000Z", TxID: result.TransactionID},
	}
	stored, err := want.Encode()
	require.NoError(t, err)
	require.Equal(t, string(stored), string(result.Payload), "the answer is what is stored")
	require.Equal(t, stored, w.State()["\x00notary.member\x00"+b.root()+"\x00CTIEMSP\x00"+string(b.members[2])+"\x00"])

	status := w.reader(audit).mustReadMember(b, 2, ctie)
	require.Equal(t, notary.StatusRevoked, status.Status)
	require.Equal(t, &want, status.Revocation)
	require.Equal(t, notary.StatusActive, status.Anchor.Status, "the batch stands")
	require.Equal(t, notary.StatusActive, w.reader(audit).mustReadMember(b, 1, ctie).Status)
	require.Equal(t, notary.StatusActive, w.reader(audit).mustReadMember(b, 2, sigi).Status, "one body's revocation is no other body's")
}

func TestAMemberIsNotRevokedFor(t *testing.T) {
	w, b := newWorld(t), someBatch(5)
	w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a"))
	w.notary(ctie).mustSubmit("RevokeMember", b.revoke(t, 2))
	spoilt := func(spoil func(*notary.RevokeMemberRequest)) notary.RevokeMemberRequest {
		r := b.revoke(t, 1)
		spoil(&r)
		return r
	}
	for _, tc := range []struct {
		name    string
		by      *user
		request notary.RevokeMemberRequest
		code    fault.Code
	}{
		{"what is revoked already", w.notary(ctie), func() notary.RevokeMemberRequest { r := b.revoke(t, 2); r.RequestID = id("again"); return r }(), fault.FailedPrecondition},
		{"a batch of another body", w.notary(sigi), b.revoke(t, 1), fault.NotFound},
		{"another batch", w.notary(ctie), someBatch(6).revoke(t, 1), fault.NotFound},
		{"a document that is not in it", w.notary(ctie), spoilt(func(r *notary.RevokeMemberRequest) { r.Digest = digestOf("stranger") }), fault.InvalidArgument},
		{"another place", w.notary(ctie), spoilt(func(r *notary.RevokeMemberRequest) { r.Index = 0 }), fault.InvalidArgument},
		{"a path that is too short", w.notary(ctie), spoilt(func(r *notary.RevokeMemberRequest) { r.Path = r.Path[1:] }), fault.InvalidArgument},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := w.requireNothingWritten(func() error { _, err := tc.by.submit("RevokeMember", tc.request); return err })
			requireRefused(t, tc.code, err)
		})
	}
}

func TestAWholeBatchIsRevoked(t *testing.T) {
	w, b := newWorld(t), someBatch(3)
	err := w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit("RevokeAnchor", b.end()); return err })
	requireRefused(t, fault.NotFound, err)
	w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a"))
	result := w.notary(ctie).mustSubmit("RevokeAnchor", b.end())

	a := w.reader(sigi).mustReadAnchor(b, ctie)
	require.Equal(t, notary.StatusRevoked, a.Status)
	require.Equal(t, &notary.Revocation{Reason: notary.ReasonOther, Note: "TA:1", At: "2026-01-01T00:00:02.000000000Z", TxID: result.TransactionID}, a.Revocation)
	require.Equal(t, notary.StatusRevoked, w.reader(sigi).mustReadMember(b, 1, ctie).Status)

	again := b.end()
	again.RequestID = id("again")
	_, err = w.notary(ctie).submit("RevokeAnchor", again)
	requireRefused(t, fault.FailedPrecondition, err)
	_, err = w.notary(ctie).submit("RevokeMember", b.revoke(t, 1))
	requireRefused(t, fault.FailedPrecondition, err)
	again.RequestID = id("anew")
	_, err = w.notary(ctie).submit("AnchorBatch", b.anchor("anew"))
	requireRefused(t, fault.AlreadyExists, err)
}

func TestARepeatedRequestAboutABatchIsAnsweredAndNotCarriedOutAgain(t *testing.T) {
	w, b := newWorld(t), someBatch(5)
	requests := []struct {
		function string
		request  any
	}{
		{"AnchorBatch", b.anchor("a")},
		{"RevokeMember", b.revoke(t, 1)},
		{"RevokeAnchor", b.end()},
	}
	for _, r := range requests {
		first := w.notary(ctie).mustSubmit(r.function, r.request)
		state, height := w.State(), w.Height()
		again := w.notary(ctie).mustSubmit(r.function, r.request)
		require.Equal(t, string(first.Payload), string(again.Payload), r.function)
		require.Equal(t, state, w.State())
		require.Empty(t, w.Events(height), "nothing changed, so there is no event")
	}
	t.Run("the answer is the anchor as it stands", func(t *testing.T) {
		var a notary.Anchor
		require.NoError(t, json.Unmarshal(w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a")).Payload, &a))
		require.Equal(t, notary.StatusRevoked, a.Status)
	})
	t.Run("of requests that differ in the checkpoint, the first one's stands", func(t *testing.T) {
		early, late := one("plan"), one("plan")
		early.After = &notary.After{Size: 1, Root: strings.Repeat("0c", 32)}
		late.After = &notary.After{Size: 2, Root: strings.Repeat("0d", 32)}
		require.Equal(t, early.After, w.notary(ctie).record("Notarise", early).After)
		require.Equal(t, early.After, w.notary(ctie).record("Notarise", late).After)
		require.Equal(t, early.After, w.notary(ctie).record("Notarise", one("plan")).After)
	})
	t.Run("a request id serves one request only", func(t *testing.T) {
		other := someBatch(6).anchor("a")
		for function, request := range map[string]any{
			"AnchorBatch":  other,
			"RevokeAnchor": notary.RevokeAnchorRequest{RequestID: id("a"), Root: b.root(), Reason: notary.ReasonOther},
			"RevokeMember": func() any { r := b.revoke(t, 2); r.RequestID = id("a"); return r }(),
			"Notarise":     notary.NotariseRequest{RequestID: id("a"), Item: notary.Item{Digest: digestOf("x")}},
		} {
			err := w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit(function, request); return err })
			requireRefused(t, fault.AlreadyExists, err)
			require.ErrorContains(t, err, "was used for another request")
		}
	})
}

func TestOnlyANotaryAnchorsAndRevokes(t *testing.T) {
	w, b := newWorld(t), someBatch(3)
	w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a"))
	for name, caller := range map[string]*user{
		"a reader":         w.reader(ctie),
		"another role":     {w, w.Client(ctie, ledgertest.WithAttribute(contract.RoleRegistrar, "true"))},
		"an administrator": {w, w.Client(ctie, ledgertest.WithNodeOU("admin"))},
	} {
		t.Run(name, func(t *testing.T) {
			for function, request := range map[string]any{"AnchorBatch": someBatch(4).anchor("b"), "RevokeAnchor": b.end(), "RevokeMember": b.revoke(t, 0)} {
				err := w.requireNothingWritten(func() error { _, err := caller.submit(function, request); return err })
				requireRefused(t, fault.PermissionDenied, err)
			}
		})
	}
}

func TestBadInputAboutABatchWritesNothing(t *testing.T) {
	w, b := newWorld(t), someBatch(3)
	w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a"))
	for function, want := range map[string]string{
		"AnchorBatch": "requestId: ", "RevokeAnchor": "requestId: ", "RevokeMember": "requestId: ", "ReadAnchor": "root: ", "ReadMember": "root: ",
	} {
		err := w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit(function, "{}"); return err })
		requireRefused(t, fault.InvalidArgument, err)
		require.ErrorContains(t, err, want)
	}
}

func TestEventsOfBatchesSayWhatHappened(t *testing.T) {
	w, b := newWorld(t), someBatch(5)
	w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a"))
	w.notary(ctie).mustSubmit("RevokeMember", b.revoke(t, 4))
	w.notary(ctie).mustSubmit("RevokeAnchor", b.end())
	at := func(second int) string { return fmt.Sprintf("2026-01-01T00:00:%02d.000000000Z", second) }
	want := []struct {
		name  string
		event notary.Event
	}{
		{"notary.anchored", notary.Event{V: 1, Body: ctie, RequestID: id("a"), Root: b.root(), Count: 5, ClaimedTime: at(0)}},
		{"notary.member-revoked", notary.Event{V: 1, Body: ctie, RequestID: id("member-4"), Root: b.root(), Digest: b.members[4], Reason: notary.ReasonWithdrawn, Count: 1, ClaimedTime: at(1)}},
		{"notary.anchor-revoked", notary.Event{V: 1, Body: ctie, RequestID: id("end"), Root: b.root(), Reason: notary.ReasonOther, Count: 5, ClaimedTime: at(2)}},
	}
	events := w.Events(0)
	require.Len(t, events, len(want))
	for i, e := range events {
		require.Equal(t, want[i].name, e.Name)
		decoded, err := notary.DecodeEvent(e.Payload)
		require.NoError(t, err)
		require.Equal(t, want[i].event, decoded)
	}
}

func TestOfTwoConcurrentRequestsAboutABatchOneIsValid(t *testing.T) {
	w, b := newWorld(t), someBatch(5)
	// As of two notarisations (see TestOfTwoConcurrentNotarisationsOneIsValid).
	oneOfTwo := []peer.TxValidationCode{peer.TxValidationCode_VALID, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE}
	first, second := w.notary(ctie).mustEndorse("AnchorBatch", b.anchor("a")), w.notary(ctie).mustEndorse("AnchorBatch", b.anchor("b"))
	require.Equal(t, oneOfTwo, w.Commit(first, second))

	t.Run("two members are revoked side by side", func(t *testing.T) {
		first, second := w.notary(ctie).mustEndorse("RevokeMember", b.revoke(t, 0)), w.notary(ctie).mustEndorse("RevokeMember", b.revoke(t, 1))
		require.Equal(t, codes(valid, valid), w.Commit(first, second))
	})
	t.Run("the batch's revocation overtakes a member's", func(t *testing.T) {
		first, second := w.notary(ctie).mustEndorse("RevokeAnchor", b.end()), w.notary(ctie).mustEndorse("RevokeMember", b.revoke(t, 2))
		require.Equal(t, codes(valid, conflict), w.Commit(first, second))
		_, err := w.notary(ctie).submit("RevokeMember", b.revoke(t, 2))
		requireRefused(t, fault.FailedPrecondition, err)
	})
}

func TestABatchChangesOnlyWithItsBodysEndorsement(t *testing.T) {
	w, b := newWorld(t), someBatch(3)
	w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a"))
	_, err := w.notary(ctie).with(ledgertest.EndorsedBy(sigi, digital, audit)).submit("RevokeAnchor", b.end())
	requireInvalid(t, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE, err)
	_, err = w.notary(ctie).with(ledgertest.EndorsedBy(ctie, digital, audit)).submit("RevokeAnchor", b.end())
	require.NoError(t, err)
}

func TestADamagedBatchIsNotBelieved(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	b := someBatch(3)
	w.notary(ctie).mustSubmit("AnchorBatch", b.anchor("a"))
	w.notary(ctie).mustSubmit("RevokeMember", b.revoke(t, 1))
	keys := slices.Sorted(maps.Keys(w.State()))
	anchorKey, memberKey := keys[0], keys[1]
	require.Contains(t, anchorKey, "notary.anchor")
	require.Contains(t, memberKey, "notary.member")
	state := w.State()
	other := b.revoke(t, 1)
	other.RequestID = id("another")
	calls := map[string]any{
		"ReadAnchor": b.read(ctie), "ReadMember": b.readMember(1, ctie), "AnchorBatch": b.anchor("b"), "RevokeAnchor": b.end(), "RevokeMember": other,
	}
	for _, tc := range []struct {
		name, key, value string
		calls            []string
	}{
		{"an anchor that is none", anchorKey, "junk", []string{"ReadAnchor", "ReadMember", "AnchorBatch", "RevokeAnchor", "RevokeMember"}},
		{"an anchor of another version", anchorKey, `{"v":2}`, []string{"ReadAnchor", "ReadMember", "AnchorBatch", "RevokeAnchor", "RevokeMember"}},
		{"a revocation that is none", memberKey, "junk", []string{"ReadMember", "RevokeMember"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			overwrite := func(value string) {
				_, err := w.Client(ctie).With(ledgertest.EndorsedBy(bodies()...)).Submit("overwrite", tc.key, value)
				require.NoError(t, err)
			}
			overwrite(tc.value)
			defer overwrite(string(state[tc.key]))
			for _, function := range tc.calls {
				_, err := w.notary(ctie).submit(function, calls[function])
				requireRefused(t, fault.Internal, err)
			}
		})
	}
}
