package conformance

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest/conformance/scripted"
)

func keyCases() []Case {
	return []Case{
		{"an empty key is never written, and reads as absent", func(s *script) {
			results := s.as(s.a).evaluate(put(nil, "x"), get(nil), getMultiple(nil))
			require.Equal(s, "key must not be an empty string", results[0].Error)
			require.Empty(s, results[1].Error)
			require.Nil(s, results[1].Value)
			require.Equal(s, [][]byte{nil}, results[2].Values)
		}},
		{"a key that is not UTF-8 cannot be sent to the peer", func(s *script) {
			k := append(s.key("k"), 0xff)
			for _, r := range s.as(s.a).evaluate(put(k, "x"), get(k), del(k), history(k), within(k, nil)) {
				require.Contains(s, r.Error, "panic: ")
				require.Contains(s, r.Error, "invalid UTF-8")
			}
		}},
		{"values may be any bytes", func(s *script) {
			k, v := s.key("k"), "\x00\xff\xfe\U0010ffff"
			s.as(s.a).submit(put(k, v))
			require.Equal(s, v, string(s.value(s.a, k)))
		}},
		{"keys are compared byte by byte, without Unicode normalisation", func(s *script) {
			nfc, nfd := s.key("\u00e9"), s.key("e\u0301")
			s.as(s.a).submit(put(nfc, "composed"), put(nfd, "decomposed"))
			require.Equal(s, "composed", string(s.value(s.a, nfc)))
			require.Equal(s, "decomposed", string(s.value(s.a, nfd)))
		}},
		{"a key may hold U+0000 and U+10FFFF", func(s *script) {
			k := s.key("a\x00b\U0010ffffc")
			s.as(s.a).submit(put(k, "one"), put(s.key("a"), "two"))
			require.Equal(s, "one", string(s.value(s.a, k)))
			require.Len(s, s.as(s.a).evaluate(history(s.key("a")))[0].Changes, 1)
		}},
		{"a composite key is its parts, each ended by U+0000, after U+0000", func(s *script) {
			want := compositeKey("type", "a", "", "c")
			results := s.as(s.a).evaluate(makeKey("type", "a", "", "c"), scripted.Op{Kind: scripted.SplitKey, Key: want})
			require.Equal(s, want, results[0].Value)
			require.Equal(s, raw([]string{"type", "a", "", "c"}), results[1].Values)
		}},
		{"a composite key's parts must be UTF-8 without U+0000 and U+10FFFF", func(s *script) {
			notAllowed := func(char string, position int) string {
				return fmt.Sprintf("input contains unicode %s starting at position [%d]. U+0000 and U+10FFFF are not allowed in the input attribute of a composite key", char, position)
			}
			results := s.as(s.a).evaluate(
				makeKey("t", "a\x00"), makeKey("\x00"), makeKey("t", "ab\U0010ffff"), makeKey("t", "a\xff"), partial("t\x00"))
			require.Equal(s, notAllowed("U+0000", 1), results[0].Error)
			require.Equal(s, notAllowed("U+0000", 0), results[1].Error)
			require.Equal(s, notAllowed("U+10FFFF", 2), results[2].Error)
			require.Equal(s, "not a valid utf8 string: [61ff]", results[3].Error)
			require.Equal(s, notAllowed("U+0000", 1), results[4].Error)
		}},
		{"a simple range may not begin or end among the composite keys", func(s *script) {
			const refused = "first character of the key [\x00k] contains a null character which is not allowed"
			k := []byte("\x00k")
			results := s.as(s.a).evaluate(within(k, nil), within(nil, k), page(k, nil, 1, nil), in(implicit(s.a), within(k, nil)))
			for _, r := range results {
				require.Equal(s, refused, r.Error)
			}
		}},
	}
}
