package gateway

import (
	"fmt"
	"io"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// digestBuffer balances system calls against cache misses.
const digestBuffer = 256 << 10

// Digest reads a document to its end and returns its digest, for example
// "sha2-256:<lower-case hex>". It streams: memory use does not depend on the
// document's size. Errors are the reader's, wrapped, or match
// ErrInvalidArgument for an unknown algorithm.
func Digest(r io.Reader, algorithm notary.Algorithm) (notary.Digest, error) {
	state, err := algorithm.New()
	if err != nil {
		return "", refused(opDigest, "", err)
	}
	if _, err := io.CopyBuffer(state, onlyReader{r}, make([]byte, digestBuffer)); err != nil {
		return "", fmt.Errorf("digest: read the document: %w", err)
	}
	digest, err := notary.NewDigest(algorithm, state.Sum(nil))
	if err != nil {
		return "", refused(opDigest, "", err)
	}
	return digest, nil
}

// onlyReader hides a reader's WriteTo, which would ignore the buffer: that of
// os.File uses one of 32 KiB, and halves the speed of hashing.
type onlyReader struct{ io.Reader }
