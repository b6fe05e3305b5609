package evidence_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

var update = flag.Bool("update", false, "write the vectors anew")

// vectorsDir holds what builder and verifier share, and what other programs may read.
const vectorsDir = "../../test/vectors"

func everyCase() []scripted {
	var all []scripted
	for _, part := range [][]scripted{
		evidenceThatHolds(), evidenceOutOfPlace(), evidenceOfAnotherLog(), evidenceOfForgedSignatures(), evidenceWithoutAQuorum(), evidenceOfAnotherValue(),
		evidenceOfFalseRecords(), evidenceOfNoMember(), evidenceNotAfter(), evidenceOfAnotherDocument(), evidenceIllWritten(), policiesIllWritten(),
	} {
		all = append(all, part...)
	}
	return all
}

func makeVectors(t *testing.T) []vector {
	w := newWorld(t)
	var vectors []vector
	for _, c := range everyCase() {
		s := newScene(t, w)
		c.change(s)
		v := s.vector(c.desc, c.wantErr)
		if c.wantErr == "" {
			result, err := v.verify("")
			require.NoError(t, err, c.desc)
			v.Want = wantOf(result)
		}
		vectors = append(vectors, v)
	}
	return vectors
}

func wantOf(r *evidence.Result) *want {
	w := &want{ExistedBefore: r.ExistedBefore.Unix(), Status: r.Status}
	if r.NotBefore != nil {
		w.NotBefore = r.NotBefore.Unix()
	}
	return w
}

// verify does what a user of the vector does; left names a check that is left out.
func (v vector) verify(left string) (*evidence.Result, error) {
	policy, err := evidence.ParsePolicy([]byte(v.Policy))
	if err != nil {
		return nil, err
	}
	p, err := evidence.ParseProofWithout(left, []byte(v.Proof))
	if err != nil {
		return nil, err
	}
	var document io.Reader
	if v.Document != nil {
		content, err := base64.StdEncoding.DecodeString(*v.Document)
		if err != nil {
			return nil, err
		}
		document = bytes.NewReader(content)
	}
	return evidence.VerifyWithout(left, document, p, policy, at(v.Now))
}

// writeJSON writes a file of vectors, one value a line where there is room.
func writeJSON(t *testing.T, name string, v any) {
	var file bytes.Buffer
	encoder := json.NewEncoder(&file)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	require.NoError(t, encoder.Encode(v))
	require.NoError(t, os.WriteFile(filepath.Join(vectorsDir, name), file.Bytes(), 0o644))
}

func loadVectors(t testing.TB) []vector {
	raw, err := os.ReadFile(filepath.Join(vectorsDir, "evidence.json"))
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.GreaterOrEqual(t, len(vectors), 60)
	return vectors
}

func TestVectors(t *testing.T) {
	made := makeVectors(t)
	if *update {
		writeJSON(t, "evidence.json", made)
	}
	vectors := loadVectors(t)
	require.Equal(t, made, vectors, "the vectors are what the generator makes: go test ./gateway-client/evidence -run Vectors -update")
	seen := map[string]bool{}
	negative := 0
	for _, v := range vectors {
		require.False(t, seen[v.Desc], v.Desc)
		seen[v.Desc] = true
		result, err := v.verify("")
		require.Equal(t, v.WantErr, errorName(err), "%s: %v", v.Desc, err)
		if err != nil {
			negative++
			require.Nil(t, result)
			requireSentence(t, err)
			continue
		}
		require.Equal(t, v.Want, wantOf(result), v.Desc)
		p, err := evidence.ParseProof([]byte(v.Proof))
		require.NoError(t, err)
		again, err := p.Marshal()
		require.NoError(t, err)
		require.Equal(t, v.Proof, string(again))
	}
	require.Greater(t, negative, len(vectors)/2, "most are negative")
}

// requireSentence checks that a clerk can be shown the error, whatever the evidence has in
// it.
func requireSentence(t *testing.T, err error) {
	begins := map[string]string{
		"MalformedError": "the ", "OriginError": "the checkpoint is of the log ", "CosignatureError": "the cosignature of ", "FutureError": "the quorum depends on a cosignature of ",
		"QuorumError": "not enough bodies have cosigned ", "InclusionError": "the write is not entry ", "ValueError": "the value is not what was written: ",
		"RecordError": "what was written is no record of the notary: ", "MemberError": "the batch does not hold: ", "AfterError": "the earlier checkpoint does not hold: ", "DocumentError": "the evidence is about ",
	}
	sentence := err.Error()
	require.True(t, strings.HasPrefix(sentence, begins[errorName(err)]), sentence)
	require.Less(t, len(sentence), 1000)
	require.NotContains(t, sentence, "%!")
	for _, r := range sentence {
		require.True(t, unicode.IsPrint(r), "%q", sentence)
	}
}

// errorName is the name of an error's type, empty for none.
func errorName(err error) string {
	if err == nil {
		return ""
	}
	return strings.TrimPrefix(reflect.TypeOf(err).String(), "*evidence.")
}

// Each check is needed, and tested: without it, evidence that must be refused is accepted.
func TestNoCheckCanBeLeftOut(t *testing.T) {
	vectors := loadVectors(t)
	for _, name := range evidence.CheckNames() {
		var accepted []string
		for _, v := range vectors {
			if _, err := v.verify(name); err == nil && v.WantErr != "" {
				accepted = append(accepted, v.Desc)
			}
		}
		t.Logf("without %q: %d accepted, such as %q", name, len(accepted), first(accepted))
		require.NotEmpty(t, accepted, "no vector fails for the check %q alone", name)
	}
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
