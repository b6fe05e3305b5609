package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrongUsageEndsWithTwo(t *testing.T) {
	for name, args := range map[string][]string{
		"no file": nil, "an unknown flag": {"--verbose"}, "an argument": {"--config", "x", "y"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			require.Equal(t, 2, run(t.Context(), args, &stderr))
			require.Contains(t, stderr.String(), "-config file")
		})
	}
}

func TestHelpEndsWithZero(t *testing.T) {
	var stderr bytes.Buffer
	require.Equal(t, 0, run(t.Context(), []string{"--help"}, &stderr))
}

func TestABadConfigurationEndsWithOneAndIsNamed(t *testing.T) {
	for _, tc := range []struct{ name, config, want string }{
		{"a missing field", `{"chaincodes":[{"name":"notary","id":"","address":"127.0.0.1:0"}]}`, `chaincodes[0].id: is missing`},
		{"an unknown chaincode", `{"chaincodes":[{"name":"treasury","id":"x","address":"127.0.0.1:0"}],"bodies":["A"],"tls":{"certificate":"a","key":"b","clientCA":"c"}}`, `tls.certificate, tls.key: `},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "chaincode.json")
			require.NoError(t, os.WriteFile(path, []byte(tc.config), 0o600))
			var stderr bytes.Buffer
			require.Equal(t, 1, run(context.Background(), []string{"--config", path}, &stderr))
			require.Contains(t, stderr.String(), `"level":"ERROR","msg":"cannot serve"`)
			require.Contains(t, stderr.String(), tc.want)
		})
	}
}

func TestTheSuiteHasEveryContract(t *testing.T) {
	chaincodes, err := suite([]string{"CTIEMSP", "SIGIMSP"})
	require.NoError(t, err)
	require.Len(t, chaincodes, 4)
	require.Contains(t, chaincodes, "notary")
	require.Contains(t, chaincodes, "registry")
	require.Contains(t, chaincodes, "trail")
	require.Contains(t, chaincodes, "checkpoint")

	_, err = suite(nil)
	require.ErrorContains(t, err, "bodies: ")
}
