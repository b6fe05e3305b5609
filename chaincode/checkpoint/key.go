package checkpoint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Registered is what the ledger holds of a key that is to be registered.
type Registered struct {
	Existing *WitnessKey // of the body, with the key's id
	Holder   string      // body whose key wraps the same public key, empty for none
	Keys     int         // how many the body has
}

// Register decides on a valid request; held is what there is. A body's key is named
// <origin>/<MSP ID>: it fails with INVALID_ARGUMENT when this one is named otherwise. It
// fails with ALREADY_EXISTS when the body has a key of that id, or any body the same
// public key, and with FAILED_PRECONDITION when the body has MaxKeys already.
func Register(r RegisterKeyRequest, tx Tx, held Registered) (WitnessKey, error) {
	k, err := parseKey("key", r.Key)
	if err != nil {
		return WitnessKey{}, err
	}
	if err := checkOwner(k.Name, tx.Body); err != nil {
		return WitnessKey{}, err
	}
	if err := checkNameable(k, tx.Body); err != nil {
		return WitnessKey{}, err
	}
	id := keyIDText(k.ID)
	switch {
	case held.Existing != nil:
		return WitnessKey{}, fault.New(fault.AlreadyExists, "%s has a key %s already", tx.Body, id)
	case held.Holder != "":
		return WitnessKey{}, fault.New(fault.AlreadyExists, "%s has registered this public key already: make another key", held.Holder)
	case held.Keys >= MaxKeys:
		return WitnessKey{}, fault.New(fault.FailedPrecondition, "%s has registered %d keys, and no body may have more", tx.Body, held.Keys)
	}
	return WitnessKey{
		V: SchemaVersion, Body: tx.Body, Key: r.Key, KeyID: id, Algorithm: algorithmOf(k), From: tx.ClaimedTime,
		RequestID: r.RequestID, TxID: tx.ID, ClaimedTime: tx.ClaimedTime,
	}, nil
}

// Retire decides on a valid request; existing is the body's key of that id, nil when there
// is none. It fails with NOT_FOUND when there is none, with INVALID_ARGUMENT when the time
// is before the claimed time, and with FAILED_PRECONDITION when the key is revoked or ends
// before that time already.
func Retire(r RetireKeyRequest, tx Tx, existing *WitnessKey) (WitnessKey, error) {
	if existing == nil {
		return WitnessKey{}, noKey(tx.Body, r.KeyID)
	}
	until := layout(r.Until)
	if until == "" {
		until = tx.ClaimedTime
	}
	switch {
	case existing.Revoked != nil:
		return WitnessKey{}, fault.New(fault.FailedPrecondition, "key %s is revoked since %s", r.KeyID, existing.Revoked.Since)
	case until < tx.ClaimedTime:
		return WitnessKey{}, check.Invalid("until", "%s is before the transaction's claimed time, %s: a key that must not count for what is past is to be revoked", until, tx.ClaimedTime)
	case existing.Until != "" && until > existing.Until:
		return WitnessKey{}, fault.New(fault.FailedPrecondition, "key %s ends at %s: an end can be brought forward, not put off", r.KeyID, existing.Until)
	}
	k := existing.changed(tx, r.RequestID)
	k.Until = until
	return k, nil
}

// Revoke decides on a valid request; existing is the body's key of that id, nil when there
// is none. It fails with NOT_FOUND when there is none, with INVALID_ARGUMENT when the time
// is after the claimed time, and with FAILED_PRECONDITION when the key is revoked since
// that time, or an earlier one, already.
func Revoke(r RevokeKeyRequest, tx Tx, existing *WitnessKey) (WitnessKey, error) {
	if existing == nil {
		return WitnessKey{}, noKey(tx.Body, r.KeyID)
	}
	since := layout(r.Since)
	switch {
	case since > tx.ClaimedTime:
		return WitnessKey{}, check.Invalid("since", "%s is after the transaction's claimed time, %s", since, tx.ClaimedTime)
	case existing.Revoked != nil && since >= existing.Revoked.Since:
		return WitnessKey{}, fault.New(fault.FailedPrecondition, "key %s is revoked since %s: that can be brought forward, not put off", r.KeyID, existing.Revoked.Since)
	}
	k := existing.changed(tx, r.RequestID)
	k.Revoked = &Revocation{Reason: r.Reason, Since: since}
	return k, nil
}

func (k WitnessKey) changed(tx Tx, requestID string) WitnessKey {
	k.TxID, k.ClaimedTime, k.RequestID = tx.ID, tx.ClaimedTime, requestID
	return k
}

func noKey(body, id string) error {
	return fault.New(fault.NotFound, "%s has registered no key %s", body, id)
}

// checkOwner checks that a key is named after a log and the body.
func checkOwner(name, body string) error {
	origin, ok := strings.CutSuffix(name, "/"+body)
	if !ok || checkOrigin(origin) != nil {
		return check.Invalid("key", "is named %s; a key of %s is named after the log's origin, a slash and %s", check.Quote(name), body, body)
	}
	return nil
}

// checkNameable refuses the few bodies that could not be told, in a policy, from what else
// has a name there: a witness of another body, the group of all bodies, or a word of the
// format.
func checkNameable(k tlog.Key, body string) error {
	name := witnessName(body, keyIDText(k.ID))
	origin, _ := strings.CutSuffix(k.Name, "/"+body)
	alone := tlog.Policy{
		Origin: origin, Witnesses: []tlog.Witness{{Name: name, Key: k}}, Quorum: tlog.BodiesGroup,
		Groups: []tlog.Group{{Name: body, Threshold: 1, Members: []string{name}}, {Name: tlog.BodiesGroup, Threshold: 1, Members: []string{body}}},
	}
	dash := len(body) - len(keyIDText(k.ID)) - 1
	if alone.Validate() != nil || dash >= 0 && body[dash] == '-' && check.LowerHex(body[dash+1:]) {
		return fault.New(fault.FailedPrecondition, "a body whose MSP ID is %s cannot have keys: in a policy, that name means something else", body)
	}
	return nil
}

// witnessName is what a key is called in a policy.
func witnessName(body, keyID string) string { return body + "-" + keyID }

// KeyID returns the id of a verifier key, as it says itself.
func KeyID(vkey string) string {
	_, rest, _ := strings.Cut(vkey, "+")
	id, _, _ := strings.Cut(rest, "+")
	return id
}

// Public returns the part of a verifier key that two keys have in common when they wrap
// the same public key.
func Public(vkey string) string {
	_, rest, _ := strings.Cut(vkey, "+")
	_, public, _ := strings.Cut(rest, "+")
	return public
}

// Validate checks that k is a state that the functions of this package can reach.
func (k WitnessKey) Validate() error {
	if err := checkVersion("key", k.V); err != nil {
		return err
	}
	if err := check.Body("body", k.Body); err != nil {
		return err
	}
	if err := checkKeyID(k.KeyID); err != nil {
		return err
	}
	if err := checkOwner(k.Name(), k.Body); err != nil {
		return err
	}
	if id := strings.TrimPrefix(k.Key, k.Name()+"+"); !strings.HasPrefix(id, k.KeyID+"+") {
		return check.Invalid("keyId", "%s is not that of the key", k.KeyID)
	}
	if !slices.Contains(Algorithms(), k.Algorithm) {
		return check.Invalid("algorithm", "%s is none", check.Quote(string(k.Algorithm)))
	}
	if err := checkMoment("from", k.From); err != nil {
		return err
	}
	if k.Until != "" {
		if err := checkMoment("until", k.Until); err != nil {
			return err
		}
	}
	if k.Revoked != nil {
		if err := k.Revoked.validate("revoked."); err != nil {
			return err
		}
		if err := checkMoment("revoked.since", k.Revoked.Since); err != nil {
			return err
		}
	}
	if err := check.RequestID("requestId", k.RequestID); err != nil {
		return err
	}
	return checkTransaction(k.TxID, k.ClaimedTime)
}

// validate checks a revocation, whose fields have names that begin with at.
func (r Revocation) validate(at string) error {
	if r.Reason == "" {
		return check.Invalid(at+"reason", "is missing")
	}
	if err := check.Code(at+"reason", r.Reason); err != nil {
		return err
	}
	if r.Since == "" {
		return check.Invalid(at+"since", "is missing: a revocation says from when on cosignatures do not count")
	}
	return checkTime(at+"since", r.Since)
}

func checkVersion(what string, v int) error {
	if v != SchemaVersion {
		return fmt.Errorf("a %s of schema version %d, not %d", what, v, SchemaVersion)
	}
	return nil
}

// checkMoment checks a time as the ledger writes it.
func checkMoment(field, s string) error {
	if _, err := time.Parse(canonical.TimeLayout, s); err != nil || len(s) != len(canonical.TimeLayout) {
		return check.Invalid(field, "%s is not a time as the ledger writes it", check.Quote(s))
	}
	return nil
}

// checkTransaction checks what every value of the ledger says of the transaction that
// wrote it.
func checkTransaction(txID, claimedTime string) error {
	if txID == "" {
		return check.Invalid("txId", "is missing")
	}
	return checkMoment("claimedTime", claimedTime)
}

// parsed returns the key as it verifies.
func (k WitnessKey) parsed() (tlog.Key, error) { return parseKey("key", k.Key) }
