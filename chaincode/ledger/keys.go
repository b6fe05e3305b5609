package ledger

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// This file builds every key and every bookmark. Keys are composite keys
// (U+0000 type U+0000 attribute U+0000 …), so that no attribute can reach into
// another key's range. Their attributes were checked before: digests, MSP IDs
// and request ids are ASCII, of bounded length, without U+0000.
//
// Public state:
//
//	notary.record   digest, body                     the notarisation
//	notary.request  body, request id                 the receipt of a request
//	notary.list     body, claimed time, request id   the digests that a request notarised
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

func requestKey(body, requestID string) (key, error) {
	return makeKey(typeRequest, body, requestID)
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

// implicitCollection names the private collection that Fabric gives every
// organisation of a channel unasked (core/chaincode/implicitcollection).
func implicitCollection(body string) string { return "_implicit_org_" + body }

// attributesOf takes a composite key apart: type first. SplitCompositeKey of the
// shim panics on other text.
func attributesOf(k string) []string {
	return strings.Split(strings.TrimSuffix(strings.TrimPrefix(k, "\x00"), "\x00"), "\x00")
}

// A bookmark hides where the next page begins; it can only ever name a place
// within the list that it is used for, since the key is built anew from it.

// findBookmark names the body whose record comes next.
func findBookmark(next string) (string, error) {
	attributes := attributesOf(next)
	if len(attributes) != 3 || attributes[0] != typeRecord {
		return "", fmt.Errorf("unexpected key %q after a page of records", next)
	}
	return encodeBookmark(attributes[2]), nil
}

// findStart returns the key where a page of a digest's records begins, "" for the first.
func findStart(digest notary.Digest, bookmark string) (key, error) {
	if bookmark == "" {
		return "", nil
	}
	fields, err := decodeBookmark(bookmark, 1)
	if err != nil {
		return "", err
	}
	if (notary.RecordRequest{Digest: digest, Body: fields[0]}).Validate() != nil {
		return "", badBookmark()
	}
	return recordKey(digest, fields[0])
}

// listPosition is a place in a body's list: a key and an offset within its digests.
type listPosition struct {
	key    key
	offset int
}

func listBookmark(p listPosition) (string, error) {
	attributes := attributesOf(string(p.key))
	if len(attributes) != 4 || attributes[0] != typeList {
		return "", fmt.Errorf("unexpected key %q after a page of a list", p.key)
	}
	return encodeBookmark(attributes[2], attributes[3], strconv.Itoa(p.offset)), nil
}

func parseListBookmark(body, bookmark string) (listPosition, error) {
	if bookmark == "" {
		return listPosition{}, nil
	}
	fields, err := decodeBookmark(bookmark, 3)
	if err != nil {
		return listPosition{}, err
	}
	offset, err := strconv.Atoi(fields[2])
	if err != nil || offset < 0 || offset >= notary.MaxBatch {
		return listPosition{}, badBookmark()
	}
	k, err := listKey(body, fields[0], fields[1])
	if err != nil {
		return listPosition{}, badBookmark()
	}
	return listPosition{key: k, offset: offset}, nil
}

const bookmarkSeparator = "|"

// maxBookmark is more than any bookmark made here has.
const maxBookmark = 512

func encodeBookmark(fields ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(fields, bookmarkSeparator)))
}

func decodeBookmark(bookmark string, count int) ([]string, error) {
	if len(bookmark) > maxBookmark {
		return nil, badBookmark()
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(bookmark)
	if err != nil {
		return nil, badBookmark()
	}
	fields := strings.Split(string(raw), bookmarkSeparator)
	if len(fields) != count {
		return nil, badBookmark()
	}
	return fields, nil
}

func badBookmark() error {
	return fault.New(fault.InvalidArgument, "bookmark: is not one that a page of this list ended with")
}
