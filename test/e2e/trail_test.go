package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// defineTrail makes a trail of CTIE's that no other test uses.
func defineTrail(t *testing.T, definition trail.Definition) (string, *gateway.Trails) {
	t.Helper()
	definition.ID = fmt.Sprintf("t%d", time.Now().UnixNano())
	definition.Titles.En = "Accesses"
	definition.Records, definition.LegalBasis = "accesses of a test", "test"
	definition.Retention = "test"
	if definition.RetentionDays == 0 {
		definition.RetentionDays = 10
	}
	trails := shared.client(t, "CTIE", "recorder").Trail()
	_, err := trails.Define(t.Context(), trail.DefineRequest{Definition: definition})
	require.NoError(t, err)
	shared.healthy(t)
	return definition.ID, trails
}

func pseudonym(of string) string {
	sum := sha256.Sum256([]byte(of))
	return "test:" + hex.EncodeToString(sum[:])
}

func act(subject string, correlation string) trail.Entry {
	return trail.Entry{
		Action: trail.ActionRead, Actor: pseudonym("clerk"), Subject: pseudonym(subject), Correlation: correlation,
		OccurredAt: time.Now().UTC().Format(time.RFC3339), Outcome: trail.OutcomeSuccess, Purpose: "permit",
	}
}

// TestARecorderThatIsOpenedAgainAppendsEverythingOnce: what was acknowledged is on
// the ledger, in order and once, however often the recorder was closed in between.
func TestARecorderThatIsOpenedAgainAppendsEverythingOnce(t *testing.T) {
	id, trails := defineTrail(t, trail.Definition{})
	client := shared.client(t, "CTIE", "recorder")
	dir := t.TempDir()
	const runs, events = 3, 40
	for run := range runs {
		recorder, err := gateway.OpenRecorder(t.Context(), client, gateway.RecorderConfig{Trail: id, Source: "app", Dir: dir, MaxBatch: 15})
		require.NoError(t, err)
		for i := range events {
			require.NoError(t, recorder.Record(t.Context(), act("person", fmt.Sprintf("event-%d-%d", run, i))))
		}
		if run == runs-1 {
			require.NoError(t, recorder.Flush(t.Context()))
		}
		require.NoError(t, recorder.Close(t.Context()))
	}
	var found []string
	for entry, err := range trails.AllEntries(t.Context(), trail.EntriesRequest{Trail: id}) {
		require.NoError(t, err)
		found = append(found, entry.Entry.Correlation)
	}
	var want []string
	for run := range runs {
		for i := range events {
			want = append(want, fmt.Sprintf("event-%d-%d", run, i))
		}
	}
	require.Equal(t, want, found)
	gaps, err := trails.Gaps(t.Context(), id)
	require.NoError(t, err)
	require.Empty(t, gaps)
}

// TestRecordersOfOneTrailNeverConflict: eight sources append full batches at once.
func TestRecordersOfOneTrailNeverConflict(t *testing.T) {
	id, trails := defineTrail(t, trail.Definition{})
	const recorders, batches, size = 8, 2, trail.MaxEntries
	var group errgroup.Group
	for r := range recorders {
		group.Go(func() error {
			for number := 1; number <= batches; number++ {
				request := trail.AppendRequest{Place: trail.Place{Trail: id, Source: fmt.Sprintf("app-%d", r), Number: number}}
				for i := range size {
					request.Entries = append(request.Entries, act(fmt.Sprintf("person %d", i%1000), fmt.Sprintf("%d-%d-%d", r, number, i)))
				}
				if _, err := trails.Append(t.Context(), request); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
	shared.healthy(t)
	auditor := shared.client(t, "CourDesComptes", "reader").Trail()
	total := 0
	for batch, err := range auditor.AllBatches(t.Context(), trail.BatchesRequest{Trail: id}) {
		require.NoError(t, err)
		total += batch.Entries
	}
	require.Equal(t, recorders*batches*size, total)
	seen := map[string]bool{}
	for entry, err := range auditor.AllBySubject(t.Context(), trail.PersonRequest{Pseudonym: pseudonym("person 7"), Trail: id}) {
		require.NoError(t, err)
		require.False(t, seen[entry.Entry.Correlation], entry.Entry.Correlation)
		seen[entry.Entry.Correlation] = true
	}
	require.Len(t, seen, recorders*batches*size/1000)
}

// TestAGapIsRefusedUnlessDeclaredAndIsSeen: an auditor can tell that a system's batches
// are all there, and which are not.
func TestAGapIsRefusedUnlessDeclaredAndIsSeen(t *testing.T) {
	id, trails := defineTrail(t, trail.Definition{})
	one := func(number int) trail.AppendRequest {
		return trail.AppendRequest{Place: trail.Place{Trail: id, Source: "app", Number: number}, Entries: []trail.Entry{act("p", "c")}}
	}
	_, err := trails.Append(t.Context(), one(1))
	require.NoError(t, err)
	_, err = trails.Append(t.Context(), one(4))
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	previous, declared := 1, one(4)
	declared.Previous, declared.GapReason = &previous, "disk-lost"
	_, err = trails.Append(t.Context(), declared)
	require.NoError(t, err)
	shared.healthy(t)
	gaps, err := trails.Gaps(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, []trail.Gap{{Source: "app", After: 1, Before: 4, Declared: "disk-lost"}}, gaps)
}

// TestSealedEntriesAreInNoBlockUntilTheyAreRevealed looks for planted strings in every
// block of the channel.
func TestSealedEntriesAreInNoBlockUntilTheyAreRevealed(t *testing.T) {
	id, trails := defineTrail(t, trail.Definition{})
	canary := fmt.Sprintf("canary-%d", time.Now().UnixNano())
	entry, salt := act("sealed person", canary), strings.Repeat("c2FsdA", 8)
	entry.OccurredAt = "2026-01-02T03:04:05.000000000Z"
	request := trail.SealRequest{
		Place: trail.Place{Trail: id, Source: "app", Number: 1}, RevealAfter: time.Now().Add(3 * time.Second).UTC().Format(time.RFC3339),
	}
	commitment, err := trail.Commit(id, "app", 1, 0, entry, salt)
	require.NoError(t, err)
	request.Commitments = []string{commitment}
	_, err = trails.Seal(t.Context(), request)
	require.NoError(t, err)
	shared.healthy(t)
	for _, secret := range []string{canary, entry.Subject, salt} {
		require.False(t, inSomeBlock(t, secret), "%s is public", secret)
	}
	require.True(t, inSomeBlock(t, commitment), "the search finds what is there")

	reveal := trail.RevealRequest{Trail: id, Source: "app", Number: 1, Entries: []trail.Opened{{Entry: entry, Salt: salt}}}
	require.Eventually(t, func() bool {
		_, err = trails.Reveal(t.Context(), reveal)
		return !errors.Is(err, gateway.ErrFailedPrecondition)
	}, 20*time.Second, 500*time.Millisecond, "not before its time, and then")
	require.NoError(t, err)
	shared.healthy(t)
	page, err := trails.BySubject(t.Context(), trail.PersonRequest{Pseudonym: entry.Subject, Trail: id})
	require.NoError(t, err)
	require.Len(t, page.Items, 1)
	require.NotEmpty(t, page.Items[0].Revealed)
}

// TestTheSampleTrailGoesFromDefinitionToReport takes the sample trail through what
// docs/trail.md shows.
func TestTheSampleTrailGoesFromDefinitionToReport(t *testing.T) {
	n := shared
	var definition trail.Trail
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "trails", "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	file, err := filepath.Abs(files[0])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(n.ok(t, "trail", "create", file, "--json")), &definition))
	n.healthy(t)
	input := filepath.Join(t.TempDir(), "entries.jsonl")
	var lines strings.Builder
	for i := range 120 {
		text, err := json.Marshal(act(fmt.Sprintf("applicant %d", i%3), fmt.Sprint("line-", i)))
		require.NoError(t, err)
		lines.Write(append(text, '\n'))
	}
	require.NoError(t, os.WriteFile(input, []byte(lines.String()), 0o600))
	n.ok(t, "trail", "append", definition.ID, input, "--source", "cli", "--batch", "50")
	n.ok(t, "trail", "append", definition.ID, input, "--source", "cli", "--batch", "50")
	n.healthy(t)
	report := n.ok(t, "trail", "subject", pseudonym("applicant 1"), "--as", "SIGI/reader", "--json")
	require.Equal(t, 40, strings.Count(report, `"correlation"`), "the same file again appended nothing")
	require.Equal(t, 0, n.cli(t, "trail", "gaps", definition.ID).code)
	require.NotEqual(t, 0, n.cli(t, "trail", "append", definition.ID, input, "--source", "other", "--as", "CTIE/reader").code)
}
