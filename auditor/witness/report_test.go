package witness

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABodyThatDoesOneWrongWithoutEndHidesNoOther(t *testing.T) {
	w := &witness{log: slog.New(slog.DiscardHandler)}
	require.NoError(t, w.noteFinding(finding{kind: findingFlood, about: judged{Statement: Statement{Body: "SIGIMSP"}}, count: 32}))
	require.NoError(t, w.noteFinding(finding{kind: findingReplay, about: judged{Statement: Statement{Body: "CTIEMSP", Mark: Mark{Size: 7}}}}))
	for size := range uint64(100) {
		require.NoError(t, w.noteFinding(finding{kind: findingReplay, about: judged{Statement: Statement{Body: "SIGIMSP", Mark: Mark{Size: size}}}}))
	}
	require.Equal(t, []string{
		"SIGIMSP has made 32 proposals that nobody has a use for",
		"CTIEMSP cosigned size 7 after a larger one",
		"SIGIMSP cosigned size 99 after a larger one",
	}, w.status.Detail.Notes)

	for body := range 2 * maxNotes {
		require.NoError(t, w.noteFinding(finding{kind: findingReplay, about: judged{Statement: Statement{Body: fmt.Sprint(body), Mark: Mark{Size: 1}}}}))
	}
	require.Len(t, w.status.Detail.Notes, maxNotes, "there is a bound")
}
