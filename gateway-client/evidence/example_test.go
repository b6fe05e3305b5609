package evidence_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// A court has a document, its evidence, and the policy of the network, and no network.
func ExampleVerify() {
	raw, err := os.ReadFile("../../test/vectors/evidence.json")
	if err != nil {
		log.Fatal(err)
	}
	var vectors []struct {
		Document, Proof, Policy string
		Now                     int64
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		log.Fatal(err)
	}
	document, err := base64.StdEncoding.DecodeString(vectors[0].Document)
	if err != nil {
		log.Fatal(err)
	}

	policy, err := evidence.ParsePolicy([]byte(vectors[0].Policy))
	if err != nil {
		log.Fatal(err)
	}
	proof, err := evidence.ParseProof([]byte(vectors[0].Proof))
	if err != nil {
		log.Fatal(err)
	}
	now := time.Unix(vectors[0].Now, 0) // elsewhere: time.Now()
	result, err := evidence.Verify(bytes.NewReader(document), proof, policy, now)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Notarisation.Body, "notarised", result.Document, "before", result.ExistedBefore)

	_, err = evidence.Verify(bytes.NewReader([]byte("Another document.\n")), proof, policy, now)
	var other *evidence.DocumentError
	fmt.Println("another document:", errors.As(err, &other))
	// Output:
	// CTIEMSP notarised sha2-256:2ef84ce59923a3fb5d13e63c0292ad79a472d6969103d15812ca9d416f395306 before 2026-11-24 12:00:03 +0000 UTC
	// another document: true
}
