package ledgertest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/test/chaincodes/minimal"
)

// A test of chaincode: two bodies call it, and one of two conflicting
// transactions is refused. Here it is run as an example, with a stand-in for
// the *testing.T of a real test.
func Example() {
	t := &printing{}

	ledger := ledgertest.New(t, minimal.Chaincode{})
	ctie := ledger.Client("CTIEMSP", ledgertest.WithAttribute("psbc.notary", "true"))
	sigi := ledger.Client("SIGIMSP")

	_, err := ctie.Submit("Put", "key", "value")
	require.NoError(t, err)
	value, err := sigi.Evaluate("Get", "key")
	require.NoError(t, err)
	fmt.Println("read:", string(value))

	// Both transactions read the key; the second is stale when it commits.
	get, err := sigi.Endorse("Get", "key")
	require.NoError(t, err)
	put, err := ctie.Endorse("Put", "key", "another value")
	require.NoError(t, err)
	fmt.Println(ledger.Commit(put, get))
	// Output:
	// read: value
	// [VALID MVCC_READ_CONFLICT]
}

type printing struct{ testing.TB }

func (p *printing) Helper()                           {}
func (p *printing) Errorf(format string, args ...any) { fmt.Printf(format, args...) }
func (p *printing) Fatalf(format string, args ...any) { fmt.Printf(format, args...) }
func (p *printing) FailNow()                          {}
func (p *printing) Cleanup(func())                    {}

func BenchmarkSubmit(b *testing.B) {
	client := ledgertest.New(b, minimal.Chaincode{}).Client("CTIEMSP")
	for b.Loop() {
		if _, err := client.Submit("Put", "value"); err != nil {
			b.Fatal(err)
		}
	}
}
