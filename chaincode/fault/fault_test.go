package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/fault"
)

func TestAnErrorReadsCodeAndSentence(t *testing.T) {
	err := fault.New(fault.NotFound, "%s has not notarised it", "CTIEMSP")
	require.EqualError(t, err, "NOT_FOUND: CTIEMSP has not notarised it")
}

func TestWhatIsWrittenCanBeParsed(t *testing.T) {
	for _, code := range fault.Codes() {
		for _, prefix := range []string{"", "chaincode response 500, "} {
			parsed, ok := fault.Parse(prefix + fault.New(code, "a sentence: with a colon, and a comma").Error())
			require.True(t, ok)
			require.Equal(t, &fault.Error{Code: code, Message: "a sentence: with a colon, and a comma"}, parsed)
		}
	}
}

func TestOtherTextIsNotParsed(t *testing.T) {
	for _, text := range []string{
		"", ": ", "NOT_FOUND", "NOT_FOUND: ", "NOT_FOUND:x", "not_found: x", "UNKNOWN: x", "oh NOT_FOUND: x",
		"chaincode response 500", "chaincode response 500, oh", " NOT_FOUND: x",
	} {
		_, ok := fault.Parse(text)
		require.False(t, ok, "%q", text)
	}
}

func TestErrorsAreComparedByCode(t *testing.T) {
	err := fmt.Errorf("context: %w", fault.New(fault.NotFound, "a"))
	require.ErrorIs(t, err, &fault.Error{Code: fault.NotFound})
	require.ErrorIs(t, err, &fault.Error{Code: fault.NotFound, Message: "a"})
	require.NotErrorIs(t, err, &fault.Error{Code: fault.NotFound, Message: "b"})
	require.NotErrorIs(t, err, &fault.Error{Code: fault.Internal})
	require.NotErrorIs(t, err, errors.New("NOT_FOUND: a"))

	require.Equal(t, fault.NotFound, fault.CodeOf(err))
	require.Equal(t, fault.Internal, fault.CodeOf(errors.New("x")))
	require.Equal(t, fault.Code(""), fault.CodeOf(nil))
}

func TestWrapGivesAnyErrorACode(t *testing.T) {
	require.NoError(t, fault.Wrap(nil))
	require.EqualError(t, fault.Wrap(errors.New("disk on fire")), "INTERNAL: disk on fire")
	refusal := fault.New(fault.NotFound, "a")
	require.Equal(t, refusal, fault.Wrap(refusal))
	require.Equal(t, refusal, fault.Wrap(fmt.Errorf("context: %w", refusal)), "a code comes first in the text that leaves")
}

func FuzzParse(f *testing.F) {
	f.Add("NOT_FOUND: x")
	f.Add("chaincode response 500, INVALID_ARGUMENT: items[3].digest: is missing")
	f.Add("chaincode response ")
	f.Fuzz(func(t *testing.T, s string) {
		parsed, ok := fault.Parse(s)
		if !ok {
			return
		}
		again, ok := fault.Parse(parsed.Error())
		require.True(t, ok)
		require.Equal(t, parsed, again)
	})
}
