package ledgerlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

const (
	// fetchLimit bounds one request.
	fetchLimit = 30 * time.Second
	// maxBlocks is how many bytes /blocks/<N> may answer.
	maxBlocks = 1 << 10
)

// Remote is a log that is served over HTTP, by [Handler] or by a mirror of it. What it
// returns fits together, but nobody vouches for it before it is compared with a cosigned
// checkpoint. It is safe for concurrent use; each request is given 30 seconds.
type Remote struct {
	base   *url.URL
	client *http.Client
}

// OpenURL reads the log at an http or https URL, such as https://log.example.lu/psbc. It
// asks for nothing yet.
func OpenURL(address string) (*Remote, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the ledger log: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("address of the ledger log: %q is not an http or https URL without query", address)
	}
	return &Remote{base, &http.Client{Timeout: fetchLimit}}, nil
}

// Checkpoint implements [Source].
func (r *Remote) Checkpoint() (tlog.SignedCheckpoint, error) {
	raw, err := r.fetch("checkpoint", tlog.MaxNote)
	if err != nil {
		return tlog.SignedCheckpoint{}, err
	}
	signed, err := tlog.ParseSignedCheckpoint(raw)
	return signed, r.at("checkpoint", err)
}

// SizeAt implements [Source].
func (r *Remote) SizeAt(block uint64) (uint64, error) {
	path := "blocks/" + strconv.FormatUint(block, 10)
	raw, err := r.fetch(path, maxBlocks)
	if err != nil {
		return 0, err
	}
	var w wireBlocks
	if err := json.Unmarshal(raw, &w); err != nil {
		return 0, r.at(path, err)
	}
	if w.Block != block || w.Size <= w.First || w.Size > tlog.MaxSize {
		return 0, r.at(path, fmt.Errorf("it answers for block %d, of entries %d to %d", w.Block, w.First, w.Size))
	}
	return w.Size, nil
}

// Root implements [Source].
func (r *Remote) Root(size uint64) (Hash, error) {
	if size > tlog.MaxSize {
		return Hash{}, notFound("size %d", size)
	}
	return newTree(r, size).root()
}

// Entry implements [Source].
func (r *Remote) Entry(index uint64) ([]byte, error) {
	if index >= tlog.MaxSize {
		return nil, notFound("entry %d", index)
	}
	// The smallest tree with the entry in it is all that is known to be there.
	entry, err := newTree(r, index+1).entry(index)
	return entry, r.at("tile", err)
}

// Inclusion implements [Source].
func (r *Remote) Inclusion(index, size uint64) ([]Hash, error) {
	if index >= size || size > tlog.MaxSize {
		return nil, notFound("entry %d in size %d", index, size)
	}
	t := newTree(r, size)
	root, err := t.root()
	if err != nil {
		return nil, err
	}
	path, err := t.inclusion(index, root)
	return path, r.at("tile", err)
}

// Consistency implements [Source].
func (r *Remote) Consistency(a, b uint64) ([]Hash, error) {
	if err := checkSizes(a, b); err != nil {
		return nil, err
	}
	if b > tlog.MaxSize {
		return nil, notFound("size %d", b)
	}
	rootA, err := newTree(r, a).root()
	if err != nil {
		return nil, err
	}
	t := newTree(r, b)
	rootB, err := t.root()
	if err != nil {
		return nil, err
	}
	path, err := t.consistency(a, rootA, rootB)
	return path, r.at("tile", err)
}

func (r *Remote) tile(id tileID, width int) ([]Hash, error) {
	raw, whole, err := r.fetchTile(id, width, tileBytes)
	if err != nil {
		return nil, err
	}
	hashes, err := parseTile(raw, whole)
	if err != nil {
		return nil, r.at(id.path(), err)
	}
	return hashes[:width], nil
}

func (r *Remote) bundle(index uint64, width int) ([][]byte, error) {
	id := tileID{entriesLevel, index}
	raw, whole, err := r.fetchTile(id, width, maxBundle)
	if err != nil {
		return nil, err
	}
	entries, err := parseBundle(raw, whole)
	if err != nil {
		return nil, r.at(id.path(), err)
	}
	return entries[:width], nil
}

// fetchTile returns a tile and its width, which may be the full one instead of what is asked
// for: a server may remove those that are not full once there is more.
func (r *Remote) fetchTile(id tileID, width, limit int) ([]byte, int, error) {
	raw, err := r.fetch(id.partialPath(width), limit)
	if err == nil || width == tileWidth || !errors.Is(err, ErrNotFound) {
		return raw, width, err
	}
	if raw, err := r.fetch(id.path(), limit); err == nil {
		return raw, tileWidth, nil
	}
	return nil, 0, err // of what was asked for
}

func (r *Remote) fetch(path string, limit int) ([]byte, error) {
	where := r.base.JoinPath(path).String()
	response, err := r.client.Get(where) //nolint:noctx // the client's timeout bounds it
	if err != nil {
		return nil, fmt.Errorf("read the ledger log: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, notFound("%s", where)
	default:
		return nil, fmt.Errorf("read the ledger log: %s answers %s", where, response.Status)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
	if err != nil {
		return nil, fmt.Errorf("read the ledger log: %s: %w", where, err)
	}
	if len(raw) > limit {
		return nil, fmt.Errorf("read the ledger log: %s answers with more than %d bytes", where, limit)
	}
	return raw, nil
}

// at says which part of the log an error is about.
func (r *Remote) at(path string, err error) error {
	if err == nil || errors.Is(err, ErrNotFound) {
		return err
	}
	return fmt.Errorf("the ledger log's %s: %w", r.base.JoinPath(path), err)
}
