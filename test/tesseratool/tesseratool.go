// Package tesseratool runs what others' software says of our logs and does beside us: the
// programs of the module test/tessera, which is apart from this one so that what Tessera
// depends on stays out of it.
package tesseratool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Tools are the programs, built.
type Tools struct{ bin string }

// Build builds the programs into bin/tools of the source tree at root, unless what is there
// is what would be built; the first time takes some seconds.
func Build(ctx context.Context, root string) (*Tools, error) {
	bin := filepath.Join(root, "bin", "tools")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", bin+string(filepath.Separator),
		"github.com/transparency-dev/tessera/cmd/fsck", "./cmd/fsck-verdict", "./cmd/tessera-append")
	cmd.Dir = filepath.Join(root, "test", "tessera")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the tools of test/tessera: %w: %s", err, bytes.TrimSpace(out))
	}
	return &Tools{bin}, nil
}

// Log is a served log.
type Log struct {
	// URL is where its tlog-tiles are: http, https, or file for a directory.
	URL string
	// Origin is the first line of its checkpoints.
	Origin string
	// KeyFile holds the verifier key (vkey) of one who has signed or cosigned its checkpoint.
	KeyFile string
}

// Verdict is what fsck found of a log that is whole.
type Verdict struct {
	Origin    string `json:"origin"`
	Size      uint64 `json:"size"`
	Root      string `json:"root"` // hex
	Resources uint64 `json:"resources"`
	Bytes     uint64 `json:"bytes"`
}

// Fsck runs Tessera's fsck on the whole log. An error says what of the log is wrong, or why
// that could not be found out within the limit.
func (t *Tools) Fsck(ctx context.Context, log Log, limit time.Duration) (Verdict, error) {
	var v Verdict
	err := t.run(ctx, limit, &v, "fsck-verdict", "-url", log.URL, "-origin", log.Origin, "-key", log.KeyFile)
	if err == nil && v.Root == "" {
		err = errors.New("fsck-verdict ended without a verdict")
	}
	return v, err
}

// Appended is what appends to a log on Tessera's POSIX storage took.
type Appended struct {
	Entries   int     `json:"entries"`
	Batch     int     `json:"batch"`
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"perSecond"`
}

// Append appends the entries of a file, which are of one width and follow each other, to a
// new log in a directory.
func (t *Tools) Append(ctx context.Context, dir, entries string, width int, limit time.Duration) (Appended, error) {
	var a Appended
	err := t.run(ctx, limit, &a, "tessera-append", "-dir", dir, "-entries", entries, "-width", fmt.Sprint(width))
	if err == nil && a.Entries == 0 {
		err = errors.New("tessera-append ended without a result")
	}
	return a, err
}

// graceful is how long a program has to say that its time is over.
const graceful = 10 * time.Second

func (t *Tools) run(ctx context.Context, limit time.Duration, result any, program string, arguments ...string) error {
	ctx, cancel := context.WithTimeout(ctx, limit+graceful)
	defer cancel()
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(t.bin, program), append(arguments, "-timeout", limit.String())...)
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(errOut.String()))
	}
	if err := json.Unmarshal(out.Bytes(), result); err != nil {
		return fmt.Errorf("%s: read its result: %w", program, err)
	}
	return nil
}
