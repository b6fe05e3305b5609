package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// row is the data of a record with a number.
func row(number int) string { return fmt.Sprintf(`{"n":%d}`, number) }

// numbers are the data of so many records.
func numbers(count int) []string {
	rows := make([]string, count)
	for i := range rows {
		rows[i] = row(i)
	}
	return rows
}

func stream(rows []string) iter.Seq2[registry.Item, error] {
	return func(yield func(registry.Item, error) bool) {
		for _, data := range rows {
			if !yield(registry.Item{Data: json.RawMessage(data)}, nil) {
				return
			}
		}
	}
}

func journalPath(tb interface{ TempDir() string }) string {
	return filepath.Join(tb.TempDir(), "import.journal")
}

func TestAStreamOfAnyLengthIsImportedInBatches(t *testing.T) {
	for _, count := range []int{0, 1, 9, 10, 11, 95} {
		t.Run(fmt.Sprint(count, " rows"), func(t *testing.T) {
			p := newRegistryPeer()
			var seen []gateway.ImportProgress
			summary, err := registryOf(t, p).ImportStream(t.Context(), gateway.ImportOptions{
				Register: "dwellings", BatchSize: 10, Journal: journalPath(t),
				Progress: func(progress gateway.ImportProgress) { seen = append(seen, progress) },
			}, stream(numbers(count)))
			require.NoError(t, err)
			batches := (count + 9) / 10
			require.Equal(t, gateway.ImportSummary{ImportID: summary.ImportID, Rows: count, Batches: batches}, summary)
			require.ElementsMatch(t, numbers(count), p.rows())
			require.Len(t, seen, batches)
			for i, progress := range seen {
				require.Equal(t, i+1, progress.Batches)
				require.Len(t, progress.Result.IDs, progress.BatchRows)
				require.Equal(t, fmt.Sprintf("%s-%08d", summary.ImportID, progress.FirstRow/10), progress.Result.RequestID)
			}
			for _, request := range p.imported {
				require.Equal(t, "dwellings", request.Register)
				require.LessOrEqual(t, len(request.Items), 10)
			}
		})
	}
}

func TestABatchEndsBeforeItGetsTooLong(t *testing.T) {
	long := func(length int) string { return fmt.Sprintf(`{"s":%q}`, strings.Repeat("x", length)) }
	rows := []string{row(1), row(2), long(300), row(3), long(50), long(50), row(4)}
	p := newRegistryPeer()
	summary, err := registryOf(t, p).ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings", BatchBytes: 150, InFlight: 1}, stream(rows))
	require.NoError(t, err)
	require.Equal(t, len(rows), summary.Rows)
	require.Equal(t, rows, p.rows(), "one batch after the other keeps the order")
	var sizes []int
	for _, request := range p.imported {
		sizes = append(sizes, len(request.Items))
	}
	require.Equal(t, []int{2, 1, 2, 2}, sizes, "the long row is a batch of its own")
}

func TestAStreamReadsNoFurtherThanItSends(t *testing.T) {
	const size, inFlight = 5, 3
	p := newRegistryPeer()
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	var read, peak atomic.Int64
	p.hook(func(registry.ImportRequest) (bool, error) {
		arrived <- struct{}{}
		<-release
		return true, nil
	})
	r := registryOf(t, p, gateway.WithTimeouts(gateway.Timeouts{Submit: time.Minute}))
	rows := func(yield func(registry.Item, error) bool) {
		for item, err := range stream(numbers(100)) {
			read.Add(1)
			if !yield(item, err) {
				return
			}
		}
	}
	result := make(chan error, 1)
	go func() {
		_, err := r.ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings", BatchSize: size, InFlight: inFlight,
			Progress: func(progress gateway.ImportProgress) { peak.Store(max(peak.Load(), read.Load()-int64(progress.Rows))) },
		}, rows)
		result <- err
	}()
	for range inFlight {
		<-arrived
	}
	require.LessOrEqual(t, read.Load(), int64((inFlight+1)*size))
	close(release)
	require.NoError(t, <-result)
	require.LessOrEqual(t, peak.Load(), int64((inFlight+1)*size))
	require.Len(t, p.rows(), 100)
}

// Whatever of the journal and whatever of the batches outlived a crash, the
// import that is taken up again makes each record once.
func TestAnImportTakenUpAgainMakesEachRecordOnce(t *testing.T) {
	p := newRegistryPeer()
	r := registryOf(t, p)
	rapid.Check(t, func(rt *rapid.T) {
		rows := numbers(rapid.IntRange(1, 23).Draw(rt, "rows"))
		options := gateway.ImportOptions{
			Register: "dwellings", Journal: filepath.Join(t.TempDir(), "first.journal"),
			BatchSize: rapid.IntRange(1, 7).Draw(rt, "batch size"), InFlight: rapid.IntRange(1, 4).Draw(rt, "in flight"),
		}
		p.wipe()
		whole, err := r.ImportStream(t.Context(), options, stream(rows))
		require.NoError(rt, err)

		journal, err := os.ReadFile(options.Journal)
		require.NoError(rt, err)
		header := bytes.IndexByte(journal, '\n') + 1
		kept := journal[:rapid.IntRange(header, len(journal)).Draw(rt, "bytes of the journal")]
		options.Journal = filepath.Join(t.TempDir(), "second.journal")
		require.NoError(rt, os.WriteFile(options.Journal, kept, 0o600))

		// Batches that the journal calls done are on the ledger, the others perhaps.
		committed := map[string]bool{}
		for _, request := range p.wipe() {
			done := bytes.Contains(kept[:bytes.LastIndexByte(kept, '\n')+1], []byte(`"done":true,"first":`+fmt.Sprint(firstRow(request))+`,`))
			if done || rapid.Bool().Draw(rt, "committed before the crash") {
				p.commit("before "+request.RequestID, request)
				committed[request.RequestID] = done
			}
		}
		// Batches that the journal does not know yet may be cut anew.
		if bytes.Count(kept, []byte("\n")) > 1 {
			options.InFlight = rapid.IntRange(1, 4).Draw(rt, "in flight after the crash")
		}
		summary, err := r.ImportStream(t.Context(), options, stream(rows))
		require.NoError(rt, err)
		require.Equal(rt, whole.ImportID, summary.ImportID)
		require.Equal(rt, len(rows), summary.Rows)
		require.ElementsMatch(rt, rows, p.rows(), "each once")
		for _, id := range p.requests() {
			require.False(rt, committed[id], "what is done is not sent again")
		}
	})
}

func firstRow(request registry.ImportRequest) int {
	var first struct{ N int }
	if err := json.Unmarshal(request.Items[0].Data, &first); err != nil {
		return -1
	}
	return first.N
}

func TestAnInterruptedImportGoesOnWhereItWas(t *testing.T) {
	rows := numbers(40)
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprint("answers lost: ", lost), func(t *testing.T) {
			p := newRegistryPeer()
			path := journalPath(t)
			runs := 0
			for {
				ctx, cancel := context.WithCancel(t.Context())
				count := 0
				p.hook(func(request registry.ImportRequest) (bool, error) {
					if lost && !p.has(request.RequestID) {
						cancel() // the client does not hear that it was committed
					}
					return true, nil
				})
				summary, err := registryOf(t, p).ImportStream(ctx, gateway.ImportOptions{Register: "dwellings", BatchSize: 3, InFlight: 2, Journal: path,
					Progress: func(progress gateway.ImportProgress) {
						if progress.Result != nil {
							if count++; count == 2 {
								cancel()
							}
						}
					}}, stream(rows))
				cancel()
				runs++
				if err == nil {
					require.Equal(t, len(rows), summary.Rows)
					break
				}
				require.ErrorIs(t, err, context.Canceled)
				require.Less(t, runs, 100)
			}
			require.Greater(t, runs, 2)
			require.ElementsMatch(t, rows, p.rows())
		})
	}
}

func TestRowsThatAreDoneMustBeTheSameAgain(t *testing.T) {
	rows := numbers(10)
	changed := func(change func([]string) []string) []string { return change(append([]string(nil), rows...)) }
	tests := []struct {
		name string
		rows []string
		want string
	}{
		{"a row was changed", changed(func(r []string) []string { r[4] = `{"n":-1}`; return r }), "rows 4 to 7"},
		{"a row was inserted", changed(func(r []string) []string { return append([]string{`{"n":-1}`}, r...) }), "rows 0 to 3"},
		{"a row was removed", rows[1:], "rows 0 to 3"},
		{"rows changed places", changed(func(r []string) []string { r[8], r[9] = r[9], r[8]; return r }), "rows 8 to 9"},
		{"rows are missing", rows[:9], "rows 8 to 9"},
		{"all rows are missing", nil, "rows 0 to 3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newRegistryPeer()
			r := registryOf(t, p)
			options := gateway.ImportOptions{Register: "dwellings", BatchSize: 4, Journal: journalPath(t)}
			_, err := r.ImportStream(t.Context(), options, stream(rows))
			require.NoError(t, err)
			sent := len(p.requests())
			_, err = r.ImportStream(t.Context(), options, stream(test.rows))
			require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, options.Journal)
			require.Len(t, p.requests(), sent, "nothing is sent")
		})
	}
	t.Run("but more rows may follow", func(t *testing.T) {
		p := newRegistryPeer()
		r := registryOf(t, p)
		options := gateway.ImportOptions{Register: "dwellings", BatchSize: 4, Journal: journalPath(t)}
		_, err := r.ImportStream(t.Context(), options, stream(rows))
		require.NoError(t, err)
		summary, err := r.ImportStream(t.Context(), options, stream(numbers(15)))
		require.NoError(t, err)
		require.Equal(t, gateway.ImportSummary{ImportID: summary.ImportID, Rows: 15, Batches: 5, ResumedRows: 10}, summary)
		require.ElementsMatch(t, numbers(15), p.rows())
	})
}

// A row that moves from a batch that is done to one that is not would be imported
// twice, if that one was sent before the other was compared.
func TestNothingIsSentBeforeAllThatIsDoneIsCompared(t *testing.T) {
	p := newRegistryPeer()
	r := registryOf(t, p)
	options := gateway.ImportOptions{Register: "dwellings", BatchSize: 4, Journal: journalPath(t)}
	_, err := r.ImportStream(t.Context(), options, stream(numbers(12)))
	require.NoError(t, err)

	// The first batch failed, the two after it did not.
	journal, err := os.ReadFile(options.Journal)
	require.NoError(t, err)
	var kept []byte
	for line := range bytes.Lines(journal) {
		if !bytes.Contains(line, []byte(`"done":true,"first":0,`)) {
			kept = append(kept, line...)
		}
	}
	require.Less(t, len(kept), len(journal))
	require.NoError(t, os.WriteFile(options.Journal, kept, 0o600))
	for _, request := range p.wipe() {
		if firstRow(request) > 0 {
			p.commit("before "+request.RequestID, request)
		}
	}

	_, err = r.ImportStream(t.Context(), options, stream(numbers(12)[1:]))
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	require.ErrorContains(t, err, "rows 4 to 7")
	require.Empty(t, p.requests())
	summary, err := r.ImportStream(t.Context(), options, stream(numbers(12)))
	require.NoError(t, err)
	require.Equal(t, 8, summary.ResumedRows)
	require.ElementsMatch(t, numbers(12), p.rows())
}

func TestABatchThatFailsStopsTheStreamAndSaysWhichRows(t *testing.T) {
	rows := numbers(100)
	p := newRegistryPeer()
	p.refuse = func(item registry.Item) *fault.Error {
		switch string(item.Data) {
		case row(33):
			return &fault.Error{Code: fault.InvalidArgument, Message: "is not a street"}
		case row(37):
			return &fault.Error{Code: fault.AlreadyExists, Message: "is taken"}
		}
		return nil
	}
	r := registryOf(t, p)
	options := gateway.ImportOptions{Register: "dwellings", BatchSize: 10, Journal: journalPath(t)}
	summary, err := r.ImportStream(t.Context(), options, stream(rows))
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	var failure *gateway.ImportError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 30, failure.FirstRow)
	require.Equal(t, 10, failure.Rows)
	require.Equal(t, []registry.RowFault{
		{Row: 33, Code: "INVALID_ARGUMENT", Pointer: "/n", Message: "is not a street"},
		{Row: 37, Code: "ALREADY_EXISTS", Pointer: "/n", Message: "is taken"},
	}, failure.Report.Faults)
	require.ErrorContains(t, err, "row 33")
	var told *gateway.Error
	require.ErrorAs(t, err, &told)
	require.Equal(t, failure.RequestID, told.RequestID)
	require.Equal(t, len(p.rows()), summary.Rows, "what was on its way got there")
	require.Less(t, summary.Rows, 90)

	rows[33], rows[37] = `{"n":333}`, `{"n":337}` // corrected in place
	summary, err = r.ImportStream(t.Context(), options, stream(rows))
	require.NoError(t, err)
	require.Equal(t, 100, summary.Rows)
	require.ElementsMatch(t, rows, p.rows())
}

func TestTheFirstOfSeveralFailuresIsTold(t *testing.T) {
	p := newRegistryPeer()
	stopped := make(chan struct{}) // because the second batch has failed
	rows := func(yield func(registry.Item, error) bool) {
		defer close(stopped)
		stream(numbers(9))(yield)
	}
	p.hook(func(request registry.ImportRequest) (bool, error) {
		if firstRow(request) == 0 {
			<-stopped
		}
		return false, errForbidden
	})
	r := registryOf(t, p, gateway.WithTimeouts(gateway.Timeouts{Submit: time.Minute, Commit: 100 * time.Millisecond}))
	_, err := r.ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings", BatchSize: 3, InFlight: 2}, rows)
	var failure *gateway.ImportError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 0, failure.FirstRow)
	require.Len(t, p.requests(), 2, "no more are sent")
}

func TestABatchWithRowsCorrectedAfterItGotThereIsRefused(t *testing.T) {
	p := newRegistryPeer()
	ctx, cancel := context.WithCancel(t.Context())
	p.hook(func(registry.ImportRequest) (bool, error) {
		cancel()
		return true, nil
	})
	options := gateway.ImportOptions{Register: "dwellings", Journal: journalPath(t)}
	_, err := registryOf(t, p).ImportStream(ctx, options, stream(numbers(3)))
	require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
	require.ErrorContains(t, err, "rows 0 to 2")
	p.hook(nil)

	other := numbers(3)
	other[1] = `{"n":11}`
	_, err = registryOf(t, p).ImportStream(t.Context(), options, stream(other))
	require.ErrorIs(t, err, gateway.ErrAlreadyExists, "the ledger knows that it has other rows under this request id")
	require.Equal(t, numbers(3), p.rows())

	summary, err := registryOf(t, p).ImportStream(t.Context(), options, stream(numbers(3)))
	require.NoError(t, err)
	require.Equal(t, 3, summary.Rows)
	require.Equal(t, numbers(3), p.rows())
}

func TestFailuresThatAreNotTheRowsHaveNoReport(t *testing.T) {
	p := newRegistryPeer()
	p.hook(func(registry.ImportRequest) (bool, error) { return false, errForbidden })
	_, err := registryOf(t, p).ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings"}, stream(numbers(3)))
	require.ErrorIs(t, err, gateway.ErrPermissionDenied)
	var failure *gateway.ImportError
	require.ErrorAs(t, err, &failure)
	require.Nil(t, failure.Report)
	require.Zero(t, p.checked)
}

func TestMalformedRowsAreToldBeforeTheyAreSent(t *testing.T) {
	for _, judged := range []bool{true, false} {
		t.Run(fmt.Sprint("the ledger can judge them: ", judged), func(t *testing.T) { malformedRows(t, judged) })
	}
}

func malformedRows(t *testing.T, judged bool) {
	p := newRegistryPeer()
	p.refuse = func(item registry.Item) *fault.Error {
		if item.ID == "not an id" {
			return &fault.Error{Code: fault.InvalidArgument, Message: "is not an id"}
		}
		return nil
	}
	if !judged {
		p.uncheckable = chaincodeRefusal(codes.Unknown, "evaluate call to endorser returned error",
			&fault.Error{Code: fault.InvalidArgument, Message: "the request cannot be read"})
	}
	rows := func(yield func(registry.Item, error) bool) {
		for i := range 6 {
			item := registry.Item{ID: fmt.Sprint("DWL-", i), Data: json.RawMessage(row(i))}
			if i == 3 || i == 5 {
				item.ID = "not an id"
			}
			if !yield(item, nil) {
				return
			}
		}
	}
	summary, err := registryOf(t, p).ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings", BatchSize: 2, InFlight: 1}, rows)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	var failure *gateway.ImportError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 2, failure.FirstRow)
	require.Len(t, failure.Report.Faults, 1)
	require.Equal(t, 3, failure.Report.Faults[0].Row)
	require.Equal(t, "not an id", failure.Report.Faults[0].ID)
	require.Contains(t, failure.Report.Faults[0].Message, "is not an id")
	require.Equal(t, 2, summary.Rows)
	require.Len(t, p.requests(), 1)
}

func TestAnErrorOfTheRowsEndsTheStream(t *testing.T) {
	errBroken := errors.New("line 6: a quote is missing")
	rows := func(yield func(registry.Item, error) bool) {
		for item, err := range stream(numbers(5)) {
			if !yield(item, err) {
				return
			}
		}
		yield(registry.Item{}, errBroken)
	}
	p := newRegistryPeer()
	summary, err := registryOf(t, p).ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings", BatchSize: 2}, rows)
	require.ErrorIs(t, err, errBroken)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	require.ErrorContains(t, err, "row 5")
	require.Equal(t, 4, summary.Rows, "whole batches before it are made")

	_, err = registryOf(t, p).ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings"}, stream([]string{"{}", "{"}))
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	require.ErrorContains(t, err, "row 1")
}

func TestAJournalOfSomethingElseIsNotTouched(t *testing.T) {
	p := newRegistryPeer()
	r := registryOf(t, p)
	path := journalPath(t)
	_, err := r.ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings", Journal: path}, stream(numbers(3)))
	require.NoError(t, err)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = r.ImportStream(t.Context(), gateway.ImportOptions{Register: "diplomas", Journal: path}, stream(numbers(3)))
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	require.ErrorContains(t, err, "dwellings")
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)

	precious := filepath.Join(t.TempDir(), "dwellings.csv")
	require.NoError(t, os.WriteFile(precious, []byte("id,street\n1,Grand-Rue\n"), 0o600))
	_, err = r.ImportStream(t.Context(), gateway.ImportOptions{Register: "dwellings", Journal: precious}, stream(numbers(3)))
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	require.ErrorContains(t, err, precious)
	content, err := os.ReadFile(precious)
	require.NoError(t, err)
	require.Equal(t, "id,street\n1,Grand-Rue\n", string(content))
	require.Len(t, p.rows(), 3)
}

func TestImportOptionsHaveBounds(t *testing.T) {
	r := registryOf(t, newRegistryPeer())
	for _, options := range []gateway.ImportOptions{
		{BatchSize: -1}, {BatchSize: registry.MaxBatch + 1}, {BatchBytes: -1}, {BatchBytes: gateway.MaxImportBytes + 1},
		{InFlight: -1}, {InFlight: gateway.MaxImportInFlight + 1},
	} {
		options.Register = "dwellings"
		_, err := r.ImportStream(t.Context(), options, stream(numbers(1)))
		require.ErrorIs(t, err, gateway.ErrInvalidArgument, "%+v", options)
	}
}
