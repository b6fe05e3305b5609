package feed_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/feed"
)

func requireFits(t *testing.T, request any) {
	t.Helper()
	encoded, err := json.Marshal(request)
	require.NoError(t, err)
	require.LessOrEqual(t, len(encoded), trail.MaxAppendBytes)
}

func sealing(keep string) func(*feed.Run) {
	return func(r *feed.Run) {
		r.RevealAfter, r.Keep = time.Now().Add(time.Hour).UTC().Format(time.RFC3339), keep
	}
}

func TestTheFileOfSaltsIsItsOwnersOnlyAndThereFirst(t *testing.T) {
	l, keep := newLedger(), filepath.Join(t.TempDir(), "keep")
	l.fail = func() (bool, error) {
		info, err := os.Stat(keep)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		require.Positive(t, info.Size(), "the salts are on the disk before anything is sent")
		return false, nil
	}
	_, err := do(t.Context(), l, newJournal(t), 3, lines(3), sealing(keep))
	require.NoError(t, err)
	require.Equal(t, numbered(3), revealed(t, l, keep))

	open := filepath.Join(t.TempDir(), "open")
	require.NoError(t, os.WriteFile(open, nil, 0o644))
	_, err = do(t.Context(), l, newJournal(t), 3, lines(3), sealing(open))
	require.ErrorContains(t, err, "others than its owner may read it")
}

func TestWithoutItsSaltsABatchOnItsWayIsNotSentAgain(t *testing.T) {
	l, journal, keep := newLedger(), newJournal(t), filepath.Join(t.TempDir(), "keep")
	l.fail = func() (bool, error) { return false, errCrash }
	_, err := do(t.Context(), l, journal, 3, lines(3), sealing(keep))
	require.ErrorIs(t, err, errCrash)
	l.fail = nil
	require.NoError(t, os.Remove(keep))
	_, err = do(t.Context(), l, journal, 3, lines(3), sealing(keep))
	require.ErrorContains(t, err, "does not hold the salts of batch 1")
}

func TestFilesOfSomethingElseAreNotTouched(t *testing.T) {
	const precious = "id,street\n1,Grand-Rue\n"
	for name, change := range map[string]func(path string, r *feed.Run){
		"as a journal":       func(path string, r *feed.Run) { r.Journal = path },
		"as a file of salts": func(path string, r *feed.Run) { sealing(path)(r) },
	} {
		for _, content := range []string{precious, precious[:5], `{"v":1}` + "\n"} {
			path := filepath.Join(t.TempDir(), "precious.csv")
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			l := newLedger()
			_, err := do(t.Context(), l, newJournal(t), 3, lines(3), func(r *feed.Run) { change(path, r) })
			require.Error(t, err, name)
			require.ErrorContains(t, err, path)
			require.Empty(t, l.heads)
			left, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, content, string(left), name)
		}
	}
}

func TestAJournalOutlivesALedgerAndSaysSo(t *testing.T) {
	journal := newJournal(t)
	_, err := do(t.Context(), newLedger(), journal, 2, lines(3))
	require.NoError(t, err)
	next := newLedger()
	_, err = do(t.Context(), next, journal, 2, lines(3))
	require.ErrorIs(t, err, feed.ErrOther)
	require.ErrorContains(t, err, "batch 2, which the journal calls appended, is not on this ledger")
	next.other(t)
	next.other(t)
	_, err = do(t.Context(), next, journal, 2, lines(3))
	require.ErrorIs(t, err, feed.ErrOther, "its number went to another")
	require.Len(t, next.heads, 2)
}

func TestAJournalBelongsToItsTrailSourceAndKind(t *testing.T) {
	l, journal := newLedger(), newJournal(t)
	_, err := do(t.Context(), l, journal, 3, lines(3))
	require.NoError(t, err)
	for name, change := range map[string]func(*feed.Run){
		"another trail":  func(r *feed.Run) { r.Trail.ID = "taxes" },
		"another source": func(r *feed.Run) { r.Source = "batch-jobs" },
		"another body":   func(r *feed.Run) { r.Body = "SIGIMSP" },
		"sealed":         sealing(filepath.Join(t.TempDir(), "keep")),
	} {
		_, err := do(t.Context(), l, journal, 3, lines(3), change)
		require.ErrorIs(t, err, feed.ErrOther, name)
		require.ErrorContains(t, err, "source eservices of civil-status by CTIEMSP", name)
	}
	content, err := os.ReadFile(journal)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(journal, append(content, "damaged\n"...), 0o600))
	_, err = do(t.Context(), l, journal, 3, lines(3))
	require.ErrorContains(t, err, "is damaged")
}
