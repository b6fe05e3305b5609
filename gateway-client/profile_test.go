package gateway_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	gateway "github.com/psbc-lu/psbc/gateway-client"
)

const wellFormed = `{"v":1,"channel":"psbc",
 "body":{"name":"CTIE","mspId":"CTIEMSP"},"user":"notary",
 "identity":{"certificate":"msp/signcerts/cert.pem","key":"msp/keystore/key.pem"},
 "tls":{"rootCertificates":"tlsca.pem","certificate":"/abs/client.crt","key":"../tls/client.key"},
 "peers":[{"address":"127.0.0.1:7051","serverName":"peer0.ctie.psbc.lu"}],
 "bodies":[{"name":"CTIE","mspId":"CTIEMSP"},{"name":"SIGI","mspId":"SIGIMSP"}]}`

func TestAProfileSaysWhereItsFilesAreRelativeToItself(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "notary.json")
	require.NoError(t, os.WriteFile(path, []byte(wellFormed), 0o600))
	profile, err := gateway.LoadProfile(path)
	require.NoError(t, err)
	require.Equal(t, &gateway.Profile{
		V: 1, Channel: "psbc", User: "notary",
		Body: gateway.Body{Name: "CTIE", MSPID: "CTIEMSP"},
		Identity: gateway.ProfileIdentity{
			Certificate: filepath.Join(dir, "msp/signcerts/cert.pem"), Key: filepath.Join(dir, "msp/keystore/key.pem"),
		},
		TLS: gateway.ProfileTLS{
			RootCertificates: filepath.Join(dir, "tlsca.pem"), Certificate: "/abs/client.crt",
			Key: filepath.Join(filepath.Dir(dir), "tls/client.key"),
		},
		Peers:  []gateway.Peer{{Address: "127.0.0.1:7051", ServerName: "peer0.ctie.psbc.lu"}},
		Bodies: []gateway.Body{{Name: "CTIE", MSPID: "CTIEMSP"}, {Name: "SIGI", MSPID: "SIGIMSP"}},
	}, profile)

	require.Equal(t, "psbc.lu/psbc/0123456789abcdef", withOrigin(t).Origin)

	for _, name := range []string{"SIGI", "sigi", "SIGIMSP"} {
		body, ok := profile.FindBody(name)
		require.True(t, ok, name)
		require.Equal(t, "SIGIMSP", body.MSPID)
	}
	_, ok := profile.FindBody("sigimsp")
	require.False(t, ok, "MSP IDs are case-sensitive")
}

func withOrigin(t *testing.T) *gateway.Profile {
	t.Helper()
	const origin = `"origin":"psbc.lu/psbc/0123456789abcdef",`
	profile, err := gateway.ParseProfile([]byte(strings.Replace(wellFormed, `"user"`, origin+`"user"`, 1)), "/profiles")
	require.NoError(t, err)
	return profile
}

func TestABadProfileIsRefusedWithTheFieldThatIsBad(t *testing.T) {
	swap := func(good, bad string) string {
		require.Contains(t, wellFormed, good)
		return strings.Replace(wellFormed, good, bad, 1)
	}
	tests := []struct{ name, profile, want string }{
		{"empty", ``, "cannot be read"},
		{"cut off", wellFormed[:100], "cannot be read"},
		{"not JSON", `v: 1`, "cannot be read"},
		{"null", `null`, "cannot be read"},
		{"a list", `[]`, "cannot be read"},
		{"data after it", wellFormed + `{}`, "cannot be read"},
		{"not UTF-8", swap("psbc", "ps\xffbc"), "UTF-8"},
		{"too long", strings.Repeat(" ", 2<<20), "longer than"},
		{"an unknown field", swap(`"user"`, `"users"`), `"users"`},
		{"a repeated field", swap(`"user"`, `"v":1,"user"`), `"v" twice`},
		{"a field in another case", swap(`"channel"`, `"Channel"`), `"Channel"`},
		{"another version", swap(`"v":1`, `"v":2`), `field "v" is 2`},
		{"no channel", swap(`"channel":"psbc",`, ``), `"channel"`},
		{"a bad channel", swap(`"psbc"`, `"../psbc"`), `"channel"`},
		{"an origin with a space", swap(`"user"`, `"origin":"psbc lu","user"`), `"origin"`},
		{"a bad MSP ID", swap(`"mspId":"CTIEMSP"`, `"mspId":"CTIE MSP"`), `"body.mspId"`},
		{"no body name", swap(`"name":"CTIE"`, `"name":""`), `"body.name"`},
		{"no user", swap(`"user":"notary",`, ``), `"user"`},
		{"no certificate", swap(`"certificate":"msp/signcerts/cert.pem",`, ``), `"identity.certificate"`},
		{"no TLS roots", swap(`"rootCertificates":"tlsca.pem",`, ``), `"tls.rootCertificates"`},
		{"a TLS key without certificate", swap(`"certificate":"/abs/client.crt",`, ``), `"tls"`},
		{"control characters", swap(`tlsca.pem`, `tls\u0000ca.pem`), `"tls.rootCertificates"`},
		{"an over-long name", swap(`"notary"`, `"`+strings.Repeat("n", 5000)+`"`), `"user"`},
		{"no peers", swap(`{"address":"127.0.0.1:7051","serverName":"peer0.ctie.psbc.lu"}`, ``), `"peers"`},
		{"too many peers", swap(`"peers":[`, `"peers":[`+strings.Repeat(`{"address":"a:1"},`, 64)), `"peers"`},
		{"a peer without port", swap(`127.0.0.1:7051`, `127.0.0.1`), `"peers[0].address"`},
		{"a peer with port 0", swap(`:7051`, `:0`), `"peers[0].address"`},
		{"a peer with port 65536", swap(`:7051`, `:65536`), `"peers[0].address"`},
		{"a peer without host", swap(`127.0.0.1:`, `:`), `"peers[0].address"`},
		{"a bad body in the list", swap(`"SIGIMSP"`, `""`), `"bodies[1].mspId"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "notary.json")
			require.NoError(t, os.WriteFile(path, []byte(test.profile), 0o600))
			profile, err := gateway.LoadProfile(path)
			require.Nil(t, profile)
			require.ErrorIs(t, err, gateway.ErrInvalidArgument)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, test.want)
		})
	}
	_, err := gateway.LoadProfile(filepath.Join(t.TempDir(), "missing.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
}

// A profile that is read can be written and read again, to the same.
func FuzzParseProfile(f *testing.F) {
	f.Add([]byte(wellFormed))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"v":1,"channel":"psbc","body":{"name":"é","mspId":"A"},"user":"u","identity":{"certificate":"."},"tls":{"rootCertificates":".."},"peers":[{"address":"[::1]:1"}],"bodies":[]}`))
	f.Add([]byte(`{"v":1e0,"peers":[{"address":""}]}`))
	f.Add([]byte("{\"user\":\"\\ud800\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		profile, err := gateway.ParseProfile(data, "/profiles")
		if err != nil {
			require.ErrorIs(t, err, gateway.ErrInvalidArgument)
			require.Nil(t, profile)
			return
		}
		require.NotEmpty(t, profile.Peers)
		require.True(t, filepath.IsAbs(profile.TLS.RootCertificates))
		encoded, err := json.Marshal(profile)
		require.NoError(t, err)
		if profile.Bodies == nil {
			return // written as null, which a profile's author cannot mean
		}
		again, err := gateway.ParseProfile(encoded, "/elsewhere")
		require.NoError(t, err)
		require.Equal(t, profile, again)
	})
}
