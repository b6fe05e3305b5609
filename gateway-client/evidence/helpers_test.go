package evidence_test

import (
	"bytes"

	"github.com/stretchr/testify/require"
)

const (
	ctie       = "CTIEMSP"
	sigi       = "SIGIMSP"
	minDigital = "MinDigitalMSP"
	court      = "CourDesComptesMSP"
)

// replaced is what it is given, with one part of it exchanged, which must be there.
func replaced(t require.TestingT, text []byte, old, by string) []byte {
	changed := bytes.Replace(text, []byte(old), []byte(by), 1)
	require.NotEqual(t, string(text), string(changed))
	return changed
}

const (
	origin = "psbc.lu/psbc/0123456789abcdef"
	noon   = 1795521600 // 2026-11-24, in seconds since 1970
)
