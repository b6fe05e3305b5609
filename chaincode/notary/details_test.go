package notary_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

const canary = "canary-4711"

func details() notary.Details {
	return notary.Details{V: 1, Salt: salt(16), Title: "Acte de naissance", FileName: "acte.pdf", Persons: []string{"Jeanne Müller"}}
}

func TestDetailsAreReadAsTheyWereWritten(t *testing.T) {
	for name, d := range map[string]notary.Details{
		"full": details(), "salt alone": {V: 1, Salt: salt(64)},
	} {
		t.Run(name, func(t *testing.T) {
			encoded, err := d.Encode()
			require.NoError(t, err)
			again, err := notary.ParseDetails(encoded)
			require.NoError(t, err)
			require.Equal(t, d, again)
			require.Len(t, notary.DetailsHash(encoded), 64)
		})
	}
}

// The hash of this encoding is public and permanent: it must never change.
func TestTheEncodingOfDetailsIsFixed(t *testing.T) {
	encoded, err := details().Encode()
	require.NoError(t, err)
	require.Equal(t, `{"fileName":"acte.pdf","persons":["Jeanne Müller"],"salt":"c3Nzc3Nzc3Nzc3Nzc3Nzcw==","title":"Acte de naissance","v":1}`, string(encoded))
}

func TestBadDetailsAreRefusedWithoutShowingThem(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*notary.Details)
		want  string
	}{
		{"another version", func(d *notary.Details) { d.V = 2 }, "v: is 2, not 1"},
		{"no salt", func(d *notary.Details) { d.Salt = "" }, "salt: has 0 bytes, not 16 to 64"},
		{"a short salt", func(d *notary.Details) { d.Salt = salt(15) }, "salt: has 15 bytes, not 16 to 64"},
		{"a long salt", func(d *notary.Details) { d.Salt = salt(65) }, "salt: has 65 bytes, not 16 to 64"},
		{"a salt that is not base64", func(d *notary.Details) { d.Salt = canary }, "salt: is not standard base64"},
		{"a salt in loose base64", func(d *notary.Details) { d.Salt = strings.Replace(salt(16), "w==", "x==", 1) }, "salt: is not standard base64"},
		{"a salt on two lines", func(d *notary.Details) { d.Salt = salt(16)[:8] + "\n" + salt(16)[8:] }, "salt: "},
		{"an over-long title", func(d *notary.Details) { d.Title = strings.Repeat(canary, 50) }, "title: has 550 bytes, more than 512"},
		{"an NFD title", func(d *notary.Details) { d.Title = canary + " e\u0301" }, "title: is not in Unicode normalisation form C"},
		{"a control character in the file name", func(d *notary.Details) { d.FileName = canary + "\n" }, "fileName: has the character U+000A"},
		{"an over-long file name", func(d *notary.Details) { d.FileName = strings.Repeat("a", 256) }, "fileName: has 256 bytes, more than 255"},
		{"too many persons", func(d *notary.Details) { d.Persons = strings.Split(strings.Repeat(canary+",", 65), ",") }, "persons: has 66 entries, more than 64"},
		{"an empty person", func(d *notary.Details) { d.Persons = []string{canary, ""} }, "persons[1]: is empty"},
		{"an over-long person", func(d *notary.Details) { d.Persons = []string{strings.Repeat(canary, 24)} }, "persons[0]: has 264 bytes, more than 256"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := details()
			tc.spoil(&d)
			_, err := d.Encode()
			requireCode(t, fault.InvalidArgument, err)
			require.Contains(t, err.Error(), tc.want)
			require.NotContains(t, err.Error(), canary)

			_, err = notary.ParseDetails([]byte(jsonOf(t, d)))
			requireCode(t, fault.InvalidArgument, err)
			require.NotContains(t, err.Error(), canary)
		})
	}
}

func TestWhatIsNotTheEncodingOfDetailsIsRefused(t *testing.T) {
	encoded, err := details().Encode()
	require.NoError(t, err)
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", "the details are not the JSON of a Details value"},
		{"another value", `{"` + canary + `":1}`, "the details are not the JSON of a Details value"},
		{"a space", string(encoded) + " ", "the details are not canonical JSON (RFC 8785)"},
		{"another order", jsonOf(t, details()), "the details are not canonical JSON (RFC 8785)"},
		{"an empty list", strings.Replace(string(encoded), `"persons":["Jeanne Müller"]`, `"persons":[]`, 1), "the details are not canonical JSON (RFC 8785)"},
		{"too much", strings.Repeat(" ", notary.MaxDetailsBytes+1), "the details have 65537 bytes, more than 65536"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := notary.ParseDetails([]byte(tc.text))
			require.EqualError(t, err, "INVALID_ARGUMENT: "+tc.want)
		})
	}
}

func TestTheLargestDetailsFit(t *testing.T) {
	d := notary.Details{V: 1, Salt: salt(64), Title: strings.Repeat("\"", 512), FileName: strings.Repeat("\\", 255)}
	for range notary.MaxDetailsPersons {
		d.Persons = append(d.Persons, strings.Repeat("\"", 256))
	}
	encoded, err := d.Encode()
	require.NoError(t, err)
	require.Less(t, len(encoded), notary.MaxDetailsBytes)
}

func TestDetailsOfANotarisationAreNotExchanged(t *testing.T) {
	encoded, err := details().Encode()
	require.NoError(t, err)
	hash := notary.DetailsHash(encoded)
	r := notary.PutDetailsRequest{RequestID: requestID, Digest: digestOf("a"), DetailsHash: hash}
	notarised := func(detailsHash string) notary.Stored {
		return notary.Stored{Notarisation: &notary.Notarisation{Digest: digestOf("a"), Body: body, DetailsHash: detailsHash}}
	}

	require.NoError(t, notary.PutDetails(body, r, encoded, notary.Stored{}), "before the notarisation")
	require.NoError(t, notary.PutDetails(body, r, encoded, notary.Stored{DetailsHash: "other"}), "replacing what nobody refers to")
	require.NoError(t, notary.PutDetails(body, r, encoded, notarised(hash)), "the same again")
	requireCode(t, fault.FailedPrecondition, notary.PutDetails(body, r, encoded, notarised("other")))
	requireCode(t, fault.FailedPrecondition, notary.PutDetails(body, r, encoded, notarised("")))

	r.DetailsHash = strings.Repeat("0", 64)
	requireCode(t, fault.InvalidArgument, notary.PutDetails(body, r, encoded, notary.Stored{}))
	requireCode(t, fault.InvalidArgument, notary.PutDetails(body, r, nil, notary.Stored{}))
}

func TestMissingDetailsAreNotFound(t *testing.T) {
	r := notary.DigestRequest{RequestID: requestID, Digest: digestOf("a")}
	purged := notary.Stored{Notarisation: &notary.Notarisation{DetailsHash: "x"}}
	for name, stored := range map[string]notary.Stored{
		"never notarised": {}, "notarised without": {Notarisation: &notary.Notarisation{}}, "purged": purged,
	} {
		t.Run(name, func(t *testing.T) {
			requireCode(t, fault.NotFound, notary.PurgeDetails(body, r, stored))
			_, err := notary.ReadDetails(body, r, nil, stored)
			requireCode(t, fault.NotFound, err)
		})
	}
	require.ErrorContains(t, notary.PurgeDetails(body, r, purged), "have been purged by CTIEMSP")
	require.NoError(t, notary.PurgeDetails(body, r, notary.Stored{DetailsHash: "x"}), "also when nobody refers to them")
}

func TestDetailsAreReadWhereTheyAre(t *testing.T) {
	encoded, err := details().Encode()
	require.NoError(t, err)
	stored := notary.Stored{DetailsHash: notary.DetailsHash(encoded)}
	r := notary.DigestRequest{Digest: digestOf("a")}

	got, err := notary.ReadDetails(body, r, encoded, stored)
	require.NoError(t, err)
	require.Equal(t, details(), got)

	_, err = notary.ReadDetails(body, r, nil, stored)
	requireCode(t, fault.FailedPrecondition, err)

	_, err = notary.ReadDetails(body, r, []byte(canary), stored)
	require.Equal(t, fault.Internal, fault.CodeOf(err))
	require.NotContains(t, err.Error(), canary)
}

func FuzzParseDetails(f *testing.F) {
	encoded, err := details().Encode()
	require.NoError(f, err)
	f.Add(encoded)
	f.Add([]byte(`{"salt":"c3Nzc3Nzc3Nzc3Nzc3Nzcw==","v":1}`))
	f.Add([]byte(`{"persons":[],"salt":"","v":1}`))
	f.Fuzz(func(t *testing.T, encoded []byte) {
		d, err := notary.ParseDetails(encoded)
		if err != nil {
			requireCode(t, fault.InvalidArgument, err)
			return
		}
		again, err := d.Encode()
		require.NoError(t, err)
		require.Equal(t, string(encoded), string(again), "details have one encoding")
	})
}
