package ledgerlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// Measures of https://c2sp.org/tlog-tiles.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	tileBytes  = tileWidth * len(Hash{})
	// maxBundle is how many bytes a bundle may have.
	maxBundle = tileWidth * (lengthBytes + evidence.MaxEntry)
	// lengthBytes stand before each entry of a bundle.
	lengthBytes = 2
	// maxLevel is the highest level with a hash in it, in a log of tlog.MaxSize entries.
	maxLevel = 53 / tileHeight
	// entriesLevel stands for the level of bundles.
	entriesLevel = -1
)

// Files of the directory besides tiles and bundles.
const (
	stateFile      = "state"
	blocksFile     = "blocks"
	checkpointFile = "checkpoint"
	lockFile       = "lock"
	// sizeBytes is the length of a record of blocksFile.
	sizeBytes = 8
)

// tileID names a tile, or a bundle with the level entriesLevel.
type tileID struct {
	level int
	index uint64
}

// path is where a full tile is, with slashes: in the directory and in URLs.
func (id tileID) path() string {
	n := fmt.Sprintf("%03d", id.index%1000)
	for rest := id.index / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	if id.level == entriesLevel {
		return "tile/entries/" + n
	}
	return "tile/" + strconv.Itoa(id.level) + "/" + n
}

// partialPath is the URL's path of the tile when it has that width.
func (id tileID) partialPath(width int) string {
	if width == tileWidth {
		return id.path()
	}
	return id.path() + ".p/" + strconv.Itoa(width)
}

// above is the tile that has the root of a full tile among its hashes.
func (id tileID) above() tileID { return tileID{id.level + 1, id.index >> tileHeight} }

func (id tileID) file(dir string) string { return filepath.Join(dir, filepath.FromSlash(id.path())) }

// parseTilePath reads what partialPath writes, and nothing else.
func parseTilePath(path string) (id tileID, width int, ok bool) {
	level, n, ok := strings.Cut(strings.TrimPrefix(path, "tile/"), "/")
	if !ok || len(path) > 80 {
		return tileID{}, 0, false
	}
	if id.level = entriesLevel; level != "entries" {
		var err error
		if id.level, err = strconv.Atoi(level); err != nil {
			return tileID{}, 0, false
		}
	}
	width = tileWidth
	if whole, partial, is := strings.Cut(n, ".p/"); is {
		var err error
		if width, err = strconv.Atoi(partial); err != nil {
			return tileID{}, 0, false
		}
		n = whole
	}
	index, err := strconv.ParseUint(strings.NewReplacer("x", "", "/", "").Replace(n), 10, 64)
	id.index = index
	ok = err == nil && id.level >= entriesLevel && id.level <= maxLevel && index <= tlog.MaxSize>>tileHeight &&
		width >= 1 && width <= tileWidth && id.partialPath(width) == path
	return id, width, ok
}

// encodeTile is the hashes one after the other.
func encodeTile(hashes []Hash) []byte {
	raw := make([]byte, 0, len(hashes)*len(Hash{}))
	for _, h := range hashes {
		raw = append(raw, h[:]...)
	}
	return raw
}

func parseTile(raw []byte, width int) ([]Hash, error) {
	if len(raw) != width*len(Hash{}) {
		return nil, fmt.Errorf("it has %d bytes, not the %d of %d hashes", len(raw), width*len(Hash{}), width)
	}
	hashes := make([]Hash, width)
	for i := range hashes {
		hashes[i] = Hash(raw[i*len(Hash{}):])
	}
	return hashes, nil
}

// encodeBundle is the entries one after the other, the length of each before it.
func encodeBundle(entries [][]byte) []byte {
	size := 0
	for _, e := range entries {
		size += lengthBytes + len(e)
	}
	raw := make([]byte, 0, size)
	for _, e := range entries {
		raw = binary.BigEndian.AppendUint16(raw, uint16(len(e))) //nolint:gosec // grower.append checks it
		raw = append(raw, e...)
	}
	return raw
}

func parseBundle(raw []byte, width int) ([][]byte, error) {
	entries := make([][]byte, width)
	for i := range entries {
		if len(raw) < lengthBytes {
			return nil, fmt.Errorf("it ends before entry %d of %d", i, width)
		}
		end := lengthBytes + int(binary.BigEndian.Uint16(raw))
		if len(raw) < end {
			return nil, fmt.Errorf("it ends within entry %d of %d", i, width)
		}
		entries[i], raw = raw[lengthBytes:end:end], raw[end:]
	}
	if len(raw) > 0 {
		return nil, errors.New("it has bytes after its last entry")
	}
	return entries, nil
}
