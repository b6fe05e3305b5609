package ledger

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// Protection makes the key-level endorsement policies of records: a key of a
// body changes only with the endorsement of that body's own peer, and of so many
// others that they are a majority of all bodies together.
//
// Fabric's key-level policy replaces the chaincode's own for that key
// (core/common/validation/statebased), so the owner's endorsement alone would not
// do: a body could then rewrite its records without anybody's knowledge.
//
// A policy names the bodies as they were when the key was created: a body that
// joins later does not count for older records. A key that does not exist yet is
// under the chaincode's own policy. A Protection never changes and is safe for
// concurrent use.
type Protection struct {
	bodies   []string
	policies map[string][]byte
}

// NewProtection makes the policies for the bodies of a channel, given by their
// MSP IDs, in any order. Every endorser must be given the same bodies.
func NewProtection(bodies []string) (*Protection, error) {
	if len(bodies) == 0 {
		return nil, errors.New("no bodies")
	}
	sorted := slices.Sorted(slices.Values(bodies))
	p := &Protection{bodies: sorted, policies: make(map[string][]byte, len(sorted))}
	for i, body := range sorted {
		if body == "" {
			return nil, errors.New("a body without MSP ID")
		}
		if i > 0 && sorted[i-1] == body {
			return nil, fmt.Errorf("body %s is given twice", body)
		}
		policy, err := p.policy(body)
		if err != nil {
			return nil, err
		}
		p.policies[body] = policy
	}
	return p, nil
}

// For returns the marshalled policy (a common.SignaturePolicyEnvelope) for the
// keys of a body. A body that is not among the bodies given to NewProtection, such
// as one that joined since, needs a majority of those besides itself.
func (p *Protection) For(owner string) ([]byte, error) {
	if policy, ok := p.policies[owner]; ok {
		return policy, nil
	}
	return p.policy(owner)
}

// policy is "owner AND k of the others". With n bodies, the owner and n/2 others
// are n/2+1, a majority.
func (p *Protection) policy(owner string) ([]byte, error) {
	others := slices.DeleteFunc(slices.Clone(p.bodies), func(body string) bool { return body == owner })
	k := len(p.bodies) / 2
	if len(others) == len(p.bodies) {
		k++ // the owner is none of the n
	}

	identities := make([]*msp.MSPPrincipal, 0, len(others)+1)
	signedBy := make([]*common.SignaturePolicy, 0, len(others)+1)
	for i, body := range append([]string{owner}, others...) {
		principal, err := peerOf(body)
		if err != nil {
			return nil, err
		}
		identities = append(identities, principal)
		signedBy = append(signedBy, &common.SignaturePolicy{Type: &common.SignaturePolicy_SignedBy{SignedBy: int32(i)}})
	}
	rules := signedBy[:1:1]
	if k > 0 {
		rules = append(rules, outOf(k, signedBy[1:]))
	}
	envelope := &common.SignaturePolicyEnvelope{Rule: outOf(len(rules), rules), Identities: identities}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(envelope)
	if err != nil {
		return nil, fmt.Errorf("policy of %s: %w", owner, err)
	}
	return raw, nil
}

// peerOf is the principal that the endorsement policies of a channel's
// organisations name by default: not any member of the body, but a peer.
func peerOf(body string) (*msp.MSPPrincipal, error) {
	role, err := proto.MarshalOptions{Deterministic: true}.Marshal(&msp.MSPRole{MspIdentifier: body, Role: msp.MSPRole_PEER})
	if err != nil {
		return nil, fmt.Errorf("role of %s: %w", body, err)
	}
	return &msp.MSPPrincipal{PrincipalClassification: msp.MSPPrincipal_ROLE, Principal: role}, nil
}

func outOf(n int, rules []*common.SignaturePolicy) *common.SignaturePolicy {
	gate := &common.SignaturePolicy_NOutOf{N: int32(n), Rules: rules} //nolint:gosec // at most the number of bodies
	return &common.SignaturePolicy{Type: &common.SignaturePolicy_NOutOf_{NOutOf: gate}}
}
