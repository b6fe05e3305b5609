package contract

import (
	"crypto/sha256"
	"sync"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// rulebook keeps the compiled rules of the registers that were used lately.
//
// To compile a schema takes a third of a millisecond, and a thousand times that for the
// worst that are admitted; the same is needed for every record. Nothing else may be kept between
// transactions; this may, because it cannot change what a transaction does: every
// transaction reads the register itself, as part of its read set, and finds the rules by
// the hash of what it read. They are what compiling it again would give, whatever a body's
// server did before, and whether it did anything.
//
// It is bounded, and safe for concurrent use: a chaincode server runs transactions side
// by side.
type rulebook struct {
	mu    sync.Mutex
	rules map[[sha256.Size]byte]compiled
	order [][sha256.Size]byte // as they came
	size  int                 // bytes of the registers' texts
}

type compiled struct {
	rules *registry.Rules
	size  int
}

// The most that a rulebook keeps: registers, and bytes of their texts. What is compiled
// takes up to 300 times the memory of the text.
const (
	maxRules     = 256
	maxRulesSize = 1 << 20
)

func newRulebook() *rulebook {
	return &rulebook{rules: make(map[[sha256.Size]byte]compiled)}
}

// of returns the rules of a stored register. It fails with NOT_FOUND when there is none.
func (b *rulebook) of(id string, stored ledger.StoredRegister) (*registry.Rules, error) {
	if !stored.Exists() {
		return nil, noRegister(id)
	}
	sum := stored.Fingerprint()
	if rules := b.find(sum); rules != nil {
		return rules, nil
	}
	// Two transactions may both come here; they come to the same.
	rules, err := stored.Rules()
	if err != nil {
		return nil, err
	}
	b.keep(sum, compiled{rules, stored.Size()})
	return rules, nil
}

func (b *rulebook) find(sum [sha256.Size]byte) *registry.Rules {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rules[sum].rules
}

// keep adds rules, and drops the oldest that there is no room for.
func (b *rulebook) keep(sum [sha256.Size]byte, c compiled) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.rules[sum]; known || c.size > maxRulesSize {
		return
	}
	for len(b.order) >= maxRules || b.size+c.size > maxRulesSize {
		oldest := b.order[0]
		b.order = b.order[1:]
		b.size -= b.rules[oldest].size
		delete(b.rules, oldest)
	}
	b.rules[sum] = c
	b.order = append(b.order, sum)
	b.size += c.size
}

func noRegister(id string) error {
	return fault.New(fault.NotFound, "there is no register %s", id)
}
