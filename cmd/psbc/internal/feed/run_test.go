package feed_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/feed"
)

func TestLinesBecomeEntriesInTheirOrder(t *testing.T) {
	l, journal := newLedger(), newJournal(t)
	told := 0
	summary, err := do(t.Context(), l, journal, 3, lines(8), func(r *feed.Run) { r.Progress = func(n int) { told += n } })
	require.NoError(t, err)
	require.Equal(t, feed.Summary{Entries: 8, Batches: 3, First: 1, Last: 3}, summary)
	require.Equal(t, numbered(8), l.correlations())
	require.Equal(t, 8, told)

	summary, err = do(t.Context(), l, journal, 3, lines(8))
	require.NoError(t, err)
	require.Equal(t, feed.Summary{Entries: 8, Resumed: 8, Batches: 3, First: 1, Last: 3}, summary, "the same again appends nothing")
	require.Equal(t, numbered(8), l.correlations())

	summary, err = do(t.Context(), l, journal, 5, lines(12))
	require.NoError(t, err)
	require.Equal(t, feed.Summary{Entries: 12, Resumed: 8, Batches: 4, First: 1, Last: 4}, summary, "lines may follow")
	require.Equal(t, numbered(12), l.correlations())

	summary, err = do(t.Context(), l, newJournal(t), 5, nil)
	require.NoError(t, err)
	require.Zero(t, summary)
}

// Whatever a run is interrupted by, and whatever else appends in between, repeating it
// appends each line once and in its order.
func TestARunThatIsRepeatedAppendsEachLineOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "feed")
		require.NoError(t, err)
		defer os.RemoveAll(dir)
		l, journal := newLedger(), filepath.Join(dir, "journal")
		text := lines(rapid.IntRange(1, 12).Draw(t, "lines"))
		sealed := rapid.Bool().Draw(t, "sealed")
		change := func(r *feed.Run) {
			if sealed {
				r.RevealAfter, r.Keep = time.Now().Add(time.Hour).UTC().Format(time.RFC3339), filepath.Join(dir, "keep")
			}
		}
		l.fail = func() (bool, error) {
			switch rapid.IntRange(0, 3).Draw(t, "outcome") {
			case 0:
				return false, errCrash
			case 1:
				return true, errCrash
			}
			return false, nil
		}
		for run := 0; ; run++ {
			if run > 40 {
				l.fail = nil
			}
			before := len(l.heads)
			_, err := do(t.Context(), l, journal, rapid.IntRange(1, 4).Draw(t, "size"), text, change)
			if err == nil {
				break
			}
			require.ErrorIs(t, err, errCrash)
			if len(l.heads) == before {
				tearBegun(t, journal)
			}
			if rapid.Bool().Draw(t, "something else appends") {
				l.other(t)
			}
		}
		var appended []string
		if sealed {
			appended = revealed(t, l, filepath.Join(dir, "keep"))
		} else {
			for _, c := range l.correlations() {
				if c != "other" {
					appended = append(appended, c)
				}
			}
		}
		require.Equal(t, numbered(len(text)), appended)
		require.Empty(t, trail.Gaps(headsOf(l)))
	})
}

// tearBegun cuts into a last line that tells of a batch that never got there, as a
// crash does while the line is written.
func tearBegun(t *rapid.T, journal string) {
	content, err := os.ReadFile(journal)
	require.NoError(t, err)
	last := bytes.LastIndexByte(bytes.TrimSuffix(content, []byte("\n")), '\n') + 1
	if last == 0 || bytes.Contains(content[last:], []byte(`"done":true`)) || bytes.Count(content, []byte("\n")) < 2 {
		return
	}
	require.NoError(t, os.Truncate(journal, int64(rapid.IntRange(last, len(content)).Draw(t, "bytes of the journal"))))
}

func headsOf(l *ledger) []trail.Batch {
	var heads []trail.Batch
	for number := 1; number <= len(l.heads); number++ {
		heads = append(heads, l.heads[number])
	}
	return heads
}

// revealed opens what the ledger has sealed, with nothing but the file.
func revealed(t require.TestingT, l *ledger, keep string) []string {
	var found []string
	for kept, err := range feed.ReadKept(keep) {
		require.NoError(t, err)
		head, there := l.heads[kept.Number]
		sealed, err := kept.Sealed(head)
		require.NoError(t, err)
		if !there || !sealed {
			continue // its number went to something else
		}
		tx := l.tx()
		tx.ClaimedTime = "2099-01-01T00:00:00.000000000Z"
		reveal := kept.Reveal()
		entries, _, err := trail.CheckReveal(reveal, tx, l.trail, head, l.committed[kept.Number])
		require.NoError(t, err)
		for _, e := range entries {
			found = append(found, e.Correlation)
		}
	}
	return found
}

func TestLinesThatAreAppendedMustBeTheSameAgain(t *testing.T) {
	for name, change := range map[string]func([]string) []string{
		"changed":  func(l []string) []string { l[1] = line("x"); return l },
		"inserted": func(l []string) []string { return append([]string{line("x")}, l...) },
		"missing":  func(l []string) []string { return l[:2] },
		"none":     func([]string) []string { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			l, journal := newLedger(), newJournal(t)
			_, err := do(t.Context(), l, journal, 3, lines(6))
			require.NoError(t, err)
			_, err = do(t.Context(), l, journal, 3, change(lines(6)))
			require.ErrorIs(t, err, feed.ErrOther)
			require.Len(t, l.heads, 2)
		})
	}
}

func TestLinesOnTheirWayMayBeCorrectedUnlessTheyGotThere(t *testing.T) {
	for _, lost := range []bool{false, true} {
		l, journal := newLedger(), newJournal(t)
		l.fail = func() (bool, error) { return lost, errCrash }
		_, err := do(t.Context(), l, journal, 3, lines(3))
		require.ErrorIs(t, err, errCrash)
		l.fail = nil
		_, err = do(t.Context(), l, journal, 3, []string{line("c0"), line("corrected"), line("c2")})
		if lost {
			require.ErrorIs(t, err, feed.ErrOther)
			require.ErrorContains(t, err, "they have changed since")
			require.Equal(t, numbered(3), l.correlations())
			continue
		}
		require.NoError(t, err)
		require.Equal(t, []string{"c0", "corrected", "c2"}, l.correlations())

		_, err = do(t.Context(), newLedger(), newJournal(t), 3, nil)
		require.NoError(t, err)
	}
}

// A batch that seemed not to have got there may do so after its lines were corrected.
func TestCorrectedLinesAreNotAppendedBesideTheOldOnes(t *testing.T) {
	for _, late := range []string{"before the corrected ones", "after they failed"} {
		l, journal := newLedger(), newJournal(t)
		var old trail.AppendRequest
		l.fail = func() (bool, error) { return false, errCrash }
		l.seen = func(r trail.AppendRequest) { old = r }
		_, err := do(t.Context(), l, journal, 3, lines(3))
		require.ErrorIs(t, err, errCrash)
		l.seen = nil
		corrected := []string{line("c0"), line("corrected"), line("c2")}
		arrive := func() (bool, error) {
			l.fail = nil
			_, err := l.Append(t.Context(), old)
			require.NoError(t, err)
			return false, nil
		}
		if late == "after they failed" {
			_, err = do(t.Context(), l, journal, 3, corrected)
			require.ErrorIs(t, err, errCrash)
			_, _ = arrive()
		} else {
			l.fail = arrive
		}
		for range 2 {
			_, err = do(t.Context(), l, journal, 3, corrected)
			require.ErrorIs(t, err, feed.ErrOther, late)
			require.Equal(t, numbered(3), l.correlations())
		}
	}
}

func TestATimeToRevealThatIsPastIsRefusedBeforeAnythingIsKept(t *testing.T) {
	l, journal, keep := newLedger(), newJournal(t), filepath.Join(t.TempDir(), "keep")
	past := func(r *feed.Run) { r.RevealAfter, r.Keep = "2020-01-01T00:00:00Z", keep }
	_, err := do(t.Context(), l, journal, 3, lines(3), past)
	require.ErrorContains(t, err, "revealAfter: ")
	_, err = do(t.Context(), l, journal, 3, lines(3), sealing(keep))
	require.NoError(t, err)
	require.Equal(t, numbered(3), revealed(t, l, keep))
}

// With other keys the same line makes another entry; a batch whose answer was lost is
// known by its request all the same.
func TestABatchIsKnownAfterKeysHaveChanged(t *testing.T) {
	l, journal := newLedger(), newJournal(t)
	text := `{"action":"read","actorId":"A 1","occurredAt":"2026-01-01T00:00:00Z","outcome":"success"}`
	run := func(key string) (feed.Summary, error) {
		r := &feed.Run{Ledger: l, Trail: l.trail, Source: "eservices", Body: "CTIEMSP", Size: 3, Journal: journal}
		return r.Do(t.Context(), feed.Lines(strings.NewReader(text), names{key, key}))
	}
	l.fail = func() (bool, error) { return true, errCrash }
	_, err := run("k1")
	require.ErrorIs(t, err, errCrash)
	l.fail = nil
	summary, err := run("k2")
	require.NoError(t, err)
	require.Equal(t, 1, summary.Resumed)
	require.Len(t, l.heads, 1)
}

func TestAGapIsDeclaredOnce(t *testing.T) {
	l, journal := newLedger(), newJournal(t)
	gap := func(r *feed.Run) { r.Number, r.GapReason = 5, "restored-backup" }
	_, err := do(t.Context(), l, journal, 2, lines(4), gap)
	require.NoError(t, err)
	summary, err := do(t.Context(), l, journal, 2, lines(6), gap)
	require.NoError(t, err)
	require.Equal(t, feed.Summary{Entries: 6, Resumed: 4, Batches: 3, First: 5, Last: 7}, summary)
	require.Equal(t, []trail.Gap{{Source: "eservices", After: 0, Before: 5, Declared: "restored-backup"}},
		trail.Gaps([]trail.Batch{l.heads[5], l.heads[6], l.heads[7]}))

	_, err = do(t.Context(), l, newJournal(t), 2, lines(1), gap)
	require.ErrorContains(t, err, "its last batch is 7 already")
	_, err = do(t.Context(), l, newJournal(t), 2, lines(1), func(r *feed.Run) { r.Number = 9 })
	require.ErrorContains(t, err, "gapReason: is missing")
}

func TestABadLineIsNamedAndNothingOfItsBatchIsSent(t *testing.T) {
	for name, tc := range map[string]struct{ line, want string }{
		"an action that is not the trail's": {strings.Replace(line("x"), "read", "fly", 1), `line 3 /action: "fly" is neither`},
		"a time to come":                    {strings.Replace(line("x"), "2026-01-01", "2999-01-01", 1), "line 3 /occurredAt: "},
		"a national number":                 {line("1893120105732"), "line 3 /correlation: looks like a national identification number"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLedger()
			text := []string{line("c0"), "", tc.line, line("c1")}
			run := &feed.Run{Ledger: l, Trail: l.trail, Source: "eservices", Body: "CTIEMSP", Size: 5, Journal: newJournal(t)}
			_, err := run.Judge(feed.Lines(strings.NewReader(strings.Join(text, "\n")), nil))
			require.ErrorContains(t, err, tc.want)
			_, err = do(t.Context(), l, newJournal(t), 5, text)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "1893120105732")
			var f *fault.Error
			require.ErrorAs(t, err, &f)
			require.Empty(t, l.heads)
		})
	}
	run := &feed.Run{Trail: newLedger().trail, Body: "CTIEMSP", Source: "eservices", Size: 5}
	n, err := run.Judge(feed.Lines(strings.NewReader(strings.Join(lines(12), "\n")), nil))
	require.NoError(t, err)
	require.Equal(t, 12, n)
	run.Body = "SIGIMSP"
	_, err = run.Judge(feed.Lines(strings.NewReader(line("c0")), nil))
	require.ErrorContains(t, err, "PERMISSION_DENIED")
}

// A sealed batch must fit into the request that reveals it.
func TestABatchIsNoLargerThanARequest(t *testing.T) {
	long := lines(3 * trail.MaxEntries)
	for i := range long {
		long[i] = strings.Replace(long[i], `"correlation":"`, `"purpose":"`+strings.Repeat("p", 64)+`","basis":"`+strings.Repeat("b", 64)+`","detailHash":"`+
			strings.Repeat("0f", 32)+`","subject":"abcdefghijklmnop:`+strings.Repeat("ab", 32)+`","correlation":"`+strings.Repeat("<", 80), 1)
	}
	for _, sealed := range []bool{false, true} {
		l, keep := newLedger(), filepath.Join(t.TempDir(), "keep")
		_, err := do(t.Context(), l, newJournal(t), trail.MaxEntries, long, func(r *feed.Run) {
			if sealed {
				r.RevealAfter, r.Keep = time.Now().Add(time.Hour).UTC().Format(time.RFC3339), keep
			}
		})
		require.NoError(t, err)
		require.Greater(t, len(l.heads), 3)
		for number, entries := range l.entries {
			requireFits(t, trail.AppendRequest{RequestID: strings.Repeat("r", 36), Place: trail.Place{Trail: "civil-status", Source: "eservices", Number: number}, Entries: entries})
		}
		if sealed {
			for kept, err := range feed.ReadKept(keep) {
				require.NoError(t, err)
				reveal := kept.Reveal()
				reveal.RequestID = strings.Repeat("r", 36)
				requireFits(t, reveal)
			}
			require.Len(t, revealed(t, l, keep), len(long))
		}
	}
}

func TestOneProcessUsesAJournalAtATime(t *testing.T) {
	journal := newJournal(t)
	lock := flock.New(journal)
	held, err := lock.TryLock()
	require.NoError(t, err)
	require.True(t, held)
	defer lock.Close()
	_, err = do(t.Context(), newLedger(), journal, 3, lines(1))
	require.ErrorContains(t, err, "another process is using it")
}
