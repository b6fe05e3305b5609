package gatewaytest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// dwelling is a record of the register that these tests keep.
type dwelling struct {
	Commune string `json:"commune"`
	Rooms   int    `json:"rooms"`
}

const dwellingSchema = `{
	"type": "object", "additionalProperties": false, "required": ["commune", "rooms"],
	"properties": {
		"commune": {"type": "string", "maxLength": 64},
		"rooms": {"type": "integer", "minimum": 1},
		"holder": {"type": "string"}
	}
}`

func dwellings(change func(*registry.Definition)) registry.CreateRegisterRequest {
	definition := registry.Definition{
		ID: "dwellings", Titles: registry.Titles{En: "Dwellings"}, Writers: []string{"CTIEMSP", "SIGIMSP"}, Attesters: []string{"MinDigitalMSP"},
		IDs: registry.IDRule{Mint: "DWL-{8}"}, Indexed: []string{"commune"}, Schema: json.RawMessage(dwellingSchema),
	}
	if change != nil {
		change(&definition)
	}
	return registry.CreateRegisterRequest{Definition: definition}
}

func registrar(network *gatewaytest.Network, body string) *gateway.Registry {
	return network.Client(body, gatewaytest.WithRole(contract.RoleRegistrar)).Registry()
}

func data(commune string, rooms int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"commune":%q,"rooms":%d}`, commune, rooms))
}

func collect[T any](t *testing.T, items iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for item, err := range items {
		require.NoError(t, err)
		all = append(all, item)
	}
	return all
}

func TestARegisterIsDefinedAndAmended(t *testing.T) {
	network := gatewaytest.New(t)
	ctie, reader := registrar(network, "CTIEMSP"), network.Client("SIGIMSP").Registry()
	ctx := t.Context()

	made, err := ctie.CreateRegister(ctx, dwellings(nil))
	require.NoError(t, err)
	require.Equal(t, "CTIEMSP", made.Steward)
	_, err = ctie.CreateRegister(ctx, dwellings(nil))
	require.ErrorIs(t, err, gateway.ErrAlreadyExists)
	_, err = reader.CreateRegister(ctx, dwellings(func(d *registry.Definition) { d.ID = "other" }))
	require.ErrorIs(t, err, gateway.ErrPermissionDenied, "a reader has no role")

	change := registry.AmendRegisterRequest{Base: 1, Definition: made.Definition}
	change.LegalBasis = "RGD-2026-1"
	amended, err := ctie.AmendRegister(ctx, change)
	require.NoError(t, err)
	require.Equal(t, 2, amended.Version)
	_, err = ctie.AmendRegister(ctx, change)
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition, "the base is stale")

	seen, err := reader.Register(ctx, "dwellings")
	require.NoError(t, err)
	require.Equal(t, amended, seen)
	history, err := reader.RegisterHistory(ctx, "dwellings")
	require.NoError(t, err)
	require.Len(t, history.Versions, 2)
	_, err = reader.Register(ctx, "nothing")
	require.ErrorIs(t, err, gateway.ErrNotFound)

	for _, id := range []string{"associations", "diplomas"} {
		_, err = ctie.CreateRegister(ctx, dwellings(func(d *registry.Definition) { d.ID = id }))
		require.NoError(t, err)
	}
	var ids []string
	for _, register := range collect(t, reader.Registers(ctx, registry.RegistersRequest{PageSize: 2})) {
		ids = append(ids, register.ID)
	}
	require.Equal(t, []string{"associations", "diplomas", "dwellings"}, ids)
}

func TestARecordsLifeIsSeenByEveryBody(t *testing.T) {
	network := gatewaytest.New(t)
	ctie, sigi, ministry := registrar(network, "CTIEMSP"), registrar(network, "SIGIMSP"), registrar(network, "MinDigitalMSP")
	reader := network.Client("CourDesComptesMSP").Registry()
	ctx := t.Context()
	_, err := ctie.CreateRegister(ctx, dwellings(nil))
	require.NoError(t, err)

	create := registry.CreateRequest{RequestID: "my-request-1", Register: "dwellings", Item: registry.Item{Data: data("Wiltz", 3)}}
	made, err := ctie.Create(ctx, create)
	require.NoError(t, err)
	again, err := ctie.Create(ctx, create)
	require.NoError(t, err)
	require.Equal(t, made, again, "a repeated request gives the record as it stands")
	id := made.Record.ID

	amended, err := ctie.Amend(ctx, registry.AmendRequest{Register: "dwellings", ID: id, Base: 1, Patch: json.RawMessage(`{"rooms":4}`)})
	require.NoError(t, err)
	require.JSONEq(t, string(data("Wiltz", 4)), string(amended.Record.Data))
	_, err = ctie.Amend(ctx, registry.AmendRequest{Register: "dwellings", ID: id, Base: 1, Patch: json.RawMessage(`{"rooms":5}`)})
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	_, err = sigi.Amend(ctx, registry.AmendRequest{Register: "dwellings", ID: id, Base: 2, Patch: json.RawMessage(`{"rooms":5}`)})
	require.ErrorIs(t, err, gateway.ErrPermissionDenied, "another body's record")
	_, err = ctie.Amend(ctx, registry.AmendRequest{Register: "dwellings", ID: id, Base: 2, Patch: json.RawMessage(`{"rooms":0}`)})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	require.ErrorContains(t, err, "/rooms")

	attested, err := ministry.Attest(ctx, registry.AttestRequest{Register: "dwellings", ID: id, Base: 2, Fields: []string{"commune"}})
	require.NoError(t, err)
	require.Equal(t, "MinDigitalMSP", attested.Body)
	view, err := reader.Read(ctx, registry.ReadRequest{Register: "dwellings", ID: id})
	require.NoError(t, err)
	require.Equal(t, *amended.Record, view.Record)
	require.Len(t, view.Attestations, 1)
	require.True(t, view.Attestations[0].Stands)

	_, err = ctie.Transfer(ctx, registry.TransferRequest{Register: "dwellings", ID: id, Base: 2, Operation: registry.OpOffer, To: "SIGIMSP"})
	require.NoError(t, err)
	moved, err := sigi.Transfer(ctx, registry.TransferRequest{Register: "dwellings", ID: id, Base: 3, Operation: registry.OpAccept})
	require.NoError(t, err)
	require.Equal(t, "SIGIMSP", moved.Record.Owner)
	revoked, err := sigi.ChangeStatus(ctx, registry.StatusRequest{Register: "dwellings", ID: id, Base: 4, Operation: registry.OpRevoke, Reason: "demolished"})
	require.NoError(t, err)
	require.Equal(t, registry.StatusRevoked, revoked.Record.Status)

	history, err := reader.History(ctx, registry.ReadRequest{Register: "dwellings", ID: id})
	require.NoError(t, err)
	require.Len(t, history.Versions, 5)
	then, err := reader.AsOf(ctx, registry.AsOfRequest{Register: "dwellings", ID: id, At: amended.Record.Effective})
	require.NoError(t, err)
	require.Equal(t, *amended.Record, then.Record)
	require.True(t, then.Entitled)
	_, err = reader.AsOf(ctx, registry.AsOfRequest{Register: "dwellings", ID: id, At: "2000-01-01T00:00:00Z"})
	require.ErrorIs(t, err, gateway.ErrNotFound)
	_, err = reader.Read(ctx, registry.ReadRequest{Register: "dwellings", ID: "DWL-NONE"})
	require.ErrorIs(t, err, gateway.ErrNotFound)
}

func TestPrivateFieldsAreAtTheirBodiesOnly(t *testing.T) {
	network := gatewaytest.New(t)
	ctie, sigi, ministry := registrar(network, "CTIEMSP"), registrar(network, "SIGIMSP"), registrar(network, "MinDigitalMSP")
	ctx := t.Context()
	const canary = "Canary Q. Person"
	private := gateway.WithPrivate(json.RawMessage(fmt.Sprintf(`{"holder":%q}`, canary)))
	_, err := ctie.CreateRegister(ctx, dwellings(func(d *registry.Definition) {
		d.Private = &registry.Private{Fields: []string{"holder"}, Bodies: []string{"CTIEMSP", "SIGIMSP"}}
	}))
	require.NoError(t, err)

	for _, id := range []string{"DWL-GIVEN", ""} { // a minted id, too
		create := registry.CreateRequest{RequestID: "my-request-" + id, Register: "dwellings", Item: registry.Item{ID: id, Data: data("Wiltz", 3)}}
		made, err := ctie.Create(ctx, create, private)
		require.NoError(t, err)
		require.Len(t, made.Record.PrivateHash, 64)
		height := network.Ledger().Height()
		again, err := ctie.Create(ctx, create, private)
		require.NoError(t, err, "a repeated request is the same request, though each salt is another")
		require.Equal(t, made, again)
		require.LessOrEqual(t, network.Ledger().Height(), height+1, "and stores nothing again")

		named := registry.PrivateRequest{Register: "dwellings", ID: made.Record.ID, Hash: made.Record.PrivateHash}
		for _, keeper := range []*gateway.Registry{ctie, sigi} {
			kept, err := keeper.ReadPrivate(ctx, named)
			require.NoError(t, err)
			require.JSONEq(t, fmt.Sprintf(`{"holder":%q}`, canary), string(kept.Fields))
			encoded, err := kept.Encode()
			require.NoError(t, err)
			require.Equal(t, made.Record.PrivateHash, registry.PrivateHash(encoded))
		}
		_, err = ministry.ReadPrivate(ctx, named)
		require.ErrorIs(t, err, gateway.ErrNotFound)

		amended, err := ctie.Amend(ctx, registry.AmendRequest{Register: "dwellings", ID: made.Record.ID, Base: 1},
			gateway.WithPrivate(json.RawMessage(`{"holder":"Another Q. Person"}`)))
		require.NoError(t, err)
		require.NotEqual(t, made.Record.PrivateHash, amended.Record.PrivateHash)

		require.NoError(t, sigi.PurgePrivate(ctx, named))
		_, err = sigi.ReadPrivate(ctx, named)
		require.ErrorIs(t, err, gateway.ErrNotFound)
		_, err = ctie.ReadPrivate(ctx, named)
		require.NoError(t, err, "other bodies' copies stay")
	}
	require.False(t, network.Ledger().PublicContains(canary))

	preset := registry.CreateRequest{Register: "dwellings", Item: registry.Item{ID: "DWL-X", Data: data("Wiltz", 3), PrivateHash: registry.PrivateHash(nil)}}
	_, err = ctie.Create(ctx, preset, private)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.Create(ctx, registry.CreateRequest{Register: "dwellings", Item: registry.Item{ID: "DWL-X", Data: data("Wiltz", 3)}},
		gateway.WithPrivate(json.RawMessage(`{"holder":5}`)))
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.Read(ctx, registry.ReadRequest{Register: "dwellings", ID: "DWL-X"})
	require.ErrorIs(t, err, gateway.ErrNotFound)

	hashes, err := ctie.PutPrivate(ctx, "dwellings", []gateway.PrivateValue{
		{ID: "DWL-1", Fields: json.RawMessage(`{"holder":"A"}`)}, {ID: "DWL-2", Fields: json.RawMessage(`{"holder":"A"}`)},
	})
	require.NoError(t, err)
	require.NotEqual(t, hashes[0], hashes[1], "the salt is random")
	imported, err := ctie.Import(ctx, registry.ImportRequest{Register: "dwellings", Items: []registry.Item{
		{ID: "DWL-1", Data: data("Wiltz", 1), PrivateHash: hashes[0]}, {ID: "DWL-2", Data: data("Wiltz", 2), PrivateHash: hashes[1]},
	}})
	require.NoError(t, err)
	require.Equal(t, []string{"DWL-1", "DWL-2"}, imported.IDs)
}

func TestChangesWaitForApprovalsWhereTheRegisterAsksForThem(t *testing.T) {
	network := gatewaytest.New(t)
	ctie, sigi, ministry := registrar(network, "CTIEMSP"), registrar(network, "SIGIMSP"), registrar(network, "MinDigitalMSP")
	ctx := t.Context()
	_, err := ctie.CreateRegister(ctx, dwellings(func(d *registry.Definition) {
		d.Approvals, d.Approvers = 2, []string{"SIGIMSP", "MinDigitalMSP"}
		d.Writers = []string{"CTIEMSP"}
	}))
	require.NoError(t, err)
	made, err := ctie.Create(ctx, registry.CreateRequest{Register: "dwellings", Item: registry.Item{Data: data("Wiltz", 3)}})
	require.NoError(t, err)
	require.Nil(t, made.Record)
	proposal := made.Proposal
	require.Equal(t, registry.ProposalOpen, proposal.Status)

	decision := registry.DecisionRequest{Register: "dwellings", Body: proposal.Body, Proposal: proposal.RequestID}
	_, err = ctie.Decide(ctx, decision)
	require.ErrorIs(t, err, gateway.ErrPermissionDenied, "nobody approves their own proposal")
	first, err := sigi.Decide(ctx, decision)
	require.NoError(t, err)
	require.Nil(t, first.Record)
	second, err := ministry.Decide(ctx, decision)
	require.NoError(t, err)
	require.Equal(t, proposal.ID, second.Record.ID)

	_, err = ctie.Create(ctx, registry.CreateRequest{Register: "dwellings", Item: registry.Item{Data: data("Wiltz", 3)}})
	require.NoError(t, err)
	page, err := sigi.Proposals(ctx, registry.ListRequest{Register: "dwellings"})
	require.NoError(t, err)
	require.Len(t, page.Items, 2)
	require.Len(t, collect(t, sigi.AllProposals(ctx, registry.ListRequest{Register: "dwellings", PageSize: 1})), 2)

	_, err = ctie.Import(ctx, registry.ImportRequest{Register: "dwellings", Items: []registry.Item{{Data: data("Wiltz", 3)}}})
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	_, err = sigi.Proposal(ctx, registry.ProposalRequest{Register: "dwellings", Body: "CTIEMSP", Proposal: "no-such-request"})
	require.ErrorIs(t, err, gateway.ErrNotFound)
}

func TestAProposalWithPrivateFieldsCanBeRepeated(t *testing.T) {
	network := gatewaytest.New(t)
	ctie, sigi := registrar(network, "CTIEMSP"), registrar(network, "SIGIMSP")
	ctx := t.Context()
	_, err := ctie.CreateRegister(ctx, dwellings(func(d *registry.Definition) {
		d.Approvals = 1
		d.Private = &registry.Private{Fields: []string{"holder"}, Bodies: []string{"CTIEMSP"}}
	}))
	require.NoError(t, err)
	create := registry.CreateRequest{RequestID: "my-request-1", Register: "dwellings", Item: registry.Item{Data: data("Wiltz", 3)}}
	private := gateway.WithPrivate(json.RawMessage(`{"holder":"Canary Q. Person"}`))
	made, err := ctie.Create(ctx, create, private)
	require.NoError(t, err)
	again, err := ctie.Create(ctx, create, private)
	require.NoError(t, err)
	require.Equal(t, made, again)

	_, err = sigi.Decide(ctx, registry.DecisionRequest{Register: "dwellings", Body: "CTIEMSP", Proposal: "my-request-1"})
	require.NoError(t, err)
	again, err = ctie.Create(ctx, create, private)
	require.NoError(t, err)
	require.Equal(t, made.Proposal.Create.PrivateHash, again.Record.PrivateHash)
	require.False(t, network.Ledger().PublicContains("Canary"))
}

func TestRecordsAreFoundAndListedPageByPage(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := registrar(network, "CTIEMSP")
	ctx := t.Context()
	_, err := ctie.CreateRegister(ctx, dwellings(nil))
	require.NoError(t, err)
	items := make([]registry.Item, 25)
	for i := range items {
		items[i] = registry.Item{ID: fmt.Sprintf("DWL-%02d", i), Data: data([]string{"Clervaux", "Wiltz"}[i%2], i+1)}
	}
	result, err := ctie.Import(ctx, registry.ImportRequest{Register: "dwellings", Items: items})
	require.NoError(t, err)
	require.Len(t, result.IDs, 25)

	wiltz := registry.FindRequest{Register: "dwellings", Field: "commune", Value: json.RawMessage(`"Wiltz"`), PageSize: 5}
	page, err := ctie.Find(ctx, wiltz)
	require.NoError(t, err)
	require.Len(t, page.Items, 5)
	require.NotEmpty(t, page.Bookmark)
	require.Len(t, collect(t, ctie.FindAll(ctx, wiltz)), 12)
	page, err = ctie.List(ctx, registry.ListRequest{Register: "dwellings", PageSize: 10})
	require.NoError(t, err)
	require.Len(t, page.Items, 10)
	all := collect(t, ctie.All(ctx, registry.ListRequest{Register: "dwellings", PageSize: 10}))
	require.Len(t, all, 25)
	require.Equal(t, "DWL-24", all[24].ID)
	for _, err := range ctie.All(ctx, registry.ListRequest{Register: "dwellings", PageSize: registry.MaxPageSize + 1}) {
		require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	}

	items = []registry.Item{{Data: data("Wiltz", 1)}, {ID: "DWL-03", Data: data("Wiltz", 1)}, {Data: data("Wiltz", 0)}}
	_, err = ctie.Import(ctx, registry.ImportRequest{Register: "dwellings", Items: items})
	require.Error(t, err)
	report, err := ctie.CheckImport(ctx, registry.ImportRequest{Register: "dwellings", Items: items})
	require.NoError(t, err)
	require.Len(t, report.Faults, 2)
	require.Equal(t, 1, report.Faults[0].Row)
	require.Equal(t, 2, report.Faults[1].Row)
	require.Equal(t, "/rooms", report.Faults[1].Pointer)
}

func TestRecordsAreValuesOfTheApplicationsOwnType(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := registrar(network, "CTIEMSP")
	ctx := t.Context()
	_, err := ctie.CreateRegister(ctx, dwellings(nil))
	require.NoError(t, err)
	typed := gateway.Records[dwelling](ctie, "dwellings")

	made, err := typed.Create(ctx, registry.CreateRequest{Item: registry.Item{ID: "DWL-1"}}, dwelling{"Wiltz", 3})
	require.NoError(t, err)
	_, err = typed.Amend(ctx, registry.AmendRequest{ID: made.Record.ID, Base: 1}, dwelling{"Wiltz", 4})
	require.NoError(t, err)
	record, err := typed.Read(ctx, "DWL-1")
	require.NoError(t, err)
	require.Equal(t, dwelling{"Wiltz", 4}, record.Value)
	require.Equal(t, 2, record.Version)
	_, err = typed.Create(ctx, registry.CreateRequest{}, dwelling{"Clervaux", 1})
	require.NoError(t, err)

	found := collect(t, typed.Find(ctx, registry.FindRequest{Field: "commune", Value: json.RawMessage(`"Clervaux"`)}))
	require.Len(t, found, 1)
	require.Equal(t, dwelling{"Clervaux", 1}, found[0].Value)
	require.Len(t, collect(t, typed.All(ctx)), 2)
	for _, err := range typed.All(ctx) {
		require.NoError(t, err)
		break // a loop may end early
	}

	_, err = typed.Create(ctx, registry.CreateRequest{}, dwelling{"Wiltz", 0})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument, "the schema counts, not the type")
	_, err = typed.Read(ctx, "DWL-NONE")
	require.ErrorIs(t, err, gateway.ErrNotFound)
	for _, err := range gateway.Records[[]int](ctie, "dwellings").All(ctx) {
		require.ErrorIs(t, err, gateway.ErrInternal, "data of another type")
	}
	_, err = gateway.Records[func()](ctie, "dwellings").Create(ctx, registry.CreateRequest{}, nil)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
}

func TestBadRegistryRequestsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := registrar(network, "CTIEMSP")
	ctx := t.Context()
	height := network.Ledger().Height()
	network.Kill("CTIEMSP") // what is refused here is not refused by the peer

	_, err := ctie.CreateRegister(ctx, dwellings(func(d *registry.Definition) { d.Schema = json.RawMessage(`{"$ref":"https://example.org/s"}`) }))
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.Create(ctx, registry.CreateRequest{Register: "dwellings", Item: registry.Item{ID: "not an id", Data: data("Wiltz", 1)}})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.Create(ctx, registry.CreateRequest{Register: "dwellings", Item: registry.Item{ID: "not an id", Data: data("Wiltz", 1)}},
		gateway.WithPrivate(json.RawMessage(`{}`)))
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.Import(ctx, registry.ImportRequest{Register: "dwellings"})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.ChangeStatus(ctx, registry.StatusRequest{Register: "dwellings", ID: "DWL-1", Base: 1, Operation: registry.OpCreate})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.Find(ctx, registry.FindRequest{Register: "dwellings", Field: "commune", Value: json.RawMessage(`1.5`)})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	_, err = ctie.AsOf(ctx, registry.AsOfRequest{Register: "dwellings", ID: "DWL-1", At: "yesterday"})
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)
	require.Equal(t, height, network.Ledger().Height())
}

func TestAStreamIsImportedOnTheRealContract(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := registrar(network, "CTIEMSP")
	_, err := ctie.CreateRegister(t.Context(), dwellings(nil))
	require.NoError(t, err)
	rooms := make([]int, 57)
	for i := range rooms {
		rooms[i] = i + 1
	}
	rows := func(yield func(registry.Item, error) bool) {
		for _, n := range rooms {
			if !yield(registry.Item{Data: data("Wiltz", n)}, nil) {
				return
			}
		}
	}
	rooms[33] = 0 // refused
	options := gateway.ImportOptions{Register: "dwellings", BatchSize: 5, InFlight: 2, Journal: filepath.Join(t.TempDir(), "import.journal")}

	ctx, cancel := context.WithCancel(t.Context())
	options.Progress = func(gateway.ImportProgress) { cancel() }
	_, err = ctie.ImportStream(ctx, options, rows)
	require.ErrorIs(t, err, context.Canceled)
	options.Progress = nil
	_, err = ctie.ImportStream(t.Context(), options, rows)
	var failure *gateway.ImportError
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 30, failure.FirstRow)
	require.Len(t, failure.Report.Faults, 1)
	require.Equal(t, 33, failure.Report.Faults[0].Row)
	require.Equal(t, "/rooms", failure.Report.Faults[0].Pointer)
	rooms[33] = 34
	summary, err := ctie.ImportStream(t.Context(), options, rows)
	require.NoError(t, err)
	require.Equal(t, 57, summary.Rows)

	seen := map[int]int{}
	for record, err := range gateway.Records[dwelling](ctie, "dwellings").All(t.Context()) {
		require.NoError(t, err)
		seen[record.Value.Rooms]++
	}
	require.Len(t, seen, 57)
	for n, times := range seen {
		require.Equal(t, 1, times, "the record with %d rooms, whose id is minted", n)
	}
}

func TestAWatchSeesWhatHappensAndGoesOnAfterARestart(t *testing.T) {
	network := gatewaytest.New(t)
	ctie, reader := registrar(network, "CTIEMSP"), network.Client("SIGIMSP").Registry()
	ctx := t.Context()
	for _, id := range []string{"dwellings", "diplomas"} {
		_, err := ctie.CreateRegister(ctx, dwellings(func(d *registry.Definition) { d.ID = id }))
		require.NoError(t, err)
	}
	create := func(register, id string) {
		_, err := ctie.Create(ctx, registry.CreateRequest{Register: register, Item: registry.Item{ID: id, Data: data("Wiltz", 1)}})
		require.NoError(t, err)
	}
	checkpoint := gateway.FileCheckpoint(filepath.Join(t.TempDir(), "watch.checkpoint"))
	errEnough := errors.New("the test has seen enough")
	watch := func(until string, then func(id string)) (seen []string) {
		err := reader.Watch(ctx, gateway.WatchOptions{Register: "dwellings", Checkpoint: checkpoint}, func(_ context.Context, event gateway.RegistryEvent) error {
			what := event.Name
			if len(event.IDs) > 0 {
				what = event.IDs[0]
			}
			seen = append(seen, what)
			if what == until {
				return errEnough
			}
			then(what)
			return nil
		})
		require.ErrorIs(t, err, errEnough)
		return seen
	}

	create("dwellings", "DWL-1")
	require.Equal(t, []string{registry.EventRegister, "DWL-1", "DWL-2", "DWL-3", "DWL-4"}, watch("DWL-4", func(id string) {
		switch id {
		case "DWL-1": // more happens while it watches
			create("diplomas", "DIP-1")
			create("dwellings", "DWL-2")
		case "DWL-2": // its peer is gone for a while
			network.Kill("SIGIMSP")
			create("dwellings", "DWL-3")
			network.Restart("SIGIMSP")
		case "DWL-3":
			create("dwellings", "DWL-4")
		}
	}))
	create("dwellings", "DWL-5")
	require.Equal(t, []string{"DWL-4", "DWL-5"}, watch("DWL-5", func(string) {}), "what was not handled comes again")
}
