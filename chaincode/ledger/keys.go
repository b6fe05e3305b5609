package ledger

import (
	"fmt"
	"strings"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// Every key is built here and, for registers, in keys_registry.go. Keys are composite
// keys (U+0000 type U+0000 attribute U+0000 …), so that no attribute can reach into
// another key's range. Their attributes were checked before: digests, roots, MSP IDs
// and request ids are ASCII, of bounded length, without U+0000.
//
// Public state:
//
//	notary.record   digest, body                     the notarisation
//	notary.request  body, request id                 the receipt of a request
//	notary.list     body, claimed time, request id   the digests that a request notarised
//	notary.anchor   root, body                       the anchor of a batch
//	notary.member   root, body, digest               the revocation of one document of a batch
//
// The body's implicit private collection:
//
//	notary.details  digest                           the details
//	notary.request  body, request id                 the receipt of a request on details
const (
	typeRecord  = "notary.record"
	typeRequest = "notary.request"
	typeList    = "notary.list"
	typeDetails = "notary.details"
	typeAnchor  = "notary.anchor"
	typeMember  = "notary.member"
)

// key is a key made here.
type key string

// span is all keys of a type that start with the attributes.
type span struct {
	objectType string
	attributes []string
}

func makeKey(objectType string, attributes ...string) (key, error) {
	k, err := shim.CreateCompositeKey(objectType, attributes)
	if err != nil {
		return "", fmt.Errorf("key of type %s: %w", objectType, err)
	}
	return key(k), nil
}

func recordKey(digest notary.Digest, body string) (key, error) {
	return makeKey(typeRecord, string(digest), body)
}

func recordKeys(body string, digests []notary.Digest) ([]key, error) {
	keys := make([]key, 0, len(digests)+2) // room for the receipt and the listing
	for _, digest := range digests {
		k, err := recordKey(digest, body)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func recordsOf(digest notary.Digest) span {
	return span{typeRecord, []string{string(digest)}}
}

// requestKey is the key of a receipt, of one of the types for receipts.
func requestKey(objectType, body, requestID string) (key, error) {
	return makeKey(objectType, body, requestID)
}

func listKey(body, claimedTime, requestID string) (key, error) {
	return makeKey(typeList, body, claimedTime, requestID)
}

func listOf(body string) span {
	return span{typeList, []string{body}}
}

func detailsKey(digest notary.Digest) (key, error) {
	return makeKey(typeDetails, string(digest))
}

func anchorKey(root, body string) (key, error) {
	return makeKey(typeAnchor, root, body)
}

func memberKey(root, body string, digest notary.Digest) (key, error) {
	return makeKey(typeMember, root, body, string(digest))
}

// implicitCollection names the private collection that Fabric gives every
// organisation of a channel unasked (core/chaincode/implicitcollection).
func implicitCollection(body string) string { return "_implicit_org_" + body }

// attributesOf takes a composite key apart: type first. SplitCompositeKey of the
// shim panics on other text.
func attributesOf(k string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(k, "\x00"), "\x00"), "\x00")
}
