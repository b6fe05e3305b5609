package canonical

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Unmarshal reads exactly one JSON value from data into the struct that v points
// to. It refuses members that the struct (or a struct in it) does not have,
// names in another case, members that occur twice, null, invalid UTF-8, unpaired
// surrogates, and anything after the value. A json.RawMessage in the struct takes
// any JSON value but null, and there null may occur below; for the rest the same
// is refused, and what is nested more than MaxRawDepth levels deep. Its errors are
// sentences about the text, fit to be shown to the caller.
func Unmarshal(data []byte, v any) error {
	if !utf8.Valid(data) {
		return errors.New("the text is not valid UTF-8")
	}
	if err := checkValue(data, reflect.TypeOf(v)); err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return sentence(err)
	}
	return nil
}

// checkValue walks the tokens beside the type and looks for what encoding/json
// would accept silently.
func checkValue(data []byte, target reflect.Type) error {
	w := &walker{decoder: json.NewDecoder(bytes.NewReader(data))}
	w.decoder.UseNumber()
	if err := w.value(target, ""); err != nil {
		return err
	}
	if _, err := w.decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is text after the JSON value")
	}
	return nil
}

type walker struct{ decoder *json.Decoder }

// value checks one value; at is its path, "" for the whole.
func (w *walker) value(target reflect.Type, at string) error {
	token, err := w.decoder.Token()
	if err != nil {
		return sentence(err)
	}
	for target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	if target == reflect.TypeFor[json.RawMessage]() && token != nil {
		return (&rawWalker{decoder: w.decoder, root: at}).value(token)
	}
	switch t := token.(type) {
	case nil:
		return fmt.Errorf("%s is null", place(at))
	case string:
		// encoding/json turns an unpaired surrogate into U+FFFD.
		if strings.ContainsRune(t, utf8.RuneError) {
			return fmt.Errorf("%s holds U+FFFD or an unpaired surrogate", place(at))
		}
		return expect(target, reflect.String, at, "a text")
	case bool:
		return expect(target, reflect.Bool, at, "true or false")
	case json.Number:
		if target.Kind() == reflect.Uint64 {
			return nil
		}
		return expect(target, reflect.Int, at, "a number")
	case json.Delim:
		if t == '[' {
			return w.array(target, at)
		}
		return w.object(target, at)
	}
	return fmt.Errorf("%s is of an unknown kind", place(at))
}

func (w *walker) array(target reflect.Type, at string) error {
	if err := expect(target, reflect.Slice, at, "a list"); err != nil {
		return err
	}
	for i := 0; w.decoder.More(); i++ {
		if err := w.value(target.Elem(), fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token() // the closing bracket
	return sentence(err)
}

func (w *walker) object(target reflect.Type, at string) error {
	if err := expect(target, reflect.Struct, at, "an object"); err != nil {
		return err
	}
	var seen []string
	for w.decoder.More() {
		token, err := w.decoder.Token()
		if err != nil {
			return sentence(err)
		}
		name, _ := token.(string) // the decoder admits nothing else here
		member, ok := memberType(target, name)
		if !ok {
			return fmt.Errorf("%s has no member %q", place(at), clip(name))
		}
		if slices.Contains(seen, name) {
			return fmt.Errorf("%s has the member %q twice", place(at), name)
		}
		seen = append(seen, name)
		if err := w.value(member, join(at, name)); err != nil {
			return err
		}
	}
	_, err := w.decoder.Token() // the closing brace
	return sentence(err)
}

// memberType finds the type of the struct's member of that JSON name, embedded
// structs included.
func memberType(target reflect.Type, name string) (reflect.Type, bool) {
	for i := range target.NumField() {
		field := target.Field(i)
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && tag == "" {
			if member, ok := memberType(field.Type, name); ok {
				return member, true
			}
			continue
		}
		if tag == name && tag != "" && tag != "-" {
			return field.Type, true
		}
	}
	return nil, false
}

func expect(target reflect.Type, kind reflect.Kind, at, found string) error {
	if target.Kind() == kind {
		return nil
	}
	return fmt.Errorf("%s is %s, which it must not be", place(at), found)
}

func place(at string) string {
	if at == "" {
		return "the JSON value"
	}
	return at
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// sentence words the errors of encoding/json.
func sentence(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the JSON value is incomplete")
	case errors.As(err, &syntax):
		return fmt.Errorf("the text is not JSON (at byte %d)", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("%s is %s, which it must not be", place(kind.Field), clip(kind.Value))
	}
	return fmt.Errorf("the text is not JSON: %w", err)
}
