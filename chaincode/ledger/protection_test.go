package ledger_test

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/psbc-lu/psbc/chaincode/ledger"
)

func bodiesOf(n int) []string {
	bodies := make([]string, n)
	for i := range bodies {
		bodies[i] = fmt.Sprintf("Body%02dMSP", i)
	}
	return bodies
}

// satisfied evaluates a policy for the bodies whose peers endorsed.
func satisfied(t *testing.T, raw []byte, endorsers []string) bool {
	t.Helper()
	var envelope common.SignaturePolicyEnvelope
	require.NoError(t, proto.Unmarshal(raw, &envelope))
	var names []string
	for _, principal := range envelope.GetIdentities() {
		require.Equal(t, msp.MSPPrincipal_ROLE, principal.GetPrincipalClassification())
		var role msp.MSPRole
		require.NoError(t, proto.Unmarshal(principal.GetPrincipal(), &role))
		require.Equal(t, msp.MSPRole_PEER, role.GetRole())
		names = append(names, role.GetMspIdentifier())
	}
	var met func(*common.SignaturePolicy) bool
	met = func(rule *common.SignaturePolicy) bool {
		gate := rule.GetNOutOf()
		if gate == nil {
			return slices.Contains(endorsers, names[rule.GetSignedBy()])
		}
		count := int32(0)
		for _, sub := range gate.GetRules() {
			if met(sub) {
				count++
			}
		}
		return count >= gate.GetN()
	}
	return met(envelope.GetRule())
}

// TestAKeyNeedsItsOwnerAndAMajority tries every set of endorsers for every number of bodies.
func TestAKeyNeedsItsOwnerAndAMajority(t *testing.T) {
	for n := 1; n <= 10; n++ {
		bodies := bodiesOf(n)
		protection, err := ledger.NewProtection(bodies)
		require.NoError(t, err)
		policy, err := protection.For(bodies[n/2])
		require.NoError(t, err)
		for set := range uint(1) << n {
			var endorsers []string
			for i, body := range bodies {
				if set&(1<<i) != 0 {
					endorsers = append(endorsers, body)
				}
			}
			want := set&(1<<(n/2)) != 0 && bits.OnesCount(set) >= n/2+1
			require.Equal(t, want, satisfied(t, policy, endorsers), "%d bodies, endorsed by %v", n, endorsers)
		}
	}
}

func TestAKeyOfAnOutsiderNeedsItAndAMajorityOfTheBodies(t *testing.T) {
	protection, err := ledger.NewProtection(bodiesOf(4))
	require.NoError(t, err)
	policy, err := protection.For("NewMSP")
	require.NoError(t, err)
	require.True(t, satisfied(t, policy, append(bodiesOf(3), "NewMSP")))
	require.False(t, satisfied(t, policy, append(bodiesOf(2), "NewMSP")))
	require.False(t, satisfied(t, policy, bodiesOf(4)))
}

func TestAPolicyDoesNotDependOnTheOrderOfTheBodies(t *testing.T) {
	bodies := bodiesOf(5)
	reversed := slices.Clone(bodies)
	slices.Reverse(reversed)
	a, err := ledger.NewProtection(bodies)
	require.NoError(t, err)
	b, err := ledger.NewProtection(reversed)
	require.NoError(t, err)
	for _, owner := range append(bodies, "NewMSP") {
		policyA, err := a.For(owner)
		require.NoError(t, err)
		policyB, err := b.For(owner)
		require.NoError(t, err)
		require.Equal(t, policyA, policyB)
	}
	require.Equal(t, bodiesOf(5), bodies, "the argument is not changed")
}

func TestAProtectionNeedsDistinctBodies(t *testing.T) {
	for name, bodies := range map[string][]string{"none": nil, "an empty name": {"A", ""}, "one twice": {"A", "B", "A"}} {
		t.Run(name, func(t *testing.T) {
			_, err := ledger.NewProtection(bodies)
			require.Error(t, err)
		})
	}
}
