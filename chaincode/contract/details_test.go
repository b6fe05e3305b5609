package contract_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

const canary = "Jeanne Canary"

// sealed makes details that hold the canary, and their encoding.
func sealed(t *testing.T, title string) (notary.Details, []byte) {
	t.Helper()
	d := notary.Details{V: 1, Salt: base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32))), Title: title, Persons: []string{canary}}
	encoded, err := d.Encode()
	require.NoError(t, err)
	return d, encoded
}

func put(name string, encoded []byte) notary.PutDetailsRequest {
	return notary.PutDetailsRequest{RequestID: id("put-" + name), Digest: digestOf(name), DetailsHash: notary.DetailsHash(encoded)}
}

func purge(name string) notary.DigestRequest {
	return notary.DigestRequest{RequestID: id("purge-" + name), Digest: digestOf(name)}
}

// alone asks the own body's peer alone, as changes to private data do.
func (u *user) alone() *user { return u.with(ledgertest.EndorsedBy(u.client.Body())) }

func (u *user) readDetails(name string) (d notary.Details, err error) {
	err = u.evaluate("ReadDetails", notary.DigestRequest{Digest: digestOf(name)}, &d)
	return d, err
}

func TestDetailsStayWithTheirBody(t *testing.T) {
	w := newWorld(t)
	details, encoded := sealed(t, "Acte")
	require.Empty(t, w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded)).Payload)
	require.Empty(t, w.State(), "nothing public is written")

	request := one("a")
	request.DetailsHash = notary.DetailsHash(encoded)
	w.notary(ctie).mustSubmit("Notarise", request)
	require.Equal(t, request.DetailsHash, w.reader(sigi).mustRead("a", ctie).DetailsHash)

	got, err := w.reader(ctie).readDetails("a")
	require.NoError(t, err)
	require.Equal(t, details, got)

	t.Run("another body has none of its own", func(t *testing.T) {
		_, err := w.notary(sigi).readDetails("a")
		requireRefused(t, fault.NotFound, err)
	})
	t.Run("another body's peer cannot answer", func(t *testing.T) {
		_, err := w.reader(ctie).with(ledgertest.EndorsedBy(sigi)).readDetails("a")
		requireRefused(t, fault.FailedPrecondition, err)
		require.ErrorContains(t, err, "ask a peer of CTIEMSP")
	})
	t.Run("nothing that every body sees tells them", func(t *testing.T) {
		require.False(t, w.PublicContains(canary))
		require.False(t, w.PublicContains(details.Salt))
		for _, body := range []string{sigi, digital, audit} {
			require.Empty(t, w.PrivateStore(body, ledgertest.ImplicitCollection(ctie)))
		}
	})
	t.Run("the published hash is the ledger's", func(t *testing.T) {
		hash, err := hex.DecodeString(request.DetailsHash)
		require.NoError(t, err)
		require.Len(t, hash, 32)
		require.True(t, w.PublicContains(string(hash)), "Fabric's hash of the private value is in the block")
	})
	t.Run("the notarisation needs the details on the ledger", func(t *testing.T) {
		missing := one("b")
		missing.DetailsHash = request.DetailsHash
		err := w.requireNothingWritten(func() error { _, err := w.notary(ctie).submit("Notarise", missing); return err })
		requireRefused(t, fault.FailedPrecondition, err)
	})
}

func TestABatchRefersToDetails(t *testing.T) {
	w := newWorld(t)
	_, encoded := sealed(t, "Acte")
	w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("b1", encoded))
	request := batch("b", 3)
	request.Items[1].DetailsHash = notary.DetailsHash(encoded)
	w.notary(ctie).mustSubmit("NotariseBatch", request)

	request = batch("c", 3)
	request.Items[1].DetailsHash = notary.DetailsHash(encoded)
	_, err := w.notary(ctie).submit("NotariseBatch", request)
	requireRefused(t, fault.FailedPrecondition, err)
	require.ErrorContains(t, err, "items[1]: the details with hash")
}

func TestOnlyTheOwnBodysPeerEndorsesDetails(t *testing.T) {
	w := newWorld(t)
	_, encoded := sealed(t, "Acte")
	_, err := w.notary(ctie).details(encoded).with(ledgertest.EndorsedBy(sigi, digital, audit)).submit("PutDetails", put("a", encoded))
	requireInvalid(t, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE, err)

	w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded))
	_, err = w.notary(ctie).with(ledgertest.EndorsedBy(sigi, digital, audit)).submit("PurgeDetails", purge("a"))
	requireInvalid(t, peer.TxValidationCode_ENDORSEMENT_POLICY_FAILURE, err)
	w.notary(ctie).alone().mustSubmit("PurgeDetails", purge("a"))
}

func TestPurgedDetailsAreGoneAndTheNotarisationStands(t *testing.T) {
	w := newWorld(t)
	_, encoded := sealed(t, "Acte")
	request := one("a")
	request.DetailsHash = notary.DetailsHash(encoded)
	w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded))
	w.notary(ctie).mustSubmit("Notarise", request)
	before := w.reader(sigi).mustRead("a", ctie)

	w.notary(ctie).alone().mustSubmit("PurgeDetails", purge("a"))
	require.Equal(t, before, w.reader(sigi).mustRead("a", ctie))
	_, err := w.reader(ctie).readDetails("a")
	requireRefused(t, fault.NotFound, err)
	require.ErrorContains(t, err, "have been purged by CTIEMSP")
	for key, values := range w.PrivateStore(ctie, ledgertest.ImplicitCollection(ctie)) {
		for _, value := range values {
			require.NotContains(t, string(value), canary, "%q", key)
		}
	}

	t.Run("purging again under the same request is no error", func(*testing.T) {
		w.notary(ctie).alone().mustSubmit("PurgeDetails", purge("a"))
	})
	t.Run("under another request there is nothing to purge", func(t *testing.T) {
		again := purge("a")
		again.RequestID = id("again")
		_, err := w.notary(ctie).alone().submit("PurgeDetails", again)
		requireRefused(t, fault.NotFound, err)
	})
	t.Run("a late repetition of what stored them stores nothing", func(t *testing.T) {
		w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded))
		_, err := w.reader(ctie).readDetails("a")
		requireRefused(t, fault.NotFound, err)
	})
	t.Run("the body can put them back", func(t *testing.T) {
		again := put("a", encoded)
		again.RequestID = id("again-put")
		w.notary(ctie).details(encoded).mustSubmit("PutDetails", again)
		_, err := w.reader(ctie).readDetails("a")
		require.NoError(t, err)
	})
}

func TestDetailsAreReplacedOnlyBeforeTheNotarisation(t *testing.T) {
	w := newWorld(t)
	_, first := sealed(t, "first")
	secondDetails, second := sealed(t, "second")
	w.notary(ctie).details(first).mustSubmit("PutDetails", put("a", first))
	replacing := put("a", second)
	replacing.RequestID = id("replacing")
	w.notary(ctie).details(second).mustSubmit("PutDetails", replacing)
	got, err := w.reader(ctie).readDetails("a")
	require.NoError(t, err)
	require.Equal(t, secondDetails, got)

	request := one("a")
	request.DetailsHash = notary.DetailsHash(second)
	w.notary(ctie).mustSubmit("Notarise", request)
	w.notary(ctie).details(second).mustSubmit("PutDetails", replacing)

	late := put("a", first)
	late.RequestID = id("late")
	err = w.requireNothingWritten(func() error { _, err := w.notary(ctie).details(first).submit("PutDetails", late); return err })
	requireRefused(t, fault.FailedPrecondition, err)
}

func TestBadDetailsAreRefusedAndNeverShown(t *testing.T) {
	w := newWorld(t)
	_, encoded := sealed(t, "Acte")
	decomposed := notary.Details{V: 1, Salt: base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 32))), Title: canary + " e\u0301"}
	for _, tc := range []struct {
		name    string
		encoded []byte
		want    string
	}{
		{"no JSON", []byte(canary), "the details are not the JSON of a Details value"},
		{"another member", []byte(`{"` + canary + `":"x"}`), "the details are not the JSON of a Details value"},
		{"not canonical", append([]byte(" "), encoded...), "the details are not canonical JSON"},
		{"NFD text", []byte(text(t, decomposed)), "details: title: is not in Unicode normalisation form C"},
		{"an over-long title", []byte(text(t, notary.Details{V: 1, Salt: decomposed.Salt, Title: strings.Repeat(canary, 50)})), "details: title: has 650 bytes"},
		{"a short salt", []byte(text(t, notary.Details{V: 1, Salt: "czz=", Title: canary})), "details: salt: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := w.requireNothingWritten(func() error {
				_, err := w.notary(ctie).details(tc.encoded).submit("PutDetails", put("a", tc.encoded))
				return err
			})
			requireRefused(t, fault.InvalidArgument, err)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), canary)
		})
	}
	t.Run("another hash", func(t *testing.T) {
		_, err := w.notary(ctie).details(encoded).submit("PutDetails", put("a", []byte("x")))
		requireRefused(t, fault.InvalidArgument, err)
		require.ErrorContains(t, err, "detailsHash: is not the SHA-256 of the transient details")
	})
	t.Run("no transient data", func(t *testing.T) {
		_, err := w.notary(ctie).alone().submit("PutDetails", put("a", encoded))
		requireRefused(t, fault.InvalidArgument, err)
		require.ErrorContains(t, err, `the transient value "details" is missing`)
	})
	require.Empty(t, w.PrivateStore(ctie, ledgertest.ImplicitCollection(ctie)))
}

func TestRequestIDsOfDetailsServeOneRequestOnly(t *testing.T) {
	w := newWorld(t)
	_, encoded := sealed(t, "Acte")
	w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded))
	height := w.Height()
	w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded))
	require.Empty(t, w.Events(height))

	other := put("b", encoded)
	other.RequestID = put("a", encoded).RequestID
	_, err := w.notary(ctie).details(encoded).submit("PutDetails", other)
	requireRefused(t, fault.AlreadyExists, err)

	purging := purge("a")
	purging.RequestID = other.RequestID
	_, err = w.notary(ctie).alone().submit("PurgeDetails", purging)
	requireRefused(t, fault.AlreadyExists, err)

	t.Run("but may be those of a notarisation", func(*testing.T) {
		request := one("a")
		request.RequestID = other.RequestID
		request.DetailsHash = notary.DetailsHash(encoded)
		w.notary(ctie).mustSubmit("Notarise", request)
	})
}

func TestEventsOfDetailsNameTheDocumentOnly(t *testing.T) {
	w := newWorld(t)
	_, encoded := sealed(t, "Acte")
	w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded))
	w.notary(ctie).alone().mustSubmit("PurgeDetails", purge("a"))
	events := w.Events(0)
	require.Len(t, events, 2)
	for i, name := range []string{"notary.details-stored", "notary.details-purged"} {
		require.Equal(t, name, events[i].Name)
		e, err := notary.DecodeEvent(events[i].Payload)
		require.NoError(t, err)
		require.Equal(t, digestOf("a"), e.Digest)
		require.Equal(t, ctie, e.Body)
	}
}

func TestDetailsThatWereNeverStoredAreNotFound(t *testing.T) {
	w := newWorld(t)
	_, err := w.reader(ctie).readDetails("a")
	requireRefused(t, fault.NotFound, err)
	_, err = w.notary(ctie).alone().submit("PurgeDetails", purge("a"))
	requireRefused(t, fault.NotFound, err)
}

func TestDetailsPurgedMeanwhileInvalidateTheNotarisation(t *testing.T) {
	w := newWorld(t)
	_, encoded := sealed(t, "Acte")
	w.notary(ctie).details(encoded).mustSubmit("PutDetails", put("a", encoded))
	request := one("a")
	request.DetailsHash = notary.DetailsHash(encoded)
	notarisation, purging := w.notary(ctie).mustEndorse("Notarise", request), w.notary(ctie).alone().mustEndorse("PurgeDetails", purge("a"))
	require.Equal(t, []peer.TxValidationCode{peer.TxValidationCode_VALID, peer.TxValidationCode_MVCC_READ_CONFLICT}, w.Commit(purging, notarisation))
}
