package contract_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// stored is a register with the record d1, whose private fields are at their keepers.
func stored(t *testing.T) (w *world, hash string) {
	t.Helper()
	w = newRegistry(t)
	encoded, hash := tenancy(t, "s")
	for _, keeper := range []string{ctie, digital} {
		require.Empty(t, w.registrar(ctie).sending(keeper, encoded).mustSubmit("PutPrivate", putPrivate("d1", keeper, hash)).Payload)
		require.Equal(t, []string{"d1"}, w.requireEvent(registry.EventPrivate).IDs)
	}
	request := create("d1", dwelling("Esch", 1))
	request.PrivateHash = hash
	w.registrar(ctie).changed("Create", request)
	return w, hash
}

func privateOf(name, hash string) registry.PrivateRequest {
	return registry.PrivateRequest{Register: dwellings, ID: name, Hash: hash}
}

func purgePrivate(name, hash string) registry.PrivateRequest {
	r := privateOf(name, hash)
	r.RequestID = id("purge-" + name)
	return r
}

func TestPrivateFieldsStayWithTheirKeepers(t *testing.T) {
	w, hash := stored(t)
	require.Equal(t, hash, w.reader(sigi).view(dwellings, "d1").Record.PrivateHash)
	for _, keeper := range []string{ctie, digital} {
		fields := shown[registry.PrivateFields](w.reader(keeper), "ReadPrivate", privateOf("d1", hash))
		require.JSONEq(t, `{"tenant":"`+canary+`"}`, string(fields.Fields))
	}

	t.Run("nothing that every body sees tells them", func(t *testing.T) {
		require.False(t, w.PublicContains(canary))
		encoded, _ := tenancy(t, "s")
		var fields registry.PrivateFields
		require.NoError(t, json.Unmarshal(encoded, &fields))
		require.False(t, w.PublicContains(fields.Salt))
		for _, body := range []string{sigi, audit} {
			for _, keeper := range bodies() {
				require.Empty(t, w.PrivateStore(body, ledgertest.ImplicitCollection(keeper)))
			}
		}
	})
	t.Run("another body has none of its own", func(t *testing.T) {
		requireRefused(t, fault.NotFound, w.reader(sigi).evaluate("ReadPrivate", privateOf("d1", hash), &struct{}{}))
	})
	t.Run("another body's peer cannot answer", func(t *testing.T) {
		err := w.reader(ctie).with(ledgertest.EndorsedBy(sigi)).evaluate("ReadPrivate", privateOf("d1", hash), &struct{}{})
		requireRefused(t, fault.FailedPrecondition, err)
		require.ErrorContains(t, err, "ask a peer of CTIEMSP")
	})
	t.Run("purged, they are gone, and the record stands", func(t *testing.T) {
		w.registrar(digital).alone().mustSubmit("PurgePrivate", purgePrivate("d1", hash))
		require.Empty(t, w.requireEvent(registry.EventPrivate).Operation)
		for key, values := range w.PrivateStore(digital, ledgertest.ImplicitCollection(digital)) {
			require.Contains(t, key, "registry.request")
			require.NotContains(t, string(values[0]), canary)
		}
		requireRefused(t, fault.NotFound, w.reader(digital).evaluate("ReadPrivate", privateOf("d1", hash), &struct{}{}))
		require.Equal(t, hash, w.reader(digital).view(dwellings, "d1").Record.PrivateHash)
		shown[registry.PrivateFields](w.reader(ctie), "ReadPrivate", privateOf("d1", hash))

		w.registrar(digital).alone().mustSubmit("PurgePrivate", purgePrivate("d1", hash)) // repeated
		require.Empty(t, w.Events(w.Height()-1))
		again := purgePrivate("d1", hash)
		again.RequestID = id("purge-again")
		_, err := w.registrar(digital).alone().submit("PurgePrivate", again)
		requireRefused(t, fault.NotFound, err)
	})
	t.Run("an amendment that brings others needs them stored", func(t *testing.T) {
		encoded, other := tenancy(t, "t")
		change := amend("d1", 1, `{}`)
		change.Patch, change.PrivateHash = nil, other
		_, err := w.registrar(ctie).submit("Amend", change)
		requireRefused(t, fault.FailedPrecondition, err)
		for _, keeper := range []string{ctie, digital} {
			put := putPrivate("d1", keeper, other)
			put.RequestID += "-2"
			w.registrar(ctie).sending(keeper, encoded).mustSubmit("PutPrivate", put)
		}
		require.Equal(t, other, w.registrar(ctie).changed("Amend", change).PrivateHash)
		require.False(t, w.PublicContains(canary))
	})
}

func TestPrivateFieldsAreStoredByWritersAtKeepers(t *testing.T) {
	w := newRegistry(t)
	encoded, hash := tenancy(t, "s")
	sound := putPrivate("d1", ctie, hash)
	other := sound
	other.Items = []registry.PrivateItem{{ID: "d1", Hash: strings.Repeat("a", 64)}}
	more := sound
	more.Items = append(more.Items, registry.PrivateItem{ID: "d2", Hash: hash})
	foreign, foreignHash := encodedFields(t, `{"rooms":3}`)
	for name, tc := range map[string]struct {
		by      *user
		request registry.PutPrivateRequest
		code    fault.Code
	}{
		"at a body that keeps none":   {w.registrar(ctie).sending(sigi, encoded), putPrivate("d1", sigi, hash), fault.FailedPrecondition},
		"by a body that is no writer": {w.registrar(audit).sending(ctie, encoded), sound, fault.PermissionDenied},
		"with another hash":           {w.registrar(ctie).sending(ctie, encoded), other, fault.InvalidArgument},
		"too few of them":             {w.registrar(ctie).sending(ctie, encoded), more, fault.InvalidArgument},
		"none of them":                {w.registrar(ctie).alone(), sound, fault.InvalidArgument},
		"not a list":                  {w.registrar(ctie).with(ledgertest.EndorsedBy(ctie), ledgertest.Transient(map[string][]byte{registry.PrivateTransient: encoded})), sound, fault.InvalidArgument},
		"fields that are public":      {w.registrar(ctie).sending(ctie, foreign), putPrivate("d1", ctie, foreignHash), fault.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tc.by.submit("PutPrivate", tc.request)
			requireRefused(t, tc.code, err)
			require.NotContains(t, err.Error(), canary)
			require.Empty(t, w.PrivateStore(ctie, ledgertest.ImplicitCollection(ctie)))
		})
	}
	t.Run("without the keeper's own peer it does not count", func(t *testing.T) {
		_, err := w.registrar(ctie).sending(ctie, encoded).with(ledgertest.EndorsedBy(sigi, digital, audit)).submit("PutPrivate", sound)
		requireInvalid(t, unmet, err)
	})
	t.Run("a writer stores at another keeper, and repeats it", func(t *testing.T) {
		request := putPrivate("d1", digital, hash)
		w.registrar(sigi).sending(digital, encoded).mustSubmit("PutPrivate", request)
		w.registrar(sigi).sending(digital, encoded).mustSubmit("PutPrivate", request)
		require.Empty(t, w.Events(w.Height()-1))
		reused := request
		reused.Items = []registry.PrivateItem{{ID: "d9", Hash: hash}}
		_, err := w.registrar(sigi).sending(digital, encoded).submit("PutPrivate", reused)
		requireRefused(t, fault.AlreadyExists, err)
	})
	t.Run("a private field has no place in the data", func(t *testing.T) {
		_, err := w.registrar(ctie).submit("Create", create("d1", []byte(`{"commune":"Esch","rooms":1,"tenant":"x"}`)))
		requireRefused(t, fault.InvalidArgument, err)
		require.ErrorContains(t, err, "data /tenant: ")
	})
}

func TestAnImportRefersToPrivateFields(t *testing.T) {
	w := newRegistry(t)
	first, firstHash := tenancy(t, "1")
	second, secondHash := tenancy(t, "2")
	for _, keeper := range []string{ctie, digital} {
		put := putPrivate("a", keeper, firstHash)
		put.Items = append(put.Items, registry.PrivateItem{ID: "b", Hash: secondHash})
		w.registrar(ctie).sending(keeper, first, second).mustSubmit("PutPrivate", put)
	}
	answer[registry.ImportResult](w.registrar(ctie), "Import", importOf("x",
		registry.Item{ID: "a", Data: dwelling("Esch", 1), PrivateHash: firstHash},
		registry.Item{ID: "b", Data: dwelling("Esch", 1), PrivateHash: secondHash},
		registry.Item{ID: "c", Data: dwelling("Esch", 1)}))
	require.False(t, w.PublicContains(canary))
}

func encodedFields(t *testing.T, fields string) (encoded []byte, hash string) {
	t.Helper()
	encoded, _ = tenancy(t, "s")
	var p registry.PrivateFields
	require.NoError(t, json.Unmarshal(encoded, &p))
	p.Fields = json.RawMessage(fields)
	encoded, err := p.Encode()
	require.NoError(t, err)
	return encoded, registry.PrivateHash(encoded)
}
