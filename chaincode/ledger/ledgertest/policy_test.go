package ledgertest

import (
	"slices"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAnEndorsementCountsForOnePrincipal(t *testing.T) {
	twice := OutOf(2, "A", "A")
	require.False(t, satisfied(twice, []string{"A"}))
	require.True(t, satisfied(twice, []string{"A", "A"}))
}

func TestAPolicyMayNestOthers(t *testing.T) {
	// The owner, and one of the two others.
	policy := OutOf(2, "Owner", "B", "C")
	rules := policy.GetRule().GetNOutOf().GetRules()
	policy.GetRule().GetNOutOf().Rules = []*common.SignaturePolicy{rules[0], {Type: &common.SignaturePolicy_NOutOf_{
		NOutOf: &common.SignaturePolicy_NOutOf{N: 1, Rules: rules[1:]},
	}}}
	for _, c := range []struct {
		endorsers []string
		want      bool
	}{
		{[]string{"Owner", "B"}, true},
		{[]string{"C", "Owner"}, true},
		{[]string{"B", "C"}, false},
		{[]string{"Owner"}, false},
		{nil, false},
	} {
		require.Equal(t, c.want, satisfied(policy, c.endorsers), "%v", c.endorsers)
	}
}

func TestAPolicyThatIsNoneIsNotSatisfied(t *testing.T) {
	outOfRange := OutOf(1, "A")
	outOfRange.Identities = nil
	byUnit := OutOf(1, "A")
	byUnit.Identities[0].PrincipalClassification = msp.MSPPrincipal_ORGANIZATION_UNIT
	garbage := OutOf(1, "A")
	garbage.Identities[0].Principal = []byte("\xff")
	for name, policy := range map[string]*common.SignaturePolicyEnvelope{
		"empty": {}, "nil": nil, "no such identity": outOfRange, "by unit": byUnit, "garbage": garbage,
	} {
		require.False(t, satisfied(policy, []string{"A"}), name)
	}
}

func TestOutOfCountsBodies(t *testing.T) {
	all := []string{"A", "B", "C", "D", "E"}
	rapid.Check(t, func(t *rapid.T) {
		named := rapid.SliceOfDistinct(rapid.SampledFrom(all), rapid.ID[string]).Draw(t, "named")
		endorsers := rapid.SliceOfDistinct(rapid.SampledFrom(all), rapid.ID[string]).Draw(t, "endorsers")
		n := rapid.IntRange(0, len(all)).Draw(t, "n")
		met := 0
		for _, body := range endorsers {
			if slices.Contains(named, body) {
				met++
			}
		}
		require.Equal(t, met >= n, satisfied(OutOf(n, named...), endorsers))
	})
}

func FuzzAKeysPolicyIsReadOrRefused(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("no policy"))
	f.Add([]byte{0x12, 0x06, 0x12, 0x04, 0x08, 0x01, 0x12, 0x00})
	f.Fuzz(func(_ *testing.T, raw []byte) {
		policy, err := parsePolicy(raw)
		if err == nil {
			satisfied(policy, []string{"A", "B"}) // must not panic
		}
	})
}
