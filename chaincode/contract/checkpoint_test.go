package contract_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func TestAKeyIsRegisteredRetiredAndRevoked(t *testing.T) {
	w := newKeylessCheckpoints(t)
	s := signerOf(ctie, tlog.Ed25519)
	request := registerKey(t, s)
	registered := answer[checkpoint.WitnessKey](w.administrator(ctie), "RegisterKey", request)
	require.Equal(t, checkpoint.WitnessKey{
		V: 1, Body: ctie, Key: s.key(t).String(), KeyID: s.id(t), Algorithm: checkpoint.Ed25519, From: registered.ClaimedTime,
		RequestID: request.RequestID, TxID: registered.TxID, ClaimedTime: registered.ClaimedTime,
	}, registered)
	require.Equal(t, checkpoint.Event{
		V: 1, Body: ctie, KeyID: s.id(t), RequestID: request.RequestID, ClaimedTime: registered.ClaimedTime,
	}, w.requireCheckpointEvent(checkpoint.EventKey))

	retire := checkpoint.RetireKeyRequest{RequestID: id("retire"), KeyID: s.id(t), Until: "2027-01-01T00:00:00Z"}
	retired := answer[checkpoint.WitnessKey](w.administrator(ctie), "RetireKey", retire)
	require.Equal(t, "2027-01-01T00:00:00.000000000Z", retired.Until)
	require.Equal(t, registered.From, retired.From)
	require.Equal(t, id("retire"), w.requireCheckpointEvent(checkpoint.EventKey).RequestID)

	revoke := checkpoint.RevokeKeyRequest{RequestID: id("revoke-key"), KeyID: s.id(t), Reason: "stolen", Since: "2025-12-31T00:00:00Z"}
	revoked := answer[checkpoint.WitnessKey](w.administrator(ctie), "RevokeKey", revoke)
	require.Equal(t, &checkpoint.Revocation{Reason: "stolen", Since: "2025-12-31T00:00:00.000000000Z"}, revoked.Revoked)
	w.requireCheckpointEvent(checkpoint.EventKey)
	require.Equal(t, []checkpoint.WitnessKey{revoked}, shown[checkpoint.KeyPage](w.reader(sigi), "Keys", checkpoint.KeysRequest{Body: ctie}).Items)

	t.Run("a repeated request returns the key as it stands, and writes nothing", func(t *testing.T) {
		state := w.State()
		for function, repeated := range map[string]any{"RegisterKey": request, "RetireKey": retire, "RevokeKey": revoke} {
			require.Equal(t, revoked, answer[checkpoint.WitnessKey](w.administrator(ctie), function, repeated))
			require.Empty(t, w.Events(w.Height()-1))
		}
		require.Equal(t, state, w.State())
	})
	t.Run("changes that may not be are refused", func(t *testing.T) {
		again, reused := request, request
		again.RequestID = id("again")
		reused.Key = signerOf(ctie, tlog.Ed25519, "other").key(t).String()
		foreign := checkpoint.RegisterKeyRequest{RequestID: id("foreign"), Key: signerOf(sigi, tlog.Ed25519).key(t).String()}
		copied, err := tlog.NewKey(tlog.WitnessName(logOrigin, sigi), tlog.Ed25519, s.public(t))
		require.NoError(t, err)
		for _, tc := range []struct {
			name, body, function string
			request              any
			code                 fault.Code
			want                 string
		}{
			{"a key twice", ctie, "RegisterKey", again, fault.AlreadyExists, "CTIEMSP has a key " + s.id(t) + " already"},
			{"a request id that is used", ctie, "RegisterKey", reused, fault.AlreadyExists, "request id"},
			{"a key of another body's name", ctie, "RegisterKey", foreign, fault.InvalidArgument, "key: is named"},
			{"another body's public key", sigi, "RegisterKey", checkpoint.RegisterKeyRequest{RequestID: id("copied"), Key: copied.String()}, fault.AlreadyExists, "CTIEMSP has registered this public key already"},
			{"another body's key", sigi, "RetireKey", checkpoint.RetireKeyRequest{RequestID: id("x"), KeyID: s.id(t)}, fault.NotFound, "SIGIMSP has registered no key"},
			{"another body's key", sigi, "RevokeKey", checkpoint.RevokeKeyRequest{RequestID: id("x"), KeyID: s.id(t), Reason: "x", Since: revoke.Since}, fault.NotFound, "SIGIMSP has registered no key"},
			{"to retire what is revoked", ctie, "RetireKey", checkpoint.RetireKeyRequest{RequestID: id("x"), KeyID: s.id(t)}, fault.FailedPrecondition, "is revoked since"},
			{"to revoke it since later", ctie, "RevokeKey", checkpoint.RevokeKeyRequest{RequestID: id("x"), KeyID: s.id(t), Reason: "x", Since: revoke.Since}, fault.FailedPrecondition, "brought forward"},
		} {
			err := w.requireNothingWritten(func() error { _, err := w.administrator(tc.body).submit(tc.function, tc.request); return err })
			requireRefused(t, tc.code, err)
			require.ErrorContains(t, err, tc.want, tc.name)
		}
	})
}

func TestABodyHasABoundedNumberOfKeys(t *testing.T) {
	w := newKeylessCheckpoints(t)
	for i := range checkpoint.MaxKeys {
		w.administrator(ctie).mustSubmit("RegisterKey", registerKey(t, signerOf(ctie, tlog.Ed25519, fmt.Sprint(i))))
	}
	one := registerKey(t, signerOf(ctie, tlog.Ed25519, "one more"))
	_, err := w.administrator(ctie).submit("RegisterKey", one)
	requireRefused(t, fault.FailedPrecondition, err)
	require.ErrorContains(t, err, "CTIEMSP has registered 64 keys, and no body may have more")
	w.administrator(sigi).mustSubmit("RegisterKey", registerKey(t, signerOf(sigi, tlog.Ed25519)))

	var ids []string
	bookmark := ""
	for {
		page := shown[checkpoint.KeyPage](w.reader(ctie), "Keys", checkpoint.KeysRequest{PageSize: 10, Bookmark: bookmark})
		for _, k := range page.Items {
			ids = append(ids, k.Body+k.KeyID)
		}
		if bookmark = page.Bookmark; bookmark == "" {
			break
		}
	}
	require.Len(t, ids, checkpoint.MaxKeys+1)
	require.IsIncreasing(t, ids)
}

func TestBodiesCosignAndAQuorumIsFound(t *testing.T) {
	w := newCheckpoints(t)
	request := cosignOf(t, ctie, 100, "log")
	first := answer[checkpoint.Cosigned](w.witness(ctie).at(soon()), "Cosign", request)
	require.Equal(t, checkpoint.Cosigned{
		V: 1, Origin: logOrigin, Size: 100, Root: rootOf(100, "log"), Block: 10, Body: ctie, Cosignatures: request.Cosignatures,
		TxID: first.TxID, ClaimedTime: first.ClaimedTime,
	}, first)
	require.Equal(t, checkpoint.Event{
		V: 1, Body: ctie, ClaimedTime: first.ClaimedTime, Origin: logOrigin, Size: 100, Block: 10, Root: rootOf(100, "log"),
	}, w.requireCheckpointEvent(checkpoint.EventCosigned))
	w.cosigned(sigi, 100, "log")
	w.requireCheckpointEvent(checkpoint.EventCosigned)
	_, err := w.latest()
	requireRefused(t, fault.NotFound, err)
	require.ErrorContains(t, err, "that 3 bodies have cosigned with ed25519")

	w.cosigned(audit, 100, "log")
	w.cosigned(ctie, 130, "log")
	w.cosigned(sigi, 130, "log")
	latest, err := w.latest()
	require.NoError(t, err)
	require.EqualValues(t, 100, latest.Size)
	require.EqualValues(t, 10, latest.Block)
	require.Equal(t, []string{ctie, audit, sigi}, bodiesOf(latest), "by MSP ID")
	require.Equal(t, []checkpoint.Standing{latest}, w.standings(100))

	for _, algorithm := range checkpoint.Algorithms() {
		file := w.policyFile(checkpoint.PolicyRequest{Algorithm: algorithm})
		require.Equal(t, 3, file.Quorum)
		require.Len(t, file.Bodies, 4)
		p, err := tlog.ParsePolicy([]byte(file.Policy))
		require.NoError(t, err)
		require.Equal(t, file.Policy, string(p.Format()))
		require.True(t, p.Count(countedIn(t, p, latest.Note)), "a stock verifier believes the note with %s", algorithm)
		require.False(t, p.Count(countedIn(t, p, w.standings(130)[0].Note)), "and not that of two bodies")
	}

	w.cosigned(digital, 130, "log")
	latest, err = w.latest()
	require.NoError(t, err)
	require.EqualValues(t, 130, latest.Size)
}

func TestARepeatedCosignReturnsWhatStandsAndWritesNothing(t *testing.T) {
	w := newCheckpoints(t)
	first := w.cosigned(ctie, 100, "log")
	state := w.State()
	require.Equal(t, first, w.cosigned(ctie, 100, "log"))
	later := cosignWith(t, soon().Add(time.Minute), 100, "log", signerOf(ctie, tlog.Ed25519))
	require.Equal(t, first, answer[checkpoint.Cosigned](w.witness(ctie).at(soon()), "Cosign", later), "whatever cosignatures it brings")
	require.Equal(t, state, w.State())
	require.Empty(t, w.Events(w.Height()-1))
}

func TestADisagreementIsKeptAndTold(t *testing.T) {
	w := newCheckpoints(t)
	w.cosigned(ctie, 100, "log")
	lie := w.cosigned(sigi, 100, "lie")
	event := w.requireCheckpointEvent(checkpoint.EventDisagreement)
	require.Equal(t, checkpoint.Event{
		V: 1, Body: sigi, ClaimedTime: lie.ClaimedTime, Origin: logOrigin, Size: 100, Block: 10, Root: rootOf(100, "lie"),
		Roots: []string{rootOf(100, "log"), rootOf(100, "lie")}, Bodies: []string{ctie, sigi},
	}, event)
	w.cosigned(digital, 100, "log")
	w.requireCheckpointEvent(checkpoint.EventCosigned)

	standings := w.standings(100)
	require.Len(t, standings, 2)
	require.Equal(t, []string{ctie, digital}, bodiesOf(standings[0]), "what more bodies say is first")
	require.Equal(t, []string{sigi}, bodiesOf(standings[1]))
	_, err := w.latest()
	requireRefused(t, fault.NotFound, err)
	w.cosigned(audit, 100, "log")
	latest, err := w.latest()
	require.NoError(t, err)
	require.Equal(t, rootOf(100, "log"), latest.Root)
	require.Equal(t, []string{ctie, audit, digital}, bodiesOf(latest))
}

func TestABodyWithTwoRootsForOneSizeCountsForNeither(t *testing.T) {
	w := newCheckpoints(t)
	for _, body := range []string{ctie, sigi, digital} {
		w.cosigned(body, 100, "log")
	}
	_, err := w.latest()
	require.NoError(t, err)
	w.cosigned(digital, 100, "lie")
	event := w.requireCheckpointEvent(checkpoint.EventDisagreement)
	require.Equal(t, []string{ctie, digital}, event.Bodies)
	_, err = w.latest()
	requireRefused(t, fault.NotFound, err)
	standings := w.standings(100)
	require.Len(t, standings, 2)
	require.Equal(t, []string{ctie, digital, sigi}, bodiesOf(standings[0]))
	require.Equal(t, []string{digital}, standings[0].Equivocated)
	require.NotContains(t, standings[0].Note, digital)
	require.Equal(t, []string{digital}, standings[1].Equivocated)
	require.Empty(t, standings[1].Note)

	t.Run("though it says very many", func(t *testing.T) {
		for i := range 10 {
			w.cosigned(digital, 100, fmt.Sprint("lie", i))
		}
		w.cosigned(audit, 100, "log")
		latest, err := w.latest()
		require.NoError(t, err)
		require.EqualValues(t, 100, latest.Size)
		shown := 0
		for _, s := range w.standings(100) {
			for _, c := range s.Bodies {
				if c.Body == digital {
					shown++
				}
			}
		}
		require.Equal(t, checkpoint.MaxRoots, shown)
	})
}

// A body that says anything of any size is in nobody's way.
func TestAFloodOfOneBodyHidesNoQuorum(t *testing.T) {
	w := newCheckpoints(t)
	for _, body := range []string{ctie, sigi, digital} {
		w.cosigned(body, 100, "log")
	}
	for i := range uint64(40) {
		w.cosigned(audit, checkpoint.MaxSize-i, "flood")
		w.cosigned(audit, 101+i, "flood")
	}
	w.cosigned(ctie, 120, "log")
	w.cosigned(sigi, 120, "log")
	latest, err := w.latest()
	require.NoError(t, err)
	require.EqualValues(t, 100, latest.Size)
	w.cosigned(digital, 120, "log")
	latest, err = w.latest()
	require.NoError(t, err)
	require.EqualValues(t, 120, latest.Size)
	require.Equal(t, rootOf(120, "log"), latest.Root)
}

// Where bodies cosigned for long what does not count any more, the search gives up.
func TestTheSearchForAQuorumIsBounded(t *testing.T) {
	w := newCheckpoints(t)
	for size := uint64(100); size < 330; size++ {
		for _, body := range []string{ctie, sigi, digital} {
			w.witness(body).at(soon()).mustSubmit("Cosign", cosignWith(t, soon(), size, "log", signerOf(body, tlog.Ed25519)))
		}
	}
	_, err := w.latest()
	require.NoError(t, err)
	w.administrator(sigi).mustSubmit("RevokeKey", checkpoint.RevokeKeyRequest{
		RequestID: id("revoke-key"), KeyID: signerOf(sigi, tlog.Ed25519).id(t), Reason: "stolen", Since: rfc(soon().AddDate(-1, 0, 0)),
	})
	w.administrator(sigi).mustSubmit("RegisterKey", registerKey(t, signerOf(sigi, tlog.Ed25519, "fresh")))
	_, err = w.latest()
	requireRefused(t, fault.FailedPrecondition, err)
	require.ErrorContains(t, err, "that were looked at, none has the quorum")
	for _, body := range []string{ctie, digital} {
		w.cosigned(body, 400, "log")
	}
	w.witness(sigi).at(soon()).mustSubmit("Cosign", cosignWith(t, soon(), 400, "log", signerOf(sigi, tlog.Ed25519, "fresh")))
	latest, err := w.latest()
	require.NoError(t, err, "and finds what is new")
	require.EqualValues(t, 400, latest.Size)
}

func TestARefusedCosignWritesNothing(t *testing.T) {
	w := newCheckpoints(t)
	own := signerOf(ctie, tlog.Ed25519)
	w.administrator(ctie).mustSubmit("RegisterKey", registerKey(t, signerOf(ctie, tlog.Ed25519, "retired")))
	w.administrator(ctie).mustSubmit("RetireKey", checkpoint.RetireKeyRequest{RequestID: id("retire"), KeyID: signerOf(ctie, tlog.Ed25519, "retired").id(t)})
	w.administrator(ctie).mustSubmit("RegisterKey", registerKey(t, signerOf(ctie, tlog.Ed25519, "revoked")))
	w.administrator(ctie).mustSubmit("RevokeKey", checkpoint.RevokeKeyRequest{
		RequestID: id("revoke-key"), KeyID: signerOf(ctie, tlog.Ed25519, "revoked").id(t), Reason: "stolen", Since: "2025-01-01T00:00:00Z",
	})
	otherRoot := cosignOf(t, ctie, 100, "log")
	otherRoot.Root = rootOf(100, "lie")
	otherSize := cosignOf(t, ctie, 100, "log")
	otherSize.Size = 101
	otherOrigin := cosignOf(t, ctie, 100, "log")
	otherOrigin.Origin = "psbc.lu/other/0123456789abcdef"
	onlySecond := cosignOf(t, ctie, 100, "log")
	onlySecond.Cosignatures[1] = signerOf(ctie, tlog.MLDSA44).sign(t, head(100, "lie"), soon()).Line()
	for _, tc := range []struct {
		name    string
		request checkpoint.CosignRequest
		code    fault.Code
		want    string
	}{
		{"another root", otherRoot, fault.InvalidArgument, "cosignatures[0]: does not verify under key " + own.id(t)},
		{"another size", otherSize, fault.InvalidArgument, "cosignatures[0]: does not verify"},
		{"another log", otherOrigin, fault.InvalidArgument, "cosignatures[0]: is of "},
		{"one good cosignature and a bad one", onlySecond, fault.InvalidArgument, "cosignatures[1]: does not verify"},
		{"another body's", cosignOf(t, sigi, 100, "log"), fault.InvalidArgument, "cosignatures[0]: is of "},
		{"a key that nobody registered", cosignWith(t, soon(), 100, "log", signerOf(ctie, tlog.Ed25519, "unknown")), fault.FailedPrecondition, "an administrator registers it first"},
		{"a key that is retired", cosignWith(t, soon(), 100, "log", signerOf(ctie, tlog.Ed25519, "retired")), fault.FailedPrecondition, "does not count at 2026-01-01T01:00:00"},
		{"a key that is revoked", cosignWith(t, soon(), 100, "log", signerOf(ctie, tlog.Ed25519, "revoked")), fault.FailedPrecondition, "does not count at"},
		{"a time before the key's", cosignWith(t, soon().AddDate(-1, 0, 0), 100, "log", own), fault.FailedPrecondition, "does not count at"},
		{"a time to come", cosignWith(t, soon().Add(301*time.Second), 100, "log", own), fault.InvalidArgument, "is timed 2026-01-01T01:05:01.000000000Z, more than 300 s after"},
		{"no cosignature", cosignWith(t, soon(), 100, "log"), fault.InvalidArgument, "cosignatures: are 0, not 1 to 4"},
		{"one twice", cosignWith(t, soon(), 100, "log", own, own), fault.InvalidArgument, "cosignatures[1]: is of the same key as cosignatures[0]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := w.requireNothingWritten(func() error { _, err := w.witness(ctie).at(soon()).submit("Cosign", tc.request); return err })
			requireRefused(t, tc.code, err)
			require.ErrorContains(t, err, tc.want)
		})
	}
	t.Run("and what is timed a little late is taken", func(t *testing.T) {
		answer[checkpoint.Cosigned](w.witness(ctie).at(soon()), "Cosign", cosignWith(t, soon().Add(300*time.Second), 100, "log", own))
	})
}

func TestCosignaturesOfARevokedKeyStopToCount(t *testing.T) {
	w := newCheckpoints(t)
	for _, body := range []string{ctie, sigi, digital} {
		w.cosigned(body, 100, "log")
	}
	revoke := func(name, since string) {
		w.administrator(sigi).at(soon().Add(time.Hour)).mustSubmit("RevokeKey", checkpoint.RevokeKeyRequest{
			RequestID: id(name), KeyID: signerOf(sigi, tlog.Ed25519).id(t), Reason: "stolen", Since: since,
		})
	}
	revoke("after", rfc(soon().Add(time.Second)))
	latest, err := w.latest()
	require.NoError(t, err, "it was sound when it cosigned")
	require.Contains(t, latest.Note, signerOf(sigi, tlog.Ed25519).sign(t, head(100, "log"), soon()).Line())

	revoke("then", rfc(soon()))
	_, err = w.latest()
	requireRefused(t, fault.NotFound, err)
	var other checkpoint.Standing
	require.NoError(t, w.reader(ctie).at(soon()).evaluate("Latest", checkpoint.LatestRequest{Origin: logOrigin, Algorithm: checkpoint.MLDSA44}, &other), "its other key counts")
	require.EqualValues(t, 100, other.Size)
	require.NotContains(t, other.Note, signerOf(sigi, tlog.Ed25519).sign(t, head(100, "log"), soon()).Line())
}

func TestKeysOverlapWhenOneTakesOverFromAnother(t *testing.T) {
	w := newCheckpoints(t)
	old, fresh := signerOf(ctie, tlog.Ed25519), signerOf(ctie, tlog.Ed25519, "2027")
	w.administrator(ctie).at(soon()).mustSubmit("RegisterKey", registerKey(t, fresh))
	file := w.policyFile(checkpoint.PolicyRequest{})
	p, err := tlog.ParsePolicy([]byte(file.Policy))
	require.NoError(t, err)
	require.Len(t, p.Witnesses, 5)
	require.Equal(t, 3, file.Quorum, "of 4 bodies, and not of 5 keys")

	w.administrator(ctie).at(soon().Add(time.Hour)).mustSubmit("RetireKey", checkpoint.RetireKeyRequest{RequestID: id("retire"), KeyID: old.id(t)})
	for moment, keys := range map[time.Time][]string{
		soon().Add(-time.Second):     {old.id(t)},
		soon():                       {old.id(t), fresh.id(t)},
		soon().Add(time.Hour - 1):    {old.id(t), fresh.id(t)},
		soon().Add(time.Hour):        {fresh.id(t)},
		soon().AddDate(20, 0, 0):     {fresh.id(t)},
		soon().Add(-30 * time.Hour):  nil,
		soon().Add(-300 * time.Hour): nil,
	} {
		r := checkpoint.PolicyRequest{Origin: logOrigin, At: moment.Format(time.RFC3339Nano)}
		if keys == nil {
			requireRefused(t, fault.NotFound, w.reader(ctie).evaluate("Policy", r, &struct{}{}))
			continue
		}
		p, err := tlog.ParsePolicy([]byte(w.policyFile(r).Policy))
		require.NoError(t, err)
		var found []string
		for _, w := range p.Witnesses {
			if body, _ := tlog.BodyOf(logOrigin, w.Key.Name); body == ctie {
				found = append(found, fmt.Sprintf("%08x", w.Key.ID))
			}
		}
		require.ElementsMatch(t, keys, found, "%s", moment)
	}
}

func TestTheQuorumIsTheOneAskedFor(t *testing.T) {
	w := newCheckpoints(t)
	w.cosigned(ctie, 100, "log")
	ask := func(quorum int) (s checkpoint.Standing, err error) {
		err = w.reader(ctie).at(soon()).evaluate("Latest", checkpoint.LatestRequest{Origin: logOrigin, Quorum: quorum}, &s)
		return s, err
	}
	one, err := ask(1)
	require.NoError(t, err)
	require.EqualValues(t, 100, one.Size)
	_, err = ask(2)
	requireRefused(t, fault.NotFound, err)
	_, err = ask(5)
	requireRefused(t, fault.FailedPrecondition, err)
	require.ErrorContains(t, err, "5 bodies are asked for, and 4 have a key of ed25519")
	requireRefused(t, fault.FailedPrecondition, w.reader(ctie).evaluate("Policy", checkpoint.PolicyRequest{Origin: logOrigin, Quorum: 5}, &struct{}{}))
	require.Equal(t, 4, w.policyFile(checkpoint.PolicyRequest{Quorum: 4}).Quorum)

	w.cosigned(sigi, 100, "lie")
	_, err = ask(1)
	requireRefused(t, fault.NotFound, err)
	_, err = w.latest()
	requireRefused(t, fault.NotFound, err)
	requireRefused(t, fault.NotFound, w.reader(ctie).evaluate("Latest", checkpoint.LatestRequest{Origin: "psbc.lu/other"}, &struct{}{}))
	require.Empty(t, shown[checkpoint.Standings](w.reader(ctie), "At", checkpoint.AtRequest{Origin: "psbc.lu/other", Size: 100}).Items)
	require.Empty(t, w.standings(99))
}

func TestWitnessesNeedTheRoleAndAdministratorsTheUnit(t *testing.T) {
	w := newCheckpoints(t)
	for _, client := range []*user{
		w.reader(ctie), w.administrator(ctie), w.recorder(ctie),
		{w, w.Client(ctie, ledgertest.WithUser("x"), ledgertest.WithAttribute(contract.RoleWitness, "yes"))},
	} {
		err := w.requireNothingWritten(func() error { _, err := client.submit("Cosign", cosignOf(t, ctie, 100, "log")); return err })
		requireRefused(t, fault.PermissionDenied, err)
		require.ErrorContains(t, err, "Cosign needs a certificate with the attribute psbc.witness=true")
	}
	for _, client := range []*user{
		w.reader(ctie), w.witness(ctie),
		{w, w.Client(ctie, ledgertest.WithUser("admin"), ledgertest.WithNodeOU("peer"), ledgertest.WithAttribute("admin", "true"))},
	} {
		for _, function := range []string{"RegisterKey", "RetireKey", "RevokeKey"} {
			err := w.requireNothingWritten(func() error { _, err := client.submit(function, "{}"); return err })
			requireRefused(t, fault.PermissionDenied, err)
			require.ErrorContains(t, err, function+" needs the certificate of an administrator of the body")
		}
	}
}

func TestMalformedRequestsOnCheckpointsAreRefused(t *testing.T) {
	w := newCheckpoints(t)
	for function, client := range map[string]*user{
		"RegisterKey": w.administrator(ctie), "RetireKey": w.administrator(ctie), "RevokeKey": w.administrator(ctie),
		"Cosign": w.witness(ctie), "Latest": w.reader(ctie), "At": w.reader(ctie), "Policy": w.reader(ctie),
	} {
		for _, request := range []string{"", "{}", "[]", `{"unknown":1}`, "{"} {
			_, err := client.client.Endorse(function, request)
			requireRefused(t, fault.InvalidArgument, err)
		}
		_, err := client.client.Endorse(function, "{}", "{}")
		requireRefused(t, fault.InvalidArgument, err)
	}
	for _, request := range []string{`{"pageSize":1001}`, `{"bookmark":"x"}`} {
		_, err := w.reader(ctie).client.Evaluate("Keys", request)
		requireRefused(t, fault.InvalidArgument, err)
	}
	_, err := w.reader(ctie).client.Evaluate("Forget", "{}")
	requireRefused(t, fault.InvalidArgument, err)
}

func TestTheCheckpointsMetadataAreThoseOfTheGoldenFile(t *testing.T) {
	w := newKeylessCheckpoints(t)
	payload, err := w.Client(ctie).Evaluate("org.hyperledger.fabric:GetMetadata")
	require.NoError(t, err)
	requireGolden(t, "testdata/checkpoint-metadata.json", payload)
}

func TestTheCheckpointsNeedAProtection(t *testing.T) {
	_, err := contract.NewCheckpoint(nil)
	require.Error(t, err)
}
