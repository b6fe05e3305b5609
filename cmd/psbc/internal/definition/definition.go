// Package definition reads the files in which bodies define registers and audit trails.
package definition

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/suggest"
)

// maxFile bounds a definition and a schema: what the ledger takes, with room for
// white space.
const maxFile = 4 * registry.MaxRequestBytes

// file is a definition as it is written. It may name the file of its schema.
type file struct {
	registry.Definition
	SchemaFile string `json:"schemaFile,omitempty"`
}

// Load reads a definition from path. Its schema is in it, or in the file that
// "schemaFile" names, relative to the definition's own folder.
func Load(path string) (registry.Definition, error) {
	in, err := os.Open(path)
	if err != nil {
		return registry.Definition{}, err
	}
	defer in.Close()
	return Read(in, filepath.Dir(path))
}

// Read is Load from a stream; dir is what "schemaFile" is relative to. A
// member that a definition does not have is refused, with the one that was meant.
func Read(in io.Reader, dir string) (registry.Definition, error) {
	raw, err := bounded(in)
	if err != nil {
		return registry.Definition{}, err
	}
	var f file
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return registry.Definition{}, sentence(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return registry.Definition{}, errors.New("there is text after the definition")
	}
	switch {
	case f.SchemaFile == "" && len(f.Schema) == 0:
		return registry.Definition{}, errors.New(`there is no schema: give it as "schema", or its file as "schemaFile"`)
	case f.SchemaFile != "" && len(f.Schema) > 0:
		return registry.Definition{}, errors.New(`"schema" and "schemaFile" are both given; one of them is enough`)
	case f.SchemaFile != "":
		if f.Schema, err = loadSchema(f.SchemaFile, dir); err != nil {
			return registry.Definition{}, err
		}
	}
	return f.Definition, nil
}

func loadSchema(name, dir string) (json.RawMessage, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	in, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("schemaFile: %w", err)
	}
	defer in.Close()
	raw, err := bounded(in)
	if err != nil {
		return nil, fmt.Errorf("schemaFile %s: %w", name, err)
	}
	if !json.Valid(raw) {
		return nil, fmt.Errorf("schemaFile %s is not JSON", name)
	}
	return raw, nil
}

// Bodies replaces each name of a body in the definition by what find returns for
// it, its MSP ID. The error of find is given the place.
func Bodies(d *registry.Definition, find func(name string) (string, error)) error {
	lists := []struct {
		name   string
		bodies *[]string
	}{{"writers", &d.Writers}, {"attesters", &d.Attesters}, {"approvers", &d.Approvers}}
	if d.Private != nil {
		lists = append(lists, struct {
			name   string
			bodies *[]string
		}{"private.bodies", &d.Private.Bodies})
	}
	for _, list := range lists {
		for i, name := range *list.bodies {
			mspID, err := find(name)
			if err != nil {
				return fmt.Errorf("%s: %w", list.name, err)
			}
			(*list.bodies)[i] = mspID
		}
	}
	return nil
}

func bounded(in io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxFile {
		return nil, fmt.Errorf("is larger than %d bytes", maxFile)
	}
	return bytes.TrimPrefix(raw, []byte("\ufeff")), nil
}

// sentence words the errors of encoding/json.
func sentence(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("is not JSON (at byte %d): %w", syntax.Offset, err)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s is a %s, which it must not be", kind.Field, kind.Value)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("is incomplete JSON")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("there is no member %s in a definition%s", name, suggest.DidYouMean(strings.Trim(name, `"`), members()))
	}
	return err
}

// members lists what a definition has, the members of its parts included.
func members() []string {
	return []string{
		"id", "titles", "legalBasis", "retention", "writers", "attesters", "approvals", "approvers", "proposalDays", "ids",
		"unique", "indexed", "private", "references", "schema", "schemaFile", "upgrade",
		"de", "en", "fr", "lb", "pattern", "mint", "field", "register", "fields", "bodies", "rename", "remove", "default", "from", "to", "value",
	}
}
