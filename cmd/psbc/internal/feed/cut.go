package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

const (
	// batchBytes bounds the JSON of a batch's entries; the rest of a request has room
	// beside it.
	batchBytes = trail.MaxAppendBytes - 4<<10
	// openedBytes is what a sealed entry takes beside the entry when it is revealed. A
	// batch that is sealed must fit into the request that reveals it.
	openedBytes = 100
)

// cutter cuts a stream of rows into batches.
type cutter struct {
	next   func() (Row, error, bool)
	most   int
	sealed bool
	ahead  *Row // that was read and did not fit
}

func (c *cutter) read() (Row, bool, error) {
	if c.ahead != nil {
		row := *c.ahead
		c.ahead = nil
		return row, true, nil
	}
	row, err, ok := c.next()
	return row, ok, err
}

// exactly returns the next n rows, or as many as there are.
func (c *cutter) exactly(n int) ([]Row, error) {
	var batch []Row
	for len(batch) < n {
		row, ok, err := c.read()
		if err != nil || !ok {
			return batch, err
		}
		batch = append(batch, row)
	}
	return batch, nil
}

// full returns the next rows, as many as a batch may have; none at the end.
func (c *cutter) full() ([]Row, error) {
	var batch []Row
	for bytes := 0; len(batch) < c.most; {
		row, ok, err := c.read()
		if err != nil || !ok {
			return batch, err
		}
		encoded, err := json.Marshal(row.Entry)
		if err != nil {
			return nil, err
		}
		bytes += len(encoded) + 1
		if c.sealed {
			bytes += openedBytes
		}
		if bytes > batchBytes && len(batch) > 0 {
			c.ahead = &row
			return batch, nil
		}
		batch = append(batch, row)
	}
	return batch, nil
}

// locate tells the line of an entry that the ledger's rules refuse, which they name by
// its index in the batch.
func locate(err error, batch []Row) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	var index int
	if n, _ := fmt.Sscanf(f.Message, "entries %d", &index); n != 1 || index < 0 || index >= len(batch) {
		return err
	}
	rest := strings.TrimLeft(strings.TrimPrefix(f.Message, "entries "), "0123456789")
	return fault.New(f.Code, "line %d%s", batch[index].Line, rest)
}
