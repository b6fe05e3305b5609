package checkpoint_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func TestACosignatureIsTakenIfItStands(t *testing.T) {
	own, pq := ed25519Of(ctie), signerOf(ctie, tlog.MLDSA44)
	ownKey, pqKey := registered(t, ctie, own, noon()), registered(t, ctie, pq, noon())
	later := noon().Add(time.Hour)
	request := cosignRequest(t, head(100, "log"), later, own, pq)
	cosigned, err := checkpoint.Cosign(request, txAt(ctie, later), []*checkpoint.WitnessKey{&ownKey, &pqKey})
	require.NoError(t, err)
	want := said(t, ctie, head(100, "log"), later, own)
	want.Cosignatures, want.TxID = request.Cosignatures, "tx-CTIEMSP"
	require.Equal(t, want, cosigned)
	require.NoError(t, cosigned.Validate())

	retired, revoked := ownKey, ownKey
	retired.Until = text(later)
	revoked.Revoked = &checkpoint.Revocation{Reason: "stolen", Since: text(later)}
	damaged := ownKey
	damaged.Key = "junk"
	changed := func(change func(*checkpoint.CosignRequest)) checkpoint.CosignRequest {
		r := cosignRequest(t, head(100, "log"), later, own)
		change(&r)
		return r
	}
	for name, tc := range map[string]struct {
		request checkpoint.CosignRequest
		body    string
		claimed time.Time
		key     *checkpoint.WitnessKey
		code    fault.Code
		want    string
	}{
		"of another body":             {changed(func(*checkpoint.CosignRequest) {}), sigi, later, &ownKey, fault.InvalidArgument, "cosignatures[0]: is of "},
		"of a key that is not there":  {changed(func(*checkpoint.CosignRequest) {}), ctie, later, nil, fault.FailedPrecondition, "cosignatures[0]: CTIEMSP has registered no key " + own.id(t)},
		"of a key that is retired":    {changed(func(*checkpoint.CosignRequest) {}), ctie, later, &retired, fault.FailedPrecondition, "cosignatures[0]: key " + own.id(t) + " does not count at 2026-11-24T13:00:00.000000000Z"},
		"of a key that is revoked":    {changed(func(*checkpoint.CosignRequest) {}), ctie, later, &revoked, fault.FailedPrecondition, "does not count at"},
		"of another root":             {changed(func(r *checkpoint.CosignRequest) { r.Root = head(100, "lie").Root.String() }), ctie, later, &ownKey, fault.InvalidArgument, "cosignatures[0]: does not verify under key " + own.id(t)},
		"of another size":             {changed(func(r *checkpoint.CosignRequest) { r.Size++ }), ctie, later, &ownKey, fault.InvalidArgument, "cosignatures[0]: does not verify"},
		"under another key":           {changed(func(*checkpoint.CosignRequest) {}), ctie, later, &pqKey, fault.InvalidArgument, "cosignatures[0]: does not verify"},
		"of a time to come":           {changed(func(*checkpoint.CosignRequest) {}), ctie, later.Add(-301 * time.Second), &ownKey, fault.InvalidArgument, "cosignatures[0]: is timed 2026-11-24T13:00:00.000000000Z, more than 300 s after"},
		"checked with a damaged key":  {changed(func(*checkpoint.CosignRequest) {}), ctie, later, &damaged, "", "key " + own.id(t) + " of CTIEMSP: "},
		"of a time before its key is": {cosignRequest(t, head(100, "log"), noon().Add(-time.Second), own), ctie, later, &ownKey, fault.FailedPrecondition, "does not count at 2026-11-24T11:59:59"},
	} {
		_, err := checkpoint.Cosign(tc.request, txAt(tc.body, tc.claimed), []*checkpoint.WitnessKey{tc.key})
		require.ErrorContains(t, err, tc.want, name)
		if tc.code != "" {
			requireCode(t, tc.code, err)
		}
	}
	_, err = checkpoint.Cosign(request, txAt(ctie, later), []*checkpoint.WitnessKey{&ownKey})
	require.Error(t, err, "two cosignatures and one key")
	_, err = checkpoint.Cosign(cosignRequest(t, head(100, "log"), later, own), txAt(ctie, later.Add(-300*time.Second)), []*checkpoint.WitnessKey{&ownKey})
	require.NoError(t, err, "a clock may be a little fast")
	ids, err := request.KeyIDs()
	require.NoError(t, err)
	require.Equal(t, []string{own.id(t), pq.id(t)}, ids)
}

func TestADisagreementIsAnotherRootThanTheFirst(t *testing.T) {
	c := said(t, sigi, head(100, "log"), noon(), ed25519Of(sigi))
	told := checkpoint.Event{V: 1, Body: sigi, ClaimedTime: text(noon()), Origin: origin, Size: 100, Block: 7, Root: c.Root}
	same := said(t, ctie, head(100, "log"), noon(), ed25519Of(ctie)).Statement()
	other := said(t, ctie, head(100, "lie"), noon(), ed25519Of(ctie)).Statement()
	for _, first := range []*checkpoint.Statement{nil, &same} {
		name, event := checkpoint.Told(c, first)
		require.Equal(t, checkpoint.EventCosigned, name)
		require.Equal(t, told, event)
	}
	told.Roots, told.Bodies = []string{other.Root, c.Root}, []string{ctie, sigi}
	name, event := checkpoint.Told(c, &other)
	require.Equal(t, checkpoint.EventDisagreement, name)
	require.Equal(t, told, event)
	payload, err := event.Encode()
	require.NoError(t, err)
	require.Equal(t, `{"block":7,"bodies":["CTIEMSP","SIGIMSP"],"body":"SIGIMSP","claimedTime":"2026-11-24T12:00:00.000000000Z","origin":"`+origin+
		`","root":"`+c.Root+`","roots":["`+other.Root+`","`+c.Root+`"],"size":100,"v":1}`, string(payload))
	again, err := checkpoint.DecodeEvent(payload)
	require.NoError(t, err)
	require.Equal(t, event, again)
	_, err = checkpoint.DecodeEvent([]byte(`{"unknown":1}`))
	require.Error(t, err)
}

func TestADamagedWordIsNotDecoded(t *testing.T) {
	c := said(t, ctie, head(100, "log"), noon(), ed25519Of(ctie))
	value, err := c.Encode()
	require.NoError(t, err)
	again, err := checkpoint.DecodeCosigned(value)
	require.NoError(t, err)
	require.Equal(t, c, again)
	statement, err := c.Statement().Encode()
	require.NoError(t, err)
	first, err := checkpoint.DecodeStatement(statement)
	require.NoError(t, err)
	require.Equal(t, c.Statement(), first)
	require.Equal(t, `{"block":7,"body":"CTIEMSP","claimedTime":"2026-11-24T12:00:00.000000000Z","origin":"`+origin+`","root":"`+c.Root+`","size":100,"txId":"tx","v":1}`, string(statement))
	for _, tc := range []struct{ old, new string }{
		{`"v":1`, `"v":2`}, {`"body":"CTIEMSP"`, `"body":"A/B"`}, {`"origin":"`, `"origin":" `}, {`"root":"`, `"root":"0`}, {`"size":100`, `"size":0`},
		{`"size":100`, `"size":9007199254740992`}, {`"size":100`, `"size":-1`}, {`"block":7`, `"block":9007199254740992`}, {`"txId":"tx"`, `"txId":""`},
		{`"claimedTime":"2026-11-24T12:00:00.000000000Z"`, `"claimedTime":"2026-11-24T12:00:00Z"`}, {`{"block"`, `x{"block"`},
	} {
		for what, decode := range map[string]func(string) error{
			string(value):     func(s string) error { _, err := checkpoint.DecodeCosigned([]byte(s)); return err },
			string(statement): func(s string) error { _, err := checkpoint.DecodeStatement([]byte(s)); return err },
		} {
			bad := strings.Replace(what, tc.old, tc.new, 1)
			require.NotEqual(t, what, bad, tc.old)
			require.Error(t, decode(bad), bad)
		}
	}
	bad := strings.Replace(string(value), `\n`, ``, 1)
	require.NotEqual(t, string(value), bad)
	_, err = checkpoint.DecodeCosigned([]byte(bad))
	require.Error(t, err, "a line without its end")
}
