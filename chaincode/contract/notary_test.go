package contract_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

func TestANotarisedDocumentIsReadByEveryBody(t *testing.T) {
	w := newWorld(t)
	at := time.Date(2026, 11, 22, 9, 30, 0, 123456789, time.FixedZone("CET", 3600))
	request := notary.NotariseRequest{RequestID: id("a"), Item: notary.Item{
		Digest: digestOf("a"), Type: "deed", Reference: "Dossier n° 4711", ValidFrom: "2026-01-01T00:00:00Z", ValidUntil: "2036-01-01T00:00:00Z",
	}}
	result := w.notary(ctie).with(ledgertest.At(at)).mustSubmit("Notarise", request)

	want := notary.Notarisation{
		V: 1, Digest: digestOf("a"), Body: ctie, RequestID: id("a"), Type: "deed", Reference: "Dossier n° 4711",
		ValidFrom: "2026-01-01T00:00:00Z", ValidUntil: "2036-01-01T00:00:00Z", Status: notary.StatusActive,
		TxID: result.TransactionID, ClaimedTime: "2026-11-22T08:30:00.123456789Z",
	}
	for _, body := range bodies() {
		require.Equal(t, want, w.reader(body).mustRead("a", ctie))
	}
	stored, err := want.Encode()
	require.NoError(t, err)
	require.Equal(t, string(stored), string(result.Payload), "the answer is what is stored")
	require.Equal(t, stored, w.State()["\x00notary.record\x00"+string(digestOf("a"))+"\x00CTIEMSP\x00"])

	_, err = w.reader(sigi).read("a", sigi)
	requireRefused(t, fault.NotFound, err)
}

func TestSeveralBodiesNotariseOneDocument(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{sigi, ctie, audit} {
		w.notary(body).mustSubmit("Notarise", one("a"))
	}
	var page notary.Page
	require.NoError(t, w.reader(digital).evaluate("Find", notary.FindRequest{Digest: digestOf("a")}, &page))
	require.Len(t, page.Items, 3)
	require.Empty(t, page.Bookmark)
	require.Equal(t, []string{ctie, audit, sigi}, []string{page.Items[0].Body, page.Items[1].Body, page.Items[2].Body}, "by MSP ID")

	w.notary(sigi).mustSubmit("Revoke", revoke("a"))
	require.Equal(t, notary.StatusRevoked, w.reader(ctie).mustRead("a", sigi).Status)
	require.Equal(t, notary.StatusActive, w.reader(ctie).mustRead("a", ctie).Status, "one body's revocation is no other body's")
}

func TestABodyNotarisesADigestOnce(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("Notarise", one("a"))
	again := one("a")
	again.RequestID = id("another")
	err := w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit("Notarise", again); return err })
	requireRefused(t, fault.AlreadyExists, err)
}

func TestABatchIsNotarisedAsAWhole(t *testing.T) {
	w := newWorld(t)
	result := w.notary(ctie).mustSubmit("NotariseBatch", batch("b", notary.MaxBatch))
	require.JSONEq(t, fmt.Sprintf(`{"v":1,"requestId":"request-b","body":"CTIEMSP","count":1000,"txId":%q,"claimedTime":"2026-01-01T00:00:00.000000000Z"}`,
		result.TransactionID), string(result.Payload))
	require.Len(t, w.State(), notary.MaxBatch+2, "a record each, one receipt, one list entry")
	for _, i := range []int{0, 1, 999} {
		n := w.reader(sigi).mustRead(fmt.Sprint("b", i), ctie)
		require.Equal(t, id("b"), n.RequestID)
		require.Equal(t, result.TransactionID, n.TxID)
	}

	overlapping := batch("b", 3)
	overlapping.RequestID = id("c")
	overlapping.Items[0].Digest = digestOf("new")
	err := w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit("NotariseBatch", overlapping); return err })
	requireRefused(t, fault.AlreadyExists, err)
	require.ErrorContains(t, err, "items[1]: CTIEMSP has notarised")
}

func TestABatchSupersedes(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("NotariseBatch", batch("old", 3))
	next := batch("new", 3)
	next.Items[0].Supersedes = digestOf("old2")
	next.Items[2].Supersedes = digestOf("old0")
	w.notary(ctie).mustSubmit("NotariseBatch", next)

	require.Equal(t, digestOf("new0"), w.reader(ctie).mustRead("old2", ctie).SupersededBy)
	require.Equal(t, digestOf("new2"), w.reader(ctie).mustRead("old0", ctie).SupersededBy)
	require.Equal(t, notary.StatusActive, w.reader(ctie).mustRead("old1", ctie).Status)
	require.Equal(t, digestOf("old2"), w.reader(ctie).mustRead("new0", ctie).Supersedes)
	require.Empty(t, w.reader(ctie).mustRead("new1", ctie).Supersedes)
}

func TestRevocationEndsANotarisation(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("Notarise", one("a"))
	request := revoke("a")
	request.Note = "TA:4711"
	result := w.notary(ctie).mustSubmit("Revoke", request)

	n := w.reader(sigi).mustRead("a", ctie)
	require.Equal(t, notary.StatusRevoked, n.Status)
	require.Equal(t, &notary.Revocation{Reason: notary.ReasonWithdrawn, Note: "TA:4711", At: "2026-01-01T00:00:01.000000000Z", TxID: result.TransactionID}, n.Revocation)

	request.RequestID = id("again")
	_, err := w.notary(ctie).submit("Revoke", request)
	requireRefused(t, fault.FailedPrecondition, err)
	_, err = w.notary(ctie).submit("Revoke", revoke("unknown"))
	requireRefused(t, fault.NotFound, err)
	_, err = w.notary(sigi).submit("Revoke", revoke("a"))
	requireRefused(t, fault.NotFound, err)
}

func TestSupersedingLinksTwoNotarisations(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("NotariseBatch", batch("d", 3))
	link := notary.SupersedeRequest{RequestID: id("link"), Old: digestOf("d0"), New: digestOf("d1")}
	replacing := w.notary(ctie).record("Supersede", link)
	require.Equal(t, digestOf("d0"), replacing.Supersedes)
	require.Equal(t, replacing, w.reader(sigi).mustRead("d1", ctie))
	require.Equal(t, notary.StatusSuperseded, w.reader(sigi).mustRead("d0", ctie).Status)

	for _, tc := range []struct {
		name, old, replacing string
		code                 fault.Code
	}{
		{"of what is superseded", "d0", "d2", fault.FailedPrecondition},
		{"by what is superseded", "d2", "d0", fault.FailedPrecondition},
		{"by what supersedes something already", "d2", "d1", fault.FailedPrecondition},
		{"of what is not notarised", "x", "d2", fault.NotFound},
		{"by what is not notarised", "d2", "x", fault.NotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := w.requireNothingWritten(func() error {
				_, err := w.notary(ctie).submit("Supersede", notary.SupersedeRequest{RequestID: id("next"), Old: digestOf(tc.old), New: digestOf(tc.replacing)})
				return err
			})
			requireRefused(t, tc.code, err)
		})
	}
}

func TestHistoryShowsEveryState(t *testing.T) {
	w := newWorld(t)
	first := w.notary(ctie).mustSubmit("Notarise", one("a"))
	next := one("b")
	next.Supersedes = digestOf("a")
	second := w.notary(ctie).mustSubmit("Notarise", next)
	third := w.notary(ctie).mustSubmit("Revoke", revoke("b"))

	var history notary.History
	require.NoError(t, w.reader(sigi).evaluate("History", notary.RecordRequest{Digest: digestOf("a"), Body: ctie}, &history))
	require.Len(t, history.Changes, 2)
	require.Equal(t, first.TransactionID, history.Changes[0].TxID)
	require.Equal(t, "2026-01-01T00:00:00.000000000Z", history.Changes[0].ClaimedTime)
	require.Equal(t, notary.StatusActive, history.Changes[0].Record.Status)
	require.Equal(t, second.TransactionID, history.Changes[1].TxID)
	require.Equal(t, notary.StatusSuperseded, history.Changes[1].Record.Status)

	history = notary.History{}
	require.NoError(t, w.reader(sigi).evaluate("History", notary.RecordRequest{Digest: digestOf("b"), Body: ctie}, &history))
	require.Len(t, history.Changes, 2)
	require.Equal(t, third.TransactionID, history.Changes[1].TxID)
	require.Equal(t, w.reader(ctie).mustRead("b", ctie), history.Changes[1].Record)

	err := w.reader(sigi).evaluate("History", notary.RecordRequest{Digest: digestOf("b"), Body: sigi}, &history)
	requireRefused(t, fault.NotFound, err)
}

func TestARepeatedRequestIsAnsweredAndNotCarriedOutAgain(t *testing.T) {
	requests := []struct {
		function string
		request  any
	}{
		{"Notarise", one("a")},
		{"NotariseBatch", batch("b", 5)},
		{"Supersede", notary.SupersedeRequest{RequestID: id("link"), Old: digestOf("b0"), New: digestOf("b1")}},
		{"Revoke", revoke("b2")},
	}
	w := newWorld(t)
	var answers []string
	for _, r := range requests {
		answers = append(answers, string(w.notary(ctie).mustSubmit(r.function, r.request).Payload))
	}
	state := w.State()
	for i, r := range requests {
		height := w.Height()
		answer := w.notary(ctie).mustSubmit(r.function, r.request)
		require.Equal(t, answers[i], string(answer.Payload), r.function)
		require.Equal(t, state, w.State())
		require.Empty(t, w.Events(height), "nothing changed, so there is no event")
	}

	t.Run("the answer is the record as it stands", func(t *testing.T) {
		w.notary(ctie).mustSubmit("Revoke", revoke("a"))
		require.Equal(t, notary.StatusRevoked, w.notary(ctie).record("Notarise", one("a")).Status)
	})
	t.Run("in other words it is the same request", func(*testing.T) {
		w.notary(ctie).mustSubmit("Notarise", fmt.Sprintf(`{ "digest":%q, "requestId":"request-\u0061" }`, digestOf("a")))
	})
	t.Run("request ids are each body's own", func(t *testing.T) {
		require.Equal(t, notary.StatusActive, w.notary(sigi).record("Notarise", one("a")).Status)
	})
}

func TestARequestIDServesOneRequestOnly(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("NotariseBatch", batch("used", 3))
	other := batch("used", 3)
	other.Items[2].Reference = "x"
	for function, request := range map[string]any{
		"Notarise":      notary.NotariseRequest{RequestID: id("used"), Item: notary.Item{Digest: digestOf("new")}},
		"NotariseBatch": other,
		"Supersede":     notary.SupersedeRequest{RequestID: id("used"), Old: digestOf("used0"), New: digestOf("used1")},
		"Revoke":        notary.RevokeRequest{RequestID: id("used"), Digest: digestOf("used0"), Reason: notary.ReasonOther},
	} {
		err := w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit(function, request); return err })
		requireRefused(t, fault.AlreadyExists, err)
		require.ErrorContains(t, err, "ALREADY_EXISTS: request id request-used was used for another request")
	}
}

func TestOnlyANotaryOfTheBodyWrites(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("NotariseBatch", batch("b", 3))
	callers := map[string]*user{
		"a reader":           w.reader(ctie),
		"another role":       {w, w.Client(ctie, ledgertest.WithAttribute("psbc.registrar", "true"))},
		"an attribute false": {w, w.Client(ctie, ledgertest.WithAttribute("psbc.notary", "false"))},
		"an attribute True":  {w, w.Client(ctie, ledgertest.WithAttribute("psbc.notary", "True"))},
		"an administrator":   {w, w.Client(ctie, ledgertest.WithNodeOU("admin"))},
	}
	for name, caller := range callers {
		t.Run(name, func(t *testing.T) {
			for function, request := range map[string]any{
				"Notarise":      one("new"),
				"NotariseBatch": batch("new", 2),
				"Supersede":     notary.SupersedeRequest{RequestID: id("link"), Old: digestOf("b0"), New: digestOf("b1")},
				"Revoke":        revoke("b0"),
				"PutDetails":    notary.PutDetailsRequest{RequestID: id("put"), Digest: digestOf("new"), DetailsHash: strings.Repeat("0", 64)},
				"PurgeDetails":  notary.DigestRequest{RequestID: id("purge"), Digest: digestOf("new")},
			} {
				err := w.requireNothingWritten(func() error { _, err := caller.submit(function, request); return err })
				requireRefused(t, fault.PermissionDenied, err)
			}
			require.Equal(t, notary.StatusActive, caller.mustRead("b0", ctie).Status, "reading needs no role")
		})
	}
}

func TestBadInputWritesNothing(t *testing.T) {
	digest := string(digestOf("a"))
	notarise := func(members string) string {
		return fmt.Sprintf(`{"requestId":"request-a","digest":%q%s}`, digest, members)
	}
	doubled := batch("d", 2)
	doubled.Items[1] = doubled.Items[0]

	w := newWorld(t)
	w.notary(ctie).mustSubmit("Notarise", one("there"))
	for _, tc := range []struct {
		name, function string
		request        any
		want           string
	}{
		{"a wrong digest length", "Notarise", strings.Replace(notarise(""), digest, digest[:len(digest)-1], 1), "digest: a sha2-256 digest has 64"},
		{"upper-case hex", "Notarise", strings.Replace(notarise(""), digest, "sha2-256:"+strings.ToUpper(digest[9:]), 1), "digest: a digest is written in lower-case"},
		{"an unknown algorithm", "Notarise", strings.Replace(notarise(""), "sha2-256", "sha1", 1), `digest: the digest algorithm "sha1"`},
		{"an over-long reference", "Notarise", notarise(`,"reference":"` + strings.Repeat("a", 257) + `"`), "reference: has 257 bytes"},
		{"a control character", "Notarise", notarise(`,"reference":"a\u0007"`), "reference: has the character U+0007"},
		{"NFD text", "Notarise", notarise(`,"reference":"e\u0301"`), "reference: is not in Unicode normalisation form C"},
		{"a validity that ends before it begins", "Notarise", notarise(`,"validFrom":"2026-02-01T00:00:00Z","validUntil":"2026-01-01T00:00:00Z"`), "validUntil: "},
		{"1,001 digests", "NotariseBatch", batch("many", 1001), "items: has 1001 digests, more than 1000"},
		{"duplicate digests in a batch", "NotariseBatch", doubled, "items[1].digest: is the same digest as items[0].digest"},
		{"no JSON", "Revoke", "revoke it", "the request cannot be read"},
		{"an unknown member", "Revoke", `{"body":"SIGIMSP"}`, `the JSON value has no member "body"`},
		{"an unknown reason", "Revoke", fmt.Sprintf(`{"requestId":"request-a","digest":%q,"reason":"whim"}`, digestOf("there")), "reason: "},
		{"superseding itself", "Supersede", notary.SupersedeRequest{RequestID: id("a"), Old: digestOf("there"), New: digestOf("there")}, "new: is the same digest as old"},
		{"a bad digest to put details for", "PutDetails", `{"requestId":"request-a","digest":"x","detailsHash":""}`, "digest: "},
		{"no request id to purge", "PurgeDetails", fmt.Sprintf(`{"digest":%q}`, digest), "requestId: "},
		{"reading nothing", "Read", `{}`, "digest: is missing"},
		{"a body that is none", "Read", fmt.Sprintf(`{"digest":%q,"body":"\u0000"}`, digest), "body: "},
		{"a history of nothing", "History", `{}`, "digest: is missing"},
		{"finding nothing", "Find", `{}`, "digest: is missing"},
		{"a bookmark that is none", "Find", fmt.Sprintf(`{"digest":%q,"bookmark":"!"}`, digest), "bookmark: "},
		{"a bookmark of another list", "ListByBody", `{"body":"CTIEMSP","bookmark":"Q1RJRU1TUA"}`, "bookmark: "},
		{"a page too long", "ListByBody", `{"body":"CTIEMSP","pageSize":1001}`, "pageSize: "},
		{"reading details of nothing", "ReadDetails", `{}`, "digest: is missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit(tc.function, tc.request); return err })
			requireRefused(t, fault.InvalidArgument, err)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestEventsSayWhatHappened(t *testing.T) {
	w := newWorld(t)
	next := one("b")
	next.Supersedes = digestOf("a")
	w.notary(ctie).mustSubmit("Notarise", one("a"))
	w.notary(ctie).mustSubmit("Notarise", next)
	w.notary(sigi).mustSubmit("NotariseBatch", batch("c", 7))
	w.notary(sigi).mustSubmit("Supersede", notary.SupersedeRequest{RequestID: id("link"), Old: digestOf("c0"), New: digestOf("c1")})
	w.notary(ctie).mustSubmit("Revoke", revoke("b"))

	at := func(second int) string { return fmt.Sprintf("2026-01-01T00:00:%02d.000000000Z", second) }
	want := []struct {
		name  string
		event notary.Event
	}{
		{"notary.notarised", notary.Event{V: 1, Body: ctie, RequestID: id("a"), Digest: digestOf("a"), Count: 1, ClaimedTime: at(0)}},
		{"notary.notarised", notary.Event{V: 1, Body: ctie, RequestID: id("b"), Digest: digestOf("b"), Supersedes: digestOf("a"), Count: 1, ClaimedTime: at(1)}},
		{"notary.batch-notarised", notary.Event{V: 1, Body: sigi, RequestID: id("c"), Count: 7, ClaimedTime: at(2)}},
		{"notary.superseded", notary.Event{V: 1, Body: sigi, RequestID: id("link"), Digest: digestOf("c1"), Supersedes: digestOf("c0"), Count: 1, ClaimedTime: at(3)}},
		{"notary.revoked", notary.Event{V: 1, Body: ctie, RequestID: id("revoke-b"), Digest: digestOf("b"), Reason: notary.ReasonWithdrawn, Count: 1, ClaimedTime: at(4)}},
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

func TestOfTwoConcurrentNotarisationsOneIsValid(t *testing.T) {
	w := newWorld(t)
	other := one("a")
	other.RequestID = id("other")
	// What the first creates has a policy before the second is looked at. Fabric
	// says so, and not that they conflict: clients must repeat after either code.
	oneOfTwo := []peer.TxValidationCode{peer.TxValidationCode_VALID, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE}

	first, second := w.notary(ctie).mustEndorse("Notarise", one("a")), w.notary(ctie).mustEndorse("Notarise", other)
	require.Equal(t, oneOfTwo, w.Commit(first, second))
	_, err := w.notary(ctie).submit("Notarise", other)
	requireRefused(t, fault.AlreadyExists, err)

	first, second = w.notary(ctie).mustEndorse("Notarise", one("b")), w.notary(ctie).mustEndorse("Notarise", one("b"))
	require.Equal(t, oneOfTwo, w.Commit(first, second))
	require.Equal(t, first.ID, w.notary(ctie).record("Notarise", one("b")).TxID, "the repeated request finds the first one's record")

	t.Run("in two blocks they conflict", func(t *testing.T) {
		first, second := w.notary(ctie).mustEndorse("Notarise", one("f")), w.notary(ctie).mustEndorse("Notarise", one("f"))
		require.Equal(t, []peer.TxValidationCode{peer.TxValidationCode_VALID}, w.Commit(first))
		require.Equal(t, []peer.TxValidationCode{peer.TxValidationCode_MVCC_READ_CONFLICT}, w.Commit(second))
	})
	t.Run("bodies do not hinder each other", func(t *testing.T) {
		first, second := w.notary(ctie).mustEndorse("Notarise", one("c")), w.notary(sigi).mustEndorse("Notarise", one("c"))
		require.Equal(t, []peer.TxValidationCode{peer.TxValidationCode_VALID, peer.TxValidationCode_VALID}, w.Commit(first, second))
	})
	t.Run("a request id serves one of two concurrent requests", func(t *testing.T) {
		other := one("d")
		other.Digest = digestOf("e")
		first, second := w.notary(ctie).mustEndorse("Notarise", one("d")), w.notary(ctie).mustEndorse("Notarise", other)
		require.Equal(t, codes(valid, conflict), w.Commit(first, second))
	})
	t.Run("a revocation overtakes a supersession", func(t *testing.T) {
		next := one("next")
		next.Supersedes = digestOf("b")
		first, second := w.notary(ctie).mustEndorse("Revoke", revoke("b")), w.notary(ctie).mustEndorse("Notarise", next)
		require.Equal(t, []peer.TxValidationCode{peer.TxValidationCode_VALID, peer.TxValidationCode_MVCC_READ_CONFLICT}, w.Commit(first, second))
		_, err := w.notary(ctie).submit("Notarise", next)
		requireRefused(t, fault.FailedPrecondition, err)
	})
}

func TestARecordChangesOnlyWithItsBodysEndorsement(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("NotariseBatch", batch("b", 4))

	for i, tc := range []struct {
		name      string
		endorsers []string
		valid     bool
	}{
		{"the majority without the owner", []string{sigi, digital, audit}, false},
		{"the owner alone", []string{ctie}, false},
		{"the owner and one other", []string{ctie, audit}, false},
		{"the owner and two others", []string{ctie, sigi, audit}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := w.State()
			_, err := w.notary(ctie).with(ledgertest.EndorsedBy(tc.endorsers...)).submit("Revoke", revoke(fmt.Sprint("b", i)))
			if tc.valid {
				require.NoError(t, err)
				return
			}
			requireInvalid(t, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE, err)
			require.Equal(t, before, w.State())
		})
	}
}

func TestACallThatIsNoneIsRefused(t *testing.T) {
	w := newWorld(t)
	caller := w.notary(ctie)
	for _, tc := range []struct {
		name, function string
		arguments      []string
		want           string
	}{
		{"an unknown function", "Burn", []string{"{}"}, `there is no function "Burn"`},
		{"a method of the Go type", "GetEvaluateTransactions", []string{"{}"}, `there is no function "GetEvaluateTransactions"`},
		{"a method of the embedded type", "GetBeforeTransaction", []string{"{}"}, `there is no function "GetBeforeTransaction"`},
		{"no argument", "Notarise", nil, `function "Notarise" takes one argument, a JSON object, and was given 0`},
		{"two arguments", "Read", []string{"{}", "{}"}, `function "Read" takes one argument, a JSON object, and was given 2`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := caller.client.Submit(tc.function, tc.arguments...)
			requireRefused(t, fault.InvalidArgument, err)
			require.ErrorContains(t, err, tc.want)
		})
	}
	t.Run("of another contract", func(t *testing.T) {
		_, err := caller.client.Submit("treasury:Burn", "{}")
		var refusal *ledgertest.ChaincodeError
		require.ErrorAs(t, err, &refusal)
	})
	t.Run("with the contract's name it is the same function", func(*testing.T) {
		caller.mustSubmit("notary:Notarise", one("a"))
	})
}

func TestATimestampBeyondTheCalendarIsRefused(t *testing.T) {
	w := newWorld(t)
	_, err := w.notary(ctie).with(ledgertest.At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))).submit("Notarise", one("a"))
	requireRefused(t, fault.InvalidArgument, err)
}
