package gateway_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

// A body defines a trail and records an access; the person concerned asks who it was.
// In an application the client comes from gateway.Connect.
func ExampleRecorder() {
	tb := &exampleTB{}
	defer tb.cleanUp()
	client := gatewaytest.New(tb).Client("CTIEMSP", gatewaytest.WithRole(contract.RoleRecorder))
	ctx := context.Background()
	directory, err := os.MkdirTemp("", "recorder-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)

	_, err = client.Trail().Define(ctx, trail.DefineRequest{Definition: trail.Definition{
		ID: "civil-status-accesses", Titles: trail.Titles{En: "Accesses to civil status"},
		Records: "who looked at which civil status record", LegalBasis: "lu.loi:2018-08-01",
		Retention: "five-years", RetentionDays: 1827,
	}})
	if err != nil {
		log.Fatal(err)
	}
	keys, err := gateway.NewPseudonymKeys(filepath.Join(directory, "pseudonyms.json"))
	if err != nil {
		log.Fatal(err)
	}
	recorder, err := gateway.OpenRecorder(ctx, client, gateway.RecorderConfig{
		Trail: "civil-status-accesses", Source: "portal-1", Dir: filepath.Join(directory, "queue"),
	})
	if err != nil {
		log.Fatal(err)
	}

	err = recorder.Record(ctx, trail.Entry{
		Action: trail.ActionRead, Outcome: trail.OutcomeSuccess, Purpose: "residence-certificate",
		Actor: keys.Actor("clerk-4711"), Subject: keys.Subject("1893 1201 05732"),
	})
	if err != nil {
		log.Fatal(err) // the access is not recorded: it must not take place
	}
	if err := recorder.Close(ctx); err != nil {
		log.Fatal(err)
	}

	for _, pseudonym := range keys.AllSubjects("1893120105732") {
		for found, err := range client.Trail().AllBySubject(ctx, trail.PersonRequest{Pseudonym: pseudonym}) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(found.Body, found.Trail, found.Entry.Action, found.Entry.Purpose, found.Entry.Actor == keys.Actor("CLERK-4711"))
		}
	}
	// Output: CTIEMSP civil-status-accesses read residence-certificate true
}

// An application that logs its acts with slog has them recorded.
func ExampleNewTrailHandler() {
	var recorder gateway.EventRecorder = &memoryRecorder{} // in an application: a *gateway.Recorder
	logger := slog.New(gateway.NewTrailHandler(recorder, slog.Default().Handler()))

	logger.Info("shows a civil status record",
		"action", trail.ActionRead, "actor", actor, "subject", subject, "purpose", "residence-certificate")

	for _, entry := range recorder.(*memoryRecorder).take() {
		fmt.Println(entry.Action, entry.Purpose, entry.Outcome)
	}
	// Output: read residence-certificate success
}
