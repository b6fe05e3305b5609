package gateway

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// importBatch are the rows of one transaction.
type importBatch struct {
	number int
	first  int // row, from 0
	items  []registry.Item
	digest string // of the rows
}

// rowCutter cuts a stream of rows into batches.
type rowCutter struct {
	pull  func() (registry.Item, error, bool)
	stop  func()
	next  int     // number of the next row, from 0
	ahead *oneRow // read, but too long for the batch that it was read for
}

type oneRow struct {
	item    registry.Item
	encoded []byte
}

func newRowCutter(rows iter.Seq2[registry.Item, error]) *rowCutter {
	pull, stop := iter.Pull2(rows)
	return &rowCutter{pull: pull, stop: stop}
}

// cut returns the next batch, of at most size rows with at most bytes of JSON (0: any
// number), but of one row at least; nil when there are no more rows.
func (c *rowCutter) cut(number, size, bytes int) (*importBatch, error) {
	batch := &importBatch{number: number, first: c.next}
	digest := sha256.New()
	length := 0
	for len(batch.items) < size {
		row, err := c.row()
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		length += len(row.encoded) + 1 // and a comma
		if bytes > 0 && length > bytes && len(batch.items) > 0 {
			c.ahead = row
			break
		}
		c.next++
		batch.items = append(batch.items, row.item)
		// The length before each row makes rows of different bounds different.
		digest.Write(binary.BigEndian.AppendUint64(nil, uint64(len(row.encoded))))
		digest.Write(row.encoded)
	}
	if len(batch.items) == 0 {
		return nil, nil
	}
	batch.digest = hex.EncodeToString(digest.Sum(nil))
	return batch, nil
}

// row returns the next row, nil when there is none.
func (c *rowCutter) row() (*oneRow, error) {
	if row := c.ahead; row != nil {
		c.ahead = nil
		return row, nil
	}
	item, err, more := c.pull()
	if !more {
		return nil, nil
	}
	if err == nil {
		var encoded []byte
		if encoded, err = json.Marshal(item); err == nil {
			return &oneRow{item: item, encoded: encoded}, nil
		}
	}
	return nil, &Error{Op: opImportStream, Kind: ErrInvalidArgument, cause: err,
		Message: fmt.Sprintf("row %d (from 0) cannot be read: %v", c.next, err)}
}
