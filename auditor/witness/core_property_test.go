package witness

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// world is a ledger with three honest bodies and one that does as it likes. Its log is
// what the sizes say; the root of each size is root of it.
type world struct {
	t      *rapid.T
	now    time.Time
	blocks []facts
	honest map[string]*honest
}

// honest is a body's witness: a core, and what would be on its disk.
type honest struct {
	core     *core
	read     int // blocks that the core has seen
	promised Mark
	settled  Mark
	signed   []Mark
}

func newWorld(t *rapid.T) *world {
	w := &world{t: t, now: start, honest: map[string]*honest{}}
	for _, body := range []string{"A", "B", "C"} {
		h := &honest{}
		w.honest[body] = h
		w.restart(body)
	}
	w.add(true)
	return w
}

// restart is what happens after a crash: what is on the disk is all that is left.
func (w *world) restart(body string) {
	h, s := w.honest[body], founding()
	s.self = body
	h.core, h.read = newCore(s, h.promised, h.settled), 0
	if h.settled.Size > 0 {
		h.read = int(h.settled.Block) + 1
	}
}

// add appends a block.
func (w *world) add(matter bool, statements ...Statement) {
	before := uint64(0)
	if n := len(w.blocks); n > 0 {
		before = w.blocks[n-1].Size
	}
	f := facts{matter: matter}
	for _, s := range statements {
		f.statements = append(f.statements, w.judged(s))
	}
	size := before + uint64(rapid.IntRange(1, 5).Draw(w.t, "entries"))
	f.Mark = Mark{Size: size, Root: root(size), Block: uint64(len(w.blocks))}
	w.blocks = append(w.blocks, f)
}

// judged compares a statement with the log before the block that is being made.
func (w *world) judged(s Statement) judged {
	for _, b := range w.blocks {
		if b.Mark == s.Mark {
			return judged{Statement: s}
		}
	}
	return judged{Statement: s, wrong: "no such end of a block"}
}

// deliver lets a body read some blocks.
func (w *world) deliver(body string, most int) {
	h := w.honest[body]
	for ; most > 0 && h.read < len(w.blocks); most-- {
		h.core.block(w.blocks[h.read], w.now)
		h.read++
	}
	if h.core.broken != "" {
		w.t.Fatalf("%s takes the ledger for another: %s", body, h.core.broken)
	}
}

// act has a body do what it decides; it may crash at any point of it.
func (w *world) act(body string, crash int) {
	h := w.honest[body]
	m, _ := h.core.next(w.now)
	if m == nil {
		return
	}
	mark := *m
	if crash == 1 { // before the promise
		w.restart(body)
		return
	}
	h.promised = mark
	h.core.promised(mark)
	if crash == 2 { // between the promise and the signature
		w.restart(body)
		return
	}
	w.sign(body, mark)
	if crash == 3 { // after it
		w.restart(body)
		return
	}
	w.add(false, Statement{Body: body, Mark: mark})
	if crash == 4 { // before it knows that the ledger took it
		w.restart(body)
		return
	}
	h.core.done(mark.Size)
}

// sign checks what is promised to the world.
func (w *world) sign(body string, m Mark) {
	h := w.honest[body]
	if m.Root != root(m.Size) {
		w.t.Fatalf("%s signs a wrong root of size %d", body, m.Size)
	}
	if n := len(h.signed); n > 0 && m.Size < h.signed[n-1].Size {
		w.t.Fatalf("%s signs size %d after %d", body, m.Size, h.signed[n-1].Size)
	}
	for _, old := range h.signed {
		if old.Size == m.Size && old.Root != m.Root {
			w.t.Fatalf("%s signs two roots of size %d", body, m.Size)
		}
	}
	h.signed = append(h.signed, m)
}

// lie is something that the fourth body says: of an old or a new size, right or wrong.
func (w *world) lie() Statement {
	m := w.blocks[rapid.IntRange(0, len(w.blocks)-1).Draw(w.t, "of block")].Mark
	switch rapid.IntRange(0, 4).Draw(w.t, "lie") {
	case 0:
		m.Root[31] ^= 1
	case 1:
		m.Size += uint64(rapid.IntRange(1, 100).Draw(w.t, "more"))
	case 2:
		m.Block++
	}
	return Statement{Body: "D", Mark: m}
}

func (w *world) lies(most int) []Statement {
	statements := make([]Statement, rapid.IntRange(0, most).Draw(w.t, "lies"))
	for i := range statements {
		statements[i] = w.lie()
	}
	return statements
}

// TestWhateverHappensAnHonestWitnessSignsOneHistory has blocks, proposals, lies, floods and
// crashes come in any order; then it lets the ledger work, while the fourth body goes on
// lying, and a quorum has to cover all that is new.
func TestWhateverHappensAnHonestWitnessSignsOneHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			body := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "body")
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "pause")) * time.Millisecond)
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				w.add(true, w.lies(1)...)
			case 1:
				w.add(false, w.lies(8)...)
			case 2, 3:
				w.deliver(body, rapid.IntRange(1, 20).Draw(t, "blocks"))
			case 4, 5:
				w.act(body, rapid.IntRange(0, 4).Draw(t, "crash"))
			case 6:
				h := w.honest[body]
				h.settled = h.core.settled // is saved now and then
				w.restart(body)
			}
		}
		w.requireQuorum()
	})
}

// requireQuorum lets time pass until a quorum covers everything.
func (w *world) requireQuorum() {
	last := Mark{}
	for _, b := range w.blocks {
		if b.matter {
			last = b.Mark
		}
	}
	began := w.now
	for w.now.Sub(began) < 2*time.Minute {
		covered := 0
		for _, body := range []string{"A", "B", "C"} {
			w.deliver(body, len(w.blocks))
			w.act(body, 0)
			if w.honest[body].core.settled.Size >= last.Size {
				covered++
			}
		}
		if covered == 3 {
			return
		}
		w.add(false, w.lies(3)...)
		w.now = w.now.Add(200 * time.Millisecond)
	}
	state := ""
	for body, h := range w.honest {
		state += fmt.Sprintf("%s: settled %d, promise %d, stated %d, proposed %d, accepted %v, todo %v\n",
			body, h.core.settled.Size, h.promised.Size, h.core.stated, h.core.proposed, h.core.accepted, h.core.todo)
	}
	w.t.Fatalf("no quorum covers size %d within two minutes\n%s", last.Size, state)
}

// TestAnIdleLedgerStaysIdle has honest witnesses only: after the last matter there is an
// end of statements, and there are few.
func TestAnIdleLedgerStaysIdle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(0, 20).Draw(t, "blocks") {
			w.add(true)
		}
		pace := map[string]int{}
		for _, body := range []string{"A", "B", "C"} {
			pace[body] = rapid.IntRange(1, 3).Draw(t, "blocks that it reads at a time")
			w.deliver(body, len(w.blocks))
		}
		before := len(w.blocks)
		for range 300 {
			for _, body := range []string{"A", "B", "C"} {
				w.deliver(body, pace[body])
				w.act(body, 0)
			}
			w.now = w.now.Add(500 * time.Millisecond)
		}
		if n := len(w.blocks) - before; n > 9 {
			t.Fatalf("%d statements about one matter", n)
		}
		for _, h := range w.honest {
			if m, wake := h.core.next(w.now.Add(24 * time.Hour)); m != nil || !wake.IsZero() {
				t.Fatalf("there is still something to do: %v", m)
			}
		}
	})
}
