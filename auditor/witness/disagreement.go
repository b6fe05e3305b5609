package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Limits of what is kept of disagreements: who disagrees can do so without end.
const (
	maxDisagreements = 64
	maxContradicting = 16
)

// Disagreement is what a file disagreement-<size>.json holds: what other bodies have said
// of a size, in contradiction to the own log. It proves with their cosignatures what they
// said.
type Disagreement struct {
	V       int        `json:"v"`
	Origin  string     `json:"origin"`
	Size    uint64     `json:"size"`
	OwnRoot *tlog.Hash `json:"ownRoot,omitempty"` // none when the own log had fewer entries
	// Statements are in the order of the ledger.
	Statements []Contradiction `json:"statements"`
}

// Contradiction is a statement that the own log contradicts.
type Contradiction struct {
	Body         string    `json:"body"`
	Root         tlog.Hash `json:"root"`
	Block        uint64    `json:"block"`
	Why          string    `json:"why"`
	TxID         string    `json:"txId"`
	Cosignatures []string  `json:"cosignatures"`
}

// disagreements keeps them in a directory. They stay until somebody who has looked into
// them moves the files away.
type disagreements struct {
	dir, origin string
	files       []string // names
}

func openDisagreements(dir, origin string) (*disagreements, error) {
	d := &disagreements{dir: dir, origin: origin}
	return d, d.look()
}

// look finds the files that are there.
func (d *disagreements) look() error {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return err
	}
	d.files = nil
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "disagreement-") && strings.HasSuffix(entry.Name(), ".json") {
			d.files = append(d.files, entry.Name())
		}
	}
	return nil
}

// add keeps a statement that the own log contradicts. It returns the name of its file, and
// whether that says something new.
func (d *disagreements) add(s judged) (name string, added bool, err error) {
	name = fmt.Sprintf("disagreement-%d.json", s.Size)
	path := filepath.Join(d.dir, name)
	all := Disagreement{V: 1, Origin: d.origin, Size: s.Size, OwnRoot: s.own}
	known := slices.Contains(d.files, name)
	if !known && len(d.files) >= maxDisagreements {
		return name, false, nil
	}
	if raw, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(raw, &all); err != nil {
			return name, false, fmt.Errorf("%s: %w", path, err)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return name, false, err
	}
	same := func(c Contradiction) bool { return c.Body == s.Body && c.Root == s.Root }
	if len(all.Statements) >= maxContradicting || slices.ContainsFunc(all.Statements, same) {
		return name, false, nil
	}
	all.Statements = append(all.Statements, Contradiction{
		Body: s.Body, Root: s.Root, Block: s.Block, Why: s.wrong, TxID: s.TxID, Cosignatures: s.Cosignatures,
	})
	raw, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return name, false, err
	}
	if err := replace(path, append(raw, '\n'), true); err != nil {
		return name, false, err
	}
	if !known {
		d.files = append(d.files, name)
	}
	return name, true, nil
}
