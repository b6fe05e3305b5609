package trail

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// The Parse functions read a request as a client sends it: one strict JSON value (see
// package canonical) of a bounded size, whose fields are all valid. They fail with
// INVALID_ARGUMENT and a sentence that names the field.

// ParseDefineRequest reads and checks the argument of Define.
func ParseDefineRequest(s string) (DefineRequest, error) {
	return check.Parse(s, MaxRequestBytes, DefineRequest.Validate)
}

// ParseAmendRequest reads and checks the argument of Amend.
func ParseAmendRequest(s string) (AmendRequest, error) {
	return check.Parse(s, MaxRequestBytes, AmendRequest.Validate)
}

// ParseAppendRequest reads and checks the argument of Append.
func ParseAppendRequest(s string) (AppendRequest, error) {
	return parse(s, (*reader).appendRequest, AppendRequest.Validate)
}

// ParseSealRequest reads and checks the argument of Seal.
func ParseSealRequest(s string) (SealRequest, error) {
	return check.Parse(s, MaxAppendBytes, SealRequest.Validate)
}

// ParseRevealRequest reads and checks the argument of Reveal.
func ParseRevealRequest(s string) (RevealRequest, error) {
	return parse(s, (*reader).revealRequest, RevealRequest.Validate)
}

// ParseRemoveRequest reads and checks the argument of Remove.
func ParseRemoveRequest(s string) (RemoveRequest, error) {
	return check.Parse(s, MaxRequestBytes, RemoveRequest.Validate)
}

// Validate checks every field.
func (r DefineRequest) Validate() error {
	if err := checkRequestID(r.RequestID); err != nil {
		return err
	}
	return r.Definition.Validate()
}

// Validate checks every field.
func (r AmendRequest) Validate() error {
	if err := checkRequestID(r.RequestID); err != nil {
		return err
	}
	if r.Base < 1 {
		return check.Invalid("base", "%d is not the number of a version", r.Base)
	}
	return r.Definition.Validate()
}

// Validate checks every field of the request and of its entries. A fault in an entry
// names its index, from 0, and the field, such as "entries 17 /actor". What depends on
// the trail or the transaction is for Append.
func (r AppendRequest) Validate() error {
	if err := checkRequestID(r.RequestID); err != nil {
		return err
	}
	if err := r.Place.Validate(); err != nil {
		return err
	}
	if err := checkCount("entries", len(r.Entries)); err != nil {
		return err
	}
	for i, e := range r.Entries {
		if err := e.Validate(); err != nil {
			return inEntry(i, err)
		}
	}
	return nil
}

func checkCount(field string, n int) error {
	if n == 0 || n > MaxEntries {
		return check.Invalid(field, "are %d, not 1 to %d", n, MaxEntries)
	}
	return nil
}

// Validate checks every field, and that no commitment occurs twice: with salts, none
// does.
func (r SealRequest) Validate() error {
	if err := checkRequestID(r.RequestID); err != nil {
		return err
	}
	if err := r.Place.Validate(); err != nil {
		return err
	}
	if r.RevealAfter == "" {
		return check.Invalid("revealAfter", "is missing")
	}
	if _, err := moment("revealAfter", r.RevealAfter); err != nil {
		return err
	}
	if err := checkCount("commitments", len(r.Commitments)); err != nil {
		return err
	}
	return checkCommitments(r.Commitments)
}

// checkCommitments looks commitments up in a map but never ranges over it.
func checkCommitments(commitments []string) error {
	where := make(map[string]int, len(commitments))
	for i, c := range commitments {
		at := func(i int) string { return fmt.Sprintf("commitments[%d]", i) }
		if err := check.Hash("", c); err != nil {
			return personalOr(at(i), c, check.Hash(at(i), c))
		}
		if first, taken := where[c]; taken {
			return check.Invalid(at(i), "is the same as %s", at(first))
		}
		where[c] = i
	}
	return nil
}

// Validate checks every field of the request and of its entries, as that of
// AppendRequest does. Whether they are those committed is for CheckReveal.
func (r RevealRequest) Validate() error {
	if err := checkRequestID(r.RequestID); err != nil {
		return err
	}
	if err := checkBatch(r.Trail, r.Source, r.Number); err != nil {
		return err
	}
	if err := checkCount("entries", len(r.Entries)); err != nil {
		return err
	}
	for i, opened := range r.Entries {
		if err := opened.Validate(); err != nil {
			return inEntry(i, err)
		}
	}
	return nil
}

// Validate checks every field of the entry, and the salt; no sentence shows the salt.
func (o Opened) Validate() error {
	if err := o.Entry.Validate(); err != nil {
		return err
	}
	return check.Salt("/salt", o.Salt)
}

// Validate checks every field.
func (r RemoveRequest) Validate() error {
	if err := checkRequestID(r.RequestID); err != nil {
		return err
	}
	return checkBatch(r.Trail, r.Source, r.Number)
}

// ContentHash returns what identifies the content of a request, given by value, to a
// function, whatever the request's id: two requests are the same if and only if their hashes are equal. Requests that
// differ only in how their JSON is written are the same.
func ContentHash(function string, request any) (string, error) {
	switch r := request.(type) {
	case DefineRequest:
		r.RequestID = ""
		request = r
	case AmendRequest:
		r.RequestID = ""
		request = r
	case AppendRequest:
		r.RequestID = ""
		request = r
	case SealRequest:
		r.RequestID = ""
		request = r
	case RevealRequest:
		r.RequestID = ""
		request = r
	case RemoveRequest:
		r.RequestID = ""
		request = r
	}
	return check.ContentHash(function, request)
}
