package notary

import (
	"slices"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// MaxLogSize is the largest size of a ledger log that After can name: what a JSON number
// holds exactly.
const MaxLogSize = 1<<53 - 1

// After names a checkpoint of the ledger log that was there before a document was
// notarised. Whoever did not know its root could not have written it into the record, so
// the record is later: that proves "not before". The chaincode does not look the
// checkpoint up, since what proves something are the cosignatures on it.
type After struct {
	Root string `json:"root"` // lower-case hex of the log's root hash at Size
	Size uint64 `json:"size"` // entries, 1 to MaxLogSize
}

// checkAfter checks the name of a checkpoint, if there is one; prefix is that of its
// fields.
func checkAfter(prefix string, a *After) error {
	if a == nil {
		return nil
	}
	if a.Size < 1 || a.Size > MaxLogSize {
		return check.Invalid(prefix+"size", "%d is not 1 to %d", a.Size, uint64(MaxLogSize))
	}
	return check.Hash(prefix+"root", a.Root)
}

// The Content functions return what makes two requests with one id the same: all but
// After. Whoever repeats a request names the checkpoint that is the latest by then, and
// means the same notarisation; what stands is the checkpoint that was named first.

// Content is the request without After.
func (r NotariseRequest) Content() NotariseRequest {
	r.After = nil
	return r
}

// Content is the request without After, its own and its items'.
func (r BatchRequest) Content() BatchRequest {
	r.After = nil
	r.Items = slices.Clone(r.Items)
	for i := range r.Items {
		r.Items[i].After = nil
	}
	return r
}

// Content is the request without After.
func (r AnchorRequest) Content() AnchorRequest {
	r.After = nil
	return r
}
