// Package follow appends events to a file so that each is there exactly once, however
// often the process that writes them is killed.
//
// The file is its own checkpoint: every line tells its position on the ledger. A line
// that was not written to its end is cut off when the file is opened again, and
// the ledger is asked for what comes after the last whole one. So there is no second
// file that could be ahead of the first one, or behind.
package follow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// maxLine bounds one line: the event of an import of the most records is far shorter.
const maxLine = 1 << 20

// File is a file of events that is being appended to. It is a [gateway.Checkpoint].
type File struct {
	file *os.File
	last gateway.Position
}

// tail is what the last line has to tell.
type tail struct {
	Block    uint64 `json:"block"`
	TxID     string `json:"txId"`
	Register string `json:"register"`
}

// Open opens the file of a register's events at path, making it when it is missing,
// and cuts off a line that was not finished. It fails for a file that holds something
// else.
func Open(path, register string) (*File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644) //nolint:gosec // what it holds is on every peer anyway
	if err != nil {
		return nil, fmt.Errorf("open the events: %w", err)
	}
	f := &File{file: file}
	if err := f.mend(register); err != nil {
		_ = file.Close() // read only so far
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// mend finds the last whole line, reads its position and cuts off what follows.
func (f *File) mend(register string) error {
	size, err := f.file.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	// Room for the last whole line, the one before it to end, and an unfinished one.
	start := max(0, size-2*maxLine)
	content := make([]byte, size-start)
	if _, err := f.file.ReadAt(content, start); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	end := bytes.LastIndexByte(content, '\n') + 1
	if end == 0 && size > maxLine {
		return errors.New("is not a file of events: it has no lines")
	}
	if end > 0 {
		line := content[bytes.LastIndexByte(content[:end-1], '\n')+1 : end-1]
		var t tail
		if err := json.Unmarshal(line, &t); err != nil || t.TxID == "" {
			return errors.New("is not a file of events: its last line names no transaction")
		}
		if t.Register != register {
			return fmt.Errorf("holds the events of %s, not of %s", t.Register, register)
		}
		f.last = gateway.Position{Block: t.Block, TxID: t.TxID}
	} else if len(bytes.TrimSpace(content)) > 0 && content[0] != '{' {
		return errors.New("is not a file of events")
	}
	if err := f.file.Truncate(start + int64(end)); err != nil {
		return err
	}
	_, err = f.file.Seek(0, io.SeekEnd)
	return err
}

// Append adds one event as a line, which is on the disk once it returns. The value
// has to encode its position and register as the members block, txId and register.
func (f *File) Append(event any) error {
	line, err := json.Marshal(event)
	if err != nil {
		return err
	}
	if _, err := f.file.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.file.Sync()
}

// Load returns the position of the last line, and none for an empty file.
func (f *File) Load(context.Context) (gateway.Position, error) { return f.last, nil }

// Save does nothing: the line that was appended holds the position.
func (f *File) Save(context.Context, gateway.Position) error { return nil }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }
