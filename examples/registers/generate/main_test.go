package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheCommittedRecordsAreTheGeneratedOnes(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, generate(dir))
	for _, name := range []string{"dwellings.csv", "associations.jsonl", "diplomas.json"} {
		generated, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		committed, err := os.ReadFile(filepath.Join("..", name))
		require.NoError(t, err)
		require.NotEmpty(t, generated)
		require.Equal(t, string(generated), string(committed), "%s: go run ./generate in examples/registers", name)
	}
}

func TestCheckCharactersAreThoseOfISO7064(t *testing.T) {
	// The standard's own example of a MOD 37-2 number is an ISBT 128 donation number.
	require.Equal(t, byte('H'), checkCharacter("G123498654321"))
}
