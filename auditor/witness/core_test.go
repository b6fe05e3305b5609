package witness

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Four bodies; the log grows by 10 entries with each block, so that block n ends at size
// 10(n+1), unless a test says otherwise.
func founding() settings {
	return settings{self: "A", bodies: []string{"A", "B", "C", "D"}, quorum: 3, interval: 2 * time.Second, stagger: time.Second}
}

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func root(size uint64) (h [32]byte) {
	h[0], h[1] = byte(size), byte(size>>8)
	return h
}

func at(block uint64) Mark {
	return Mark{Size: 10 * (block + 1), Root: root(10 * (block + 1)), Block: block}
}

// says is a right statement of a body about the end of a block.
func says(body string, block uint64) judged {
	return judged{Statement: Statement{Body: body, Mark: at(block)}}
}

func wrong(body string, block uint64) judged {
	s := says(body, block)
	s.Root[31], s.wrong = 1, "the own log has another root of that size"
	return s
}

// ledger feeds a core with blocks, one a millisecond.
type ledger struct {
	*core
	next uint64
	now  time.Time
}

func newLedger() *ledger { return &ledger{core: newCore(founding(), Mark{}, Mark{}), now: start} }

func (l *ledger) add(matter bool, statements ...judged) []finding {
	f := facts{Mark: at(l.next), matter: matter, statements: statements}
	l.next++
	l.now = l.now.Add(time.Millisecond)
	return l.block(f, l.now)
}

// decides is what the core decides after a while, nil for nothing.
func (l *ledger) decides(after time.Duration) *Mark {
	m, _ := l.core.next(l.now.Add(after))
	return m
}

func TestWhatIsNewIsProposedAfterTheIntervalByOneBodyFirst(t *testing.T) {
	l := newLedger()
	l.add(true) // block 0: A comes first, B second
	require.Nil(t, l.decides(1999*time.Millisecond))
	_, wake := l.core.next(l.now)
	require.Equal(t, l.now.Add(2*time.Second), wake)
	require.Equal(t, at(0), *l.decides(2 * time.Second))

	l.core.self = "B"
	require.Nil(t, l.decides(2*time.Second))
	require.Equal(t, at(0), *l.decides(3 * time.Second))
}

func TestTheTurnGoesRound(t *testing.T) {
	first := map[time.Duration]int{}
	l := newLedger()
	for block := range uint64(8) {
		first[l.turn(block)]++
	}
	require.Equal(t, map[time.Duration]int{0: 2, time.Second: 2, 2 * time.Second: 2, 3 * time.Second: 2}, first)
}

func TestTransactionsOfWitnessesAloneNeverCauseAProposal(t *testing.T) {
	l := newLedger()
	l.add(true)
	l.add(false, says("B", 0), says("C", 0), says("D", 0))
	for range 100 {
		l.add(false)
	}
	require.Equal(t, at(0), *l.decides(0), "the own cosignature on what others proposed")
	l.promised(at(0))
	l.add(false, says("A", 0))
	require.Nil(t, l.decides(24*time.Hour))
	_, wake := l.core.next(l.now)
	require.Zero(t, wake)
}

func TestAnothersProposalIsCosignedAtOnce(t *testing.T) {
	l := newLedger()
	l.add(true)
	l.add(false, says("C", 0))
	require.Equal(t, at(0), *l.decides(0))
	l.promised(at(0))
	l.done(at(0).Size)
	require.Nil(t, l.decides(0), "it is on the ledger, and its block comes later")
}

func TestOfSeveralProposalsTheSmallestIsCosignedFirst(t *testing.T) {
	l := newLedger()
	l.add(true)
	l.add(true)
	l.add(false, says("C", 1), says("B", 0))
	var got []uint64
	for m := l.decides(0); m != nil; m = l.decides(0) {
		l.promised(*m)
		l.done(m.Size)
		got = append(got, m.Size)
	}
	require.Equal(t, []uint64{10, 20}, got)
}

func TestAPromiseIsKeptFirst(t *testing.T) {
	c := newCore(founding(), at(1), Mark{})
	l := &ledger{core: c, now: start}
	l.add(true)
	require.Nil(t, l.decides(time.Hour), "the log is not where it was")
	l.add(true)
	l.add(true, says("B", 0))
	require.Equal(t, at(1), *l.decides(0), "it may have been signed, and was not said")
	l.add(false, says("A", 1))
	require.Nil(t, l.decides(0), "what is smaller is never signed")
}

func TestAnotherLedgerThanThePromisedIsNeverCosigned(t *testing.T) {
	for what, promised := range map[string]Mark{
		"another root": {Size: 20, Root: root(7), Block: 1}, "another block": {Size: 20, Root: root(20), Block: 2},
		"no end of a block": {Size: 15, Root: root(15), Block: 1},
	} {
		l := &ledger{core: newCore(founding(), promised, Mark{}), now: start}
		l.add(true)
		l.add(true)
		l.add(true, says("B", 1), says("C", 1))
		require.NotEmpty(t, l.broken, what)
		require.Nil(t, l.decides(time.Hour), what)
	}
}

func TestAContradictionIsFoundAndNeverCosigned(t *testing.T) {
	l := newLedger()
	l.add(true)
	found := l.add(false, wrong("D", 0))
	require.Len(t, found, 1)
	require.Equal(t, findingDisagreement, found[0].kind)
	require.Equal(t, at(0).Size, found[0].about.Size)
	require.Nil(t, l.decides(0))
	require.NotNil(t, l.decides(2*time.Second), "it covers nothing either")
	l.add(false, says("B", 0))
	require.Equal(t, at(0), *l.decides(0), "and does not keep the right one from being cosigned")
}

func TestABodyThatGoesBackIsNamed(t *testing.T) {
	l := newLedger()
	l.add(true)
	l.add(true)
	require.Empty(t, l.add(false, says("D", 1)))
	found := l.add(false, says("D", 0))
	require.Equal(t, findingReplay, found[0].kind)
	require.Equal(t, "D", found[0].about.Body)
}

func TestABodyThatProposesWithoutEndIsIgnoredAndNamed(t *testing.T) {
	l := newLedger()
	l.add(true)
	l.add(false, says("D", 0))
	floods := 0
	for n := uint64(1); n <= 200; n++ {
		for _, f := range l.add(false, says("D", n)) {
			require.Equal(t, findingFlood, f.kind)
			floods++
		}
	}
	require.Equal(t, 3, floods, "after 32, 64 and 128")
	require.Equal(t, at(0), *l.decides(0), "the first is as good as any")
	l.promised(at(0))
	l.done(at(0).Size)
	require.Nil(t, l.decides(0))
	l.add(false, says("B", 0), says("A", 0))
	require.Equal(t, at(0).Size, l.settled.Size)
	require.Nil(t, l.decides(time.Hour), "what it proposed beyond covers nothing new")
}

func TestAProposalThatWaitedIsCosignedAfterTheQuorum(t *testing.T) {
	l := newLedger()
	l.add(true)
	l.add(false, says("B", 0))
	l.add(true)
	l.add(false, says("B", 2))
	l.promised(at(0))
	l.done(at(0).Size)
	require.Nil(t, l.decides(0), "B has a proposal that no quorum covers")
	found := l.add(false, says("A", 0), says("C", 0))
	require.Equal(t, findingQuorum, found[0].kind)
	require.Equal(t, 3, found[0].count)
	require.Equal(t, at(2), *l.decides(0))
}

func TestAQuorumIsToldAgainForEachBodyMore(t *testing.T) {
	l := newLedger()
	l.add(true)
	found := l.add(false, says("A", 0), says("B", 0), says("C", 0), says("C", 0), says("D", 0))
	require.Len(t, found, 2)
	require.Equal(t, []int{3, 4}, []int{found[0].count, found[1].count})
	require.Len(t, l.open[10], 4)
}

func TestWithoutAQuorumItIsTriedAgainAndNotForEver(t *testing.T) {
	l := newLedger()
	l.add(true)
	proposals := 0
	for range 100 {
		m, wake := l.core.next(l.now)
		if m == nil && wake.IsZero() {
			break
		}
		if m == nil {
			l.now = wake
			continue
		}
		proposals++
		l.promised(*m)
		l.add(false, judged{Statement: Statement{Body: "A", Mark: *m}})
	}
	require.Equal(t, maxTries, proposals)
	require.Nil(t, l.decides(1000*time.Hour))
	l.add(true)
	require.NotNil(t, l.decides(time.Hour), "until there is something new")
}

func TestWhatTheLedgerNeverTakesIsGivenUp(t *testing.T) {
	l := newLedger()
	l.add(true)
	m := l.decides(5 * time.Second)
	l.promised(*m)
	require.Equal(t, m, l.decides(5*time.Second), "it is tried again")
	l.done(m.Size)
	require.Nil(t, l.decides(time.Hour))
	l.add(true)
	require.Equal(t, at(1), *l.decides(time.Hour))
}

func TestTheStatementsRememberedAreBounded(t *testing.T) {
	l := newLedger()
	l.add(true)
	for n := range uint64(2 * maxOpen) {
		l.add(true, says("D", n))
	}
	require.LessOrEqual(t, len(l.open), maxOpen)
	require.LessOrEqual(t, len(l.accepted)+len(l.deferred)+len(l.todo), 3)
}
