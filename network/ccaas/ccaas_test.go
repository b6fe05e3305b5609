package ccaas

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
	"github.com/stretchr/testify/require"
)

func TestPackageIsReproducibleAndReadByFabricsOwnParser(t *testing.T) {
	source := Source{Name: "notary", Code: "ab", Bodies: []string{"CTIEMSP", "SIGIMSP"}}
	first, err := NewPackage(source)
	require.NoError(t, err)
	second, err := NewPackage(source)
	require.NoError(t, err)
	require.Equal(t, first, second)

	metadata, _, err := chaincode.ParseChaincodePackage(first.Bytes)
	require.NoError(t, err)
	require.Equal(t, "ccaas", metadata.Type)
	require.Equal(t, first.Label, metadata.Label)
	require.Equal(t, first.ID, chaincode.GetPackageID(first.Label, first.Bytes))
	require.NoError(t, chaincode.ValidateLabel(first.Label))

	source.Bodies = []string{"CTIEMSP"}
	other, err := NewPackage(source)
	require.NoError(t, err)
	require.NotEqual(t, first.ID, other.ID, "the membership is part of what is approved")
	require.NotEqual(t, first.Label, other.Label)
}

func TestBuilderStepsGiveThePeerItsOwnBodysServer(t *testing.T) {
	dir := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	write := func(path, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	write(at("meta", "metadata.json"), `{"type":"ccaas","label":"notary_1"}`)
	write(at("src", "connection.json"), `{"address":"{{.notary_address}}","dial_timeout":"10s","tls_required":true,"client_auth_required":true,"client_key":"{{.client_key}}","client_cert":"{{.client_cert}}","root_cert":"{{.root_cert}}"}`)
	write(at("key.pem"), "KEY")
	require.NoError(t, os.MkdirAll(at("build"), 0o700))
	config := `{"notary_address":"127.0.0.1:9","client_key":"@` + at("key.pem") + `","client_cert":"CERT","root_cert":"ROOT"}`

	require.NoError(t, Run("detect", []string{at("src"), at("meta")}, config))
	write(at("config.json"), config)
	require.NoError(t, Run("build", []string{at("src"), at("meta"), at("build")}, "@"+at("config.json")))
	require.NoError(t, Run("release", []string{at("build"), at("out")}, config))

	released := at("out", "chaincode", "server", "connection.json")
	data, err := os.ReadFile(released)
	require.NoError(t, err)
	var got Connection
	require.NoError(t, json.Unmarshal(data, &got))
	require.Equal(t, Connection{
		Address: "127.0.0.1:9", DialTimeout: "10s", TLSRequired: true, ClientAuthRequired: true,
		ClientKey: "KEY", ClientCert: "CERT", RootCert: "ROOT",
	}, got)
	info, err := os.Stat(released)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it holds a private key")

	for name, tc := range map[string]struct {
		step    string
		args    []string
		config  string
		wantErr string
	}{
		"an unknown step":               {"run", nil, config, "a peer calls detect"},
		"a wrong number of arguments":   {"build", []string{"a"}, config, "1 arguments"},
		"a configuration without value": {"build", []string{at("src"), at("meta"), at("build")}, `{}`, "needs a value"},
		"a configuration that is none":  {"build", []string{at("src"), at("meta"), at("build")}, `[`, "not a JSON object"},
		"a configuration file missing":  {"build", []string{at("src"), at("meta"), at("build")}, `@/nowhere`, "no such file"},
		"a key file that is missing":    {"build", []string{at("src"), at("meta"), at("build")}, `{"notary_address":"x","client_key":"@/nowhere","client_cert":"","root_cert":""}`, "no such file"},
		"metadata that is missing":      {"detect", []string{at("src"), at("src")}, config, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, Run(tc.step, tc.args, tc.config), tc.wantErr)
		})
	}
	write(at("meta", "metadata.json"), `{"type":"golang"}`)
	require.ErrorIs(t, Run("detect", []string{at("src"), at("meta")}, config), ErrNotCCAAS)
}
