package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func TestAnAmendmentWithdrawsWhatItChangesAndNoMore(t *testing.T) {
	w := newRegistry(t)
	w.registrar(ctie).changed("Create", create("d1", []byte(`{"commune":"Esch","rooms":3,"note":"attic"}`)))
	named := answer[registry.Attestation](w.registrar(digital), "Attest", attest("d1", 1, "rooms", "commune"))
	event := w.requireEvent(registry.EventAttestation)
	require.Equal(t, digital, event.Body)
	require.Equal(t, []string{"d1"}, event.IDs)
	whole := answer[registry.Attestation](w.registrar(audit), "Attest", attest("d1", 1))

	views := func() map[string]registry.AttestationView {
		found := map[string]registry.AttestationView{}
		for _, v := range w.reader(sigi).view(dwellings, "d1").Attestations {
			found[v.Body] = v
		}
		require.Len(t, found, 2)
		return found
	}
	require.Equal(t, registry.AttestationView{Attestation: named, Stands: true, Standing: []string{"commune", "rooms"}}, views()[digital])
	require.Equal(t, registry.AttestationView{Attestation: whole, Stands: true}, views()[audit])

	w.registrar(ctie).changed("Amend", amend("d1", 1, `{"note":"cellar"}`))
	require.True(t, views()[digital].Stands, "what it names is untouched")
	require.Empty(t, views()[digital].Lost)
	require.False(t, views()[audit].Stands)

	w.registrar(ctie).changed("Amend", amend("d1", 2, `{"rooms":4}`))
	require.Equal(t, []string{"commune"}, views()[digital].Standing)
	require.Equal(t, []string{"rooms"}, views()[digital].Lost)

	t.Run("attested again, it stands again", func(t *testing.T) {
		answer[registry.Attestation](w.registrar(digital), "Attest", attest("d1", 3, "rooms"))
		require.Equal(t, []string{"rooms"}, views()[digital].Standing)
	})
	t.Run("withdrawn, it does not", func(t *testing.T) {
		withdrawal := registry.AttestRequest{RequestID: id("withdraw"), Register: dwellings, ID: "d1", Base: 3, Withdraw: true}
		require.True(t, answer[registry.Attestation](w.registrar(digital), "Attest", withdrawal).Withdrawn)
		require.False(t, views()[digital].Stands)
		withdrawal.RequestID = id("withdraw-again")
		_, err := w.registrar(digital).submit("Attest", withdrawal)
		requireRefused(t, fault.NotFound, err)
	})
}

func TestARecordThatChangesIsNotAttestedInPassing(t *testing.T) {
	w := newRegistry(t)
	w.registrar(ctie).changed("Create", create("d1", dwelling("Esch", 1)))
	attesting := w.registrar(digital).mustEndorse("Attest", attest("d1", 1))
	amending := w.registrar(ctie).mustEndorse("Amend", amend("d1", 1, `{"rooms":4}`))
	require.Equal(t, codes(valid, conflict), w.Commit(amending, attesting))
	_, err := w.registrar(digital).submit("Attest", attest("d1", 1))
	requireRefused(t, fault.FailedPrecondition, err)

	t.Run("different bodies attest at once", func(t *testing.T) {
		a, b := w.registrar(digital).mustEndorse("Attest", attest("d1", 2)), w.registrar(audit).mustEndorse("Attest", attest("d1", 2))
		require.Equal(t, codes(valid, valid), w.Commit(a, b))
	})
}
