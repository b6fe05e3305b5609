package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const goodConfig = `{
  "chaincodes": [
    {"name": "notary", "id": "notary:1", "address": "127.0.0.1:9051"},
    {"name": "registry", "id": "registry:1", "address": "127.0.0.1:9052"}
  ],
  "bodies": ["CTIEMSP", "SIGIMSP"],
  "tls": {"certificate": "server.pem", "key": "/secrets/server.key", "clientCA": "../ca.pem"}
}`

func TestAConfigurationIsReadAndItsPathsResolved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chaincode.json")
	require.NoError(t, os.WriteFile(path, []byte(goodConfig), 0o600))
	config, err := LoadConfig(path)
	require.NoError(t, err)
	require.Equal(t, Config{
		Chaincodes: []Chaincode{
			{Name: "notary", ID: "notary:1", Address: "127.0.0.1:9051"},
			{Name: "registry", ID: "registry:1", Address: "127.0.0.1:9052"},
		},
		Bodies: []string{"CTIEMSP", "SIGIMSP"},
		TLS: TLS{
			Certificate: filepath.Join(filepath.Dir(path), "server.pem"),
			Key:         "/secrets/server.key",
			ClientCA:    filepath.Join(filepath.Dir(path), "..", "ca.pem"),
		},
	}, config)
}

func TestABadConfigurationIsRefusedByField(t *testing.T) {
	for _, tc := range []struct{ name, old, new, want string }{
		{"no chaincodes", goodConfig[strings.Index(goodConfig, "["):strings.Index(goodConfig, "],")], "[", "chaincodes: is empty"},
		{"a chaincode without name", `"name": "notary"`, `"name": ""`, "chaincodes[0].name: is missing"},
		{"a chaincode without id", `"id": "registry:1"`, `"id": ""`, "chaincodes[1].id: is missing"},
		{"a chaincode without port", `127.0.0.1:9051`, `127.0.0.1`, `chaincodes[0].address: "127.0.0.1" is not host:port`},
		{"a name twice", `"name": "registry"`, `"name": "notary"`, `chaincodes[1].name: "notary" is given twice`},
		{"an address twice", `9052`, `9051`, `chaincodes[1].address: "127.0.0.1:9051" is given twice`},
		{"no bodies", `"CTIEMSP", "SIGIMSP"`, ``, "bodies: is empty"},
		{"an empty body", `SIGIMSP`, ``, "bodies[1]: is empty"},
		{"a body twice", `SIGIMSP`, `CTIEMSP`, `bodies[1]: "CTIEMSP" is given twice`},
		{"no certificate", `server.pem`, ``, "tls.certificate: is missing"},
		{"no key", `/secrets/server.key`, ``, "tls.key: is missing"},
		{"no client authority", `../ca.pem`, ``, "tls.clientCA: is missing"},
		{"an unknown field", `"bodies"`, `"bodys"`, `unknown field "bodys"`},
		{"text after it", "}\n}", "}\n}{}", "there is text after the JSON value"},
		{"no JSON", "{\n", "[\n", "invalid character"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Contains(t, goodConfig, tc.old)
			path := filepath.Join(t.TempDir(), "chaincode.json")
			require.NoError(t, os.WriteFile(path, []byte(strings.Replace(goodConfig, tc.old, tc.new, 1)), 0o600))
			_, err := LoadConfig(path)
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, path)
		})
	}
	_, err := LoadConfig(filepath.Join(t.TempDir(), "missing.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(goodConfig))
	f.Add([]byte(`{"chaincodes":null,"bodies":[""],"tls":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		config, err := parseConfig(raw)
		if err == nil {
			require.NoError(t, config.validate())
		}
	})
}
