package checkpoint_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func TestOnlyAKeyOfTheBodyIsRegistered(t *testing.T) {
	own := signerOf(ctie, tlog.Ed25519)
	ofName := func(name string) string { return signer{name, "x", tlog.Ed25519}.key(t).String() }
	existing := registered(t, ctie, own, noon())
	for _, tc := range []struct {
		name, body, key string
		held            checkpoint.Registered
		code            fault.Code
		want            string
	}{
		{"named after another body", ctie, signerOf(sigi, tlog.Ed25519).key(t).String(), checkpoint.Registered{}, fault.InvalidArgument, "key: is named"},
		{"named after a body that ends alike", ctie, ofName(origin + "/XCTIEMSP"), checkpoint.Registered{}, fault.InvalidArgument, "key: is named"},
		{"named after a body alone", ctie, ofName("/CTIEMSP"), checkpoint.Registered{}, fault.InvalidArgument, "key: is named"},
		{"registered already", ctie, own.key(t).String(), checkpoint.Registered{Existing: &existing}, fault.AlreadyExists, "CTIEMSP has a key "},
		{"with another's public key", ctie, own.key(t).String(), checkpoint.Registered{Holder: sigi}, fault.AlreadyExists, "SIGIMSP has registered this public key already: make another key"},
		{"one too many", ctie, own.key(t).String(), checkpoint.Registered{Keys: 64}, fault.FailedPrecondition, "CTIEMSP has registered 64 keys, and no body may have more"},
		{"of a body called as a group is", tlog.BodiesGroup, ofName(origin + "/bodies"), checkpoint.Registered{}, fault.FailedPrecondition, "a body whose MSP ID is bodies cannot have keys"},
		{"of a body called as no group may be", "none", ofName(origin + "/none"), checkpoint.Registered{}, fault.FailedPrecondition, "a body whose MSP ID is none"},
		{"of a body called as a witness is", "CTIEMSP-0123abcd", ofName(origin + "/CTIEMSP-0123abcd"), checkpoint.Registered{}, fault.FailedPrecondition, "a body whose MSP ID is CTIEMSP-0123abcd"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := checkpoint.Register(checkpoint.RegisterKeyRequest{RequestID: requestID, Key: tc.key}, txAt(tc.body, noon()), tc.held)
			requireCode(t, tc.code, err)
			require.ErrorContains(t, err, tc.want)
		})
	}
	for _, body := range []string{"CTIE-MSP", "CTIEMSP-0123abc", "CTIEMSP-0123ABCD", "0123abcd"} {
		registered(t, body, signerOf(body, tlog.MLDSA44), noon())
	}
	last := registered(t, ctie, own, noon())
	require.Equal(t, text(noon()), last.From)
	require.NoError(t, last.Validate())
}

func TestTheEndOfAKeyIsNotPutOff(t *testing.T) {
	key := func(changes ...func(*checkpoint.WitnessKey)) *checkpoint.WitnessKey {
		k := registered(t, ctie, signerOf(ctie, tlog.Ed25519), noon())
		for _, change := range changes {
			change(&k)
		}
		return &k
	}
	until := func(d time.Duration) func(*checkpoint.WitnessKey) {
		return func(k *checkpoint.WitnessKey) { k.Until = text(noon().Add(d)) }
	}
	since := func(d time.Duration) func(*checkpoint.WitnessKey) {
		return func(k *checkpoint.WitnessKey) {
			k.Revoked = &checkpoint.Revocation{Reason: "stolen", Since: text(noon().Add(d))}
		}
	}
	const now = 10 * time.Hour
	retire := func(existing *checkpoint.WitnessKey, until string) (checkpoint.WitnessKey, error) {
		return checkpoint.Retire(checkpoint.RetireKeyRequest{RequestID: "request-0002", KeyID: "0123abcd", Until: until}, txAt(ctie, noon().Add(now)), existing)
	}
	revoke := func(existing *checkpoint.WitnessKey, since time.Duration) (checkpoint.WitnessKey, error) {
		r := checkpoint.RevokeKeyRequest{RequestID: "request-0002", KeyID: "0123abcd", Reason: "lost", Since: text(noon().Add(since))}
		return checkpoint.Revoke(r, txAt(ctie, noon().Add(now)), existing)
	}
	at := func(d time.Duration) string { return text(noon().Add(d)) }

	for name, tc := range map[string]struct {
		existing    *checkpoint.WitnessKey
		until, want string
	}{
		"now":                   {key(), "", at(now)},
		"later":                 {key(), at(now + 1), at(now + 1)},
		"in short":              {key(), "2027-01-01T00:00:00Z", "2027-01-01T00:00:00.000000000Z"},
		"sooner than it was":    {key(until(20 * time.Hour)), at(15 * time.Hour), at(15 * time.Hour)},
		"now, instead of later": {key(until(20 * time.Hour)), "", at(now)},
		"when it was to":        {key(until(20 * time.Hour)), at(20 * time.Hour), at(20 * time.Hour)},
	} {
		k, err := retire(tc.existing, tc.until)
		require.NoError(t, err, name)
		want := *tc.existing
		want.Until, want.RequestID, want.ClaimedTime = tc.want, "request-0002", at(now)
		require.Equal(t, want, k, name)
		require.NoError(t, k.Validate())
	}
	for name, tc := range map[string]struct {
		existing *checkpoint.WitnessKey
		since    time.Duration
	}{
		"now": {key(), now}, "before there was a key": {key(), -time.Hour}, "when it has ended": {key(until(time.Hour)), 2 * time.Hour},
		"before it ended": {key(until(5 * time.Hour)), time.Hour}, "since sooner than before": {key(since(time.Hour)), time.Hour - 1},
	} {
		k, err := revoke(tc.existing, tc.since)
		require.NoError(t, err, name)
		require.Equal(t, &checkpoint.Revocation{Reason: "lost", Since: at(tc.since)}, k.Revoked, name)
		require.Equal(t, tc.existing.Until, k.Until, name)
		require.NoError(t, k.Validate())
	}
	_, tooEarly := retire(key(), at(now-1))
	_, off := retire(key(until(20*time.Hour)), at(21*time.Hour))
	_, over := retire(key(until(time.Hour)), "")
	_, revoked := retire(key(since(time.Hour)), "")
	_, noKey := retire(nil, "")
	_, toCome := revoke(key(), now+1)
	_, same := revoke(key(since(time.Hour)), time.Hour)
	_, later := revoke(key(since(time.Hour)), 2*time.Hour)
	_, none := revoke(nil, time.Hour)
	for name, tc := range map[string]struct {
		err  error
		code fault.Code
		want string
	}{
		"retire before now":          {tooEarly, fault.InvalidArgument, "until: 2026-11-24T21:59:59.999999999Z is before the transaction's claimed time"},
		"put an end off":             {off, fault.FailedPrecondition, "key 0123abcd ends at 2026-11-25T08:00:00.000000000Z: an end can be brought forward, not put off"},
		"retire what has ended":      {over, fault.FailedPrecondition, "an end can be brought forward"},
		"retire what is revoked":     {revoked, fault.FailedPrecondition, "key 0123abcd is revoked since 2026-11-24T13:00:00.000000000Z"},
		"retire nothing":             {noKey, fault.NotFound, "CTIEMSP has registered no key 0123abcd"},
		"revoke since what is ahead": {toCome, fault.InvalidArgument, "since: 2026-11-24T22:00:00.000000001Z is after the transaction's claimed time"},
		"revoke since the same":      {same, fault.FailedPrecondition, "that can be brought forward, not put off"},
		"revoke since later":         {later, fault.FailedPrecondition, "that can be brought forward, not put off"},
		"revoke nothing":             {none, fault.NotFound, "CTIEMSP has registered no key 0123abcd"},
	} {
		requireCode(t, tc.code, tc.err)
		require.ErrorContains(t, tc.err, tc.want, name)
	}
}

func TestAWindowIsInWholeSeconds(t *testing.T) {
	at := func(d time.Duration) string { return text(noon().Add(d)) }
	base := uint64(noon().Unix())
	for name, tc := range map[string]struct {
		key  checkpoint.WitnessKey
		want checkpoint.Window
	}{
		"open":                        {checkpoint.WitnessKey{From: at(0)}, checkpoint.Window{From: base, Until: 1<<64 - 1}},
		"the second of registering":   {checkpoint.WitnessKey{From: at(999_999_999)}, checkpoint.Window{From: base, Until: 1<<64 - 1}},
		"until a second":              {checkpoint.WitnessKey{From: at(0), Until: at(5 * time.Second)}, checkpoint.Window{From: base, Until: base + 5}},
		"until within a second":       {checkpoint.WitnessKey{From: at(0), Until: at(5*time.Second + 1)}, checkpoint.Window{From: base, Until: base + 6}},
		"revoked within a second":     {checkpoint.WitnessKey{From: at(0), Revoked: &checkpoint.Revocation{Since: at(5*time.Second + 1)}}, checkpoint.Window{From: base, Until: base + 5}},
		"retired, and revoked before": {checkpoint.WitnessKey{From: at(0), Until: at(9 * time.Second), Revoked: &checkpoint.Revocation{Since: at(5 * time.Second)}}, checkpoint.Window{From: base, Until: base + 5}},
		"retired, and revoked after":  {checkpoint.WitnessKey{From: at(0), Until: at(3 * time.Second), Revoked: &checkpoint.Revocation{Since: at(5 * time.Second)}}, checkpoint.Window{From: base, Until: base + 3}},
		"before all seconds":          {checkpoint.WitnessKey{From: "1960-01-01T00:00:00.000000000Z", Until: "1961-01-01T00:00:00.500000000Z"}, checkpoint.Window{}},
	} {
		require.Equal(t, tc.want, tc.key.Window(), name)
	}
	require.False(t, checkpoint.WitnessKey{From: "1960-01-01T00:00:00.000000000Z", Until: "1961-01-01T00:00:00.500000000Z"}.Window().Contains(0))
}

// change is one thing that happened to a body's keys, as the naive model remembers it.
type change struct {
	kind, id string
	at       time.Time // of the transaction
	moment   time.Time // what it says
}

// Whatever is registered, retired and revoked in whatever order: a cosignature counts if
// its key was registered by then, was not to end by then, and was not revoked since.
func TestWhatCountsAtATimeIsWhatANaiveModelSays(t *testing.T) {
	ids := make([]string, 3)
	signers := make([]signer, len(ids))
	for i := range ids {
		signers[i] = signerOf(ctie, tlog.Ed25519, i)
		ids[i] = signers[i].id(t)
	}
	second := func(rt *rapid.T, name string) time.Time {
		return noon().Add(time.Duration(rapid.IntRange(0, 30).Draw(rt, name)) * time.Second)
	}
	rapid.Check(t, func(rt *rapid.T) {
		keys := make(map[string]*checkpoint.WitnessKey)
		var happened []change
		for range rapid.IntRange(1, 14).Draw(rt, "changes") {
			i := rapid.IntRange(0, len(ids)-1).Draw(rt, "key")
			c := change{rapid.SampledFrom([]string{"register", "retire", "revoke"}).Draw(rt, "kind"), ids[i], second(rt, "at"), second(rt, "moment")}
			var k checkpoint.WitnessKey
			var err error
			switch tx := txAt(ctie, c.at); c.kind {
			case "register":
				k, err = checkpoint.Register(checkpoint.RegisterKeyRequest{RequestID: requestID, Key: signers[i].key(rt).String()}, tx, checkpoint.Registered{Existing: keys[c.id]})
			case "retire":
				k, err = checkpoint.Retire(checkpoint.RetireKeyRequest{RequestID: requestID, KeyID: c.id, Until: text(c.moment)}, tx, keys[c.id])
			case "revoke":
				k, err = checkpoint.Revoke(checkpoint.RevokeKeyRequest{RequestID: requestID, KeyID: c.id, Reason: "x", Since: text(c.moment)}, tx, keys[c.id])
			}
			if err == nil {
				require.NoError(rt, k.Validate())
				keys[c.id] = &k
				happened = append(happened, c)
			}
		}
		counts := func(id string, at time.Time) bool {
			known := slices.ContainsFunc(happened, func(c change) bool { return c.id == id && c.kind == "register" && !c.at.After(at) })
			over := slices.ContainsFunc(happened, func(c change) bool { return c.id == id && c.kind != "register" && !at.Before(c.moment) })
			return known && !over
		}
		all := []checkpoint.WitnessKey{}
		for _, id := range ids {
			if keys[id] != nil {
				all = append(all, *keys[id])
			}
		}
		keyring := checkpoint.NewKeyring(origin, all)
		for s := range 32 {
			at := noon().Add(time.Duration(s-1) * time.Second)
			var want []string
			for _, id := range ids {
				if keys[id] != nil {
					require.Equal(rt, counts(id, at), keys[id].Window().Contains(uint64(at.Unix())), "%s at %s after %v", id, at, happened)
				}
				if counts(id, at) {
					want = append(want, ctie+"-"+id)
				}
			}
			rule, err := keyring.Rule(text(at), 0, "")
			if len(want) == 0 {
				require.ErrorIs(rt, err, &fault.Error{Code: fault.NotFound})
				continue
			}
			require.NoError(rt, err)
			requirePolicyOf(rt, keyring, rule, want)
		}
	})
}

// requirePolicyOf checks that a policy has these witnesses, and is read as it is written.
func requirePolicyOf(t require.TestingT, keyring checkpoint.Keyring, rule checkpoint.Rule, want []string) {
	p, err := keyring.Policy(rule)
	require.NoError(t, err)
	read, err := tlog.ParsePolicy(p.Format())
	require.NoError(t, err)
	require.Equal(t, string(p.Format()), string(read.Format()))
	var names []string
	for _, w := range read.Witnesses {
		names = append(names, w.Name)
		at := rule.At
		require.LessOrEqual(t, w.From, seconds(t, at))
		require.True(t, w.Until == 0 || seconds(t, at) < w.Until)
	}
	require.ElementsMatch(t, want, names)
}

func seconds(t require.TestingT, at string) uint64 {
	moment, err := time.Parse(time.RFC3339Nano, at)
	require.NoError(t, err)
	return uint64(moment.Unix())
}

func TestAPolicyHasEachBodyOnceAndTheRightKeys(t *testing.T) {
	var keys []checkpoint.WitnessKey
	for _, body := range []string{sigi, ctie, digital, audit} {
		for _, a := range []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} {
			keys = append(keys, registered(t, body, signerOf(body, a), noon()))
		}
	}
	keys = append(keys, registered(t, ctie, signerOf(ctie, tlog.Ed25519, "second"), noon().Add(time.Hour)))
	other := signer{tlog.WitnessName("psbc.lu/other", ctie), "other log", tlog.Ed25519}
	keys = append(keys, registered(t, ctie, other, noon()))
	keyring := checkpoint.NewKeyring(origin, keys)
	require.Equal(t, []string{ctie, audit, digital, sigi}, keyring.Bodies())

	for _, algorithm := range append(checkpoint.Algorithms(), "") {
		rule, err := keyring.Rule(text(noon().Add(2*time.Hour)), 0, algorithm)
		require.NoError(t, err)
		require.Equal(t, 3, rule.Quorum)
		p, err := keyring.Policy(rule)
		require.NoError(t, err)
		require.Equal(t, origin, p.Origin)
		require.Equal(t, tlog.Group{Name: tlog.BodiesGroup, Threshold: 3, Members: []string{ctie, audit, digital, sigi}}, p.Groups[4])
		for _, w := range p.Witnesses {
			require.Equal(t, algorithm == checkpoint.MLDSA44, w.Key.Algorithm == tlog.MLDSA44)
		}
		require.Len(t, p.Witnesses, map[checkpoint.Algorithm]int{"": 5, checkpoint.Ed25519: 5, checkpoint.MLDSA44: 4}[algorithm])
		require.True(t, slices.IsSortedFunc(p.Witnesses, func(a, b tlog.Witness) int { return cmp.Compare(a.Name, b.Name) }))
	}
	_, err := keyring.Rule(text(noon().Add(-time.Second)), 0, "")
	requireCode(t, fault.NotFound, err)
	require.ErrorContains(t, err, "no body has a key of ed25519 for the log "+origin+" that counts at 2026-11-24T11:59:59.000000000Z")
	_, err = keyring.Rule(text(noon()), 5, "")
	requireCode(t, fault.FailedPrecondition, err)
	rule, err := keyring.Rule(text(noon()), 4, "")
	require.NoError(t, err)
	require.Equal(t, 4, rule.Quorum)
}

func TestADamagedKeyIsNotDecoded(t *testing.T) {
	k := registered(t, ctie, signerOf(ctie, tlog.Ed25519), noon())
	k.Until = text(noon().Add(time.Hour))
	k.Revoked = &checkpoint.Revocation{Reason: "stolen", Since: text(noon())}
	value, err := k.Encode()
	require.NoError(t, err)
	again, err := checkpoint.DecodeWitnessKey(value)
	require.NoError(t, err)
	require.Equal(t, k, again)
	for _, tc := range []struct{ old, new string }{
		{`"v":1`, `"v":2`}, {`"body":"CTIEMSP"`, `"body":""`}, {`"body":"CTIEMSP"`, `"body":"SIGIMSP"`}, {`"keyId":"`, `"keyId":"0`}, {k.KeyID + `","req`, `00000000","req`},
		{`"ed25519"`, `"rsa"`}, {`"from":"2026`, `"from":"26`}, {`"from":"2026-11-24T12:00:00.000000000Z"`, `"from":"2026-11-24T12:00:00Z"`}, {`"until":"2026`, `"until":"x`},
		{`"reason":"stolen"`, `"reason":""`}, {`"reason":"stolen"`, `"reason":"by him"`}, {`"since":"2026-11-24T12:00:00.000000000Z"`, `"since":"2026-11-24T12:00:00Z"`},
		{`"since":"2026`, `"since":"`}, {requestID, ``}, {`"txId":"tx-CTIEMSP"`, `"txId":""`}, {`"claimedTime":"2026`, `"claimedTime":"`}, {`{"algorithm"`, `x{"algorithm"`},
	} {
		bad := strings.Replace(string(value), tc.old, tc.new, 1)
		require.NotEqual(t, string(value), bad, tc.old)
		_, err := checkpoint.DecodeWitnessKey([]byte(bad))
		require.Error(t, err, fmt.Sprint(tc))
	}
}
