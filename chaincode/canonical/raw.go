package canonical

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxRawDepth is how deep lists and objects may be nested in a json.RawMessage
// that Unmarshal reads.
const MaxRawDepth = 64

// rawWalker looks through a JSON value of any kind.
type rawWalker struct {
	decoder *json.Decoder
	root    string // the path of the whole
	// steps lead from root to the present value. They become text only in a refusal:
	// a request may hold a million values.
	steps []rawStep
}

// rawStep is a member's name, or where that is nil an index.
type rawStep struct {
	name  *string
	index int
}

// value checks the value whose first token has been read.
func (w *rawWalker) value(token json.Token) error {
	switch t := token.(type) {
	case string:
		if strings.ContainsRune(t, utf8.RuneError) {
			return fmt.Errorf("%s holds U+FFFD or an unpaired surrogate", w.place())
		}
	case json.Delim:
		if len(w.steps) >= MaxRawDepth {
			return fmt.Errorf("%s is nested more than %d levels deep", place(w.root), MaxRawDepth)
		}
		if t == '[' {
			return w.list()
		}
		return w.object()
	}
	return nil
}

func (w *rawWalker) list() error {
	for i := 0; w.decoder.More(); i++ {
		if err := w.next(rawStep{index: i}); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token() // the closing bracket
	return sentence(err)
}

func (w *rawWalker) object() error {
	seen := make(map[string]bool)
	for w.decoder.More() {
		token, err := w.decoder.Token()
		if err != nil {
			return sentence(err)
		}
		name, ok := token.(string)
		switch {
		case !ok:
			return errors.New("the text is not JSON")
		case strings.ContainsRune(name, utf8.RuneError):
			return fmt.Errorf("%s has a member whose name holds U+FFFD or an unpaired surrogate", w.place())
		case seen[name]:
			return fmt.Errorf("%s has the member %q twice", w.place(), clip(name))
		}
		seen[name] = true
		if err := w.next(rawStep{name: &name}); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token() // the closing brace
	return sentence(err)
}

// next reads and checks the value that one step leads to.
func (w *rawWalker) next(step rawStep) error {
	token, err := w.decoder.Token()
	if err != nil {
		return sentence(err)
	}
	w.steps = append(w.steps, step)
	err = w.value(token)
	w.steps = w.steps[:len(w.steps)-1]
	return err
}

func (w *rawWalker) place() string {
	at := w.root
	for _, step := range w.steps {
		if step.name != nil {
			at = join(at, clip(*step.name))
		} else {
			at = fmt.Sprintf("%s[%d]", at, step.index)
		}
	}
	return place(at)
}
