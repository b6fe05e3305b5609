package main

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// keyHelp is what the help says of --key.
const keyHelp = `NAMESPACE/KEY is a chaincode and the key that it writes. A KEY that begins with a slash is
one of Fabric's composite keys, its parts separated by slashes:
registry//registry.record/dwellings/DWL-00000001-7. In a KEY, \xNN is the byte with that
hexadecimal code: \x2f is a slash within a part, \x5c a backslash.`

// chaincodeName is what Fabric allows (core/chaincode/lifecycle; "_lifecycle" included).
var chaincodeName = regexp.MustCompile(`^[a-zA-Z0-9_]+([-_][a-zA-Z0-9]+)*$`)

// escaped is a byte of a key, as it is typed, or a backslash that begins none.
var escaped = regexp.MustCompile(`\\(x[0-9a-fA-F]{2})?`)

// parseTarget reads --key. With a collection the key is of a private write.
func parseTarget(s, collection string, metadata bool) (prove.Target, error) {
	namespace, typed, found := strings.Cut(s, "/")
	if !found || typed == "" || !chaincodeName.MatchString(namespace) {
		return prove.Target{}, exit.Usagef("--key %q is not NAMESPACE/KEY, a chaincode's name and a key", s)
	}
	if metadata && collection != "" {
		return prove.Target{}, exit.Usagef("--metadata and --collection exclude each other")
	}
	var key []byte
	if parts, composite := strings.CutPrefix(typed, "/"); composite {
		for part := range strings.SplitSeq(parts, "/") {
			text, err := unescape(part)
			if err != nil {
				return prove.Target{}, err
			}
			key = append(append(key, 0), text...)
		}
		key = append(key, 0)
	} else {
		text, err := unescape(typed)
		if err != nil {
			return prove.Target{}, err
		}
		key = []byte(text)
	}
	t := prove.Target{Namespace: namespace, Kind: evidence.KindWrite, Key: key}
	switch {
	case metadata:
		t.Kind = evidence.KindMetadata
	case collection != "":
		hash := sha256.Sum256(key)
		t.Kind, t.Collection, t.Key = evidence.KindPrivate, collection, hash[:]
	}
	return t, nil
}

// unescape reads the bytes of a key, or of a part, as they are typed.
func unescape(typed string) (string, error) {
	var wrong error
	text := escaped.ReplaceAllStringFunc(typed, func(code string) string {
		b, err := strconv.ParseUint(strings.TrimPrefix(code, `\x`), 16, 8)
		if err != nil {
			wrong = exit.Usagef(`--key: %q has a backslash that is not followed by x and two hexadecimal digits; \x5c is a backslash`, typed)
		}
		return string([]byte{byte(b)})
	})
	return text, wrong
}

// typedKey writes a key as --key takes it.
func typedKey(key []byte) string {
	inner, begins := strings.CutPrefix(string(key), "\x00")
	inner, ends := strings.CutSuffix(inner, "\x00")
	if !begins || !ends || inner == "" {
		return escape(string(key), true)
	}
	var typed strings.Builder
	for part := range strings.SplitSeq(inner, "\x00") {
		typed.WriteString("/" + escape(part, false))
	}
	return typed.String()
}

// escape writes a key, or a part of one, so that unescape reads it and a terminal shows it. A
// slash is escaped in parts, and where a key begins with one.
func escape(text string, whole bool) string {
	var typed strings.Builder
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c >= 0x7f || c == '\\' || c == '/' && (!whole || i == 0) {
			fmt.Fprintf(&typed, `\x%02x`, c)
		} else {
			typed.WriteByte(c)
		}
	}
	return typed.String()
}
