package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/suggest"
)

// maxLine bounds a line of input: an entry, with room for white space and an
// identifier.
const maxLine = 4 * trail.MaxEntryBytes

// Naming makes pseudonyms of identifiers: gateway.PseudonymKeys. It makes an empty one
// of an identifier that says nothing.
type Naming interface {
	Subject(identifier string) string
	Actor(identifier string) string
}

// Row is a line that was read.
type Row struct {
	Line  int    // from 1; blank lines count, and make no row
	Raw   []byte // as it was read, without white space around it
	Entry trail.Entry
}

// line is an entry as it is written, or with identifiers that are yet to be replaced.
type line struct {
	trail.Entry
	ActorID   string `json:"actorId,omitempty"`
	SubjectID string `json:"subjectId,omitempty"`
}

// Lines reads JSON Lines. With naming, the members actorId and subjectId of a line are
// turned into the pseudonyms actor and subject; without, they are refused, since an
// identifier must not be sent. The entries that it yields are valid by themselves. The
// first error is yielded last: for a bad line a [fault.Error] that names the line and
// the field, and never repeats what may be an identifier.
func Lines(in io.Reader, naming Naming) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		reader := bufio.NewReaderSize(in, maxLine)
		for number := 1; ; number++ {
			raw, err := reader.ReadSlice('\n')
			if errors.Is(err, bufio.ErrBufferFull) {
				yield(Row{}, fault.New(fault.InvalidArgument, "line %d: is longer than %d bytes", number, maxLine))
				return
			}
			if err != nil && !errors.Is(err, io.EOF) {
				yield(Row{}, fmt.Errorf("read line %d: %w", number, err))
				return
			}
			if number == 1 {
				raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
			}
			if text := bytes.TrimSpace(raw); len(text) > 0 {
				row := Row{Line: number, Raw: bytes.Clone(text)}
				var readErr error
				if row.Entry, readErr = parse(text, naming); readErr == nil {
					readErr = row.Entry.Validate()
				}
				if readErr != nil {
					yield(Row{}, inLine(number, readErr))
					return
				}
				if !yield(row, nil) {
					return
				}
			}
			if err != nil { // the end
				return
			}
		}
	}
}

// inLine puts the line before a sentence, which may begin with the field's name.
func inLine(number int, err error) error {
	code, sentence := fault.InvalidArgument, err.Error()
	if f, ok := errors.AsType[*fault.Error](err); ok {
		code, sentence = f.Code, f.Message
	}
	separator := ": "
	if strings.HasPrefix(sentence, "/") {
		separator = " "
	}
	return fault.New(code, "line %d%s%s", number, separator, sentence)
}

func parse(text []byte, naming Naming) (trail.Entry, error) {
	var l line
	if err := canonical.Unmarshal(text, &l); err != nil {
		return trail.Entry{}, explain(err)
	}
	if naming == nil {
		if l.ActorID != "" || l.SubjectID != "" {
			return trail.Entry{}, errors.New("has an identifier, which is not sent: name the keys that make a pseudonym of it with --pseudonyms")
		}
		return l.Entry, nil
	}
	for _, member := range []struct {
		name       string
		identifier string
		pseudonym  *string
		of         func(string) string
	}{{"actor", l.ActorID, &l.Actor, naming.Actor}, {"subject", l.SubjectID, &l.Subject, naming.Subject}} {
		if member.identifier == "" {
			continue
		}
		if *member.pseudonym != "" {
			return trail.Entry{}, fmt.Errorf("%s and %sId are both given; one of them is enough", member.name, member.name)
		}
		if *member.pseudonym = member.of(member.identifier); *member.pseudonym == "" {
			return trail.Entry{}, fmt.Errorf("%sId says nothing", member.name)
		}
	}
	return l.Entry, nil
}

// explain adds to an unknown member the one that was meant.
func explain(err error) error {
	_, name, found := strings.Cut(err.Error(), "has no member ")
	if !found {
		return err
	}
	return fmt.Errorf("there is no member %s in an entry%s", name, suggest.DidYouMean(strings.Trim(name, `"`), []string{
		"action", "actor", "actorId", "basis", "correlation", "detailHash", "occurredAt", "outcome", "purpose", "subject", "subjectId",
	}))
}
