package follow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/follow"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// event is what a watch writes, as far as this package cares.
type event struct {
	Block    uint64   `json:"block"`
	TxID     string   `json:"txId"`
	Register string   `json:"register"`
	IDs      []string `json:"ids,omitempty"`
}

func at(block int) event {
	return event{Block: uint64(block), TxID: fmt.Sprintf("tx-%d", block), Register: "dwellings"}
}

func (e event) position() gateway.Position { return gateway.Position{Block: e.Block, TxID: e.TxID} }

func TestAFileGoesOnAfterItsLastLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	for run := range 3 {
		f, err := follow.Open(path, "dwellings")
		require.NoError(t, err)
		position, err := f.Load(t.Context())
		require.NoError(t, err)
		if run == 0 {
			require.Zero(t, position)
		} else {
			require.Equal(t, at(run-1).position(), position)
		}
		require.NoError(t, f.Append(at(run)))
		require.NoError(t, f.Save(t.Context(), at(run).position()))
		require.NoError(t, f.Close())
	}
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 3, strings.Count(string(content), "\n"))
}

// TestNoEventIsMissingOrDoubledWhereverTheFileIsCut is the law of the package: a
// process that dies leaves a beginning of what it would have written.
func TestNoEventIsMissingOrDoubledWhereverTheFileIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	rapid.Check(t, func(t *rapid.T) {
		require.NoError(t, os.RemoveAll(path))
		n := rapid.IntRange(1, 6).Draw(t, "events")
		next := 1
		for next <= n {
			f, err := follow.Open(path, "dwellings")
			require.NoError(t, err)
			position, err := f.Load(nil) //nolint:staticcheck // Load uses no context
			require.NoError(t, err)
			next = int(position.Block) + 1 // what the ledger hands over next
			upTo := rapid.IntRange(next, n+1).Draw(t, "upTo")
			for ; next < upTo; next++ {
				require.NoError(t, f.Append(at(next)))
			}
			require.NoError(t, f.Close())
			if next <= n { // killed while writing one more line
				line := fmt.Sprintf(`{"block":%d,"txId":"tx-%d","register":"dwellings"}`, next, next)
				appendTo(t, path, line[:rapid.IntRange(0, len(line)).Draw(t, "cut")])
			}
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		var want strings.Builder
		for i := range n {
			fmt.Fprintf(&want, `{"block":%d,"txId":"tx-%d","register":"dwellings"}`+"\n", i+1, i+1)
		}
		require.Equal(t, want.String(), string(content))
	})
}

func appendTo(t require.TestingT, path, text string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func TestTheLongestLinesAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	long := at(1)
	for i := range 1000 {
		long.IDs = append(long.IDs, fmt.Sprintf("%064d", i))
	}
	f, err := follow.Open(path, "dwellings")
	require.NoError(t, err)
	for i := range 40 {
		long.Block, long.TxID = at(i).Block, at(i).TxID
		require.NoError(t, f.Append(long))
	}
	require.NoError(t, f.Close())
	appendTo(t, path, `{"block":`)
	f, err = follow.Open(path, "dwellings")
	require.NoError(t, err)
	defer f.Close()
	position, err := f.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, at(39).position(), position)
}

func TestAFileOfSomethingElseIsLeftAlone(t *testing.T) {
	for name, tc := range map[string]struct{ content, want string }{
		"text":             {"minutes\nof a meeting\n", "its last line names no transaction"},
		"text, unfinished": {"minutes", "is not a file of events"},
		"JSON":             {`{"a":1}` + "\n", "its last line names no transaction"},
		"another register": {`{"block":1,"txId":"t","register":"diplomas"}` + "\n", "holds the events of diplomas, not of dwellings"},
		"no lines at all":  {strings.Repeat("x", 3<<20), "it has no lines"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(path, []byte(tc.content), 0o600))
			_, err := follow.Open(path, "dwellings")
			require.ErrorContains(t, err, tc.want)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, tc.content, string(content))
		})
	}
	_, err := follow.Open(filepath.Join(t.TempDir(), "nowhere", "x"), "dwellings")
	require.ErrorContains(t, err, "open the events")
}
