package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/gateway-client/internal/durable"
)

// Position is the place of an event on the ledger: no transaction has two.
type Position struct {
	Block uint64
	TxID  string
}

// Checkpoint keeps the position of the last event that was handled. A Checkpoint serves
// one watch at a time.
type Checkpoint interface {
	// Load returns what Save kept last, and a Position without TxID when nothing was.
	Load(ctx context.Context) (Position, error)
	// Save keeps a position. It must be durable once Save has returned nil, and a Load
	// after a crash must return this position or the one before.
	Save(ctx context.Context, position Position) error
}

// FileCheckpoint keeps a position in a file of its own, which is replaced as a
// whole and flushed to disk each time, so that a crash or a loss of power leaves
// the old position or the new one. A file that is damaged all the same is an
// error that names it. The file's directory must exist.
func FileCheckpoint(path string) Checkpoint { return fileCheckpoint(path) }

type fileCheckpoint string

// checkpointVersion is the "v" of a checkpoint file.
const checkpointVersion = 1

// checkpointContent is the file's one line. The block is a text, since not every
// number of 64 bits is one in JSON.
type checkpointContent struct {
	V     int    `json:"v"`
	Block string `json:"block"`
	TxID  string `json:"txId"`
}

// Load reads the file; a file that is not there is a position not saved yet.
func (path fileCheckpoint) Load(context.Context) (Position, error) {
	content, err := os.ReadFile(string(path))
	if errors.Is(err, fs.ErrNotExist) {
		return Position{}, nil
	}
	if err != nil {
		return Position{}, path.unusable(err)
	}
	position, err := parseCheckpoint(content)
	if err != nil {
		return Position{}, path.unusable(err)
	}
	return position, nil
}

// Save replaces the file.
func (path fileCheckpoint) Save(_ context.Context, position Position) error {
	text, err := canonical.Marshal(checkpointContent{V: checkpointVersion, Block: strconv.FormatUint(position.Block, 10), TxID: position.TxID})
	if err != nil {
		return path.unusable(err)
	}
	if err := durable.Replace(string(path), durable.Seal(text)); err != nil {
		return path.unusable(err)
	}
	return nil
}

func parseCheckpoint(content []byte) (Position, error) {
	text, err := durable.Unseal(content)
	if err != nil {
		return Position{}, errors.New("is damaged, or is no checkpoint")
	}
	var c checkpointContent
	if err := canonical.Unmarshal(text, &c); err != nil {
		return Position{}, err
	}
	block, err := strconv.ParseUint(c.Block, 10, 64)
	switch {
	case c.V != checkpointVersion:
		return Position{}, fmt.Errorf("v is %d, not %d: it is of another version", c.V, checkpointVersion)
	case err != nil:
		return Position{}, fmt.Errorf("block: %w", err)
	case c.TxID == "":
		return Position{}, errors.New("names no transaction")
	}
	return Position{Block: block, TxID: c.TxID}, nil
}

func (path fileCheckpoint) unusable(err error) error {
	return &Error{Op: opWatch, Kind: ErrFailedPrecondition, Message: fmt.Sprintf("the checkpoint %s: %v", string(path), err), cause: err}
}
