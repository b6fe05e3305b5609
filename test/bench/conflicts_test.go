package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

const peerMetrics = `# HELP ledger_transaction_count Number of transactions processed.
# TYPE ledger_transaction_count counter
ledger_transaction_count{chaincode="notary:1",channel="psbc",transaction_type="ENDORSER_TRANSACTION",validation_code="MVCC_READ_CONFLICT"} 3
ledger_transaction_count{chaincode="notary:1",channel="psbc",transaction_type="ENDORSER_TRANSACTION",validation_code="VALID"} 1.2e+06
ledger_transaction_count{chaincode="registry:1",channel="psbc",transaction_type="ENDORSER_TRANSACTION",validation_code="PHANTOM_READ_CONFLICT"} 4
ledger_statedb_commit_time_count{channel="psbc"} 9
`

func TestConflictsAreThoseThatAPeerCounted(t *testing.T) {
	count, err := countConflicts(peerMetrics)
	require.NoError(t, err)
	require.Equal(t, 7, count)
	count, err = countConflicts("")
	require.NoError(t, err)
	require.Zero(t, count)
	_, err = countConflicts(`ledger_transaction_count{validation_code="MVCC_READ_CONFLICT"} many`)
	require.Error(t, err)
}

func TestTheHighestCountOfAllPeersIsTaken(t *testing.T) {
	serve := func(text string) string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }))
		t.Cleanup(server.Close)
		return server.Listener.Addr().String()
	}
	restarted, old := serve(""), serve(peerMetrics)
	count, err := conflicts(context.Background(), []string{restarted, old})
	require.NoError(t, err)
	require.Equal(t, 7, count)
	_, err = conflicts(context.Background(), []string{"127.0.0.1:1"})
	require.Error(t, err)
}
