package gateway

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// PseudonymKeys makes the pseudonyms under which people stand in audit trails, with
// secret keys that never reach the ledger. Who has the keys can tell whether a
// pseudonym is a given person's; without them it says nothing.
//
// New pseudonyms are made with the newest key. A key that was rotated out still finds
// what was recorded under it, until it is erased: then nobody can tie its pseudonyms to
// anyone again, or to those of other keys. The same person's pseudonyms as a subject
// and as an actor differ, and so do those of two bodies.
//
// The keys are a file, which the body has to keep safe, and to keep at all: nothing can
// replace a lost key. Several processes may use one file. PseudonymKeys is safe for
// concurrent use; what another process changed is seen after LoadPseudonymKeys.
type PseudonymKeys struct {
	path string

	mu   sync.RWMutex
	held keyFile
}

// Kinds of pseudonyms, as their HMAC has them.
const (
	kindSubject = "subject"
	kindActor   = "actor"
)

// Subject is the pseudonym of the person concerned, under the newest key; empty for an
// empty identifier. How the identifier is written does not matter as far as letters'
// case, spaces and Unicode's forms go; any other difference makes another person.
func (k *PseudonymKeys) Subject(identifier string) string {
	return first(k.pseudonyms(kindSubject, identifier, 1))
}

// Actor is the pseudonym of the person who acts, as Subject.
func (k *PseudonymKeys) Actor(identifier string) string {
	return first(k.pseudonyms(kindActor, identifier, 1))
}

// AllSubjects are the pseudonyms of a person under every key held, the newest key's
// first: what to ask for, to find all that concerns the person.
func (k *PseudonymKeys) AllSubjects(identifier string) []string {
	return k.pseudonyms(kindSubject, identifier, len(k.IDs()))
}

// AllActors are the pseudonyms of a person who acts, as AllSubjects.
func (k *PseudonymKeys) AllActors(identifier string) []string {
	return k.pseudonyms(kindActor, identifier, len(k.IDs()))
}

// IDs are the ids of the keys held, the newest first.
func (k *PseudonymKeys) IDs() []string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.held.ids()
}

// pseudonyms makes those under the newest keys, as many as asked for.
func (k *PseudonymKeys) pseudonyms(kind, identifier string, most int) []string {
	normal := normalIdentifier(identifier)
	if normal == "" {
		return nil // nobody: all who have no identifier are not one person
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	var list []string
	for _, key := range slices.Backward(k.held.Keys) {
		if len(list) == most {
			break
		}
		list = append(list, key.pseudonym(kind, normal))
	}
	return list
}

// pseudonym is the key's id and an HMAC-SHA-256 of a normalised identifier.
func (k pseudonymKey) pseudonym(kind, identifier string) string {
	secret, _ := hex.DecodeString(k.Key) // it was made here, or checked when it was read
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("psbc/pseudonym/v1\n" + kind + "\n" + identifier))
	return k.ID + ":" + hex.EncodeToString(mac.Sum(nil))
}

// normalIdentifier is an identifier in Unicode's form C, in upper case, without spaces.
func normalIdentifier(identifier string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToUpper(norm.NFC.String(identifier)))
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
