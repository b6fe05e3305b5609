package witness

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/psbc-lu/psbc/chaincode/tlog"
)

// Mark is the log at the end of a block.
type Mark struct {
	Size  uint64    `json:"size"`
	Root  tlog.Hash `json:"root"`
	Block uint64    `json:"block"`
}

// Statement is what a body says on the ledger: at the end of Block, the log had this size
// and root.
type Statement struct {
	Body string // its MSP ID
	Mark
	Cosignatures []string // the lines of the body's witness
	TxID         string
}

// judged is a statement, compared with the own log as it was before the block that has
// the statement in it.
type judged struct {
	Statement
	wrong string     // why the own log contradicts it; empty when it does not
	own   *tlog.Hash // the own root at that size, where there is one
}

// facts are what a block means to a witness.
type facts struct {
	Mark
	// matter says that it has transactions other than those of witnesses.
	matter     bool
	statements []judged
}

// finding is something that happened on the ledger.
type finding struct {
	kind  findingKind
	about judged
	// count is how many, of findingFlood and findingQuorum.
	count int
}

type findingKind int

const (
	findingDisagreement findingKind = iota // a body contradicts the own log
	findingReplay                          // a body went back to a smaller size
	findingFlood                           // a body proposes what nobody has a use for
	findingQuorum                          // a checkpoint has a quorum, or one body more than that
)

// Limits of what is remembered of others' statements.
const (
	maxOpen    = 4096 // sizes that some body has stated and no quorum
	floodAfter = 32   // proposals of a body that were ignored since the last quorum
)

// A proposal without a quorum is followed by another one after some time, which doubles,
// and after so many there is no use.
const (
	patience = 10 * time.Second
	maxTries = 6
)

// core decides what a witness cosigns. It has no clock and touches nothing: blocks go in,
// in their order, and what to cosign comes out.
//
// All that decides which proposals are accepted is a function of the ledger alone, so
// that witnesses who read the same blocks accept the same ones, and a body that floods
// the ledger with proposals cannot have honest witnesses cosign different ones:
//
//   - a proposal has to cover something that no quorum has covered yet, other than
//     witnesses' own transactions;
//   - a body has one accepted proposal at a time, until a quorum has covered it.
type core struct {
	settings
	head    Mark
	promise Mark // the largest that was ever promised
	broken  string

	stated   uint64 // the largest size that the own body has stated
	proposed uint64 // the largest size that any body has rightly stated
	settled  Mark   // the largest that a quorum has stated
	// matter are the ends of blocks with matter in them, after settled.
	matter []seen
	// tries are how many sizes were proposed since the last matter, and since when the
	// last one is there.
	tries int
	since time.Time
	// open are right statements from settled on, by size and body.
	open map[uint64]map[string]Statement
	// last is the largest size that each body has stated.
	last map[string]uint64
	// accepted are the proposals that wait for a quorum, by body; deferred is the largest
	// one that each body made meanwhile.
	accepted, deferred map[string]Mark
	ignored            map[string]int
	// todo are the accepted ones that the own body may still cosign, by size.
	todo map[uint64]Mark
}

// settings of a core.
type settings struct {
	self     string   // MSP ID of the own body
	bodies   []string // MSP IDs of all bodies, sorted
	quorum   int
	interval time.Duration // how long what is new waits for a proposal
	stagger  time.Duration // and how much longer with each body that could have made one
}

type seen struct {
	Mark
	at time.Time
}

// newCore goes on from a promise and from what a quorum had stated by then. The blocks
// after settled are to be given to it.
func newCore(s settings, promise, settled Mark) *core {
	return &core{
		settings: s, promise: promise, settled: settled, head: settled, proposed: settled.Size,
		open: map[uint64]map[string]Statement{}, last: map[string]uint64{},
		accepted: map[string]Mark{}, deferred: map[string]Mark{}, ignored: map[string]int{}, todo: map[uint64]Mark{},
	}
}

// block takes the next block.
func (c *core) block(f facts, now time.Time) []finding {
	var found []finding
	for _, s := range f.statements {
		found = append(found, c.statement(s, now)...)
	}
	if before := c.head.Size; before < c.promise.Size && f.Size >= c.promise.Size && f.Mark != c.promise {
		c.broken = "the ledger log does not hold the checkpoint that this witness cosigned last: the peer's ledger is another one than it was"
	}
	c.head = f.Mark
	if f.matter {
		c.matter = append(c.matter, seen{f.Mark, now})
		c.tries = 0
	}
	return found
}

func (c *core) statement(s judged, now time.Time) []finding {
	if s.wrong != "" {
		return []finding{{kind: findingDisagreement, about: s}}
	}
	var found []finding
	if s.Size < c.last[s.Body] {
		found = append(found, finding{kind: findingReplay, about: s})
	}
	c.last[s.Body] = max(c.last[s.Body], s.Size)
	if s.Body == c.self {
		c.done(s.Size)
	}
	if s.Size > c.proposed {
		c.proposed, c.since = s.Size, now
		c.tries++
	}
	if s.Size < c.settled.Size {
		return found
	}
	by := c.open[s.Size]
	if by == nil {
		by = map[string]Statement{}
		c.open[s.Size] = by
		c.forget()
	}
	_, repeated := by[s.Body]
	by[s.Body] = s.Statement
	switch {
	case s.Size > c.settled.Size && len(by) >= c.quorum:
		c.settle(s.Mark)
		fallthrough
	case s.Size == c.settled.Size && !repeated:
		return append(found, finding{kind: findingQuorum, about: s, count: len(by)})
	}
	return append(found, c.consider(s)...)
}

// forget bounds what statements without a quorum take up.
func (c *core) forget() {
	if len(c.open) > maxOpen {
		delete(c.open, slices.Min(slices.Collect(maps.Keys(c.open))))
	}
}

// consider takes a statement that no quorum has covered yet as a proposal.
func (c *core) consider(s judged) []finding {
	for _, other := range c.accepted {
		if other.Size == s.Size {
			return nil // it cosigns a proposal
		}
	}
	if _, waits := c.accepted[s.Body]; !waits && c.covers(s.Mark) {
		c.accept(s.Body, s.Mark)
		return nil
	}
	if s.Size > c.deferred[s.Body].Size {
		c.deferred[s.Body] = s.Mark
	}
	c.ignored[s.Body]++
	if n := c.ignored[s.Body]; n >= floodAfter && n&(n-1) == 0 {
		return []finding{{kind: findingFlood, about: s, count: n}}
	}
	return nil
}

// covers says whether a checkpoint covers matter that no quorum has covered.
func (c *core) covers(m Mark) bool { return len(c.matter) > 0 && c.matter[0].Size <= m.Size }

func (c *core) accept(body string, m Mark) {
	c.accepted[body] = m
	c.todo[m.Size] = m
}

// settle takes note of a quorum, and accepts what waited for it.
func (c *core) settle(m Mark) {
	c.settled, c.tries = m, 0
	covered := slices.IndexFunc(c.matter, func(s seen) bool { return s.Size > m.Size })
	if covered < 0 {
		covered = len(c.matter)
	}
	c.matter = slices.Delete(c.matter, 0, covered)
	maps.DeleteFunc(c.open, func(size uint64, _ map[string]Statement) bool { return size < m.Size })
	maps.DeleteFunc(c.todo, func(size uint64, _ Mark) bool { return size < m.Size })
	old := func(_ string, other Mark) bool { return other.Size <= m.Size }
	maps.DeleteFunc(c.accepted, old)
	maps.DeleteFunc(c.deferred, old)
	clear(c.ignored)
	for _, body := range slices.Sorted(maps.Keys(c.deferred)) {
		next := c.deferred[body]
		if _, waits := c.accepted[body]; !waits && c.covers(next) {
			delete(c.deferred, body)
			c.accept(body, next)
		}
	}
}

// next is what to cosign now, if there is something; if there is not, but will be when
// nothing else happens, it is the time then.
func (c *core) next(now time.Time) (todo *Mark, wake time.Time) {
	if c.broken != "" || c.head.Size < c.promise.Size {
		return nil, time.Time{}
	}
	if c.promise.Size > max(c.stated, c.settled.Size) {
		return &c.promise, time.Time{} // what was promised and may not have been said
	}
	waiting := slices.SortedFunc(maps.Values(c.todo), func(a, b Mark) int { return cmp.Compare(a.Size, b.Size) })
	for _, m := range waiting {
		if c.allowed(m) {
			return &m, time.Time{}
		}
	}
	due, found := c.due()
	switch {
	case !found || !c.allowed(c.head):
		return nil, time.Time{}
	case now.Before(due):
		return nil, due
	}
	return &c.head, time.Time{}
}

// due is when to propose the head: some time after something new that no body's statement
// covers, or when a statement does and no quorum comes about.
func (c *core) due() (time.Time, bool) {
	i, _ := slices.BinarySearchFunc(c.matter, c.proposed+1, func(s seen, size uint64) int { return cmp.Compare(s.Size, size) })
	switch {
	case i < len(c.matter):
		first := c.matter[i]
		return first.at.Add(c.interval + c.turn(first.Block)), true
	case len(c.matter) > 0 && c.tries < maxTries:
		return c.since.Add(patience<<c.tries + c.turn(c.matter[0].Block+uint64(c.tries))), true //nolint:gosec // few
	}
	return time.Time{}, false
}

// allowed says whether a mark may be cosigned, and has not been. The keeper checks against
// the promise too, and has the last word.
func (c *core) allowed(m Mark) bool {
	return m.Size > c.stated && (m.Size > c.promise.Size || m == c.promise)
}

// turn is how long this body waits for others to propose what is new since a block. With
// each block another one comes first.
func (c *core) turn(block uint64) time.Duration {
	own := max(0, slices.Index(c.bodies, c.self))
	before := (uint64(own) + block) % uint64(len(c.bodies))
	return time.Duration(before) * c.stagger //nolint:gosec // fewer than there are bodies
}

// promised takes note of what is about to be signed.
func (c *core) promised(m Mark) { c.promise = m }

// done says that a size was stated on the ledger, or that the ledger never takes it.
func (c *core) done(size uint64) {
	c.stated = max(c.stated, size)
	maps.DeleteFunc(c.todo, func(size uint64, _ Mark) bool { return size <= c.stated })
}
