package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/notary"
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

func ExampleDigest() {
	digest, err := gateway.Digest(strings.NewReader("abc"), notary.SHA3_256)
	fmt.Println(digest, err)
	// Output: sha3-256:3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532 <nil>
}
