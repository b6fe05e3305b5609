package definition

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/suggest"
)

// LoadTrail reads the definition of an audit trail from path: YAML, or JSON, which is
// YAML too.
func LoadTrail(path string) (trail.Definition, error) {
	in, err := os.Open(path)
	if err != nil {
		return trail.Definition{}, err
	}
	defer in.Close()
	return ReadTrail(in)
}

// ReadTrail is LoadTrail from a stream. A member that a definition does not have is
// refused, with the one that was meant.
func ReadTrail(in io.Reader) (trail.Definition, error) {
	raw, err := bounded(in)
	if err != nil {
		return trail.Definition{}, err
	}
	var written any
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(&written); err != nil {
		return trail.Definition{}, fmt.Errorf("is not YAML: %w", err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return trail.Definition{}, errors.New("there is text after the definition")
	}
	asJSON, err := json.Marshal(written)
	if err != nil {
		return trail.Definition{}, fmt.Errorf("is not a definition: %w", err)
	}
	var d trail.Definition
	strict := json.NewDecoder(bytes.NewReader(asJSON))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&d); err != nil {
		return trail.Definition{}, trailSentence(err)
	}
	return d, nil
}

// TrailBodies replaces each name of a body in the definition by what find returns for
// it, its MSP ID.
func TrailBodies(d *trail.Definition, find func(name string) (string, error)) error {
	for i, name := range d.Readers {
		mspID, err := find(name)
		if err != nil {
			return fmt.Errorf("readers: %w", err)
		}
		d.Readers[i] = mspID
	}
	return nil
}

func trailSentence(err error) error {
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		field := kind.Field
		if field == "" {
			field = "the definition"
		}
		return fmt.Errorf("%s must not be of the kind %s", field, kind.Value)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("there is no member %s in the definition of a trail%s", name, suggest.DidYouMean(strings.Trim(name, `"`), []string{
			"id", "titles", "records", "legalBasis", "retention", "retentionDays", "actions", "readers", "de", "en", "fr", "lb",
		}))
	}
	return err
}
