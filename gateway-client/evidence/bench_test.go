package evidence_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// BenchmarkVerify is the verification of one document's evidence, cosigned by three of four
// bodies, from the file's bytes to the verdict.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	for _, a := range algorithms() {
		for _, tc := range []struct {
			what   string
			change func(*scene)
		}{
			{"document", func(*scene) {}}, {"member, not before", func(s *scene) { s.of("batch", 2); s.show() }},
		} {
			s := newScene(b, w)
			s.policy = threeOfFour(b, a)
			for i := range s.cosigned {
				s.cosigned[i].algorithm, s.afterSigned[i].algorithm = a, a
			}
			tc.change(s)
			file := s.file()
			b.Run(a.String()+"/"+tc.what, func(b *testing.B) { benchmarkVerify(b, s, file) })
		}
	}
}

func benchmarkVerify(b *testing.B, s *scene, file []byte) {
	for b.Loop() {
		p, err := evidence.ParseProof(file)
		require.NoError(b, err)
		_, err = evidence.Verify(bytes.NewReader(s.document), p, s.policy, at(s.now))
		require.NoError(b, err)
	}
	b.ReportMetric(float64(len(file)), "bytes")
}

// BenchmarkMarshal is the writing of one document's evidence out of a batch.
func BenchmarkMarshal(b *testing.B) {
	s := newScene(b, newWorld(b))
	s.of("batch", 2)
	p := s.proof()
	for b.Loop() {
		_, err := p.Marshal()
		require.NoError(b, err)
	}
}

// BenchmarkCosign is what a witness does for one checkpoint with one key.
func BenchmarkCosign(b *testing.B) {
	c := tlog.Checkpoint{Origin: origin, Size: 1 << 20, Root: hashOf("root")}
	for _, a := range algorithms() {
		signer := newSigner(b, ctie, a)
		b.Run(a.String(), func(b *testing.B) {
			for b.Loop() {
				_, err := signer.Sign(c, noon)
				require.NoError(b, err)
			}
		})
	}
}
