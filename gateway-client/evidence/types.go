package evidence

import "github.com/psbc-lu/psbc/chaincode/tlog"

// The formats of transparency logs, which chaincode shares.
type (
	// Hash is a SHA-256 hash; in JSON it is lower-case hex.
	Hash = tlog.Hash
	// Checkpoint is the head of a ledger log.
	Checkpoint = tlog.Checkpoint
	// SignedCheckpoint is a checkpoint with the cosignatures on it.
	SignedCheckpoint = tlog.SignedCheckpoint
	// Policy says whose cosignatures make a checkpoint believed.
	Policy = tlog.Policy
)

// ParsePolicy reads a policy file. It fails with a *[MalformedError].
func ParsePolicy(file []byte) (*Policy, error) {
	policy, err := tlog.ParsePolicy(file)
	if err != nil {
		return nil, malformed("policy", err)
	}
	return policy, nil
}
