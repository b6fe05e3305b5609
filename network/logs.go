package network

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// LogOptions say which part of the logs to copy.
type LogOptions struct {
	Nodes  []string // names; none for all
	Lines  int      // the last so many of each
	Follow bool     // go on until the context ends
}

const followPoll = 200 * time.Millisecond

// Logs copies nodes' logs to w. With more than one node every line is headed by
// the node's name.
func (n *Network) Logs(ctx context.Context, w io.Writer, o LogOptions) error {
	nodes, err := n.logged(o.Nodes)
	if err != nil {
		return err
	}
	tails := make([]*tail, 0, len(nodes))
	for _, node := range nodes {
		t := &tail{path: n.Layout.Log(node)}
		if len(nodes) > 1 {
			t.prefix = node + " | "
		}
		if err := t.last(w, o.Lines); err != nil {
			return err
		}
		tails = append(tails, t)
	}
	for o.Follow {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followPoll):
		}
		for _, t := range tails {
			if err := t.more(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// logged resolves names of nodes to those that have a log.
func (n *Network) logged(names []string) ([]string, error) {
	files, err := filepath.Glob(n.Layout.Log("*"))
	if err != nil {
		return nil, err
	}
	var have []string
	for _, f := range files {
		have = append(have, strings.TrimSuffix(filepath.Base(f), ".log"))
	}
	if len(names) == 0 {
		return have, nil
	}
	for _, name := range names {
		if !slices.Contains(have, name) {
			return nil, usagef("there is no log of %q; nodes: %s", name, strings.Join(have, ", "))
		}
	}
	return names, nil
}

// tail is the place up to which a log has been copied.
type tail struct {
	path, prefix string
	offset       int64
}

// tailWindow bounds how far back the last lines are looked for.
const tailWindow = 1 << 20

func (t *tail) last(w io.Writer, lines int) error {
	f, err := os.Open(t.path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	start := max(0, info.Size()-tailWindow)
	data, err := io.ReadAll(io.NewSectionReader(f, start, info.Size()-start))
	if err != nil {
		return err
	}
	t.offset = info.Size()
	all := strings.SplitAfter(strings.TrimSuffix(string(data), "\n"), "\n")
	for _, line := range all[max(0, len(all)-lines):] {
		if line == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s%s\n", t.prefix, strings.TrimSuffix(line, "\n")); err != nil {
			return err
		}
	}
	return nil
}

// more copies the complete lines written since.
func (t *tail) more(w io.Writer) error {
	f, err := os.Open(t.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(t.offset, io.SeekStart); err != nil {
		return err
	}
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil // what there is of an unfinished line is read next time
		}
		if err != nil {
			return err
		}
		t.offset += int64(len(line))
		if _, err := fmt.Fprintf(w, "%s%s", t.prefix, line); err != nil {
			return err
		}
	}
}
