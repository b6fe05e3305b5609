package exit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
)

func TestCodeOf(t *testing.T) {
	plain := errors.New("plain")
	for name, tc := range map[string]struct {
		err  error
		want exit.Code
	}{
		"no error is 0":                       {nil, 0},
		"an error that says nothing is 1":     {plain, 1},
		"wrong usage is 2":                    {exit.Usagef("wrong"), 2},
		"a negative answer is 3":              {exit.ErrNo, 3},
		"what was reported is 1":              {exit.ErrReported, 1},
		"a remedy does not change the code":   {exit.WithRemedy(exit.Usagef("wrong"), "do it right"), 2},
		"nor does it make one up":             {exit.WithRemedy(plain, "try again"), 1},
		"the code is found through wrapping":  {fmt.Errorf("context: %w", exit.Usagef("wrong")), 2},
		"no error with a remedy stays none":   {exit.WithRemedy(nil, "nothing to do"), 0},
		"joined errors take the first's code": {errors.Join(exit.Usagef("wrong"), plain), 2},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, exit.CodeOf(tc.err)) })
	}
}

func TestRemedyOf(t *testing.T) {
	inner := exit.WithRemedy(errors.New("broken"), "mend it")
	require.Equal(t, "mend it", exit.RemedyOf(inner))
	require.Equal(t, "mend it", exit.RemedyOf(fmt.Errorf("context: %w", inner)))
	require.Equal(t, "buy another", exit.RemedyOf(exit.WithRemedy(inner, "buy %s", "another")))
	require.Empty(t, exit.RemedyOf(errors.New("broken")))
	require.Empty(t, exit.RemedyOf(nil))
	require.EqualError(t, inner, "broken; mend it")
}

func TestSilent(t *testing.T) {
	require.True(t, exit.Silent(exit.ErrNo))
	require.True(t, exit.Silent(fmt.Errorf("context: %w", exit.ErrReported)))
	require.False(t, exit.Silent(errors.New("broken")))
	require.False(t, exit.Silent(exit.Usagef("wrong")))
}
