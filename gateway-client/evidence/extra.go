package evidence

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// extraVersion is the "v" of Extra.
const extraVersion = 1

// Extra is what evidence says of the write, in the line "extra" of the file, as canonical
// JSON. Nothing of it is believed before it is hashed into the proof.
type Extra struct {
	Detail Detail
	Salt   Hash
	// Value is what the ledger stores under the key; with KindMetadata, what EncodeMetadata
	// returns. It is empty when the key was deleted (the ledger knows no empty value), and
	// may be with KindPrivate, when the value is not to be shown.
	Value []byte
	// Member is the document's place, if the write is of a batch.
	Member *Member
	// After is the checkpoint that the notarisation names: it proves "not before".
	After *SignedCheckpoint
}

// wireExtra is an Extra as it is written, its members in canonical order.
type wireExtra struct {
	After  string      `json:"after,omitempty"` // a signed note
	Detail wireDetail  `json:"detail"`
	Member *wireMember `json:"member,omitempty"`
	Salt   Hash        `json:"salt"`
	V      int         `json:"v"`
	Value  []byte      `json:"value,omitempty"`
}

// wireMember is a Member as it is written, its members in canonical order.
type wireMember struct {
	Digest notary.Digest `json:"digest"`
	Index  uint64        `json:"index"`
	Path   []Hash        `json:"path"`
}

func (e Extra) encode() ([]byte, error) {
	detail, err := e.Detail.wire()
	if err != nil {
		return nil, err
	}
	w := wireExtra{Detail: detail, Salt: e.Salt, V: extraVersion, Value: e.Value}
	if m := e.Member; m != nil {
		if _, err := notary.ParseDigest(string(m.Digest)); err != nil {
			return nil, fmt.Errorf("member: %w", err)
		}
		if m.Index > maxNumber || len(m.Path) > maxPath {
			return nil, fmt.Errorf("member: its index is more than %d, or its path has more than %d hashes", uint64(maxNumber), maxPath)
		}
		w.Member = &wireMember{Digest: m.Digest, Index: m.Index, Path: m.Path}
		if w.Member.Path == nil {
			w.Member.Path = []Hash{} // which JSON writes as a list, not as null
		}
	}
	if e.After != nil {
		if err := e.After.Validate(); err != nil {
			return nil, fmt.Errorf("earlier checkpoint: %w", err)
		}
		if len(e.After.Cosignatures) == 0 {
			return nil, errors.New("nobody has cosigned the earlier checkpoint")
		}
		w.After = string(e.After.Marshal())
	}
	return canonical.MarshalSorted(w)
}

// decodeExtra reads leniently: see readProof.
func decodeExtra(raw []byte) (Extra, error) {
	var w wireExtra
	if err := json.Unmarshal(raw, &w); err != nil {
		return Extra{}, err
	}
	if w.V != extraVersion {
		return Extra{}, fmt.Errorf("it is of version %d, and this release reads version %d", w.V, extraVersion)
	}
	e := Extra{Detail: w.Detail.detail(), Salt: w.Salt, Value: w.Value}
	if m := w.Member; m != nil {
		e.Member = &Member{Digest: m.Digest, Index: m.Index, Path: m.Path}
	}
	if w.After != "" {
		after, err := tlog.ParseSignedCheckpoint([]byte(w.After))
		if err != nil {
			return Extra{}, fmt.Errorf("earlier checkpoint: %w", err)
		}
		e.After = &after
	}
	if len(e.Value) == 0 {
		e.Value = nil
	}
	return e, nil
}
