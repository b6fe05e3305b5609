package registry_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// BenchmarkImport is what the pure code of one endorser does for an import of 1,000
// records: read, hash, plan, decide, encode.
func BenchmarkImport(b *testing.B) {
	rules := rulesOf(b, open())
	request := registry.ImportRequest{RequestID: requestID, Register: "dwellings"}
	for i := range registry.MaxBatch {
		request.Items = append(request.Items, item("", fmt.Sprintf(
			`{"cadastre":"123A-%d","commune":"Esch-sur-Alzette","rooms":%d,"area":87.5,"built":"1987-05-01",`+
				`"address":{"zip":"L-4002","street":"%d, rue de l'Église"}}`, i, 1+i%9, i)))
	}
	text := jsonOf(b, request)
	b.Logf("%d bytes", len(text))

	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			_, err := registry.ParseImportRequest(text)
			require.NoError(b, err)
		}
	})
	b.Run("content hash", func(b *testing.B) {
		for b.Loop() {
			_, err := registry.ContentHash("Import", request)
			require.NoError(b, err)
		}
	})
	b.Run("plan", func(b *testing.B) {
		for b.Loop() {
			_, faults, err := rules.PlanImport(ctie, request, txOf(1))
			require.NoError(b, err)
			require.Empty(b, faults)
		}
	})
	plan, _, err := rules.PlanImport(ctie, request, txOf(1))
	require.NoError(b, err)
	none := make([]*registry.Record, registry.MaxBatch)
	changes, _ := plan.Decide(txOf(1), none, nothing(plan))
	require.Len(b, changes, registry.MaxBatch)
	b.Run("decide", func(b *testing.B) {
		for b.Loop() {
			plan.Decide(txOf(1), none, nothing(plan))
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			for _, change := range changes {
				if _, err := change.Record.Encode(); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	value, err := changes[0].Record.Encode()
	require.NoError(b, err)
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			for range registry.MaxBatch {
				if _, err := registry.DecodeRecord(value); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("compile", func(b *testing.B) {
		register := rules.Register()
		for b.Loop() {
			_, err := registry.NewRules(register, nil)
			require.NoError(b, err)
		}
	})
}
