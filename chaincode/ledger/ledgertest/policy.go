package ledgertest

import (
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// OutOf is the policy that asks for the endorsement of n of the bodies' peers.
// It serves as chaincode policy, collection policy and (marshalled) as key-level
// validation parameter.
func OutOf(n int, mspIDs ...string) *common.SignaturePolicyEnvelope {
	policy := &common.SignaturePolicyEnvelope{}
	gate := &common.SignaturePolicy_NOutOf{N: int32(n)} //nolint:gosec // bodies are few
	for i, mspID := range mspIDs {
		role, _ := proto.Marshal(&msp.MSPRole{MspIdentifier: mspID, Role: msp.MSPRole_PEER}) // cannot fail: plain scalars
		policy.Identities = append(policy.Identities, &msp.MSPPrincipal{
			PrincipalClassification: msp.MSPPrincipal_ROLE,
			Principal:               role,
		})
		gate.Rules = append(gate.Rules, &common.SignaturePolicy{
			Type: &common.SignaturePolicy_SignedBy{SignedBy: int32(i)},
		})
	}
	policy.Rule = &common.SignaturePolicy{Type: &common.SignaturePolicy_NOutOf_{NOutOf: gate}}
	return policy
}

// satisfied tells whether endorsements by one peer of each of the bodies meet
// the policy. It evaluates as Fabric's common/cauthdsl does: an endorsement
// counts for one principal only.
func satisfied(policy *common.SignaturePolicyEnvelope, bodies []string) bool {
	return meets(policy.GetRule(), policy.GetIdentities(), bodies, make([]bool, len(bodies)))
}

func meets(rule *common.SignaturePolicy, principals []*msp.MSPPrincipal, bodies []string, used []bool) bool {
	switch t := rule.GetType().(type) {
	case *common.SignaturePolicy_NOutOf_:
		met := int32(0)
		for _, sub := range t.NOutOf.GetRules() {
			attempt := slices.Clone(used)
			if meets(sub, principals, bodies, attempt) {
				met++
				copy(used, attempt)
			}
		}
		return met >= t.NOutOf.GetN()
	case *common.SignaturePolicy_SignedBy:
		if t.SignedBy < 0 || int(t.SignedBy) >= len(principals) {
			return false
		}
		for i, body := range bodies {
			if !used[i] && isPeerPrincipal(principals[t.SignedBy], body) {
				used[i] = true
				return true
			}
		}
	}
	return false
}

// isPeerPrincipal tells whether a peer of the body is the principal. Peers have
// the roles PEER and MEMBER; principals other than roles match nobody here.
func isPeerPrincipal(principal *msp.MSPPrincipal, body string) bool {
	if principal.GetPrincipalClassification() != msp.MSPPrincipal_ROLE {
		return false
	}
	role := &msp.MSPRole{}
	if err := proto.Unmarshal(principal.GetPrincipal(), role); err != nil {
		return false
	}
	if role.GetMspIdentifier() != body {
		return false
	}
	return role.GetRole() == msp.MSPRole_PEER || role.GetRole() == msp.MSPRole_MEMBER
}

// parsePolicy reads a key's validation parameter.
func parsePolicy(raw []byte) (*common.SignaturePolicyEnvelope, error) {
	policy := &common.SignaturePolicyEnvelope{}
	if err := proto.Unmarshal(raw, policy); err != nil {
		return nil, fmt.Errorf("error unmarshaling SignaturePolicyEnvelope: %w", err)
	}
	return policy, nil
}
