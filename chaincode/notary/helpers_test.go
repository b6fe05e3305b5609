package notary_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

const (
	body      = "CTIEMSP"
	requestID = "request-0001"
)

// digestOf is a digest that depends on the name only.
func digestOf(name string) notary.Digest {
	sum := sha256.Sum256([]byte(name))
	digest, err := notary.NewDigest(notary.SHA2_256, sum[:])
	if err != nil {
		panic(err) // not in a test of digests
	}
	return digest
}

func txOf(i int) notary.Tx {
	return notary.Tx{ID: fmt.Sprintf("tx%d", i), ClaimedTime: fmt.Sprintf("2026-11-22T09:30:%02d.000000000Z", i%60)}
}

func jsonOf(t require.TestingT, v any) string {
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}

func requireCode(t *testing.T, code fault.Code, err error) {
	t.Helper()
	require.ErrorIs(t, err, &fault.Error{Code: code})
	parsed, ok := fault.Parse(err.Error())
	require.True(t, ok, "%q does not read CODE: sentence", err)
	require.Equal(t, code, parsed.Code)
}

func salt(n int) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", n)))
}
