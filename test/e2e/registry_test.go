package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// example is a file of examples/registers.
func example(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "examples", "registers", name))
	require.NoError(t, err)
	require.FileExists(t, path)
	return path
}

// TestTheSampleRegistersGoFromDefinitionToAsOf takes the sample registers through
// what docs/registry.md shows.
func TestTheSampleRegistersGoFromDefinitionToAsOf(t *testing.T) {
	n := shared
	n.healthy(t)
	n.ok(t, "registry", "create", example(t, "dwellings.register.json"))
	require.Equal(t, 1, n.cli(t, "record", "import", "dwellings", example(t, "dwellings.csv"), "--as", "CTIE/reader").code)
	n.ok(t, "record", "import", "dwellings", example(t, "dwellings.csv"), "--dry-run")
	n.ok(t, "record", "import", "dwellings", example(t, "dwellings.csv"), "--effective", "2026-01-01")
	again := n.ok(t, "record", "import", "dwellings", example(t, "dwellings.csv"), "--effective", "2026-01-01")
	require.Contains(t, again, "earlier", "the same import again doubles nothing")
	n.healthy(t)

	const id = "DWL-00000001-7"
	require.Contains(t, n.ok(t, "record", "find", "dwellings", "commune=9005", "--as", "SIGI"), id)
	n.ok(t, "record", "amend", "dwellings", id, "--patch", `{"energyClass":"A"}`, "--effective", "2026-06-01")
	n.healthy(t)
	at := func(day string) string {
		var answer struct{ Record registry.Record }
		require.NoError(t, json.Unmarshal([]byte(n.ok(t, "record", "as-of", "dwellings", id, "--at", day, "--as", "MinDigital", "--json")), &answer))
		var data struct{ EnergyClass string }
		require.NoError(t, json.Unmarshal(answer.Record.Data, &data))
		return data.EnergyClass
	}
	require.Equal(t, "A", at("2026-07-01"))
	require.Equal(t, 3, n.cli(t, "record", "as-of", "dwellings", id, "--at", "1999-01-01").code, "the register said nothing then")
	require.Contains(t, n.ok(t, "record", "history", "dwellings", id), "amend")

	// Others rely on it: a reference, an attestation, an export that every body makes alike.
	n.ok(t, "registry", "create", example(t, "associations.register.json"))
	n.ok(t, "record", "import", "associations", example(t, "associations.jsonl"), "--as", "SIGI")
	n.ok(t, "registry", "create", example(t, "diplomas.register.json"), "--as", "MinDigital")
	n.ok(t, "record", "import", "diplomas", example(t, "diplomas.json"), "--as", "MinDigital")
	n.ok(t, "record", "attest", "dwellings", id, "--field", "energyClass", "--as", "MinDigital")
	n.healthy(t)
	digests := map[string]bool{}
	for _, body := range n.Topology.Bodies {
		out := filepath.Join(t.TempDir(), "export.jsonl")
		n.ok(t, "record", "export", "dwellings", "-o", out, "--as", body.Name)
		text, err := os.ReadFile(out)
		require.NoError(t, err)
		require.Equal(t, 300, bytes.Count(text, []byte("\n")))
		digests[string(text)] = true
	}
	require.Len(t, digests, 1, "every body exports the same")
}

// defineRegister makes a register that no other test uses.
func defineRegister(t *testing.T, definition registry.Definition) string {
	t.Helper()
	definition.ID = fmt.Sprintf("r%d", time.Now().UnixNano())
	definition.Titles.En = t.Name()
	if len(definition.Titles.En) > registry.MaxTitle {
		definition.Titles.En = definition.Titles.En[:registry.MaxTitle]
	}
	if definition.Schema == nil {
		definition.Schema = json.RawMessage(`{"type":"object"}`)
	}
	_, err := shared.client(t, "CTIE", "registrar").Registry().CreateRegister(t.Context(), registry.CreateRegisterRequest{Definition: definition})
	require.NoError(t, err)
	shared.healthy(t)
	return definition.ID
}

// TestOfTwoBodiesThatChangeARecordAtOnceOneSucceeds: SIGI accepts what it was
// offered while CTIE, its owner still, amends it. Neither change is lost.
func TestOfTwoBodiesThatChangeARecordAtOnceOneSucceeds(t *testing.T) {
	register := defineRegister(t, registry.Definition{Writers: []string{"CTIEMSP", "SIGIMSP"}})
	ctie := shared.client(t, "CTIE", "registrar").Registry()
	sigi := shared.client(t, "SIGI", "registrar").Registry()
	for i := range 5 {
		id := fmt.Sprintf("record-%d", i)
		_, err := ctie.Create(t.Context(), registry.CreateRequest{Register: register, Item: registry.Item{ID: id, Data: json.RawMessage(`{"n":1}`)}})
		require.NoError(t, err)
		_, err = ctie.Transfer(t.Context(), registry.TransferRequest{Register: register, ID: id, Base: 1, Operation: registry.OpOffer, To: "SIGIMSP"})
		require.NoError(t, err)
		shared.healthy(t)

		var amended, accepted error
		var group errgroup.Group
		group.Go(func() error {
			_, amended = ctie.Amend(t.Context(), registry.AmendRequest{Register: register, ID: id, Base: 2, Patch: json.RawMessage(`{"n":2}`)})
			return nil
		})
		group.Go(func() error {
			_, accepted = sigi.Transfer(t.Context(), registry.TransferRequest{Register: register, ID: id, Base: 2, Operation: registry.OpAccept})
			return nil
		})
		require.NoError(t, group.Wait())
		require.NotEqual(t, amended == nil, accepted == nil, "amend: %v, accept: %v", amended, accepted)
		refused := errors.Join(amended, accepted)
		require.ErrorIs(t, refused, gateway.ErrFailedPrecondition)
		require.ErrorContains(t, refused, "is at version 3")

		shared.healthy(t)
		history, err := sigi.History(t.Context(), registry.ReadRequest{Register: register, ID: id})
		require.NoError(t, err)
		require.Len(t, history.Versions, 3)
	}
}

// TestAWatchIsKilledAndMissesNothing kills a watching process again and again while
// records are made.
func TestAWatchIsKilledAndMissesNothing(t *testing.T) {
	register := defineRegister(t, registry.Definition{})
	ctie := shared.client(t, "CTIE", "registrar").Registry()
	const records = 60
	output := filepath.Join(t.TempDir(), "events")
	var group errgroup.Group
	group.Go(func() error {
		for i := range records {
			_, err := ctie.Create(t.Context(), registry.CreateRequest{Register: register, Item: registry.Item{ID: fmt.Sprintf("w-%d", i), Data: json.RawMessage(`{}`)}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	for range 4 {
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		cmd := exec.CommandContext(ctx, shared.psbc, "--run-dir", shared.Layout.Root, "record", "watch", register, "-o", output)
		err := cmd.Run() // CommandContext kills with SIGKILL
		cancel()
		require.Error(t, err)
	}
	require.NoError(t, group.Wait())
	// The definition has an event, too.
	wanted := records + 1
	have := len(lines(t, output))
	require.LessOrEqual(t, have, wanted)
	if have < wanted {
		shared.ok(t, "record", "watch", register, "-o", output, "--limit", fmtInt(wanted-have))
	}
	seen := map[string]int{}
	for _, line := range lines(t, output) {
		var event struct {
			Event string
			IDs   []string
		}
		require.NoError(t, json.Unmarshal([]byte(line), &event), line)
		if event.Event == registry.EventRecords {
			require.Len(t, event.IDs, 1)
			seen[event.IDs[0]]++
		}
	}
	for i := range records {
		require.Equal(t, 1, seen[fmt.Sprintf("w-%d", i)], "record w-%d", i)
	}
}

// lines reads the whole lines of a file; a watch that was killed early has made none.
func lines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	require.NoError(t, err)
	end := bytes.LastIndexByte(text, '\n')
	if end < 0 {
		return nil
	}
	return strings.Split(string(text[:end]), "\n")
}

// TestPrivateFieldsStayWithTheirBodies plants a string in private fields and looks
// for it in every block.
func TestPrivateFieldsStayWithTheirBodies(t *testing.T) {
	const canary = "Canary Mathilda Nobody"
	register := defineRegister(t, registry.Definition{
		Writers: []string{"CTIEMSP", "SIGIMSP"},
		Private: &registry.Private{Fields: []string{"holder"}, Bodies: []string{"SIGIMSP", "MinDigitalMSP"}},
		Schema:  json.RawMessage(`{"type":"object","properties":{"holder":{"type":"string"},"n":{"type":"integer"}},"required":["holder"],"additionalProperties":false}`),
	})
	holder, err := json.Marshal(map[string]string{"holder": canary})
	require.NoError(t, err)
	outcome, err := shared.client(t, "CTIE", "registrar").Registry().Create(t.Context(), registry.CreateRequest{
		Register: register, Item: registry.Item{ID: "secret", Data: json.RawMessage(`{"n":1}`)},
	}, gateway.WithPrivate(holder))
	require.NoError(t, err)
	require.NotEmpty(t, outcome.Record.PrivateHash)
	shared.healthy(t)

	request := registry.PrivateRequest{Register: register, ID: "secret", Hash: outcome.Record.PrivateHash}
	for _, body := range []string{"SIGI", "MinDigital"} {
		fields, err := shared.client(t, body, "reader").Registry().ReadPrivate(t.Context(), request)
		require.NoError(t, err, body)
		require.JSONEq(t, string(holder), string(fields.Fields))
	}
	_, err = shared.client(t, "CourDesComptes", "reader").Registry().ReadPrivate(t.Context(), request)
	require.Error(t, err)
	require.False(t, inSomeBlock(t, canary), "the canary stands in a block")
	require.True(t, inSomeBlock(t, outcome.Record.PrivateHash), "the search finds what is there")
	require.False(t, treeContains(t, filepath.Join(shared.Layout.Root, "bodies", "courdescomptes"), canary))

	require.NoError(t, shared.client(t, "SIGI", "registrar").Registry().PurgePrivate(t.Context(), request))
	_, err = shared.client(t, "SIGI", "reader").Registry().ReadPrivate(t.Context(), request)
	require.Error(t, err)
}
