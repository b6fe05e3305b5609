package gateway

import "context"

// Contract is one chaincode on the channel. Package documentation says what is
// promised of its submits, for any chaincode; that a retried request changes
// nothing twice after ErrOutcomeUnknown is up to the chaincode, as the suite's
// own see to with request ids.
type Contract struct {
	engine    *engine
	chaincode string
}

// Call is one invocation of a chaincode function.
type Call struct {
	// Function is the contract's function.
	Function string
	// Arguments are on every peer forever once submitted.
	Arguments []string
	// Transient is seen by endorsing peers only.
	Transient map[string][]byte
	// Endorsers are the MSP IDs of the bodies to ask, and no others. Empty: for
	// a submit, whom the policy needs; for an evaluate, the own body.
	Endorsers []string
	// RequestID is the id that the arguments carry, for logs, traces and errors.
	RequestID string
}

// Result is the outcome of a committed transaction.
type Result struct {
	// Payload is what the chaincode returned when it was endorsed.
	Payload []byte
	TxID    string
	// Block is the number of the block that holds the transaction.
	Block uint64
}

// Submit runs a call as a transaction and returns when the body's own peer has
// committed it as valid. It keeps the promises of the package documentation.
func (c *Contract) Submit(ctx context.Context, call Call) (*Result, error) {
	return c.submit(ctx, opSubmit, call)
}

// Evaluate runs a call on a peer of the own body and returns what the chaincode
// answered. Nothing is written. It is tried again while the peer is
// unreachable, within Retry.MaxElapsed and the context.
func (c *Contract) Evaluate(ctx context.Context, call Call) ([]byte, error) {
	return c.evaluate(ctx, opEvaluate, call)
}

func (c *Contract) submit(ctx context.Context, name string, call Call) (*Result, error) {
	op := &operation{name: name, chaincode: c.chaincode, call: call}
	ctx, end := c.engine.telemetry.begin(ctx, op)
	result, err := c.engine.submit(ctx, op)
	end(err)
	return result, err
}

func (c *Contract) evaluate(ctx context.Context, name string, call Call) ([]byte, error) {
	op := &operation{name: name, chaincode: c.chaincode, call: call}
	ctx, end := c.engine.telemetry.begin(ctx, op)
	payload, err := c.engine.evaluate(ctx, op)
	end(err)
	return payload, err
}
