// Package profiles finds the connection profile that `--as BODY[/user]` names
// among those that the network wrote: <run-dir>/profiles/<body>/<user>.json.
package profiles

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
)

// The users who act for a body when --as names none: which of them depends on what
// is to be done.
const (
	Notary    = "notary"    // has the role psbc.notary
	Registrar = "registrar" // has the role psbc.registrar
	Recorder  = "recorder"  // has the role psbc.recorder
	Witness   = "witness"   // has the role psbc.witness
	Admin     = "admin"     // administers the body
)

// Entry is one profile on disk.
type Entry struct {
	Body string // as the network's topology writes it
	User string
	Path string
}

// String returns what --as takes for this profile.
func (e Entry) String() string { return e.Body + "/" + e.User }

// head is what this package needs to know of a profile.
type head struct {
	Body struct {
		Name string `json:"name"`
	} `json:"body"`
	User   string `json:"user"`
	Bodies []struct {
		Name string `json:"name"`
	} `json:"bodies"`
}

// rank returns the position of the profile's body in the network, counted from 0.
func (h head) rank() int {
	for i, b := range h.Bodies {
		if b.Name == h.Body.Name {
			return i
		}
	}
	return len(h.Bodies)
}

// List returns the profiles of the network in runDir: bodies in the network's
// order, users by name. It fails when no network was ever started there.
func List(runDir string) ([]Entry, error) {
	paths, err := filepath.Glob(filepath.Join(globQuote(runDir), "profiles", "*", "*.json"))
	if err != nil {
		return nil, fmt.Errorf("list the profiles in %s: %w", runDir, err)
	}
	type ranked struct {
		Entry
		rank int
	}
	var found []ranked
	for _, path := range paths {
		h, err := readHead(path)
		if err != nil {
			return nil, err
		}
		if h.Body.Name != "" && h.User != "" {
			found = append(found, ranked{Entry{h.Body.Name, h.User, path}, h.rank()})
		}
	}
	if len(found) == 0 {
		return nil, exit.WithRemedy(fmt.Errorf("no network was ever started in %s", runDir), `run "psbc network up" first`)
	}
	slices.SortFunc(found, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Body, b.Body), cmp.Compare(a.User, b.User))
	})
	entries := make([]Entry, len(found))
	for i, f := range found {
		entries[i] = f.Entry
	}
	return entries, nil
}

// readHead reads the head of the profile at path: an empty one for a JSON file
// that is no profile of ours, for the standard Fabric profiles lie beside them. A
// profile that is not JSON at all is named after its path, so that it is found and
// connecting with it says what is wrong.
func readHead(path string) (head, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return head{}, nil // removed since it was listed
	}
	if err != nil {
		return head{}, fmt.Errorf("read the profile: %w", err)
	}
	var h head
	user := strings.TrimSuffix(filepath.Base(path), ".json")
	if !json.Valid(data) && !strings.Contains(user, ".") {
		h.Body.Name = filepath.Base(filepath.Dir(path))
		h.User = user
		return h, nil
	}
	if err := json.Unmarshal(data, &h); err != nil {
		return head{}, nil // JSON, but of another shape
	}
	return h, nil
}

// Find returns the path of the profile that as names: BODY/user in any case, BODY for
// that body's usual user, or "" for the first body's. A body or user that does not
// exist is a usage error that lists those that do.
func Find(runDir, as, usual string) (string, error) {
	entries, err := List(runDir)
	if err != nil {
		return "", err
	}
	body, user, named := strings.Cut(as, "/")
	if body == "" && !named {
		body = entries[0].Body
	}
	if !named {
		user = usual
	}
	var users []string
	for _, e := range entries {
		if !strings.EqualFold(e.Body, body) {
			continue
		}
		if strings.EqualFold(e.User, user) {
			return e.Path, nil
		}
		body = e.Body
		users = append(users, e.String())
	}
	if len(users) == 0 {
		return "", exit.WithRemedy(exit.Usagef("there is no body %q in this network", body), "--as takes one of %s", strings.Join(bodies(entries), ", "))
	}
	return "", exit.WithRemedy(exit.Usagef("%s has no user %q", body, user), "--as takes one of %s", strings.Join(users, ", "))
}

// Names returns everything that --as takes: every body, and every user of it.
func Names(entries []Entry) []string {
	names := bodies(entries)
	for _, e := range entries {
		names = append(names, e.String())
	}
	return names
}

func bodies(entries []Entry) []string {
	var names []string
	for _, e := range entries {
		if !slices.Contains(names, e.Body) {
			names = append(names, e.Body)
		}
	}
	return names
}

// globQuote escapes the characters of dir that filepath.Glob would interpret.
func globQuote(dir string) string {
	if os.PathSeparator == '\\' {
		return dir // Glob has no escape there
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
