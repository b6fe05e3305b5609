package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/psbc-lu/psbc/chaincode/checkpoint"
)

// The keys of checkpoints, all of them public state:
//
//	checkpoint.key       body, key id                        a key of the body's witness
//	checkpoint.keys      body                                how many keys it has
//	checkpoint.public    SHA-256 of the public key           whose it is
//	checkpoint.request   body, request id                    the receipt of a request on a key
//	checkpoint.size      origin, inverted size               what was first said of the size
//	checkpoint.cosigned  origin, body, inverted size, root   what the body says of it, with cosignatures
//
// An inverted size is checkpoint.MaxSize less the size, with leading zeros: so the largest
// size comes first. What a body cosigned stands under the body before the size: to find
// the largest size with a quorum, each body's list is read by itself, and a body that fills
// its own with whatever sizes it likes is in nobody's way.
//
// Origins are lines of text without spaces and control characters, of bounded length and
// in NFC; all other attributes are ASCII.
const (
	typeWitnessKey        = "checkpoint.key"
	typeWitnessKeys       = "checkpoint.keys"
	typePublicKey         = "checkpoint.public"
	typeCheckpointRequest = "checkpoint.request"
	typeStatement         = checkpoint.TypeStatement
	typeCosigned          = checkpoint.TypeCosigned
)

func witnessKeyKey(body, keyID string) (key, error) { return makeKey(typeWitnessKey, body, keyID) }

func witnessKeysKey(body string) (key, error) { return makeKey(typeWitnessKeys, body) }

// publicKeyKey is the key of a public key, as checkpoint.Public gives it.
func publicKeyKey(public string) (key, error) {
	sum := sha256.Sum256([]byte(public))
	return makeKey(typePublicKey, hex.EncodeToString(sum[:]))
}

// witnessKeysOf is the keys of a body's witness, or of all bodies'; they differ in count
// attributes.
func witnessKeysOf(body string) (s span, count int) {
	if body == "" {
		return span{typeWitnessKey, nil}, 2
	}
	return span{typeWitnessKey, []string{body}}, 1
}

func statementKey(origin string, size uint64) (key, error) {
	return makeKey(typeStatement, origin, invertedText(size))
}

func cosignedKey(c checkpoint.Cosigned) (key, error) {
	return makeKey(typeCosigned, c.Origin, c.Body, invertedText(c.Size), c.Root)
}

// cosignedBy is all that a body says of a log, the largest size first.
func cosignedBy(origin, body string) span { return span{typeCosigned, []string{origin, body}} }

// cosignedAt is all that a body says of a size.
func cosignedAt(origin, body string, size uint64) span {
	return span{typeCosigned, []string{origin, body, invertedText(size)}}
}

// cosignedFrom is the beginning of the keys of what a body says of a size: before them,
// and after those of larger ones.
func cosignedFrom(origin, body string, size uint64) (key, error) {
	return makeKey(typeCosigned, origin, body, invertedText(size))
}

// cosignedSize returns the size of which the key of a cosigned checkpoint is.
func cosignedSize(k string) (uint64, error) {
	a := attributesOf(k)
	if len(a) != 5 || a[0] != typeCosigned {
		return 0, fmt.Errorf("unexpected key %q among cosigned checkpoints", k)
	}
	inverted, err := strconv.ParseUint(a[3], 10, 64)
	size := checkpoint.MaxSize - inverted
	if err != nil || inverted > checkpoint.MaxSize || invertedText(size) != a[3] {
		return 0, fmt.Errorf("unexpected key %q among cosigned checkpoints", k)
	}
	return size, nil
}

func invertedText(size uint64) string { return fmt.Sprintf("%016d", checkpoint.MaxSize-size) }
