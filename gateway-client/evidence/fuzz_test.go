package evidence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

func FuzzParseEntry(f *testing.F) {
	for _, e := range []interface{ Encode() ([]byte, error) }{blockEntry(0), blockEntry(1), evidence.WriteEntry{Block: 7, Commitment: hashOf("c")}} {
		f.Add(encoded(f, e))
	}
	for _, r := range []string{`{"type":"block"}`, `{"block":7,"commitment":null,"type":"write"}`} {
		f.Add([]byte(r))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := evidence.ParseEntry(raw)
		if err != nil {
			require.Equal(t, "MalformedError", errorName(err))
			return
		}
		require.NotEqual(t, e.Block == nil, e.Write == nil)
		if e.Block != nil {
			require.Equal(t, string(raw), string(encoded(t, *e.Block)))
		} else {
			require.Equal(t, string(raw), string(encoded(t, *e.Write)))
		}
	})
}

func FuzzParseProof(f *testing.F) {
	for _, v := range loadVectors(f) {
		f.Add([]byte(v.Proof))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := evidence.ParseProof(file)
		if err != nil {
			require.Equal(t, "MalformedError", errorName(err))
			return
		}
		again, err := p.Marshal()
		require.NoError(t, err)
		require.Equal(t, string(file), string(again))
	})
}

// FuzzVerify looks for evidence of what is not true. What may be accepted, truth.check says.
func FuzzVerify(f *testing.F) {
	k := newTruth(f)
	accepted := 0
	for _, p := range k.seeds {
		file, err := p.Marshal()
		require.NoError(f, err)
		if k.try(f, file) {
			accepted++
		}
		f.Add(file)
	}
	require.Greater(f, accepted, 20, "most seeds hold")
	f.Fuzz(func(t *testing.T, file []byte) { k.try(t, file) })
}

func FuzzParseSigner(f *testing.F) {
	for _, a := range algorithms() {
		f.Add(newSigner(f, ctie, a).String())
	}
	f.Add("PRIVATE+KEY+a+b+c")
	f.Fuzz(func(t *testing.T, skey string) {
		s, err := evidence.ParseSigner(skey)
		if err != nil {
			return
		}
		require.Equal(t, skey, s.String())
		c := tlog.Checkpoint{Origin: origin, Size: 1, Root: hashOf("root")}
		cosignature, err := s.Sign(c, noon)
		require.NoError(t, err)
		require.True(t, s.Key().Verify(c, cosignature))
	})
}
