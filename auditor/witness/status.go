package witness

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// StatusFile is where a witness says how it does, in its directory: it is replaced every
// few seconds, so that one that is old tells of a witness that hangs.
const StatusFile = "status.json"

// statusInterval is how often it is replaced when nothing happens.
const statusInterval = 4 * time.Second

// Status is how a witness does. Its fields but Detail are those that the network's status
// shows of any service.
type Status struct {
	PID     int       `json:"pid"`
	At      time.Time `json:"at"`
	Healthy bool      `json:"healthy"`
	// Problem is what keeps the witness from its work, or what it found wrong on the ledger.
	Problem string `json:"problem,omitempty"`
	Summary string `json:"summary,omitempty"`
	// Height is the number of blocks that the log has.
	Height uint64 `json:"height"`
	Detail Detail `json:"detail"`
}

// Detail is what only witnesses have.
type Detail struct {
	Body   string    `json:"body"` // MSP ID
	Origin string    `json:"origin"`
	Size   uint64    `json:"size"` // of the log
	Root   tlog.Hash `json:"root"`
	// Cosigned is the largest size that the body has stated on the ledger, as far as it was
	// read since the start; Promised what it signed last.
	Cosigned uint64 `json:"cosigned"`
	Promised Mark   `json:"promised"`
	// Quorum is the largest checkpoint that a quorum has stated, and Cosigners, by MSP ID,
	// the bodies that did, as far as they were read since the start.
	Quorum    Mark     `json:"quorum"`
	Cosigners []string `json:"cosigners"`
	Bodies    int      `json:"bodies"`
	// Disagreements are the names of files in the directory that tell of bodies whose
	// statements the own log contradicts.
	Disagreements []string `json:"disagreements"`
	// Notes are the last other things that bodies were found to do wrong.
	Notes []string `json:"notes"`
}

// ReadStatus reads what the witness in a directory said last.
func ReadStatus(dir string) (*Status, error) {
	raw, err := os.ReadFile(filepath.Join(dir, StatusFile))
	if err != nil {
		return nil, fmt.Errorf("status of the witness: %w; was it ever started with this directory?", err)
	}
	var s Status
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, StatusFile), err)
	}
	return &s, nil
}

// write replaces the file. It tells of the present and need not outlive a loss of power.
func (s Status) write(dir string) error {
	raw, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, StatusFile), append(raw, '\n'), false)
}

// summarise puts what matters into a line.
func (d Detail) summarise() string {
	if d.Quorum.Size == 0 {
		return fmt.Sprintf("log of %d entries, no checkpoint with a quorum yet", d.Size)
	}
	return fmt.Sprintf("log of %d entries, checkpoint at %d by %d of %d bodies, own at %d", d.Size, d.Quorum.Size, len(d.Cosigners), d.Bodies, d.Cosigned)
}
