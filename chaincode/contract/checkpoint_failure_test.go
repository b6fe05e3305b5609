package contract_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func TestCheckpointsOnALedgerThatFailsLeaveNothingBehind(t *testing.T) {
	never := 0
	n := never
	w := &world{ledgertest.New(t, unreliable{newCheckpointChaincode(t), &n}, ledgertest.WithBodies(bodies()...)), t}
	w.registerKeys()
	w.cosigned(sigi, 100, "log")
	w.cosigned(digital, 100, "log")
	w.cosigned(audit, 100, "log")
	fresh := signerOf(ctie, tlog.Ed25519, "fresh")
	retire := checkpoint.RetireKeyRequest{RequestID: id("retire"), KeyID: fresh.id(t), Until: "2030-01-01T00:00:00Z"}
	admin, witness, reader := w.administrator(ctie), w.witness(ctie).at(soon()), w.reader(ctie).at(soon())
	for _, tc := range []struct {
		function string
		request  any
		call     func(function string, request any) error
	}{
		{"RegisterKey", registerKey(t, fresh), submitting(admin)},
		{"RetireKey", retire, submitting(admin)},
		{"RetireKey", retire, submitting(admin)}, // repeated
		{"RevokeKey", checkpoint.RevokeKeyRequest{RequestID: id("revoke"), KeyID: fresh.id(t), Reason: "stolen", Since: "2025-01-01T00:00:00Z"}, submitting(admin)},
		{"Cosign", cosignOf(t, ctie, 90, "log"), submitting(witness)},
		{"Cosign", cosignOf(t, ctie, 100, "lie"), submitting(witness)},
		{"Cosign", cosignOf(t, ctie, 100, "lie"), submitting(witness)}, // repeated
		{"Latest", checkpoint.LatestRequest{Origin: logOrigin}, evaluating(reader)},
		{"At", checkpoint.AtRequest{Origin: logOrigin, Size: 100}, evaluating(reader)},
		{"Policy", checkpoint.PolicyRequest{Origin: logOrigin}, evaluating(reader)},
		{"Keys", checkpoint.KeysRequest{}, evaluating(reader)},
	} {
		for n = 1; ; n++ {
			state, height := w.State(), w.Height()
			err := tc.call(tc.function, tc.request)
			if err == nil {
				require.Greater(t, n, 1, "%s can fail", tc.function)
				break
			}
			requireRefused(t, fault.Internal, err)
			require.Equal(t, state, w.State())
			require.Equal(t, height, w.Height())
		}
		n = never
	}
}

func TestADamagedCheckpointIsNotBelieved(t *testing.T) {
	w := &world{ledgertest.New(t, altered{newCheckpointChaincode(t)}, ledgertest.WithBodies(bodies()...)), t}
	w.registerKeys()
	for _, body := range bodies()[:3] {
		w.cosigned(body, 100, "log")
		w.cosigned(body, 200, "log")
	}
	state := w.State()
	keyOf := func(objectType string, parts ...string) string {
		for _, key := range slices.Sorted(maps.Keys(state)) {
			if strings.HasPrefix(key, "\x00"+objectType+"\x00") && !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(key, "\x00"+part+"\x00") }) {
				return key
			}
		}
		require.FailNow(t, "no key", "%s with %s", objectType, parts)
		return ""
	}
	const size100, size200 = "9007199254740891", "9007199254740791"
	calls := map[string]func() error{
		"Latest": func() error { _, err := w.latest(); return err },
		"At": func() error {
			return w.reader(ctie).evaluate("At", checkpoint.AtRequest{Origin: logOrigin, Size: 100}, &struct{}{})
		},
		"Policy": func() error {
			return w.reader(ctie).at(soon()).evaluate("Policy", checkpoint.PolicyRequest{Origin: logOrigin}, &struct{}{})
		},
		"Keys": func() error { return w.reader(ctie).evaluate("Keys", checkpoint.KeysRequest{}, &struct{}{}) },
		"Cosign": func() error {
			_, err := w.witness(ctie).at(soon()).client.Endorse("Cosign", text(t, cosignOf(t, ctie, 100, "lie")))
			return err
		},
		"Repeat": func() error {
			_, err := w.witness(ctie).at(soon()).client.Endorse("Cosign", text(t, cosignOf(t, ctie, 100, "log")))
			return err
		},
		"Register": func() error {
			_, err := w.administrator(ctie).client.Endorse("RegisterKey", text(t, registerKey(t, signerOf(ctie, tlog.Ed25519, "fresh"))))
			return err
		},
		"RegisterAgain": func() error {
			_, err := w.administrator(ctie).client.Endorse("RegisterKey", text(t, registerKey(t, signerOf(ctie, tlog.Ed25519))))
			return err
		},
		"Retire": func() error {
			_, err := w.administrator(ctie).client.Endorse("RetireKey", text(t, checkpoint.RetireKeyRequest{RequestID: id("retire"), KeyID: signerOf(ctie, tlog.Ed25519).id(t)}))
			return err
		},
	}
	own := keyOf("checkpoint.key", ctie, signerOf(ctie, tlog.Ed25519).id(t))
	cosigned := keyOf("checkpoint.cosigned", ctie, size100)
	newest := keyOf("checkpoint.cosigned", sigi, size200)
	statement := keyOf("checkpoint.size", size100)
	for _, tc := range []struct {
		name, key, value string
		calls            []string
	}{
		{"a key that is none", own, "junk", []string{"Latest", "At", "Policy", "Keys", "Cosign", "Retire", "RegisterAgain"}},
		{"a key of another version", own, strings.Replace(string(state[own]), `"v":1`, `"v":2`, 1), []string{"Latest", "Keys", "Cosign", "Retire"}},
		{"a key in another's place", own, string(state[keyOf("checkpoint.key", sigi)]), []string{"Cosign", "Retire", "RegisterAgain"}},
		{"a count that is none", keyOf("checkpoint.keys", ctie), "junk", []string{"Register"}},
		{"a count of nothing", keyOf("checkpoint.keys", ctie), `{"body":"CTIEMSP","count":0,"v":1}`, []string{"Register"}},
		{"a statement that is none", statement, "junk", []string{"Cosign", "Repeat"}},
		{"a statement of another size", statement, string(state[keyOf("checkpoint.size", size200)]), []string{"Cosign"}},
		{"a cosigned checkpoint that is none", cosigned, "junk", []string{"At", "Repeat"}},
		{"one in another's place", cosigned, string(state[keyOf("checkpoint.cosigned", sigi, size100)]), []string{"At", "Repeat"}},
		{"one of another size", newest, string(state[keyOf("checkpoint.cosigned", sigi, size100)]), []string{"Latest"}},
		{"a receipt that is none", keyOf("checkpoint.request", ctie, id("register-"+signerOf(ctie, tlog.Ed25519).id(t))), "junk", []string{"RegisterAgain"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			overwrite := func(value string) {
				_, err := w.Client(ctie).With(ledgertest.EndorsedBy(bodies()...)).Submit("overwrite", tc.key, value)
				require.NoError(t, err)
			}
			for _, call := range tc.calls {
				require.NoError(t, calls[call](), "%s, before", call)
			}
			overwrite(tc.value)
			defer overwrite(string(state[tc.key]))
			for _, call := range tc.calls {
				requireRefused(t, fault.Internal, calls[call]())
			}
		})
	}
}
