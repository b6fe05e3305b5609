package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// goldenHash was computed apart from this code: the SHA-256 of "psbc/registry/id/v1\n
// dwellings\nCTIEMSP\nrequest-0001\n0", in Crockford's base 32.
const goldenHash = "FR8RQJYDCGHTYAN593CJ3ZCSBS"

func minted(t require.TestingT, template, owner, request string, row int) string {
	d := registry.Definition{ID: "dwellings", IDs: registry.IDRule{Mint: template}}
	id, err := d.MintID(owner, request, row, "2026-11-22T09:30:00.000000000Z")
	require.NoError(t, err)
	return id
}

// An id follows from its request for ever.
func TestTheMintedIDOfARequestIsFixed(t *testing.T) {
	require.Equal(t, "DWL-2026-"+goldenHash[:8], minted(t, "DWL-{year}-{8}", ctie, requestID, 0))
	require.Equal(t, goldenHash, minted(t, "{26}", ctie, requestID, 0))
}

func TestMintedIDsDifferByRegisterOwnerRequestAndRow(t *testing.T) {
	ids := map[string]bool{}
	for row := range 100 {
		for _, owner := range []string{ctie, sigi} {
			for _, request := range []string{"request-0001", "request-0002"} {
				id := minted(t, "DWL-{8}", owner, request, row)
				require.Regexp(t, `^DWL-[0-9A-HJKMNP-TV-Z]{8}$`, id)
				ids[id] = true
			}
		}
	}
	require.Len(t, ids, 400)
	require.NotEqual(t, minted(t, "{8}", ctie, requestID, 0), func() string {
		id, err := registry.Definition{ID: "houses", IDs: registry.IDRule{Mint: "{8}"}}.MintID(ctie, requestID, 0, "2026-")
		require.NoError(t, err)
		return id
	}())
}

// TestTheCheckCharacterIsThatOfISO7064 computes it as the standard's recursive method does,
// on ids with it: each leaves 1 modulo 37.
func TestTheCheckCharacterIsThatOfISO7064(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
	remainder := func(id string) int {
		p := 0
		letters := strings.Map(func(r rune) rune {
			if strings.ContainsRune(alphabet, r) {
				return r
			}
			return -1
		}, strings.ToUpper(id))
		for i := range len(letters) {
			if i > 0 {
				p *= 2
			}
			p = (p + strings.IndexByte(alphabet, letters[i])) % 37
		}
		return p
	}
	require.Equal(t, 1, remainder("G123498654321H"), "the example of ISBT 128")
	rapid.Check(t, func(t *rapid.T) {
		template := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,8}`).Draw(t, "prefix") + "{6}-{check}"
		id := minted(t, template, ctie, fmt.Sprintf("request-%d", rapid.Int().Draw(t, "n")), 0)
		require.Equal(t, 1, remainder(id), id)
		require.NotContains(t, id, "*")
		last := id[len(id)-1]
		for i := range len(id) - 1 { // no wrong character goes unseen
			if strings.IndexByte(".-_", id[i]) >= 0 {
				continue
			}
			wrong := alphabet[rapid.IntRange(0, 35).Draw(t, "wrong")]
			if wrong != strings.ToUpper(id)[i] {
				require.NotEqual(t, 1, remainder(id[:i]+string(wrong)+id[i+1:len(id)-1]+string(last)))
			}
		}
	})
}

func TestIDsAreGivenOrMintedAsTheRegisterSays(t *testing.T) {
	rules := rulesOf(t, open())
	plan, err := rules.PlanCreate(ctie, createRequest("", data("123A-1")), txOf(1))
	require.NoError(t, err)
	require.Regexp(t, `^DWL-2026-[0-9A-Z]{9}$`, plan.IDs()[0])

	_, err = rules.PlanCreate(ctie, createRequest("HSE-1", data("123A-1")), txOf(1))
	require.EqualError(t, err, "INVALID_ARGUMENT: id: HSE-1 does not match the register's pattern DWL-[0-9A-Z.-]+")
	_, err = rules.PlanCreate(ctie, createRequest("xDWL-1", data("123A-1")), txOf(1))
	require.Error(t, err, "the pattern is anchored")

	d := open()
	d.IDs = registry.IDRule{}
	_, err = rulesOf(t, d).PlanCreate(ctie, createRequest("", data("123A-1")), txOf(1))
	require.EqualError(t, err, "INVALID_ARGUMENT: id: is missing, and register dwellings does not mint ids")
	require.Equal(t, fault.InvalidArgument, fault.CodeOf(err))
}
