package contract

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

func printOf(n int) [sha256.Size]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
}

func TestARulebookIsBoundedAndNeverWrong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newRulebook()
		made := map[int]*registry.Rules{}
		for range rapid.IntRange(0, 600).Draw(t, "registers") {
			n := rapid.IntRange(0, 400).Draw(t, "register")
			if made[n] == nil {
				made[n] = new(registry.Rules)
			}
			size := 1 + n*n%100_000
			if n == 400 {
				size = maxRulesSize + 1
			}
			b.keep(printOf(n), compiled{made[n], size})
			require.LessOrEqual(t, len(b.rules), maxRules)
			require.LessOrEqual(t, b.size, maxRulesSize)
			require.Len(t, b.order, len(b.rules))
			if n < 400 {
				require.Same(t, made[n], b.find(printOf(n)), "what was kept last is found")
			} else {
				require.Nil(t, b.find(printOf(n)), "what is too large is not kept")
			}
		}
		total := 0
		for n, rules := range made {
			if found := b.find(printOf(n)); found != nil {
				require.Same(t, rules, found)
				total += b.rules[printOf(n)].size
			}
		}
		require.Equal(t, b.size, total)
	})
}

func TestARulebookIsSafeForConcurrentUse(t *testing.T) {
	b := newRulebook()
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for n := range 1000 {
				b.keep(printOf(n+worker), compiled{new(registry.Rules), 1000})
				b.find(printOf(n))
			}
		})
	}
	group.Wait()
	kept := len(b.order)
	require.Equal(t, maxRules, kept)
}

func TestThereAreNoRulesOfNoRegister(t *testing.T) {
	_, err := newRulebook().of("nowhere", ledger.StoredRegister{})
	require.Equal(t, fault.NotFound, fault.CodeOf(err))
}
