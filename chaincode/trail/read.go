package trail

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// The walk of check.Parse over the tokens of 5,000 entries, and encoding/json after it,
// take four fifths of the time that an endorser spends on them. The reader below takes
// the plain JSON that clients write, and nothing that check.Parse refuses; whatever it
// does not take (escapes, null, members that are unknown or occur twice, what is no
// JSON) is left to check.Parse, which also words the refusals.

// parse is check.Parse for requests that plain reads, if it can.
func parse[R any](s string, plain func(*reader) (R, bool), validate func(R) error) (R, error) {
	var none R
	if len(s) > MaxAppendBytes {
		return check.Parse(s, MaxAppendBytes, validate)
	}
	r := &reader{text: s}
	request, ok := plain(r)
	if !ok || !r.end() {
		return check.Parse(s, MaxAppendBytes, validate)
	}
	if err := validate(request); err != nil {
		return none, err
	}
	return request, nil
}

// reader reads a JSON text from its beginning. Its methods return false when the text is
// not what they read, or not plain; it must not be used any more then.
type reader struct {
	text string
	at   int
}

// take reads one byte, after white space.
func (r *reader) take(c byte) bool {
	r.skipSpace()
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *reader) skipSpace() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *reader) end() bool {
	r.skipSpace()
	return r.at == len(r.text)
}

// object reads an object; member reads the value of the member of that name.
func (r *reader) object(member func(name string) bool) bool {
	return r.sequence('{', '}', func() bool {
		var name string
		return r.string(&name) && r.take(':') && member(name)
	})
}

// sequence reads what stands between two brackets, with commas between.
func (r *reader) sequence(opening, closing byte, one func() bool) bool {
	if !r.take(opening) {
		return false
	}
	if r.take(closing) {
		return true
	}
	for one() {
		if !r.take(',') {
			return r.take(closing)
		}
	}
	return false
}

// string reads a text without escapes.
func (r *reader) string(into *string) bool {
	if !r.take('"') {
		return false
	}
	begin, ascii := r.at, true
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			*into = r.text[begin:r.at]
			r.at++
			return ascii || (utf8.ValidString(*into) && !strings.ContainsRune(*into, utf8.RuneError))
		case c == '\\' || c < ' ':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return false
}

// number reads a number of a few digits.
func (r *reader) number(into *int) bool {
	r.skipSpace()
	begin := r.at
	for r.at < len(r.text) && digit(r.text[r.at]) {
		r.at++
	}
	text := r.text[begin:r.at]
	const most = len("1000000000")
	if text == "" || len(text) > most || (text[0] == '0' && text != "0") || r.at == len(r.text) || strings.IndexByte(".eE", r.text[r.at]) >= 0 {
		return false
	}
	n, err := strconv.Atoi(text)
	*into = n
	return err == nil
}

// once notes members that were read, by a bit for each name.
type once uint

func (o *once) first(bit int) bool {
	mask := once(1) << bit
	fresh := *o&mask == 0
	*o |= mask
	return fresh
}

func (r *reader) entry(e *Entry) bool {
	var seen once
	return r.object(func(name string) bool {
		bit, into := e.member(name)
		return into != nil && seen.first(bit) && r.string(into)
	})
}

// member returns the place of the member of that name, and its number.
func (e *Entry) member(name string) (int, *string) {
	switch name {
	case "action":
		return 0, &e.Action
	case "actor":
		return 1, &e.Actor
	case "basis":
		return 2, &e.Basis
	case "correlation":
		return 3, &e.Correlation
	case "detailHash":
		return 4, &e.DetailHash
	case "occurredAt":
		return 5, &e.OccurredAt
	case "outcome":
		return 6, (*string)(&e.Outcome)
	case "purpose":
		return 7, &e.Purpose
	case "subject":
		return 8, &e.Subject
	}
	return 0, nil
}

func (r *reader) entries(into *[]Entry) bool {
	list := []Entry{}
	ok := r.sequence('[', ']', func() bool {
		list = append(list, Entry{})
		return r.entry(&list[len(list)-1])
	})
	*into = list
	return ok
}

func (r *reader) appendRequest() (AppendRequest, bool) {
	var q AppendRequest
	var seen once
	ok := r.object(func(name string) bool {
		switch name {
		case "requestId":
			return seen.first(0) && r.string(&q.RequestID)
		case "trail":
			return seen.first(1) && r.string(&q.Trail)
		case "source":
			return seen.first(2) && r.string(&q.Source)
		case "number":
			return seen.first(3) && r.number(&q.Number)
		case "previous":
			q.Previous = new(int)
			return seen.first(4) && r.number(q.Previous)
		case "gapReason":
			return seen.first(5) && r.string(&q.GapReason)
		case "entries":
			return seen.first(6) && r.entries(&q.Entries)
		}
		return false
	})
	return q, ok
}

func (r *reader) revealRequest() (RevealRequest, bool) {
	var q RevealRequest
	var seen once
	ok := r.object(func(name string) bool {
		switch name {
		case "requestId":
			return seen.first(0) && r.string(&q.RequestID)
		case "trail":
			return seen.first(1) && r.string(&q.Trail)
		case "source":
			return seen.first(2) && r.string(&q.Source)
		case "number":
			return seen.first(3) && r.number(&q.Number)
		case "entries":
			q.Entries = []Opened{}
			return seen.first(4) && r.sequence('[', ']', func() bool {
				q.Entries = append(q.Entries, Opened{})
				return r.opened(&q.Entries[len(q.Entries)-1])
			})
		}
		return false
	})
	return q, ok
}

func (r *reader) opened(o *Opened) bool {
	var seen once
	return r.object(func(name string) bool {
		switch name {
		case "entry":
			return seen.first(0) && r.entry(&o.Entry)
		case "salt":
			return seen.first(1) && r.string(&o.Salt)
		}
		return false
	})
}

func (r *reader) entryChunk() (entryChunk, bool) {
	var c entryChunk
	var seen once
	ok := r.object(func(name string) bool {
		switch name {
		case "entries":
			return seen.first(0) && r.entries(&c.Entries)
		case "v":
			return seen.first(1) && r.number(&c.V)
		}
		return false
	})
	return c, ok && r.end()
}
