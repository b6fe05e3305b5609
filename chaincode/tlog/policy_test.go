package tlog_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	formats "github.com/transparency-dev/formats/witness"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func bodies() []string { return []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP", "CourDesComptesMSP"} }

// threeOfFour has two keys of the first body, the first of which is bounded.
func threeOfFour(t require.TestingT) *tlog.Policy {
	p := &tlog.Policy{Origin: origin, Quorum: tlog.BodiesGroup}
	quorum := tlog.Group{Name: tlog.BodiesGroup, Threshold: 3}
	for _, body := range bodies() {
		key := newWitness(t, tlog.WitnessName(origin, body)).key(t, tlog.Ed25519)
		p.Witnesses = append(p.Witnesses, tlog.Witness{Name: body + "-1", Key: key})
		g := tlog.Group{Name: body, Threshold: 1, Members: []string{body + "-1"}}
		if body == ctie {
			p.Witnesses[0].From, p.Witnesses[0].Until = noon, noon+100
			w := newWitness(t, "second")
			w.name = tlog.WitnessName(origin, ctie)
			p.Witnesses = append(p.Witnesses, tlog.Witness{Name: body + "-2", Key: w.key(t, tlog.MLDSA44)})
			g.Members = append(g.Members, body+"-2")
		}
		p.Groups = append(p.Groups, g)
		quorum.Members = append(quorum.Members, body)
	}
	p.Groups = append(p.Groups, quorum)
	return p
}

func TestAPolicyIsReadAsItWasWritten(t *testing.T) {
	p := threeOfFour(t)
	require.NoError(t, p.Validate())
	got, err := tlog.ParsePolicy(p.Format())
	require.NoError(t, err)
	require.Equal(t, p, got)
}

// transparency.dev's reader wants a URL for each witness, and knows no bounds.
func TestOtherProgramsReadAPolicy(t *testing.T) {
	file := string(threeOfFour(t).Format())
	var lines []string
	for line := range strings.Lines(file) {
		if strings.HasPrefix(line, "witness ") {
			line = strings.TrimSuffix(line, "\n") + " https://witness.example/\n"
		}
		lines = append(lines, line)
	}
	theirs, err := formats.ParsePolicy([]byte(strings.Join(lines, "")))
	require.NoError(t, err)
	with, c := tlog.SignedCheckpoint{Checkpoint: head(9, "root")}, head(9, "root")
	for i, body := range bodies() {
		with.Cosignatures = append(with.Cosignatures, newWitness(t, tlog.WitnessName(origin, body)).cosign(t, tlog.Ed25519, c, noon))
		require.Equal(t, i >= 2, theirs.Satisfied(with.Marshal()))
	}
	got, err := tlog.ParsePolicy([]byte(strings.Join(lines, "")))
	require.NoError(t, err, "a URL may stand there")
	require.Equal(t, threeOfFour(t), got)
}

func TestABodyCountsOnce(t *testing.T) {
	p := threeOfFour(t)
	for _, tc := range []struct {
		cosigned string
		want     bool
	}{
		{"", false}, {"CTIEMSP-1 SIGIMSP-1", false}, {"CTIEMSP-1 CTIEMSP-2 SIGIMSP-1", false}, {"CTIEMSP-2 SIGIMSP-1 MinDigitalMSP-1", true},
		{"SIGIMSP-1 MinDigitalMSP-1 CourDesComptesMSP-1", true}, {"CTIEMSP SIGIMSP MinDigitalMSP", false}, {"bodies", false},
	} {
		cosigned := map[string]bool{}
		for name := range strings.FieldsSeq(tc.cosigned) {
			cosigned[name] = true
		}
		require.Equal(t, tc.want, p.Count(cosigned), tc.cosigned)
	}
}

func TestTwoMajoritiesHaveAnHonestBodyInCommon(t *testing.T) {
	for n := 1; n <= 30; n++ {
		faulty := (n - 1) / 3
		require.LessOrEqual(t, tlog.Majority(n), n-faulty, "%d bodies: those that work are enough", n)
		require.Greater(t, 2*tlog.Majority(n)-n, faulty, "%d bodies", n)
	}
}

func TestAPolicyThatMeansNothingIsRefused(t *testing.T) {
	good := threeOfFour(t).Format()
	key := func(body string) string {
		return newWitness(t, tlog.WitnessName(origin, body)).key(t, tlog.Ed25519).String()
	}
	foreign := newWitness(t, "other.example/x").key(t, tlog.Ed25519).String()
	for _, tc := range []struct{ what, old, by string }{
		{"no quorum", "quorum bodies", ""}, {"two quorums", "quorum bodies", "quorum bodies\nquorum bodies"}, {"a quorum of nobody", "quorum bodies", "quorum none"}, {"an unknown quorum", "quorum bodies", "quorum all"},
		{"more than there are", "bodies 3", "bodies 5"}, {"none of them", "bodies 3", "bodies 0"}, {"a leading zero", "bodies 3", "bodies 03"}, {"a huge threshold", "bodies 3", "bodies 99999999999999999999"},
		{"a member that is not there", "CTIEMSP SIGIMSP", "CTIEMSP XMSP"}, {"a member twice", "CTIEMSP SIGIMSP", "CTIEMSP CTIEMSP"}, {"a witness twice", "witness SIGIMSP-1", "witness CTIEMSP-1"},
		{"a group named none", "group SIGIMSP ", "group none "}, {"a group named as a word of the format", "group SIGIMSP ", "group quorum "}, {"a key twice", key("SIGIMSP"), key("MinDigitalMSP")}, {"a key of another log", key("SIGIMSP"), foreign},
		{"a log with a key", "quorum bodies", "log " + key("SIGIMSP") + "\nquorum bodies"}, {"an unknown line", "quorum bodies", "threshold 3"}, {"a group without members", "group SIGIMSP 1 SIGIMSP-1", "group SIGIMSP 1"},
		{"bounds of nobody", "#psbc-valid CTIEMSP-1", "#psbc-valid XMSP-1"}, {"bounds the wrong way round", fmt.Sprint(noon + 100), fmt.Sprint(noon - 1)}, {"bounds without a time", fmt.Sprintf(" %d\n", noon+100), "\n"},
		{"bounds that are no times", fmt.Sprint(noon + 100), "noon"}, {"bounds twice", "#psbc-valid", fmt.Sprintf("#psbc-valid CTIEMSP-1 %d %d\n#psbc-valid", noon, noon+100)}, {"a control character", "bodies 3", "bodies\r3"},
	} {
		_, err := tlog.ParsePolicy(replaced(t, good, tc.old, tc.by))
		require.Error(t, err, tc.what)
	}
	_, err := tlog.ParsePolicy(nil)
	require.Error(t, err)
	_, err = tlog.ParsePolicy(make([]byte, tlog.MaxPolicy+1))
	require.Error(t, err)
}

func TestAllAndAnyAreThresholds(t *testing.T) {
	file := replaced(t, threeOfFour(t).Format(), "bodies 3", "bodies all")
	p, err := tlog.ParsePolicy(replaced(t, file, "group CTIEMSP 1", "group CTIEMSP any"))
	require.NoError(t, err)
	require.Equal(t, 1, p.Groups[0].Threshold)
	require.Equal(t, 4, p.Groups[4].Threshold)
}

func FuzzPolicy(f *testing.F) {
	f.Add(threeOfFour(f).Format())
	f.Add([]byte("witness a b\ngroup g any a\nquorum g\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := tlog.ParsePolicy(file)
		if err != nil {
			return
		}
		again, err := tlog.ParsePolicy(p.Format())
		require.NoError(t, err)
		require.Equal(t, string(p.Format()), string(again.Format()))
	})
}
