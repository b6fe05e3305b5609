package ledgertest

import "crypto"

// Signer signs as the client's identity. It is for tests that need the identity
// elsewhere than at the ledger, such as that of a gateway client; Creator gives
// the certificate that belongs to it. It is nil when the client is unusable.
func (c *Client) Signer() crypto.Signer {
	if c.identity == nil {
		return nil
	}
	return c.identity.key
}
