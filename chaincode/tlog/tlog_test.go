package tlog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	formatslog "github.com/transparency-dev/formats/log"
	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// The formats are not ours: transparency.dev's implementation reads and believes what this
// one writes, and the other way round.
func TestOtherProgramsReadWhatIsWritten(t *testing.T) {
	w := newWitness(t, tlog.WitnessName(origin, ctie))
	c := head(20852163, "root")
	signed := tlog.SignedCheckpoint{Checkpoint: c}
	for _, a := range algorithms() {
		signed.Cosignatures = append(signed.Cosignatures, w.cosign(t, a, c, noon))
	}
	for _, a := range algorithms() {
		verifier, err := formats.NewVerifier(w.key(t, a).String())
		require.NoError(t, err)
		require.Equal(t, w.key(t, a).ID, verifier.KeyHash())
		parsed, rest, n, err := formatslog.ParseCheckpoint(signed.Marshal(), origin, verifier)
		require.NoError(t, err)
		require.Empty(t, rest)
		require.Equal(t, c.Size, parsed.Size)
		require.Equal(t, c.Root[:], parsed.Hash)
		at, err := formats.CoSigV1Timestamp(n.Sigs[0])
		require.NoError(t, err)
		require.EqualValues(t, noon, at.Unix())
	}
}

func TestWhatOtherProgramsWriteIsRead(t *testing.T) {
	name := tlog.WitnessName(origin, sigi)
	edSecret, edPublic, err := note.GenerateKey(zeros{}, name)
	require.NoError(t, err)
	edPublic, err = formats.VKeyToCosignatureV1(edPublic)
	require.NoError(t, err)
	pqSecret, pqPublic, err := formats.GenerateMLDSAKey(name)
	require.NoError(t, err)
	for secret, public := range map[string]string{edSecret: edPublic, pqSecret: pqPublic} {
		signer, err := formats.NewSignerForCosignatureV1(secret)
		require.NoError(t, err)
		c := head(7, "root")
		signed, err := note.Sign(&note.Note{Text: c.Text()}, signer)
		require.NoError(t, err)
		got, err := tlog.ParseSignedCheckpoint(signed)
		require.NoError(t, err)
		require.Equal(t, c, got.Checkpoint)
		require.Equal(t, string(signed), string(got.Marshal()))
		key, err := tlog.ParseKey(public)
		require.NoError(t, err)
		require.Equal(t, public, key.String())
		require.True(t, key.Verify(c, got.Cosignatures[0]))
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A cosignature holds for one checkpoint, one time, one key and one name.
func TestACosignatureHoldsForWhatItWasMadeFor(t *testing.T) {
	for _, a := range algorithms() {
		t.Run(a.String(), func(t *testing.T) {
			w, c := newWitness(t, tlog.WitnessName(origin, ctie)), head(9, "root")
			good := w.cosign(t, a, c, noon)
			key := w.key(t, a)
			require.True(t, key.Verify(c, good))
			for what, other := range map[string]tlog.Checkpoint{
				"size": head(8, "root"), "root": head(9, "tree"), "origin": {Origin: origin + "0", Size: 9, Root: c.Root},
			} {
				require.False(t, key.Verify(other, good), what)
			}
			for what, change := range map[string]func(*tlog.Cosignature){
				"time":      func(s *tlog.Cosignature) { s.Time++ },
				"far time":  func(s *tlog.Cosignature) { s.Time = 1 << 63 },
				"name":      func(s *tlog.Cosignature) { s.Name += "x" },
				"id":        func(s *tlog.Cosignature) { s.KeyID++ },
				"signature": func(s *tlog.Cosignature) { s.Signature[3] ^= 1 },
				"length":    func(s *tlog.Cosignature) { s.Signature = append(s.Signature, 0) },
				"short":     func(s *tlog.Cosignature) { s.Signature = s.Signature[:63] },
			} {
				bad := w.cosign(t, a, c, noon)
				change(&bad)
				require.False(t, key.Verify(c, bad), what)
			}
			stranger := newWitness(t, "psbc.lu/other")
			stranger.name = w.name
			require.False(t, stranger.key(t, a).Verify(c, good))
		})
	}
}

func TestOneKeyIsNotTheOther(t *testing.T) {
	w, other := newWitness(t, tlog.WitnessName(origin, ctie)), newWitness(t, "x/y")
	require.True(t, w.key(t, tlog.Ed25519).Same(w.key(t, tlog.Ed25519)))
	require.False(t, w.key(t, tlog.Ed25519).Same(w.key(t, tlog.MLDSA44)))
	require.False(t, w.key(t, tlog.Ed25519).Same(other.key(t, tlog.Ed25519)))
	renamed := w
	renamed.name = "x/y"
	require.True(t, w.key(t, tlog.Ed25519).Same(renamed.key(t, tlog.Ed25519)), "whatever it is called")
	require.NotEqual(t, w.key(t, tlog.Ed25519).ID, renamed.key(t, tlog.Ed25519).ID)
}

func TestABadKeyIsRefused(t *testing.T) {
	for _, a := range algorithms() {
		good := newWitness(t, "psbc.lu/log/A").key(t, a).String()
		for what, bad := range map[string]string{
			"empty": "", "no id": "psbc.lu/log/A", "another id": strings.Replace(good, "+", "+0", 1), "upper case id": strings.Replace(good, good[14:22], strings.ToUpper(good[14:22])+"", 1) + "=",
			"a space": "a " + good, "truncated": good[:len(good)-4], "more": good + "AAAA", "another name": "x" + good, "not base64": good[:len(good)-4] + "!!!!",
		} {
			_, err := tlog.ParseKey(bad)
			require.Error(t, err, what)
		}
	}
	_, err := tlog.NewKey("psbc.lu/log/A", 0x01, make([]byte, 32))
	require.ErrorContains(t, err, "algorithm 0x01")
	_, err = tlog.NewKey("psbc.lu/log/A", tlog.MLDSA44, make([]byte, 32))
	require.ErrorContains(t, err, "no public key of ML-DSA-44")
}

func TestACheckpointIsWrittenInOneWay(t *testing.T) {
	good := head(9, "root").Text()
	got, err := tlog.ParseCheckpoint(good)
	require.NoError(t, err)
	require.Equal(t, head(9, "root"), got)
	for _, tc := range []struct{ what, old, by string }{
		{"a leading zero", "\n9\n", "\n09\n"}, {"a sign", "\n9\n", "\n+9\n"}, {"no size", "\n9\n", "\n\n"}, {"a huge size", "\n9\n", "\n9007199254740992\n"}, {"too huge a size", "\n9\n", "\n99999999999999999999\n"},
		{"size 0 of a root of something", "\n9\n", "\n0\n"}, {"no origin", origin, ""}, {"a space in the origin", "psbc.lu/", "psbc lu/"}, {"a plus in the origin", "psbc.lu/", "psbc+lu/"},
		{"a long origin", origin, strings.Repeat("o", 256)}, {"no end", "=\n", "="}, {"an extension line", "=\n", "=\nmore\n"}, {"an empty line", "\n9\n", "\n\n9\n"}, {"a short root", "=\n", "\n"},
		{"a line break in the base64", "=\n", "=\r\n"}, {"a control character", "psbc.lu", "psbc\x00lu"}, {"bytes that are no text", "psbc.lu", "psbc\xfflu"},
	} {
		_, err := tlog.ParseCheckpoint(string(replaced(t, []byte(good), tc.old, tc.by)))
		require.Error(t, err, tc.what)
	}
	empty := tlog.Checkpoint{Origin: origin}
	require.Error(t, empty.Validate(), "the root of nothing is not zero")
}

// The last digit of base64 that is not a multiple of three bytes has bits that mean
// nothing. They must be zero.
func TestBase64IsWrittenInOneWay(t *testing.T) {
	text := head(9, "root").Text()
	last := strings.LastIndexByte(text, '=') - 1
	for _, digit := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		other := text[:last] + string(digit) + text[last+1:]
		c, err := tlog.ParseCheckpoint(other)
		if err == nil {
			require.Equal(t, other, c.Text())
		}
	}
}

func TestASignedCheckpointIsANoteOfDistinctKeys(t *testing.T) {
	a, b, c := newWitness(t, tlog.WitnessName(origin, ctie)), newWitness(t, tlog.WitnessName(origin, sigi)), head(9, "root")
	signed := tlog.SignedCheckpoint{Checkpoint: c, Cosignatures: []tlog.Cosignature{a.cosign(t, tlog.Ed25519, c, noon), b.cosign(t, tlog.MLDSA44, c, noon+1)}}
	note := signed.Marshal()
	got, err := tlog.ParseSignedCheckpoint(note)
	require.NoError(t, err)
	require.Equal(t, signed, got)

	line := a.cosign(t, tlog.Ed25519, c, noon+5).Line()
	for what, bad := range map[string][]byte{
		"two signatures of one key": append(note, line...), "no signature": []byte(c.Text() + "\n"), "no empty line": []byte(c.Text() + line), "nothing": nil,
		"no newline at the end": note[:len(note)-1], "another dash": replaced(t, note, "—", "-"), "a line that is none": append(note, "x\n"...), "an empty line more": append(note, '\n'),
		"too short a signature": append(note, "— x AAAAAAAAAAAAAAAA\n"...), "too long": append(note, make([]byte, tlog.MaxNote)...), "no key name": append(note, "—  AAAA\n"...),
	} {
		_, err := tlog.ParseSignedCheckpoint(bad)
		require.Error(t, err, what)
	}
}

func TestAnOriginTellsChannelsOfOneNameApart(t *testing.T) {
	a, b := head(1, "a").Root, head(1, "b").Root
	require.Equal(t, "psbc.lu/psbc/"+a.String()[:16], tlog.Origin("psbc.lu", "psbc", a))
	require.NotEqual(t, tlog.Origin("psbc.lu", "psbc", a), tlog.Origin("psbc.lu", "psbc", b))
	body, ok := tlog.BodyOf(origin, tlog.WitnessName(origin, ctie))
	require.True(t, ok)
	require.Equal(t, ctie, body)
	for _, name := range []string{origin, origin + "/", origin + "/a/b", "other/" + ctie, origin + ctie} {
		_, ok := tlog.BodyOf(origin, name)
		require.False(t, ok, name)
	}
}

func TestAHashIsLowerCaseHex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := tlog.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "hash"))
		text, err := h.MarshalText()
		require.NoError(t, err)
		var again tlog.Hash
		require.NoError(t, again.UnmarshalText(text))
		require.Equal(t, h, again)
		require.Equal(t, string(text), h.String())
	})
	var h tlog.Hash
	for _, bad := range []string{"", strings.Repeat("A", 64), strings.Repeat("a", 63), strings.Repeat("a", 65), strings.Repeat("g", 64)} {
		require.Error(t, h.UnmarshalText([]byte(bad)))
	}
}

func FuzzSignedCheckpoint(f *testing.F) {
	w, c := newWitness(f, tlog.WitnessName(origin, ctie)), head(9, "root")
	f.Add(tlog.SignedCheckpoint{Checkpoint: c, Cosignatures: []tlog.Cosignature{w.cosign(f, tlog.Ed25519, c, noon)}}.Marshal())
	f.Add([]byte(c.Text() + "\n— x AAAAAAAAAAAAAAAAAAAA\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		signed, err := tlog.ParseSignedCheckpoint(raw)
		if err == nil {
			require.Equal(t, string(raw), string(signed.Marshal()), "there is one way to write it")
		}
	})
}

func FuzzKey(f *testing.F) {
	w := newWitness(f, tlog.WitnessName(origin, ctie))
	f.Add(w.key(f, tlog.Ed25519).String())
	f.Add(w.key(f, tlog.MLDSA44).String())
	f.Fuzz(func(t *testing.T, s string) {
		key, err := tlog.ParseKey(s)
		if err == nil {
			require.Equal(t, s, key.String())
		}
	})
}
