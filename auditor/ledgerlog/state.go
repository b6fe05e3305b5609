package ledgerlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// state is a log at the end of a block: with the full tiles and bundles, it is the log.
type state struct {
	Head
	// last is the header hash of the last block.
	last Hash
	edge [][]Hash
	// entries are those of the bundle that is not full.
	entries [][]byte
}

// wireState is the state as it is in the file, after the hash of it.
type wireState struct {
	V      int    `json:"v"`
	Origin string `json:"origin"`
	Blocks uint64 `json:"blocks"`
	Last   Hash   `json:"last"`
	Size   uint64 `json:"size"`
	Root   Hash   `json:"root"`
	// Edge and Entries are encoded as tiles and bundles are.
	Edge    [][]byte `json:"edge"`
	Entries []byte   `json:"entries"`
}

const stateVersion = 1

// errVersion says that another program's state was read. That is no damage.
type errVersion int

func (v errVersion) Error() string {
	return fmt.Sprintf("its state is of version %d, this program knows version %d: use a newer program, or remove the log", int(v), stateVersion)
}

// emptyState is that of a log before its first block.
func emptyState() state { return state{Head: Head{Root: sha256.Sum256(nil)}} }

func (s state) encode() ([]byte, error) {
	w := wireState{V: stateVersion, Origin: s.Origin, Blocks: s.Blocks, Last: s.last, Size: s.Size, Root: s.Root, Entries: encodeBundle(s.entries)}
	for _, hashes := range s.edge {
		w.Edge = append(w.Edge, encodeTile(hashes))
	}
	text, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	return append(fmt.Appendf(nil, "%x\n", sha256.Sum256(text)), text...), nil
}

// parseState reads a state that is whole: its hash is right, and its edge gives its root.
func parseState(raw []byte) (state, error) {
	sum, text, _ := bytes.Cut(raw, []byte("\n"))
	if want := sha256.Sum256(text); string(sum) != hex.EncodeToString(want[:]) {
		return state{}, errors.New("its first line is not the hash of the rest")
	}
	var w wireState
	if err := json.Unmarshal(text, &w); err != nil {
		return state{}, err
	}
	if w.V != stateVersion {
		return state{}, errVersion(w.V)
	}
	s := state{Head: Head{Origin: w.Origin, Size: w.Size, Root: w.Root, Blocks: w.Blocks}, last: w.Last}
	for _, raw := range w.Edge {
		hashes, err := parseTile(raw, len(raw)/len(Hash{}))
		if err != nil {
			return state{}, err
		}
		s.edge = append(s.edge, hashes)
	}
	var err error
	if s.entries, err = parseBundle(w.Entries, int(w.Size%tileWidth)); err != nil {
		return state{}, err
	}
	return s, s.check()
}

// check compares what the state says with what it holds.
func (s state) check() error {
	g, err := grown(s.Size, s.edge, s.entries)
	if err != nil {
		return err
	}
	if root := g.root(); root != s.Root {
		return fmt.Errorf("its edge has the root %s, not %s", root, s.Root)
	}
	for i, entry := range s.entries {
		if evidence.LeafHash(entry) != s.edge[0][i] {
			return fmt.Errorf("its entry %d does not have the hash of its leaf", i)
		}
	}
	return nil
}

// readState reads a directory's state. A log without one is empty.
func readState(dir string) (state, error) {
	raw, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return emptyState(), nil
	}
	if err != nil {
		return state{}, err
	}
	s, err := parseState(raw)
	var version errVersion
	switch {
	case errors.As(err, &version):
		return state{}, fmt.Errorf("the ledger log %s: %w", dir, err)
	case err != nil:
		return state{}, &DamagedError{dir, stateFile, err.Error()}
	}
	return s, nil
}
