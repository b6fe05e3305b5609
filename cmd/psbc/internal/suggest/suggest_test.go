package suggest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/suggest"
)

func TestDidYouMean(t *testing.T) {
	names := []string{"city", "cadastralNumber", "street", "année"}
	for given, want := range map[string]string{
		"ctiy":             `; did you mean "city"?`,
		"Cadastral number": `; did you mean "cadastralNumber"?`,
		"cadastral_nr":     `; did you mean "cadastralNumber"?`,
		"annee":            `; did you mean "année"?`,
		"city":             "",
		"something":        "",
		"":                 "",
	} {
		require.Equal(t, want, suggest.DidYouMean(given, names), given)
	}
	require.Empty(t, suggest.DidYouMean("x", nil))
}
