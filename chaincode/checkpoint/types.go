// Package checkpoint is the pure domain of checkpoints: which keys the witnesses of bodies
// cosign with and for how long each counts, which cosignatures on the head of the ledger
// log stand, and when enough bodies have cosigned one.
//
// No checkpoint is believed because it is on the ledger. It is believed because of the
// cosignatures on it (see package tlog), which anybody can check; the ledger only collects
// them, and shows at which size bodies disagree. The package knows neither Fabric nor any
// clock: the caller supplies who asks, the transaction and its claimed time. The same
// types travel as JSON between client and chaincode.
package checkpoint

import (
	"strings"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// SchemaVersion is the "v" of every value that this package defines.
const SchemaVersion = 1

// Limits of the public interface. Lengths are bytes of UTF-8.
const (
	MaxKeys         = 64 // of a body, those that have ended included
	MaxBodies       = 64 // with keys
	MaxCosignatures = 4  // in one request
	MaxLine         = 4 << 10
	MaxOrigin       = tlog.MaxOrigin
	MaxSize         = tlog.MaxSize
	MaxRoots        = 4 // of one body for one size that are shown; a second is one too many
	MaxRequestBytes = 64 << 10

	MaxPageSize     = check.MaxPageSize
	DefaultPageSize = check.DefaultPageSize
)

// ToleranceSeconds is how far the time of a cosignature may lie after the claimed time of
// the transaction that brings it: clocks differ.
const ToleranceSeconds = 300

// The types of keys under which the chaincode stores what programs find in blocks: the
// attribute of a composite key before all others.
const (
	TypeStatement = "checkpoint.size"     // a Statement
	TypeCosigned  = "checkpoint.cosigned" // a Cosigned
)

// Algorithm is what a witness signs with.
type Algorithm string

// The algorithms, as requests and records spell them.
const (
	Ed25519 Algorithm = "ed25519"
	MLDSA44 Algorithm = "ml-dsa-44" // safe against quantum computers
)

// Algorithms returns every algorithm.
func Algorithms() []Algorithm { return []Algorithm{Ed25519, MLDSA44} }

func algorithmOf(k tlog.Key) Algorithm {
	if k.Algorithm == tlog.MLDSA44 {
		return MLDSA44
	}
	return Ed25519
}

// Tx is the transaction in which a request is decided on.
type Tx struct {
	ID          string
	ClaimedTime string // canonical.TimeLayout
	Body        string // MSP ID of the caller
}

// WitnessKey is a key that a body's witness cosigns with, and the times of the
// cosignatures that count: from From until the end, if there is one (see Window).
type WitnessKey struct {
	Body      string    `json:"body"`  // MSP ID
	Key       string    `json:"key"`   // verifier key, "name+id+base64"
	KeyID     string    `json:"keyId"` // of the verifier key, 8 hexadecimal digits
	Algorithm Algorithm `json:"algorithm"`
	From      string    `json:"from"` // claimed time of the registration
	// Until ends the life of a key that is retired; empty when it is not.
	Until   string      `json:"until,omitempty"`
	Revoked *Revocation `json:"revoked,omitempty"`
	// Of the last change:
	ClaimedTime string `json:"claimedTime"`
	TxID        string `json:"txId"`
	RequestID   string `json:"requestId"`
	V           int    `json:"v"`
}

// Name returns the key's name: the log's origin, a slash, the body.
func (k WitnessKey) Name() string {
	name, _, _ := strings.Cut(k.Key, "+")
	return name
}

// Revocation says that a key fell into wrong hands, or may have.
type Revocation struct {
	Reason string `json:"reason"` // code
	// Since is the time from which on no cosignature of the key counts, whenever it was
	// revoked.
	Since string `json:"since"`
}

// Statement is what was first said of a size of the log.
type Statement struct {
	Origin      string `json:"origin"`
	Size        uint64 `json:"size"`
	Root        string `json:"root"`  // lower-case hex
	Block       uint64 `json:"block"` // with whose end the log has this size
	Body        string `json:"body"`  // MSP ID of who said so
	ClaimedTime string `json:"claimedTime"`
	TxID        string `json:"txId"`
	V           int    `json:"v"`
}

// Cosigned is a body's word on a size and root of the log, with the cosignatures that
// prove it.
type Cosigned struct {
	Origin       string   `json:"origin"`
	Size         uint64   `json:"size"`
	Root         string   `json:"root"`
	Block        uint64   `json:"block"`
	Body         string   `json:"body"`
	Cosignatures []string `json:"cosignatures"` // lines of a note, each with its newline
	ClaimedTime  string   `json:"claimedTime"`
	TxID         string   `json:"txId"`
	V            int      `json:"v"`
}

// Statement is what c says of the size, without the proof.
func (c Cosigned) Statement() Statement {
	return Statement{
		Origin: c.Origin, Size: c.Size, Root: c.Root, Block: c.Block, Body: c.Body,
		ClaimedTime: c.ClaimedTime, TxID: c.TxID, V: SchemaVersion,
	}
}

// Standing is what bodies said of one size and root.
type Standing struct {
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
	Root   string `json:"root"`
	Block  uint64 `json:"block"` // that most of the bodies name, the smallest of several
	// Bodies are all that cosigned it, by MSP ID.
	Bodies []Cosigned `json:"bodies"`
	// Equivocated are those of them that cosigned another root of this size too. They are
	// proven liars, and count for neither.
	Equivocated []string `json:"equivocated,omitempty"`
	// Note is the signed checkpoint (https://c2sp.org/tlog-checkpoint) with every
	// cosignature that stands: it verifies under a key of its body's that counts at its
	// time, and the body did not equivocate. Empty when there is none.
	Note string `json:"note,omitempty"`
}
