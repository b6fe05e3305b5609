package evidence_test

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// text changes the written file.
func text(old, by string) func(*scene) {
	return func(s *scene) { s.text = func(f []byte) []byte { return replaced(s.t, f, old, by) } }
}

// pattern changes the written file where it matches.
func pattern(expression, by string) func(*scene) {
	return func(s *scene) {
		s.text = func(f []byte) []byte {
			at := regexp.MustCompile(expression).FindSubmatchIndex(f)
			require.NotNil(s.t, at, expression)
			return append(append(bytes.Clone(f[:at[2]]), by...), f[at[3]:]...)
		}
	}
}

// extra changes the JSON in the line "extra".
func extra(change func(s *scene, raw []byte) []byte) func(*scene) {
	return func(s *scene) {
		s.text = func(f []byte) []byte {
			head, rest, _ := strings.Cut(string(f), "extra ")
			line, rest, _ := strings.Cut(rest, "\n")
			raw, err := base64.StdEncoding.DecodeString(line)
			require.NoError(s.t, err)
			return []byte(head + "extra " + base64.StdEncoding.EncodeToString(change(s, raw)) + "\n" + rest)
		}
	}
}

func extraText(old, by string) func(*scene) {
	return extra(func(s *scene, raw []byte) []byte { return replaced(s.t, raw, old, by) })
}

// nonCanonical sets bits of the last digit of base64 that mean nothing.
func nonCanonical(s *scene, expression string) func([]byte) []byte {
	return func(f []byte) []byte {
		const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		at := regexp.MustCompile(expression).FindSubmatchIndex(f)
		require.NotNil(s.t, at, expression)
		changed := bytes.Clone(f)
		changed[at[2]] = digits[strings.IndexByte(digits, f[at[2]])+1]
		return changed
	}
}

func bits(expression string) func(*scene) {
	return func(s *scene) { s.text = nonCanonical(s, expression) }
}

// evidenceIllWritten says the same as evidence that holds, or nothing, in another way than
// the one in which evidence is written.
func evidenceIllWritten() []scripted {
	const want = "MalformedError"
	cases := []scripted{
		{"nothing", want, func(s *scene) { s.text = func([]byte) []byte { return nil } }},
		{"another first line", want, text("tlog-proof@v1", "tlog-proof@v2")},
		{"lines that end as on Windows", want, func(s *scene) {
			s.text = func(f []byte) []byte { return bytes.ReplaceAll(f, []byte("\n"), []byte("\r\n")) }
		}},
		{"a byte order mark", want, func(s *scene) { s.text = func(f []byte) []byte { return append([]byte("\ufeff"), f...) } }},
		{"no line extra", want, pattern(`(extra .*\n)index`, "")},
		{"a second line extra", want, pattern(`extra .*\n()index`, "extra e30=\n")},
		{"no line index", want, pattern(`(index .*\n)`, "")},
		{"an index with a leading zero", want, text("index ", "index 0")},
		{"an index with a sign", want, text("index ", "index +")},
		{"a negative index", want, text("index ", "index -")},
		{"an index with a space more", want, text("index ", "index  ")},
		{"an index that is too large for any program", want, pattern(`index (\d+)`, "18446744073709551616")},
		{"an empty line in the path", want, pattern(`index \d+\n()`, "\n")},
		{"a hash of 31 bytes in the path", want, pattern(`index \d+\n(.*)\n`, base64.StdEncoding.EncodeToString(make([]byte, 31)))},
		{"a path of more hashes than a tree has levels", want, pattern(`index \d+\n()`, strings.Repeat(base64.StdEncoding.EncodeToString(make([]byte, 32))+"\n", 65))},
		{"a path in the alphabet of URLs", want, pattern(`index \d+\n(.*)\n`, base64.URLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 32)))},
		{"a hash of the path without its padding", want, pattern(`index \d+\n.*(=)\n`, "")},
		{"a hash of the path with bits that mean nothing", want, bits(`index \d+\n.*(.)=\n`)},
		{"a carriage return in the base64 of the path", want, pattern(`index \d+\n....()`, "\r")},
		{"a root with bits that mean nothing", want, bits(`\n\n.*\n\d+\n.*(.)=\n`)},
		{"a signature with bits that mean nothing", want, bits(`— .*([^=])==\n`)},
		{"a carriage return in the base64 of extra", want, pattern(`extra ....()`, "\r")},
		{"extra that is not base64", want, text("extra ", "extra !")},
		{"a size with a leading zero", want, pattern(`0123456789abcdef\n()\d`, "0")},
		{"an extension line in the checkpoint", want, pattern(`\n\n.*\n\d+\n.*\n()`, "extension\n")},
		{"a checkpoint without signatures", want, pattern(`(— (?s:.*))$`, "")},
		{"a duplicated signature line", want, func(s *scene) { s.text = func(f []byte) []byte { return append(f, lastLine(f)...) } }},
		{"two cosignatures of one key at two times", want, func(s *scene) { s.cosigned = append(s.cosigned, by(ctie, noon+5)) }},
		{"a signature line without its newline", want, func(s *scene) { s.text = func(f []byte) []byte { return f[:len(f)-1] } }},
		{"a hyphen where the dash of a signature belongs", want, text("— ", "- ")},
		{"text after the signatures", want, func(s *scene) { s.text = func(f []byte) []byte { return append(f, "more\n"...) } }},
	}
	return append(cases, extraIllWritten(want)...)
}

func lastLine(f []byte) []byte {
	return f[bytes.LastIndexByte(f[:len(f)-1], '\n')+1:]
}

func extraIllWritten(want string) []scripted {
	swapped := func(s *scene, raw []byte) []byte {
		return append([]byte(`{"v":1,`), bytes.Replace(raw[1:], []byte(`"v":1,`), nil, 1)...)
	}
	return []scripted{
		{"extra that is not JSON", want, extra(func(*scene, []byte) []byte { return []byte("note") })},
		{"JSON with a space", want, extraText(`":`, `": `)},
		{"JSON with its members in another order", want, extra(swapped)},
		{"JSON with a member twice", want, extraText(`"v":1`, `"v":1,"v":1`)},
		{"JSON with an unknown member", want, extraText(`"v":1`, `"truth":true,"v":1`)},
		{"JSON with a member's name in upper case", want, extraText(`"salt"`, `"Salt"`)},
		{"JSON with a letter written as an escape", want, extraText(`"write"`, `"\u0077rite"`)},
		{"JSON with a number that has a fraction", want, extraText(`"txIndex":0`, `"txIndex":0.0`)},
		{"JSON with null for what is absent", want, extraText(`"salt"`, `"member":null,"salt"`)},
		{"JSON with text after it", want, extra(func(_ *scene, raw []byte) []byte { return append(raw, ' ') })},
		{"JSON with a hash in upper case", want, extra(func(_ *scene, raw []byte) []byte {
			return regexp.MustCompile(`"salt":"[0-9a-f]+"`).ReplaceAllFunc(raw, func(m []byte) []byte {
				return append([]byte(`"salt"`), bytes.ToUpper(m[6:])...)
			})
		})},
		{"base64 in JSON with bits that mean nothing", want, func(s *scene) {
			s.about("registry")
			extra(func(s *scene, raw []byte) []byte { return nonCanonical(s, `"value":"[^"=]*([^"=])==`)(raw) })(s)
		}},
		{"an empty value", want, func(s *scene) {
			s.about("deleted")
			extraText(`"v":1`, `"v":1,"value":""`)(s)
		}},
		{"extra of a later version", want, extraText(`"v":1`, `"v":2`)},
		{"extra without a version", want, extraText(`"v":1,`, ``)},
		{"a detail without its value's hash", want, func(s *scene) {
			s.about("deleted")
			extraText(`,"valueHash":null`, ``)(s)
		}},
		{"a detail of an unknown kind", want, extraText(`"kind":"write"`, `"kind":"wrote"`)},
		{"a collection of a public write", want, extraText(`"creator"`, `"collection":"c","creator"`)},
		{"a member whose digest is none", want, func(s *scene) {
			s.of("batch", 1)
			extraText(`"member":{"digest":"sha2-256:`, `"member":{"digest":"md5:`)(s)
		}},
		{"a member without a path", want, func(s *scene) {
			s.of("batch of one", 0)
			extraText(`,"path":[]`, ``)(s)
		}},
		{"an earlier checkpoint that is none", want, extraText(`{"detail"`, `{"after":"yesterday","detail"`)},
		{"an earlier checkpoint with a duplicated signature line", want, func(s *scene) {
			s.show()
			s.change = func(p *evidence.Proof) {
				p.Extra.After.Cosignatures = append(p.Extra.After.Cosignatures, p.Extra.After.Cosignatures[0])
			}
		}},
	}
}

// policiesIllWritten are no policies, whatever the evidence.
func policiesIllWritten() []scripted {
	const want = "MalformedError"
	policy := func(old, by string) func(*scene) {
		return func(s *scene) { s.lines = func(p []byte) []byte { return replaced(s.t, p, old, by) } }
	}
	return []scripted{
		{"a policy without a quorum", want, policy("quorum bodies\n", "")},
		{"a policy whose quorum is nobody", want, policy("quorum bodies\n", "quorum none\n")},
		{"a policy with one key for two bodies", want, func(s *scene) {
			s.lines = func([]byte) []byte {
				s.policy.Witnesses[1].Key = s.policy.Witnesses[0].Key
				return s.policy.Format()
			}
		}},
	}
}
