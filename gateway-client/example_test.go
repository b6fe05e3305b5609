package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// Connecting takes a profile, which the network writes for each of its users.
func Example_connect() {
	ctx := context.Background()
	profile, err := gateway.LoadProfile("network/.run/profiles/ctie/notary.json")
	if err != nil {
		log.Fatal(err)
	}
	client, err := gateway.Connect(ctx, profile)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	record, err := client.Notary().Notarise(ctx, gateway.NotariseRequest{
		Item: notary.Item{Digest: "sha2-256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.TxID)
}

// CTIE notarises a document, SIGI checks it, CTIE revokes it. In an application
// the clients come from gateway.Connect.
func Example() {
	tb := &exampleTB{}
	defer tb.cleanUp()
	network := gatewaytest.New(tb)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary))
	sigi := network.Client("SIGIMSP")
	ctx := context.Background()

	digest, err := gateway.Digest(strings.NewReader("Building permit 2026/114"), notary.SHA2_256)
	if err != nil {
		log.Fatal(err)
	}
	_, err = ctie.Notary().Notarise(ctx, gateway.NotariseRequest{
		Item: notary.Item{Digest: digest, Type: "building-permit", Reference: "2026/114"},
	}, gateway.WithDetails(gateway.Details{FileName: "permit.pdf", Persons: []string{"A. Muller"}}))
	if err != nil {
		log.Fatal(err)
	}

	record, err := sigi.Notary().Read(ctx, gateway.RecordRequest{Digest: digest, Body: "CTIEMSP"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.Body, record.Type, record.Reference, record.Status)

	_, err = ctie.Notary().Revoke(ctx, gateway.RevokeRequest{Digest: digest, Reason: notary.ReasonIssuedInError})
	if err != nil {
		log.Fatal(err)
	}
	for record, err := range sigi.Notary().FindAll(ctx, gateway.FindRequest{Digest: digest}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(record.Body, record.Status, record.Revocation.Reason)
	}

	changed, err := gateway.Digest(strings.NewReader("Building permit 2026/115"), notary.SHA2_256)
	if err != nil {
		log.Fatal(err)
	}
	_, err = sigi.Notary().Read(ctx, gateway.RecordRequest{Digest: changed, Body: "CTIEMSP"})
	fmt.Println(errors.Is(err, gateway.ErrNotFound))
	// Output:
	// CTIEMSP building-permit 2026/114 active
	// CTIEMSP revoked issued-in-error
	// true
}

// A write whose outcome is unknown is repeated with its request id: whatever
// became of the first attempt, there is one record in the end.
func ExampleError() {
	tb := &exampleTB{}
	defer tb.cleanUp()
	network := gatewaytest.New(tb)
	notaries := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary)).Notary()

	request := gateway.NotariseRequest{
		Item: notary.Item{Digest: "sha2-256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	}
	network.StallOrdering()
	ctx, cancel := context.WithTimeout(context.Background(), tb.patience())
	defer cancel()
	_, err := notaries.Notarise(ctx, request)

	var failure *gateway.Error
	if errors.Is(err, gateway.ErrOutcomeUnknown) && errors.As(err, &failure) {
		fmt.Println("outcome unknown")
		network.ResumeOrdering()
		request.RequestID = failure.RequestID
		record, err := notaries.Notarise(context.Background(), request)
		fmt.Println(err == nil && record.TxID == failure.TxID)
	}
	// Output:
	// outcome unknown
	// true
}

// Any chaincode on the channel is called with the same guarantees.
func ExampleContract_Evaluate() {
	tb := &exampleTB{}
	defer tb.cleanUp()
	client := gatewaytest.New(tb).Client("CTIEMSP")
	page, err := client.Contract("notary").Evaluate(context.Background(), gateway.Call{
		Function: "ListByBody", Arguments: []string{`{"body":"CTIEMSP"}`},
	})
	fmt.Println(string(page), err)
	// Output: {"items":[]} <nil>
}

// A register of dwellings, from its definition to what it said on a date.
func ExampleRegistry() {
	tb := &exampleTB{}
	defer tb.cleanUp()
	network := gatewaytest.New(tb)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleRegistrar)).Registry()
	ctx := context.Background()

	_, err := ctie.CreateRegister(ctx, registry.CreateRegisterRequest{Definition: registry.Definition{
		ID:      "dwellings",
		Titles:  registry.Titles{Fr: "Logements", En: "Dwellings"},
		Indexed: []string{"commune"},
		Schema: json.RawMessage(`{
			"type": "object", "required": ["commune", "rooms"], "additionalProperties": false,
			"properties": {"commune": {"type": "string"}, "rooms": {"type": "integer", "minimum": 1}}
		}`),
	}})
	if err != nil {
		log.Fatal(err)
	}

	type dwelling struct {
		Commune string `json:"commune"`
		Rooms   int    `json:"rooms"`
	}
	dwellings := gateway.Records[dwelling](ctie, "dwellings")
	made, err := dwellings.Create(ctx, registry.CreateRequest{
		Item: registry.Item{ID: "DWL-1", Effective: "2026-01-01T00:00:00Z"},
	}, dwelling{Commune: "Wiltz", Rooms: 3})
	if err != nil {
		log.Fatal(err)
	}
	_, err = dwellings.Amend(ctx, registry.AmendRequest{
		ID: "DWL-1", Base: made.Record.Version, Effective: "2026-06-01T00:00:00Z",
	}, dwelling{Commune: "Wiltz", Rooms: 4})
	if err != nil {
		log.Fatal(err)
	}

	for found, err := range dwellings.Find(ctx, registry.FindRequest{Field: "commune", Value: json.RawMessage(`"Wiltz"`)}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(found.ID, found.Version, found.Value.Rooms)
	}
	then, err := ctie.AsOf(ctx, registry.AsOfRequest{Register: "dwellings", ID: "DWL-1", At: "2026-03-01T00:00:00Z"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(then.Record.Data), then.Entitled)
	// Output:
	// DWL-1 2 4
	// {"commune":"Wiltz","rooms":3} true
}

// An import of any length. Called again with the same journal and rows, after a
// crash for instance, it goes on where it was.
func ExampleRegistry_ImportStream() {
	tb := &exampleTB{}
	defer tb.cleanUp()
	ctie := gatewaytest.New(tb).Client("CTIEMSP", gatewaytest.WithRole(contract.RoleRegistrar)).Registry()
	ctx := context.Background()
	_, err := ctie.CreateRegister(ctx, registry.CreateRegisterRequest{Definition: registry.Definition{
		ID: "dwellings", Titles: registry.Titles{En: "Dwellings"}, IDs: registry.IDRule{Mint: "DWL-{8}"},
		Schema: json.RawMessage(`{"type": "object"}`),
	}})
	if err != nil {
		log.Fatal(err)
	}

	directory, err := os.MkdirTemp("", "import-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	rows := func(yield func(registry.Item, error) bool) {
		for rooms := range 25 {
			if !yield(registry.Item{Data: fmt.Appendf(nil, `{"rooms":%d}`, rooms)}, nil) {
				return
			}
		}
	}
	options := gateway.ImportOptions{Register: "dwellings", BatchSize: 10, Journal: filepath.Join(directory, "dwellings.journal")}
	for range 2 {
		summary, err := ctie.ImportStream(ctx, options, rows)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(summary.Rows, "on the ledger,", summary.ResumedRows, "of them before")
	}
	// Output:
	// 25 on the ledger, 0 of them before
	// 25 on the ledger, 25 of them before
}

func ExampleDigest() {
	digest, err := gateway.Digest(strings.NewReader("abc"), notary.SHA3_256)
	fmt.Println(digest, err)
	// Output: sha3-256:3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532 <nil>
}
