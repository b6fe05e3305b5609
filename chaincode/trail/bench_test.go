package trail_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/trail"
)

// BenchmarkParseAppend is what the pure code of one endorser does for an append of 5,000
// entries with 1,000 subjects: "all" is the whole, the others are its parts.
func BenchmarkParseAppend(b *testing.B) {
	state := civilStatus(b)
	request := appendRequest(1, trail.MaxEntries)
	text := jsonOf(b, request)
	b.Logf("%d bytes", len(text))

	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			r, err := trail.ParseAppendRequest(text)
			require.NoError(b, err)
			content, err := trail.ContentHash("Append", r)
			require.NoError(b, err)
			_, err = trail.Append(r, txOf(1), state, content, nil)
			require.NoError(b, err)
			subjects, actors := trail.Index(r.Entries)
			require.Len(b, subjects, 1000)
			require.Len(b, actors, 40)
			encodeAll(b, r.Entries)
		}
	})
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			_, err := trail.ParseAppendRequest(text)
			require.NoError(b, err)
		}
	})
	b.Run("validate", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, request.Validate())
		}
	})
	b.Run("content hash", func(b *testing.B) {
		for b.Loop() {
			contentOf(b, "Append", request)
		}
	})
	b.Run("append", func(b *testing.B) {
		for b.Loop() {
			_, err := trail.Append(request, txOf(1), state, "", nil)
			require.NoError(b, err)
		}
	})
	b.Run("index", func(b *testing.B) {
		for b.Loop() {
			trail.Index(request.Entries)
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			encodeAll(b, request.Entries)
		}
	})
}

// BenchmarkReveal is the same for a revelation of 5,000 entries.
func BenchmarkReveal(b *testing.B) {
	state := civilStatus(b)
	seal, reveal := sealed(b, 1, trail.MaxEntries)
	head, err := trail.Seal(seal, txOf(1), state, contentOf(b, "Seal", seal), nil)
	require.NoError(b, err)
	text := jsonOf(b, reveal)
	b.Logf("%d bytes", len(text))
	later := trail.Tx{ID: "tx2", ClaimedTime: "2027-01-02T00:00:00.000000000Z", Body: ctie}
	for b.Loop() {
		r, err := trail.ParseRevealRequest(text)
		require.NoError(b, err)
		shown, _, err := trail.CheckReveal(r, later, state, head, seal.Commitments)
		require.NoError(b, err)
		encodeAll(b, shown)
	}
}

func BenchmarkDecodeChunk(b *testing.B) {
	value, err := trail.EncodeChunk(entries(trail.ChunkEntries))
	require.NoError(b, err)
	for b.Loop() {
		_, err := trail.DecodeChunk(value)
		require.NoError(b, err)
	}
}

func encodeAll(b *testing.B, list []trail.Entry) {
	for begin := 0; begin < len(list); begin += trail.ChunkEntries {
		_, err := trail.EncodeChunk(list[begin : begin+trail.ChunkEntries])
		require.NoError(b, err)
	}
}
