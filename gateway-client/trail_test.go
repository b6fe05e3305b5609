package gateway_test

import (
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// place is batch n of the portal.
func place(n int) trail.Place {
	return trail.Place{Trail: "accesses", Source: "portal", Number: n}
}

func eventsAt(when time.Time, from, to int) []trail.Entry {
	var list []trail.Entry
	for n := from; n <= to; n++ {
		list = append(list, at(event(n), when))
	}
	return list
}

func collect[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var list []T
	for item, err := range items {
		require.NoError(t, err)
		list = append(list, item)
	}
	return list
}

func TestATrailIsDefinedAndAmended(t *testing.T) {
	network := gatewaytest.New(t)
	ctie, ctx := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleRecorder)).Trail(), t.Context()
	made, err := ctie.Define(ctx, accesses())
	require.NoError(t, err)
	require.Equal(t, 1, made.Version)
	_, err = ctie.Define(ctx, accesses())
	require.ErrorIs(t, err, gateway.ErrAlreadyExists)
	amend := trail.AmendRequest{Base: 1, Definition: accesses().Definition}
	amend.Readers = []string{"SIGIMSP"}
	amended, err := ctie.Amend(ctx, amend)
	require.NoError(t, err)
	require.Equal(t, 2, amended.Version)
	_, err = ctie.Amend(ctx, amend)
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)

	sigi := network.Client("SIGIMSP", gatewaytest.WithRole(contract.RoleRecorder)).Trail()
	found, err := sigi.Read(ctx, trail.TrailRequest{Trail: "accesses"})
	require.NoError(t, err)
	require.Equal(t, amended, found)
	_, err = sigi.Read(ctx, trail.TrailRequest{Trail: "nowhere"})
	require.ErrorIs(t, err, gateway.ErrNotFound)
	_, err = sigi.Append(ctx, trail.AppendRequest{Place: place(1), Entries: eventsAt(time.Now(), 1, 1)})
	require.ErrorIs(t, err, gateway.ErrPermissionDenied)
	other := accesses()
	other.ID = "archive"
	_, err = sigi.Define(ctx, other)
	require.NoError(t, err)
	page, err := ctie.List(ctx, trail.TrailsRequest{PageSize: 1})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.Len(t, collect(t, ctie.All(ctx, trail.TrailsRequest{PageSize: 1})), 2)
	require.Len(t, collect(t, ctie.All(ctx, trail.TrailsRequest{Body: "SIGIMSP"})), 1)

	minister := network.Client("MinDigitalMSP").Trail()
	_, err = minister.Entries(ctx, trail.EntriesRequest{Trail: "accesses"})
	require.ErrorIs(t, err, gateway.ErrPermissionDenied)
	_, err = minister.Gaps(ctx, "accesses")
	require.ErrorIs(t, err, gateway.ErrPermissionDenied)
}

func TestEntriesAreAppendedAndFound(t *testing.T) {
	_, client := trailNetwork(t)
	trails, ctx := client.Trail(), t.Context()
	first, err := trails.Append(ctx, trail.AppendRequest{Place: place(1), Entries: eventsAt(time.Now(), 1, 130)})
	require.NoError(t, err)
	require.Equal(t, 130, first.Entries)
	again, err := trails.Append(ctx, trail.AppendRequest{Place: place(1), Entries: eventsAt(time.Now(), 1, 1)})
	require.ErrorIs(t, err, gateway.ErrAlreadyExists)
	require.Nil(t, again)
	request := trail.AppendRequest{Place: place(2), Entries: eventsAt(time.Now(), 131, 140)}
	second, err := trails.Append(ctx, request)
	require.NoError(t, err)
	again, err = trails.Append(ctx, request)
	require.NoError(t, err)
	require.Equal(t, second, again, "whatever its request id")

	previous := 2
	gap := place(5)
	gap.Previous, gap.GapReason = &previous, "disk-lost"
	_, err = trails.Append(ctx, trail.AppendRequest{Place: gap, Entries: eventsAt(time.Now(), 141, 141)})
	require.NoError(t, err)
	gaps, err := trails.Gaps(ctx, "accesses")
	require.NoError(t, err)
	require.Equal(t, []trail.Gap{{Source: "portal", After: 2, Before: 5, Declared: "disk-lost"}}, gaps)
	_, err = trails.Append(ctx, trail.AppendRequest{Place: place(9), Entries: eventsAt(time.Now(), 142, 142)})
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)

	state, err := trails.Batch(ctx, trail.BatchRequest{Trail: "accesses", Source: "portal", Number: 2})
	require.NoError(t, err)
	require.Equal(t, *second, state.Batch)
	require.Len(t, collect(t, trails.AllBatches(ctx, trail.BatchesRequest{Trail: "accesses", PageSize: 2})), 3)
	require.Len(t, collect(t, trails.AllEntries(ctx, trail.EntriesRequest{Trail: "accesses", PageSize: 50})), 141)
	require.Len(t, collect(t, trails.AllBySubject(ctx, trail.PersonRequest{Pseudonym: subject, PageSize: 50})), 141)
	require.Len(t, collect(t, trails.AllByActor(ctx, trail.PersonRequest{Pseudonym: actor, Trail: "accesses"})), 141)
	require.Empty(t, collect(t, trails.AllBySubject(ctx, trail.PersonRequest{Pseudonym: actor})))
	require.Empty(t, collect(t, trails.AllByActor(ctx, trail.PersonRequest{Pseudonym: subject})))
}

func TestASealedBatchIsRevealedWhenItsTimeHasCome(t *testing.T) {
	_, client := trailNetwork(t)
	trails, ctx := client.Trail(), t.Context()
	entries := eventsAt(time.Now(), 1, 3)
	commitments, opened, err := gateway.NewCommitments(place(1), entries)
	require.NoError(t, err)
	due := time.Now().Add(2 * time.Second)
	sealed, err := trails.Seal(ctx, trail.SealRequest{Place: place(1), RevealAfter: due.UTC().Format(time.RFC3339Nano), Commitments: commitments})
	require.NoError(t, err)
	require.NotEmpty(t, sealed.RevealAfter)
	require.Empty(t, collect(t, trails.AllEntries(ctx, trail.EntriesRequest{Trail: "accesses"})))
	reveal := trail.RevealRequest{Trail: "accesses", Source: "portal", Number: 1, Entries: opened}
	_, err = trails.Reveal(ctx, reveal)
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	eventually(t, func() bool { return time.Now().After(due) })

	forged := reveal
	forged.Entries = append([]trail.Opened{}, opened...)
	forged.Entries[1].Entry.Action = trail.ActionDelete
	_, err = trails.Reveal(ctx, forged)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	state, err := trails.Reveal(ctx, reveal)
	require.NoError(t, err)
	require.NotNil(t, state.Revealed)
	found := collect(t, trails.AllEntries(ctx, trail.EntriesRequest{Trail: "accesses"}))
	require.Len(t, found, 3)
	require.Equal(t, state.Revealed.TxID, found[0].Revealed)
	_, err = trails.Remove(ctx, trail.RemoveRequest{Trail: "accesses", Source: "portal", Number: 1})
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition, "its time is not over")
	_, err = trails.Remove(ctx, trail.RemoveRequest{Trail: "accesses", Source: "portal", Number: 7})
	require.ErrorIs(t, err, gateway.ErrNotFound)
}

func TestBadTrailRequestsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	network, client := trailNetwork(t)
	trails, ctx := client.Trail(), t.Context()
	network.Kill("CTIEMSP") // what is refused here is not refused by the peer
	_, err := trails.Append(ctx, trail.AppendRequest{Place: place(1), Entries: make([]trail.Entry, trail.MaxEntries+1)})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	entries := eventsAt(time.Now(), 1, 20)
	entries[17].Subject = "jane.doe@example.org"
	_, err = trails.Append(ctx, trail.AppendRequest{Place: place(1), Entries: entries})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	require.ErrorContains(t, err, "entries 17 /subject: looks like an e-mail address")
	bad := accesses()
	bad.Records = ""
	_, err = trails.Define(ctx, bad)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = trails.BySubject(ctx, trail.PersonRequest{Pseudonym: "1893120105732"})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, _, err = gateway.NewCommitments(place(1), []trail.Entry{{}})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
}
