package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// treeReader reads a JSON value into maps, lists, texts, json.Number, bool and nil,
// and refuses what neither data nor a schema may hold: more than MaxDepth levels,
// members that occur twice, text that is not as the ledger wants it, and numbers
// that canonical JSON would change.
type treeReader struct {
	what    string // how sentences name the value
	decoder *json.Decoder
	steps   []string // of the JSON pointer to the present value
	values  int      // read so far
}

// readTree returns the tree of a JSON value and how many values it has, itself
// included. It fails with INVALID_ARGUMENT and names the place.
func readTree(what string, raw json.RawMessage) (any, int, error) {
	r := &treeReader{what: what, decoder: json.NewDecoder(bytes.NewReader(raw))}
	r.decoder.UseNumber()
	if !utf8.Valid(raw) {
		return nil, 0, r.refuse("is not valid UTF-8")
	}
	tree, err := r.value()
	if err != nil {
		return nil, 0, err
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, 0, r.refuse("has text after the JSON value")
	}
	return tree, r.values, nil
}

func (r *treeReader) refuse(format string, args ...any) error {
	pointer := ""
	for _, token := range r.steps {
		pointer = step(pointer, token)
	}
	return misplaced(r.what, pointer, format, args...)
}

func (r *treeReader) token() (json.Token, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return nil, r.refuse("is not JSON")
	}
	return token, nil
}

func (r *treeReader) value() (any, error) {
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	r.values++
	switch t := token.(type) {
	case string:
		if problem := textProblem(t); problem != "" {
			return nil, r.refuse("%s", problem)
		}
	case json.Number:
		if !keepsItsValue(string(t)) {
			return nil, r.refuse("is a number that may not keep its value: at most 15 digits, or a whole number within ±(2^53-1)")
		}
	case json.Delim:
		if len(r.steps) >= MaxDepth {
			return nil, r.refuse("is nested more than %d levels deep", MaxDepth)
		}
		if t == '[' {
			return r.list()
		}
		return r.object()
	}
	return token, nil
}

func (r *treeReader) list() (any, error) {
	list := []any{}
	for i := 0; r.decoder.More(); i++ {
		item, err := r.below(strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		list = append(list, item)
	}
	_, err := r.token() // the closing bracket
	return list, err
}

func (r *treeReader) object() (any, error) {
	object := make(map[string]any)
	for r.decoder.More() {
		token, err := r.token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // the decoder admits nothing else here
		if problem := textProblem(name); problem != "" {
			return nil, r.refuse("has a member whose name %s", problem)
		}
		if _, twice := object[name]; twice {
			return nil, r.refuse("has the member %s twice", check.Quote(name))
		}
		if object[name], err = r.below(name); err != nil {
			return nil, err
		}
	}
	_, err := r.token() // the closing brace
	return object, err
}

func (r *treeReader) below(token string) (any, error) {
	r.steps = append(r.steps, token)
	value, err := r.value()
	if err == nil { // a refusal further down has its pointer already
		r.steps = r.steps[:len(r.steps)-1]
	}
	return value, err
}

// textProblem returns what is wrong with a text, empty for nothing. Line breaks and
// tabulators may occur, since data may hold more than a line.
func textProblem(s string) string {
	for _, c := range s {
		switch {
		case c == utf8.RuneError:
			return "holds U+FFFD or an unpaired surrogate"
		case c == '\n', c == '\t':
		case unicode.IsControl(c), unicode.Is(unicode.Noncharacter_Code_Point, c):
			return fmt.Sprintf("has the character U+%04X, which is not allowed", c)
		}
	}
	if !norm.NFC.IsNormalString(s) {
		return "is not in Unicode normalisation form C (NFC)"
	}
	return ""
}

// keepsItsValue says whether RFC 8785, which writes every number as the nearest
// double, keeps the value of a JSON number. Doubles keep 15 significant digits
// (DBL_DIG) with exponents of -300 to 300, and whole numbers up to 2^53-1.
func keepsItsValue(number string) bool {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(number, "-")), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	shift := 0
	if exponent != "" {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil || shift < -1000 || shift > 1000 {
			return false
		}
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	magnitude := len(digits) - len(fraction) + shift // below 10^magnitude
	digits = strings.TrimRight(digits, "0")
	if digits == "" {
		return true // zero
	}
	if magnitude < -299 || magnitude > 301 {
		return false
	}
	if len(digits) <= 15 {
		return true
	}
	return len(digits) == 16 && magnitude == 16 && digits <= "9007199254740991"
}
