package evidence_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

func algorithms() []tlog.Algorithm { return []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} }

func newSigner(t require.TestingT, body string, a tlog.Algorithm) *evidence.Signer {
	s, err := evidence.GenerateSigner(tlog.WitnessName(origin, body), a, rand.Reader)
	require.NoError(t, err)
	return s
}

func TestASignerSignsAndIsReadAsItWasWritten(t *testing.T) {
	c := tlog.Checkpoint{Origin: origin, Size: 9, Root: hashOf("root")}
	for _, a := range algorithms() {
		s := newSigner(t, ctie, a)
		again, err := evidence.ParseSigner(s.String())
		require.NoError(t, err)
		require.Equal(t, s.String(), again.String())
		cosignature, err := again.Sign(c, noon)
		require.NoError(t, err)
		require.True(t, s.Key().Verify(c, cosignature))
		require.Equal(t, uint64(noon), cosignature.Time)
		public, err := tlog.ParseKey(s.Key().String())
		require.NoError(t, err)
		require.True(t, public.Verify(c, cosignature))
	}
}

// The text of private keys is not ours either.
func TestOtherProgramsUseTheKey(t *testing.T) {
	c := tlog.Checkpoint{Origin: origin, Size: 9, Root: hashOf("root")}
	for _, a := range algorithms() {
		s := newSigner(t, ctie, a)
		theirs, err := formats.NewSignerForCosignatureV1(s.String())
		require.NoError(t, err)
		signed, err := note.Sign(&note.Note{Text: c.Text()}, theirs)
		require.NoError(t, err)
		got, err := tlog.ParseSignedCheckpoint(signed)
		require.NoError(t, err)
		require.True(t, s.Key().Verify(c, got.Cosignatures[0]))
	}
}

func TestASignerRefusesWhatMeansNothing(t *testing.T) {
	s := newSigner(t, ctie, tlog.MLDSA44)
	_, err := s.Sign(tlog.Checkpoint{Origin: origin}, noon)
	require.Error(t, err)
	_, err = s.Sign(tlog.Checkpoint{Origin: origin, Size: 9}, math.MaxInt64+1)
	require.Error(t, err)
	_, err = evidence.GenerateSigner("a b", tlog.Ed25519, rand.Reader)
	require.Error(t, err)
	_, err = evidence.GenerateSigner("a", 0x01, rand.Reader)
	require.ErrorContains(t, err, "algorithm 0x01")
	_, err = evidence.GenerateSigner("a", tlog.Ed25519, strings.NewReader("short"))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestAPrivateKeyIsReadInOneWay(t *testing.T) {
	for _, a := range algorithms() {
		good := newSigner(t, ctie, a).String()
		id := strings.Split(good, "+")[3]
		for what, bad := range map[string]string{
			"nothing": "", "a public key": newSigner(t, ctie, a).Key().String(), "no id": strings.Replace(good, "+"+id, "", 1), "another id": strings.Replace(good, id, "00000000", 1),
			"another name": strings.Replace(good, ctie, sigi, 1), "a short key": good[:len(good)-4], "a long one": good + "AAAA", "a line break": good + "\n", "a space": " " + good,
			"an unknown algorithm": strings.Replace(good, id+"+B", id+"+A", 1), "not base64": good[:len(good)-4] + "!!!!",
		} {
			_, err := evidence.ParseSigner(bad)
			require.Error(t, err, what)
			require.NotContains(t, err.Error(), good[len(good)-20:len(good)-4], what)
		}
	}
}

func TestAPrivateKeyDoesNotSlipIntoLogs(t *testing.T) {
	s := newSigner(t, ctie, tlog.Ed25519)
	secret := s.String()[len(s.String())-40:]
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("key", "signer", s)
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("key", "signer", s)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&logged, verb+verb, s, *s)
	}
	require.NotContains(t, logged.String(), secret)
	require.Contains(t, logged.String(), s.Key().Name)
}
