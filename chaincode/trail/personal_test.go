package trail_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/trail"
)

func TestWhatNamesAPersonIsRefused(t *testing.T) {
	const number, email, iban = "a national identification number", "an e-mail address", "an IBAN"
	for _, tc := range []struct{ name, text, what string }{
		{"a national number", nationalID, number},
		{"one among words", "dossier of " + nationalID + ", urgent", number},
		{"one after letters", "nin" + nationalID, number},
		{"one between letters", "a" + nationalID + "z", number},
		{"one in groups, as on the card", "1893 1201 057 32", number},
		{"one with dashes", "1893-12-01-057-32", number},
		{"one with dots", "1893.12.01.05732", number},
		{"one with slashes", "1893/12/01/057/32", number},
		{"one with all of them", "1893/12-01.057 32", number},
		{"one digit by digit", "1 8 9 3 1 2 0 1 0 5 7 3 2", number},
		{"one after another number", "2026 " + nationalID, number},
		{"one in groups after a date", "2026-11-22 1893 1201 05732", number},
		{"one in groups before a number", "18931201 05732 7", number},
		{"one after a longer number", "12345678901234 " + nationalID, number},
		{"one in a path", "file:/" + nationalID + "/x", number},
		{"one in short hexadecimal", "0fa" + nationalID + "c", number},

		{"an e-mail address", "anne.weber@esch.lu", email},
		{"the shortest", "a@b.lu", email},
		{"one in brackets", "Anne <anne@etat.lu>", email},
		{"one at the end of a sentence", "write to anne@etat.lu.", email},
		{"one with a tag", "anne+tag@mail.etat.lu", email},
		{"one in an address", "https://anne@etat.lu/eli/x", email},
		{"one with an accent", "josé@exämple.lu", email},
		{"one of an internationalised domain", "anne@xn--exmple-cua.xn--p1ai", email},
		{"one after a bare at sign", "@ anne@etat.lu", email},
		{"one that follows no address", "a@b, anne@etat.lu", email},

		{"an IBAN", "LU280019400644750000", iban},
		{"one in groups", "LU28 0019 4006 4475 0000", iban},
		{"one in lower case", "lu280019400644750000", iban},
		{"one among words", "to IBAN:LU28 0019 4006 4475 0000 now", iban},
		{"one of Germany", "DE89370400440532013000", iban},
		{"one of Belgium", "BE68539007547034", iban},
		{"one of Belgium in lower case", "be68 5390 0754 7034", iban},
		{"one of France", "FR1420041010050500013M02606", iban},
		{"one of the United Kingdom", "GB82 WEST 1234 5698 7654 32", iban},
		{"one of Norway, the shortest", "NO9386011117947", iban},
		{"one of Malta", "MT84MALT011000012345MTLCAST001S", iban},
		{"one of Saint Lucia", "LC55HEMM000100010012001200023015", iban},
		{"one of the Netherlands", "nl91abna0417164300", iban},
		{"one after what begins like one", "DE12 LU280019400644750000", iban},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := trail.CheckPersonal("f", tc.text)
			require.EqualError(t, err, "INVALID_ARGUMENT: f: looks like "+tc.what+": use a pseudonym")
		})
	}
}

func TestWhatNamesNobodyPasses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                              "",
		"words":                                "Zougrëff op den Zivilstand",
		"a bad Luhn digit":                     "1893120105742",
		"a bad Verhoeff digit":                 "1893120105733",
		"a bad day":                            "1893123205732",
		"twelve digits":                        "189312010573",
		"fourteen digits":                      nationalID + "0",
		"a valid number inside a longer one":   "9" + nationalID,
		"groups that hold too many":            "1893 1201 0573 21",
		"groups with two separators":           "1893--1201 05732",
		"groups with others":                   "1893:1201:057:32",
		"groups that touch letters before":     "a1893 1201 057 32",
		"groups that touch letters after":      "1893 1201 057 32a",
		"a time":                               "2026-11-22T09:30:00.123456789Z",
		"milliseconds since 1970":              "1795339800000",
		"a trace id that holds one":            "abcdef0" + nationalID + "abcdefabcdef",
		"a span id that holds one":             "a" + nationalID + "bc",
		"a SHA-1 that holds one":               strings.Repeat("a", 27) + nationalID,
		"a UUID":                               "18931201-0573-2123-8456-123456789012",
		"an at sign":                           "a @ b.lu",
		"a handle":                             "see @etat.lu",
		"a host without a domain":              "batch@desk",
		"a version":                            "module@1.24.1",
		"two at signs":                         "a@@b.lu",
		"one letter":                           "name@a.b",
		"an IBAN with a bad check":             "LU290019400644750000",
		"one that is too short":                "LU28001940064475000",
		"one that is too long":                 "LU2800194006447500000",
		"one of a country without":             "US280019400644750000",
		"one that follows a letter":            "XLU280019400644750000",
		"one in mixed case":                    "GB82wEsT12345698765432",
		"letters where the country has none":   "DE89370400440532A13000",
		"an IBAN in dashes, as a UUID may be":  "LU28-0019-4006-4475-0000",
		"a span id that is an IBAN of Belgium": "be80330073182669",
		"a code":                               "lu.etat.arrete:2026/1-a_b",
		"an ELI":                               "http://data.legilux.public.lu/eli/etat/leg/loi/2018/08/01/a686/jo",
		"two letters and two digits":           "AB12 and nothing of the kind follows",
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, trail.CheckPersonal("f", text), text)
		})
	}
}

func TestAnIBANHasTheLengthOfItsCountry(t *testing.T) {
	found := 0
	for i := range 10_000 {
		id := "de" + hexOf(fmt.Sprint(i))[:30] // a trace id, but for its beginning
		if ibanRemainder(id) == 1 {
			found++
			require.NoError(t, trail.CheckPersonal("f", id), id)
		}
	}
	require.Greater(t, found, 50, "ids with an IBAN's check digits")
}

// ibanRemainder is what ISO 13616 says, by long division of the whole number.
func ibanRemainder(iban string) int {
	var digits strings.Builder
	for _, c := range strings.ToUpper(iban[4:] + iban[:4]) {
		if c >= 'A' {
			fmt.Fprint(&digits, int(c-'A')+10)
		} else {
			digits.WriteRune(c)
		}
	}
	rest := 0
	for _, c := range digits.String() {
		rest = (rest*10 + int(c-'0')) % 97
	}
	return rest
}

// accounts are the forms of account numbers in the IBAN registry: a country, then how many
// digits (n), capitals (a) or either (c) follow its check digits.
const accounts = "AD 8n12c,AE 19n,AL 8n16c,AT 16n,AZ 4a20c,BA 16n,BE 12n,BG 4a6n8c,BH 4a14c,BI 23n,BR 23n1a1c,BY 4c4n16c," +
	"CH 5n12c,CR 18n,CY 8n16c,CZ 20n,DE 18n,DJ 23n,DK 14n,DO 4c20n,EE 16n,EG 25n,ES 20n,FI 14n,FK 2a12n,FO 14n,FR 10n11c2n," +
	"GB 4a14n,GE 2a16n,GI 4a15c,GL 14n,GR 7n16c,GT 4c20c,HN 4a20n,HR 17n,HU 24n,IE 4a14n,IL 19n,IQ 4a15n,IS 22n,IT 1a10n12c," +
	"JO 4a4n18c,KW 4a22c,KZ 3n13c,LB 4n20c,LC 4a24c,LI 5n12c,LT 16n,LU 3n13c,LV 4a13c,LY 21n,MC 10n11c2n,MD 2c18c,ME 18n," +
	"MK 3n10c2n,MN 16n,MR 23n,MT 4a5n18c,MU 4a19n3a,NI 4a20n,NL 4a10n,NO 11n,OM 3n16c,PK 4a16c,PL 24n,PS 4a21c,PT 21n,QA 4a21c," +
	"RO 4a16c,RS 18n,RU 14n15c,SA 2n18c,SC 4a20n3a,SD 14n,SE 20n,SI 15n,SK 20n,SM 1a10n12c,SO 19n,ST 21n,SV 4a20n,TL 19n," +
	"TN 20n,TR 6n16c,UA 6n19c,VA 18n,VG 4a16n,XK 16n,YE 4a4n18c"

func TestAnIBANOfEveryCountryIsRefused(t *testing.T) {
	list := strings.Split(accounts, ",")
	require.Len(t, list, 89)
	classes := map[string]string{"n": "[0-9]", "a": "[A-Z]", "c": "[0-9A-Z]"}
	for _, line := range list {
		country, form, _ := strings.Cut(line, " ")
		pattern := regexp.MustCompile("([0-9]+)([nac])").ReplaceAllStringFunc(form, func(part string) string {
			return classes[part[len(part)-1:]] + "{" + part[:len(part)-1] + "}"
		})
		account := rapid.StringMatching(pattern).Example(len(country + form))
		iban := country + fmt.Sprintf("%02d", 98-ibanRemainder(country+"00"+account)) + account
		require.Equal(t, 1, ibanRemainder(iban))
		require.Error(t, trail.CheckPersonal("f", iban), iban)
		require.Error(t, trail.CheckPersonal("f", "("+iban[:4]+" "+iban[4:8]+" "+iban[8:]+")"), iban)
		require.NoError(t, trail.CheckPersonal("f", "A"+iban), iban)
		require.NoError(t, trail.CheckPersonal("f", iban+"0"), iban)
	}
}

func TestOfAllCheckDigitsOneMakesAnIBAN(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		account := rapid.StringMatching(`LU[0-9]{2}[0-9]{3}[0-9A-Z]{13}`).Draw(t, "account")
		refused := 0
		for check := range 100 {
			iban := fmt.Sprintf("LU%02d%s", check, account[4:])
			err := trail.CheckPersonal("f", iban)
			require.Equal(t, ibanRemainder(iban) == 1, err != nil, iban)
			if err != nil {
				refused++
			}
		}
		// The standard gives check digits from 02 to 98; 00, 01 and 99 are congruent to some.
		require.LessOrEqual(t, refused, 2)
		require.GreaterOrEqual(t, refused, 1)
	})
}

// The tables below are those of the literature; the package computes them.
func verhoeffHolds(number string) bool {
	multiplication := []string{
		"0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
		"5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
	}
	permutation := []string{
		"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
	}
	c := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		c = int(multiplication[c][permutation[i%8][d]-'0'] - '0')
	}
	return c == 0
}

func luhnHolds(number string) bool {
	doubled := []int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}
	sum := 0
	for i := range len(number) {
		d := int(number[i] - '0')
		if (len(number)-i)%2 == 0 {
			d = doubled[d]
		}
		sum += d
	}
	return sum%10 == 0
}

func TestANationalNumberIsOneByADateAndTwoCheckDigits(t *testing.T) {
	first, last := time.Date(1870, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC)
	days := int(last.Sub(first).Hours() / 24)
	rapid.Check(t, func(t *rapid.T) {
		born := first.AddDate(0, 0, rapid.IntRange(0, days).Draw(t, "day")).Format("20060102")
		body := fmt.Sprintf("%s%03d", born, rapid.IntRange(0, 999).Draw(t, "serial"))
		found := 0
		for checks := range 100 {
			number := fmt.Sprintf("%s%02d", body, checks)
			want := luhnHolds(number[:12]) && verhoeffHolds(number[:11]+number[12:])
			require.Equal(t, want, trail.NationalID(number), number)
			if want {
				found++
				require.Error(t, trail.CheckPersonal("f", number))
				require.Error(t, trail.CheckPersonal("f", number[:4]+" "+number[4:8]+" "+number[8:]))
			}
		}
		require.Equal(t, 1, found, "one of a hundred pairs of check digits is right")
	})
	require.True(t, trail.NationalID(nationalID), "the example of the European Commission's list of tax numbers")
}

func TestAnyOtherDayIsNoBirthday(t *testing.T) {
	for _, born := range []string{"18691231", "21000101", "20260001", "20261301", "20260100", "20260132", "20260229", "20260431", "00000000"} {
		for checks := range 100_000 {
			number := fmt.Sprintf("%s%05d", born, checks)
			require.False(t, trail.NationalID(number))
		}
	}
	for _, text := range []string{"", "189312010573", nationalID + "1", "18931201O5732", "1893 20105732", "１893120105"} {
		require.False(t, trail.NationalID(text), text)
	}
	require.False(t, trail.NationalID("20260229"+"00000"))
	leap := 0
	for checks := range 100_000 {
		if trail.NationalID(fmt.Sprintf("20240229%05d", checks)) {
			leap++
		}
	}
	require.Equal(t, 1000, leap, "one for each serial of a leap day")
}

// TestIDsThatMachinesMakePass draws as many as a source sends in a minute: none may
// be refused, since the source would send it again and again.
func TestIDsThatMachinesMakePass(t *testing.T) {
	for i := range 100_000 {
		id := hexOf(fmt.Sprint(i))
		uuid := id[:8] + "-" + id[8:12] + "-4" + id[13:16] + "-a" + id[17:20] + "-" + id[20:32]
		for _, text := range []string{id, id[:40], id[:32], id[:16], uuid, strings.ToUpper(uuid), "00-" + id[:32] + "-" + id[32:48] + "-01"} {
			require.NoError(t, trail.CheckPersonal("f", text), text)
		}
		for _, text := range []string{"be" + id[:14], "de" + id[:30], "ad" + id[:30]} {
			require.NoError(t, trail.CheckPersonal("f", text), text)
		}
	}
}

func TestAPseudonymIsAKeyAndAnHMAC(t *testing.T) {
	mac := hexOf("x")
	for _, good := range []string{"k:" + mac, "2026-11:" + mac, strings.Repeat("a", trail.MaxKeyID) + ":" + mac, "0-:" + mac} {
		require.NoError(t, trail.Pseudonym("f", good))
	}
	const shape = "INVALID_ARGUMENT: f: is not a pseudonym: a key's id, a colon and 64 lower-case hexadecimal digits"
	for name, tc := range map[string]struct{ text, want string }{
		"nothing":                      {"", shape},
		"a name":                       {"Anne Weber", shape},
		"no key":                       {":" + mac, shape},
		"no colon":                     {mac, shape},
		"an upper-case key":            {"K:" + mac, shape},
		"a key that begins with -":     {"-k:" + mac, shape},
		"a longer key":                 {strings.Repeat("a", trail.MaxKeyID+1) + ":" + mac, shape},
		"two keys":                     {"k:k:" + mac, shape},
		"upper-case hexadecimal":       {"k:" + strings.ToUpper(mac), shape},
		"a shorter HMAC":               {"k:" + mac[1:], shape},
		"a longer HMAC":                {"k:" + mac + "0", shape},
		"a space":                      {"k:" + mac + " ", shape},
		"a national number":            {nationalID, "INVALID_ARGUMENT: f: looks like a national identification number: use a pseudonym"},
		"a national number for a key":  {nationalID + ":" + mac, "INVALID_ARGUMENT: f: looks like a national identification number: use a pseudonym"},
		"a national number for an MAC": {"k:" + nationalID, "INVALID_ARGUMENT: f: looks like a national identification number: use a pseudonym"},
		"an e-mail address":            {"anne@etat.lu", "INVALID_ARGUMENT: f: looks like an e-mail address: use a pseudonym"},
		"an IBAN":                      {"LU28 0019 4006 4475 0000", "INVALID_ARGUMENT: f: looks like an IBAN: use a pseudonym"},
		"an IBAN for a key":            {"no9386011117947:" + mac, "INVALID_ARGUMENT: f: looks like an IBAN: use a pseudonym"},
	} {
		t.Run(name, func(t *testing.T) { require.EqualError(t, trail.Pseudonym("f", tc.text), tc.want) })
	}
}

func FuzzCheckPersonal(f *testing.F) {
	for _, seed := range []string{
		"", nationalID, "1893 1201 057 32", "anne@etat.lu", "LU28 0019 4006 4475 0000", "gb82west12345698765432", "18931201-0573-2123-8456-123456789012", "@@..--", "\xff@\xff.\xff\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		err := trail.CheckPersonal("f", text)
		if err != nil {
			requireCode(t, fault.InvalidArgument, err)
			require.Less(t, len(err.Error()), 100, "the sentence does not show the text")
		}
		// What stands alone in words around it is found there too.
		require.Equal(t, err != nil, trail.CheckPersonal("f", "( "+text+" )") != nil)
		require.Error(t, trail.CheckPersonal("f", text+"\n"+nationalID))
		require.Error(t, trail.CheckPersonal("f", text+"\nanne@etat.lu"))
		require.Error(t, trail.CheckPersonal("f", text+"\nLU28 0019 4006 4475 0000"))
	})
}

func FuzzPseudonym(f *testing.F) {
	f.Add(pseudonym("anne"))
	f.Add(nationalID + ":" + hexOf("x"))
	f.Add("k:")
	f.Fuzz(func(t *testing.T, text string) {
		err := trail.Pseudonym("f", text)
		if err != nil {
			requireCode(t, fault.InvalidArgument, err)
			return
		}
		require.Regexp(t, `^[a-z0-9][a-z0-9-]{0,15}:[0-9a-f]{64}$`, text)
	})
}
