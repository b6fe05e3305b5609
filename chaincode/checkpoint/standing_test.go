package checkpoint_test

import (
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

func founders() []string { return []string{ctie, audit, digital, sigi} }

// ringOf is a keyring in which each body has a key of either algorithm since noon.
func ringOf(t require.TestingT, bodies ...string) checkpoint.Keyring {
	var keys []checkpoint.WitnessKey
	for _, body := range bodies {
		for _, a := range []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} {
			keys = append(keys, registered(t, body, signerOf(body, a), noon()))
		}
	}
	return checkpoint.NewKeyring(origin, keys)
}

func ed25519Of(body string) signer { return signerOf(body, tlog.Ed25519) }

func TestEachRootIsAStandingOfItsOwn(t *testing.T) {
	later := noon().Add(time.Minute)
	found := []checkpoint.Cosigned{
		said(t, sigi, head(100, "lie"), later, ed25519Of(sigi)),
		said(t, digital, head(100, "log"), later, ed25519Of(digital), signerOf(digital, tlog.MLDSA44)),
		said(t, ctie, head(100, "log"), later, ed25519Of(ctie)),
		said(t, audit, head(100, "log"), later, ed25519Of(audit)),
		said(t, audit, head(100, "lie"), later, ed25519Of(audit)),
		said(t, audit, head(100, "third"), later, ed25519Of(audit)),
	}
	found[1].Block, found[2].Block, found[3].Block = 8, 9, 9
	given := slices.Clone(found)
	standings, err := ringOf(t, founders()...).Standings(found)
	require.NoError(t, err)
	require.Equal(t, given, found, "what is given is not changed")
	require.Len(t, standings, 3)

	log := standings[0]
	require.Equal(t, head(100, "log").Root.String(), log.Root)
	require.EqualValues(t, 9, log.Block)
	require.Equal(t, []checkpoint.Cosigned{found[2], found[3], found[1]}, log.Bodies)
	require.Equal(t, []string{audit}, log.Equivocated)
	want := tlog.SignedCheckpoint{Checkpoint: head(100, "log")}
	for _, c := range []checkpoint.Cosigned{found[2], found[1]} {
		for _, line := range c.Cosignatures {
			cosignature, err := tlog.ParseCosignature(line)
			require.NoError(t, err)
			want.Cosignatures = append(want.Cosignatures, cosignature)
		}
	}
	require.Equal(t, string(want.Marshal()), log.Note)

	require.Equal(t, []string{audit}, standings[1].Equivocated)
	require.NotEmpty(t, standings[1].Note)
	require.Equal(t, []string{audit}, standings[2].Equivocated)
	require.Empty(t, standings[2].Note, "nobody counts for it")
	none, err := ringOf(t).Standings(nil)
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestOnlyWhatStandsIsInTheNote(t *testing.T) {
	later := noon().Add(time.Minute)
	log := head(100, "log")
	forged := said(t, sigi, log, later, ed25519Of(sigi))
	forged.Cosignatures[0] = ed25519Of(sigi).sign(t, head(100, "lie"), later).Line()
	stolen := said(t, sigi, log, later, ed25519Of(sigi))
	stolen.Cosignatures[0] = ed25519Of(ctie).sign(t, log, later).Line()
	for name, c := range map[string]checkpoint.Cosigned{
		"a key that is not registered": said(t, sigi, log, later, signerOf(sigi, tlog.Ed25519, "unknown")),
		"a time before the key's":      said(t, sigi, log, noon().Add(-time.Second), ed25519Of(sigi)),
		"a signature of another root":  forged,
		"another body's cosignature":   stolen,
	} {
		standings, err := ringOf(t, founders()...).Standings([]checkpoint.Cosigned{c})
		require.NoError(t, err)
		require.Len(t, standings, 1, name)
		require.Empty(t, standings[0].Note, name)
		require.Equal(t, []checkpoint.Cosigned{c}, standings[0].Bodies, "%s is shown all the same", name)
	}
	_, err := ringOf(t, founders()...).Standings([]checkpoint.Cosigned{said(t, sigi, log, later, ed25519Of(sigi)), said(t, ctie, head(101, "log"), later, ed25519Of(ctie))})
	require.Error(t, err, "of two sizes")
	_, err = checkpoint.NewKeyring("psbc.lu/other", nil).Standings([]checkpoint.Cosigned{forged})
	require.Error(t, err, "of another log")
}

// Whoever says what, a quorum is reached by bodies that say one thing, say nothing else,
// and can prove it; and a verifier that has the policy and the note comes to the same.
func TestAQuorumIsReachedAsANaiveModelAndAVerifierSay(t *testing.T) {
	ring := ringOf(t, founders()...)
	roots := []string{"a", "b"}
	// Signing is what takes time: each word is made once.
	words := make(map[string]checkpoint.Cosigned)
	for _, body := range founders() {
		for _, root := range roots {
			for _, how := range []string{"ed25519", "ml-dsa-44", "both", "too early"} {
				signers, at := []signer{ed25519Of(body), signerOf(body, tlog.MLDSA44)}, noon().Add(time.Minute)
				switch how {
				case "ed25519":
					signers = signers[:1]
				case "ml-dsa-44":
					signers = signers[1:]
				case "too early":
					at = noon().Add(-time.Minute)
				}
				words[body+root+how] = said(t, body, head(100, root), at, signers...)
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		algorithm := rapid.SampledFrom(checkpoint.Algorithms()).Draw(rt, "algorithm")
		rule, err := ring.Rule(text(noon().Add(time.Hour)), rapid.IntRange(0, 4).Draw(rt, "quorum"), algorithm)
		require.NoError(rt, err)
		var found []checkpoint.Cosigned
		said := make(map[string][]string) // roots, by body
		how := make(map[string]string)
		for _, body := range founders() {
			for _, root := range roots {
				if h := rapid.SampledFrom([]string{"", "ed25519", "ml-dsa-44", "both", "too early"}).Draw(rt, body+root); h != "" {
					found = append(found, words[body+root+h])
					said[body] = append(said[body], root)
					how[body+root] = h
				}
			}
		}
		var reached []string
		for _, root := range roots {
			n := 0
			for _, body := range founders() {
				if len(said[body]) == 1 && said[body][0] == root && (how[body+root] == "both" || how[body+root] == string(algorithm)) {
					n++
				}
			}
			if n >= rule.Quorum {
				reached = append(reached, root)
			}
		}
		standing, err := ring.Reached(rule, rapid.Permutation(found).Draw(rt, "order"))
		require.NoError(rt, err)
		if len(reached) != 1 {
			require.Nil(rt, standing)
			return
		}
		root := tlog.Hash(sha256.Sum256([]byte(reached[0])))
		require.Equal(rt, root.String(), standing.Root)

		p, err := ring.Policy(rule)
		require.NoError(rt, err)
		signed, err := tlog.ParseSignedCheckpoint([]byte(standing.Note))
		require.NoError(rt, err)
		require.Equal(rt, head(100, reached[0]), signed.Checkpoint)
		counted := make(map[string]bool)
		for _, w := range p.Witnesses {
			counted[w.Name] = slices.ContainsFunc(signed.Cosignatures, func(c tlog.Cosignature) bool {
				return w.Key.Verify(signed.Checkpoint, c) && w.From <= c.Time
			})
		}
		require.True(rt, p.Count(counted))
	})
}
