package gatewaytest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

func digestOf(t *testing.T, document string) notary.Digest {
	t.Helper()
	digest, err := gateway.Digest(strings.NewReader(document), notary.SHA2_256)
	require.NoError(t, err)
	return digest
}

func request(t *testing.T, document string) gateway.NotariseRequest {
	t.Helper()
	return gateway.NotariseRequest{Item: notary.Item{Digest: digestOf(t, document), Type: "permit"}}
}

func TestADocumentsLifeIsSeenByEveryBody(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary)).Notary()
	sigi := network.Client("SIGIMSP").Notary()
	ctx := t.Context()

	made, err := ctie.Notarise(ctx, request(t, "plan 1"))
	require.NoError(t, err)
	require.Equal(t, "CTIEMSP", made.Body)
	require.Equal(t, notary.StatusActive, made.Status)

	seen, err := sigi.Read(ctx, gateway.RecordRequest{Digest: made.Digest, Body: "CTIEMSP"})
	require.NoError(t, err)
	require.Equal(t, made, seen)
	_, err = sigi.Read(ctx, gateway.RecordRequest{Digest: made.Digest})
	require.ErrorIs(t, err, gateway.ErrNotFound, "an empty body means the reader's own")

	_, err = ctie.Notarise(ctx, request(t, "plan 1"))
	require.ErrorIs(t, err, gateway.ErrAlreadyExists)
	_, err = sigi.Notarise(ctx, request(t, "plan 1"))
	require.ErrorIs(t, err, gateway.ErrPermissionDenied, "a reader has no role")

	next, err := ctie.Notarise(ctx, request(t, "plan 2"))
	require.NoError(t, err)
	next, err = ctie.Supersede(ctx, gateway.SupersedeRequest{Old: made.Digest, New: next.Digest})
	require.NoError(t, err)
	require.Equal(t, made.Digest, next.Supersedes)
	next, err = ctie.Revoke(ctx, gateway.RevokeRequest{Digest: next.Digest, Reason: notary.ReasonWithdrawn})
	require.NoError(t, err)
	require.Equal(t, notary.StatusRevoked, next.Status)
	_, err = ctie.Revoke(ctx, gateway.RevokeRequest{Digest: next.Digest, Reason: notary.ReasonWithdrawn})
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)

	history, err := sigi.History(ctx, gateway.RecordRequest{Digest: next.Digest, Body: "CTIEMSP"})
	require.NoError(t, err)
	require.Len(t, history.Changes, 3)
}

func TestARepeatedRequestGivesTheFirstRecord(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary)).Notary()
	mine := request(t, "plan")
	mine.RequestID = "my-request-1"
	details := gateway.WithDetails(gateway.Details{Title: "Plan", Persons: []string{"A. Muller"}})

	first, err := ctie.Notarise(t.Context(), mine, details)
	require.NoError(t, err)
	again, err := ctie.Notarise(t.Context(), mine, details)
	require.NoError(t, err)
	require.Equal(t, first, again)

	mine.Type = "other"
	_, err = ctie.Notarise(t.Context(), mine, details)
	require.ErrorIs(t, err, gateway.ErrAlreadyExists)
}

func TestPrivateDetailsAreTheOwnBodysOnly(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary)).Notary()
	sigi := network.Client("SIGIMSP", gatewaytest.WithRole(contract.RoleNotary)).Notary()
	ctx := t.Context()
	const canary = "Canary Q. Person"
	details := gateway.WithDetails(gateway.Details{Title: "Permit", FileName: "permit.pdf", Persons: []string{canary}})

	record, err := ctie.Notarise(ctx, request(t, "plan"), details)
	require.NoError(t, err)
	require.Len(t, record.DetailsHash, 64)
	require.False(t, network.Ledger().PublicContains(canary))

	kept, err := ctie.ReadDetails(ctx, gateway.DigestRequest{Digest: record.Digest})
	require.NoError(t, err)
	require.Equal(t, []string{canary}, kept.Persons)
	value, err := kept.Encode()
	require.NoError(t, err)
	require.Equal(t, record.DetailsHash, notary.DetailsHash(value))

	_, err = sigi.ReadDetails(ctx, gateway.DigestRequest{Digest: record.Digest})
	require.ErrorIs(t, err, gateway.ErrNotFound)

	// Two documents with the same details have different hashes: the salt is random.
	other, err := ctie.Notarise(ctx, request(t, "another plan"), details)
	require.NoError(t, err)
	require.NotEqual(t, record.DetailsHash, other.DetailsHash)

	require.NoError(t, ctie.PurgeDetails(ctx, gateway.DigestRequest{Digest: record.Digest}))
	_, err = ctie.ReadDetails(ctx, gateway.DigestRequest{Digest: record.Digest})
	require.ErrorIs(t, err, gateway.ErrNotFound)
	_, err = ctie.Read(ctx, gateway.RecordRequest{Digest: record.Digest})
	require.NoError(t, err, "the notarisation stands")

	_, err = ctie.Notarise(ctx, request(t, "another plan"), gateway.WithDetails(gateway.Details{Title: "Other"}))
	require.ErrorIs(t, err, gateway.ErrAlreadyExists, "a notarisation's details cannot be exchanged")
	preset := request(t, "third plan")
	preset.DetailsHash = record.DetailsHash
	_, err = ctie.Notarise(ctx, preset, details)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
}

func TestBatchesAndPagesGoThroughEveryRecord(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary)).Notary()
	ctx := t.Context()
	var batch gateway.BatchRequest
	for i := range 25 {
		batch.Items = append(batch.Items, notary.Item{Digest: digestOf(t, strings.Repeat("x", i))})
	}
	result, err := ctie.NotariseBatch(ctx, batch)
	require.NoError(t, err)
	require.Equal(t, 25, result.Count)

	seen := map[notary.Digest]bool{}
	for record, err := range ctie.AllByBody(ctx, gateway.ListRequest{PageSize: 10}) {
		require.NoError(t, err)
		require.Equal(t, result.TxID, record.TxID)
		seen[record.Digest] = true
	}
	require.Len(t, seen, 25)

	count := 0
	for _, err := range ctie.AllByBody(ctx, gateway.ListRequest{PageSize: 10}) {
		require.NoError(t, err)
		if count++; count == 3 {
			break
		}
	}
	require.Equal(t, 3, count, "a loop may end early")

	page, err := ctie.ListByBody(ctx, gateway.ListRequest{PageSize: 10})
	require.NoError(t, err)
	require.Len(t, page.Items, 10)
	require.NotEmpty(t, page.Bookmark)

	found := 0
	for record, err := range ctie.FindAll(ctx, gateway.FindRequest{Digest: batch.Items[0].Digest}) {
		require.NoError(t, err)
		require.Equal(t, "CTIEMSP", record.Body)
		found++
	}
	require.Equal(t, 1, found)

	for _, err := range ctie.AllByBody(ctx, gateway.ListRequest{PageSize: notary.MaxPageSize + 1}) {
		require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	}
}

func TestBadRequestsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary)).Notary()
	ctx := t.Context()
	height := network.Ledger().Height()
	network.Kill("CTIEMSP") // what is refused here is not refused by the peer

	_, err := ctie.Notarise(ctx, gateway.NotariseRequest{Item: notary.Item{Digest: "sha2-256:AB"}})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.Notarise(ctx, gateway.NotariseRequest{RequestID: "no", Item: notary.Item{Digest: digestOf(t, "x")}})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.NotariseBatch(ctx, gateway.BatchRequest{})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.Notarise(ctx, request(t, "x"), gateway.WithDetails(gateway.Details{Title: "a\x00b"}))
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	require.NotContains(t, err.Error(), "a\x00b")
	require.Equal(t, height, network.Ledger().Height())
}

func TestConcurrentWritersOfOneRecordLeaveOneRecord(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary)).Notary()
	const writers = 16
	same := request(t, "plan")
	errs := make(chan error, writers)
	for range writers {
		go func() {
			_, err := ctie.Notarise(t.Context(), same)
			errs <- err
		}()
	}
	succeeded := 0
	for range writers {
		if err := <-errs; err == nil {
			succeeded++
		} else {
			require.ErrorIs(t, err, gateway.ErrAlreadyExists)
		}
	}
	require.Equal(t, 1, succeeded)
}

func TestAnApplicationCanMeetTrouble(t *testing.T) {
	network := gatewaytest.New(t, gatewaytest.WithBodies("AMSP", "BMSP"))
	quick := gatewaytest.WithOptions(gateway.WithRetry(gateway.Retry{MaxElapsed: time.Second}))
	notaries := network.Client("AMSP", gatewaytest.WithRole(contract.RoleNotary), quick).Notary()

	network.StallOrdering()
	_, err := notaries.Notarise(t.Context(), request(t, "plan"))
	require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
	var failure *gateway.Error
	require.ErrorAs(t, err, &failure)
	network.ResumeOrdering()
	again := request(t, "plan")
	again.RequestID = failure.RequestID
	record, err := notaries.Notarise(t.Context(), again)
	require.NoError(t, err)
	require.Equal(t, failure.TxID, record.TxID, "the first attempt counts")

	network.Kill("AMSP")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = notaries.Read(ctx, gateway.RecordRequest{Digest: record.Digest})
	require.ErrorIs(t, err, gateway.ErrUnavailable)
	network.Restart("AMSP")
	_, err = notaries.Read(t.Context(), gateway.RecordRequest{Digest: record.Digest})
	require.NoError(t, err)
}
