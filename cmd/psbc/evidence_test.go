package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rundir"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// TestScriptsOfEvidence runs what needs no network, beside the example files.
func TestScriptsOfEvidence(t *testing.T) {
	dir := filepath.Join("testdata", "evidence")
	requireScripts(t, dir)
	testscript.Run(t, testscript.Params{
		Dir: dir, RequireExplicitExec: true, RequireUniqueNames: true, Cmds: scriptCommands(),
		Setup: func(env *testscript.Env) error {
			tb := env.T().(testing.TB)
			require.NoError(tb, os.CopyFS(env.WorkDir, os.DirFS(filepath.Join("..", "..", "examples", "evidence"))))
			permit, err := os.ReadFile(filepath.Join("..", "..", "examples", "permit.txt"))
			require.NoError(tb, err)
			require.NoError(tb, os.WriteFile(filepath.Join(env.WorkDir, "permit.txt"), permit, 0o600))
			policy, err := os.ReadFile(filepath.Join(env.WorkDir, "sample.policy"))
			require.NoError(tb, err)
			strict := strings.Replace(string(policy), "group bodies 3", "group bodies 4", 1)
			return os.WriteFile(filepath.Join(env.WorkDir, "strict.policy"), []byte(strict), 0o600)
		},
	})
}

// TestScriptsOnAWitnessedLedger runs the command on an in-memory ledger whose log the
// bodies cosign when a script says so.
func TestScriptsOnAWitnessedLedger(t *testing.T) {
	dir := filepath.Join("testdata", "witnessed")
	requireScripts(t, dir)
	commands := scriptCommands()
	commands["trouble"] = trouble
	commands["witness"] = func(ts *testscript.TestScript, _ bool, args []string) {
		ts.Value(witnessesKey{}).(*scriptWitnesses).cosign(args...)
	}
	commands["lie"] = func(ts *testscript.TestScript, _ bool, args []string) {
		ts.Value(witnessesKey{}).(*scriptWitnesses).lie(args[0])
	}
	commands["damage"] = damage
	testscript.Run(t, testscript.Params{
		Dir: dir, RequireExplicitExec: true, RequireUniqueNames: true, Cmds: commands,
		Setup: func(env *testscript.Env) error {
			tb := env.T().(testing.TB)
			run := filepath.Join(env.WorkDir, ".run")
			network := gatewaytest.New(tb)
			writeProfiles(tb, network, run)
			env.Setenv(rundir.Env, run)
			inheritRace(env)
			env.Values[networkKey{}] = network
			env.Values[witnessesKey{}] = &scriptWitnesses{tb: tb, network: network, run: run}
			return nil
		},
	})
}

type witnessesKey struct{}

// damage turns a bit in the middle of a file.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	raw, err := os.ReadFile(path)
	ts.Check(err)
	raw[len(raw)/2] ^= 1
	ts.Check(os.WriteFile(path, raw, 0o600))
}

// scriptWitnesses are the witnesses of the bodies of an in-memory network.
type scriptWitnesses struct {
	tb      testing.TB
	network *gatewaytest.Network
	run     string
	origin  string
	signers map[string][]*evidence.Signer // of every algorithm
}

// begin gives the log its name, once there is a block, and registers everybody's keys.
func (s *scriptWitnesses) begin() {
	client := s.network.Client("CTIEMSP")
	raw, err := client.BlockAt(s.tb.Context(), 0)
	require.NoError(s.tb, err)
	genesis, err := block.Decode(raw)
	require.NoError(s.tb, err)
	s.origin = tlog.Origin("psbc.lu", client.Profile().Channel, genesis.HeaderHash)
	s.nameLog()
	s.signers = make(map[string][]*evidence.Signer)
	for _, body := range s.network.Ledger().Bodies() {
		admin := s.network.Client(body, gatewaytest.AsAdmin())
		for _, algorithm := range []tlog.Algorithm{tlog.Ed25519, tlog.MLDSA44} {
			signer, err := evidence.GenerateSigner(tlog.WitnessName(s.origin, body), algorithm, scriptSeed(body))
			require.NoError(s.tb, err)
			s.signers[body] = append(s.signers[body], signer)
			_, err = admin.Checkpoints().RegisterKey(s.tb.Context(), checkpoint.RegisterKeyRequest{Key: signer.Key().String()})
			require.NoError(s.tb, err)
		}
	}
}

// scriptSeed makes keys that are not secret.
type scriptSeed string

func (s scriptSeed) Read(p []byte) (int, error) {
	sum := sha256.Sum256([]byte(s))
	return copy(p, sum[:]), nil
}

// nameLog writes the origin into the profiles, as a network does that was started.
func (s *scriptWitnesses) nameLog() {
	paths, err := filepath.Glob(filepath.Join(s.run, "profiles", "*", "*.json"))
	require.NoError(s.tb, err)
	for _, path := range paths {
		profile, err := gateway.LoadProfile(path)
		require.NoError(s.tb, err)
		profile.Origin = s.origin
		encoded, err := json.Marshal(profile)
		require.NoError(s.tb, err)
		require.NoError(s.tb, os.WriteFile(path, encoded, 0o600))
	}
}

// cosign brings the logs of CTIE and SIGI up to date, and has bodies cosign where they end:
// three of the four unless others are named.
func (s *scriptWitnesses) cosign(bodies ...string) {
	if s.signers == nil {
		s.begin()
	}
	if len(bodies) == 0 {
		bodies = []string{"CTIEMSP", "SIGIMSP", "MinDigitalMSP"}
	}
	var head ledgerlog.Head
	for _, body := range []string{"CTIE", "SIGI"} {
		head = s.grow(filepath.Join(witnessHome(s.run, body), "log"))
	}
	for _, body := range bodies {
		s.state(body, head.Checkpoint(), head.Blocks-1)
	}
}

// lie has a body cosign another root than the others.
func (s *scriptWitnesses) lie(body string) {
	head := s.grow(filepath.Join(witnessHome(s.run, "CTIE"), "log"))
	head.Root = sha256.Sum256([]byte("another log"))
	s.state(body, head.Checkpoint(), head.Blocks-1)
}

func (s *scriptWitnesses) state(body string, c tlog.Checkpoint, number uint64) {
	// A key counts from the end of the second of its registration at the latest.
	at := uint64(time.Now().Unix()) + 1
	var cosignatures []tlog.Cosignature
	for _, signer := range s.signers[body] {
		cosignature, err := signer.Sign(c, at)
		require.NoError(s.tb, err)
		cosignatures = append(cosignatures, cosignature)
	}
	client := s.network.Client(body, gatewaytest.WithRole(contract.RoleWitness))
	_, err := client.Checkpoints().Cosign(s.tb.Context(), checkpoint.NewCosignRequest(c, number, cosignatures...))
	require.NoError(s.tb, err)
}

// grow brings a log up to date.
func (s *scriptWitnesses) grow(dir string) ledgerlog.Head {
	log, err := ledgerlog.Open(dir, func(ledgerlog.Hash) string { return s.origin })
	require.NoError(s.tb, err)
	defer func() { require.NoError(s.tb, log.Close()) }()
	client := s.network.Client("CTIEMSP")
	height, err := client.Height(s.tb.Context())
	require.NoError(s.tb, err)
	if log.Next() < height {
		err = ledgerlog.Follow(s.tb.Context(), client, log, func(b *block.Block) error {
			if b.Number+1 == height {
				return errAtHeight
			}
			return nil
		})
		require.ErrorIs(s.tb, err, errAtHeight)
	}
	return log.Head()
}

func TestAKeyIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(r, "key")
		if rapid.Bool().Draw(r, "composite") {
			key = append(append([]byte{0}, key...), 0)
		}
		target, err := parseTarget("notary/"+typedKey(key), "", false)
		require.NoError(t, err, typedKey(key))
		require.Equal(t, key, target.Key, typedKey(key))
	})
}

func TestAKeyIsTypedAsTheHelpSays(t *testing.T) {
	hash := sha256.Sum256([]byte("plain"))
	for typed, want := range map[string]string{
		"registry//registry.record/dwellings/DWL-1": "\x00registry.record\x00dwellings\x00DWL-1\x00",
		`registry//a\x2fb/c\x5cd`:                   "\x00a/b\x00c\\d\x00",
		`_lifecycle/namespaces/fields/x`:            "namespaces/fields/x",
		`x/\x00a\x00`:                               "\x00a\x00",
	} {
		target, err := parseTarget(typed, "", false)
		require.NoError(t, err, typed)
		require.Equal(t, want, string(target.Key), typed)
	}
	target, err := parseTarget("x/plain", "secrets", false)
	require.NoError(t, err)
	require.Equal(t, hash[:], target.Key)
	require.Equal(t, evidence.KindPrivate, target.Kind)
	target, err = parseTarget("x/plain", "", true)
	require.NoError(t, err)
	require.Equal(t, evidence.KindMetadata, target.Kind)
}

func TestALogOfAnotherLedgerDisagreesInEveryBlock(t *testing.T) {
	run := t.TempDir()
	ours := &scriptWitnesses{tb: t, network: gatewaytest.New(t), run: run, origin: "psbc.lu/psbc/0123456789abcdef"}
	theirs := &scriptWitnesses{tb: t, network: gatewaytest.New(t), run: run, origin: ours.origin}
	for i, s := range []*scriptWitnesses{ours, ours, theirs, theirs} {
		client := s.network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary))
		digest, err := gateway.Digest(strings.NewReader(strings.Repeat("x", i)), notary.SHA2_256)
		require.NoError(t, err)
		_, err = client.Notary().Notarise(t.Context(), gateway.NotariseRequest{Item: notary.Item{Digest: digest}})
		require.NoError(t, err)
	}
	ours.grow(filepath.Join(run, "ours"))
	log, err := ledgerlog.OpenReader(filepath.Join(run, "ours"))
	require.NoError(t, err)
	for _, tc := range []struct {
		of     *scriptWitnesses
		agrees bool
	}{{ours, true}, {theirs, false}} {
		check := newLogCheck(log, ours.origin)
		require.NoError(t, check.read(t.Context(), tc.of.network.Client("CTIEMSP"), 2, io.Discard))
		require.Equal(t, tc.agrees, len(check.problems) == 0, check.problems)
		if !tc.agrees {
			all := strings.Join(check.problems, "\n")
			require.Contains(t, all, "block 1: entry ")
			require.Contains(t, all, "block 1: the log must have the root")
		}
	}
}

// TestExamplesOfEvidenceWorkWhenPasted runs those of the help, on a ledger that is witnessed.
func TestExamplesOfEvidenceWorkWhenPasted(t *testing.T) {
	const (
		setUp = "psbc notary notarise README.md && psbc notary notarise --batch letters && psbc registry create dwellings.json && " +
			"psbc record create dwellings dwelling.json --id DWL-2027-0001 --effective 2020-01-01"
		got  = "psbc evidence get README.md"
		log  = "psbc auditor log build --dir /tmp/log --once"
		rule = "psbc evidence policy -o psbc.policy"
	)
	all := examples(newRootCommand(&globals{}))
	for _, group := range []struct {
		before []string
		verbs  []string
	}{
		{nil, []string{"evidence get"}},
		{nil, []string{"evidence policy"}},
		{[]string{got, rule}, []string{"evidence verify", "evidence show"}},
		{nil, []string{"auditor log build"}},
		{[]string{log}, []string{"auditor log check"}},
		{nil, []string{"evidence"}},
		{nil, []string{"auditor"}},
	} {
		t.Run(strings.Join(group.verbs, ", "), func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "examples"))))
			t.Chdir(dir)
			require.NoError(t, os.WriteFile("README.md", []byte("# Read me"), 0o600))
			require.NoError(t, os.MkdirAll("letters", 0o755))
			require.NoError(t, os.WriteFile("letters/1.txt", []byte("1"), 0o600))
			run := filepath.Join(dir, ".run")
			network := gatewaytest.New(t)
			writeProfiles(t, network, run)
			t.Setenv(rundir.Env, run)
			paste(t, setUp)
			(&scriptWitnesses{tb: t, network: network, run: run}).cosign()
			here := func(line string) string { return strings.ReplaceAll(line, "/tmp/log", "log") }
			for _, line := range group.before {
				paste(t, here(line))
			}
			for _, verb := range group.verbs {
				lines := all["psbc "+verb]
				require.NotEmpty(t, lines, verb)
				for _, line := range lines {
					paste(t, here(strings.ReplaceAll(line, "CourDesComptes", "SIGI"))) // the bodies that have profiles here
				}
				delete(all, "psbc "+verb)
			}
		})
	}
	delete(all, "psbc auditor log")       // those of its verbs, and of
	delete(all, "psbc auditor log serve") // one that does not end by itself: see TestALogIsServed
	for path := range all {
		verb := strings.HasPrefix(path, "psbc evidence ") || strings.HasPrefix(path, "psbc auditor ")
		require.False(t, verb, "the examples of %s are not tried", path)
	}
}

func TestALogIsServed(t *testing.T) {
	run := t.TempDir()
	network := gatewaytest.New(t)
	writeProfiles(t, network, run)
	client := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary))
	digest, err := gateway.Digest(strings.NewReader("document"), notary.SHA2_256)
	require.NoError(t, err)
	_, err = client.Notary().Notarise(t.Context(), gateway.NotariseRequest{Item: notary.Item{Digest: digest}})
	require.NoError(t, err)
	witnesses := &scriptWitnesses{tb: t, network: network, run: run}
	witnesses.cosign()
	dir := filepath.Join(witnessHome(run, "CTIE"), "log")

	ctx, stop := context.WithCancel(t.Context())
	said, out := io.Pipe()
	ended := make(chan exit.Code, 1)
	go func() {
		ended <- execute(ctx, []string{"auditor", "log", "serve", "--dir", dir, "--json"}, nil, out, io.Discard)
		_ = out.Close() // never fails
	}()
	var started struct{ URL string }
	require.NoError(t, json.NewDecoder(said).Decode(&started))
	go func() { _, _ = io.Copy(io.Discard, said) }() // until it ends

	output := filepath.Join(run, "document.tlog-proof")
	var complaints strings.Builder
	code := execute(t.Context(), []string{"evidence", "get", string(digest), "--run-dir", run, "--log", started.URL, "-o", output}, nil, io.Discard, &complaints)
	require.Equal(t, exit.OK, code, complaints.String())
	require.FileExists(t, output)
	stop()
	require.Equal(t, exit.OK, <-ended)
}

func TestEvidenceIsNeverCalledSoThatItLeavesItsFolder(t *testing.T) {
	member := evidence.Member{Digest: "sha2-256:4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"}
	const byDigest = "sha2-256-4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865.tlog-proof"
	for name, want := range map[string]string{
		"a.txt": "a.txt.tlog-proof", "b/a.txt": "b/a.txt.tlog-proof", "b/../a.txt": "b/../a.txt.tlog-proof",
		"": byDigest, "../a.txt": byDigest, "/etc/passwd": byDigest, "b/../../a.txt": byDigest,
	} {
		require.Equal(t, want, filepath.ToSlash(evidenceName(name, member)), name)
	}
}
