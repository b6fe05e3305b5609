package witness

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/auditor/block"
	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/chaincode/canonical"
	"github.com/psbc-lu/psbc/chaincode/checkpoint"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// channel is a ledger in memory: blocks that follow one another, and the chaincode
// "checkpoint" as far as witnesses see it. Every submit is a block of its own.
type channel struct {
	mu       sync.Mutex
	seed     string
	list     []*block.Block
	more     chan struct{} // closed when there is another block
	down     bool          // no orderer can be reached
	unknown  map[string]bool
	statedBy map[string][]uint64
}

func newChannel(seed string) *channel {
	c := &channel{seed: seed, more: make(chan struct{}), unknown: map[string]bool{}, statedBy: map[string][]uint64{}}
	c.matter()
	return c
}

func (c *channel) append(transactions ...block.Transaction) {
	number := uint64(len(c.list))
	b := &block.Block{
		Number: number, HeaderHash: sha256.Sum256(fmt.Appendf(nil, "%s %d", c.seed, number)), DataHash: sha256.Sum256([]byte(c.seed)),
		Channel: "psbc", Transactions: transactions, CommitHash: make([]byte, 32),
	}
	if number > 0 {
		b.PreviousHash = &c.list[number-1].HeaderHash
	} else {
		b.CommitHash = nil
	}
	c.list = append(c.list, b)
	close(c.more)
	c.more = make(chan struct{})
}

func transaction(chaincode string, w ...block.Write) block.Transaction {
	return block.Transaction{
		ID: fmt.Sprintf("%064x", time.Now().UnixNano()), Type: "ENDORSER_TRANSACTION", Code: "VALID", Valid: true, Creator: "CTIEMSP",
		Nonce: make([]byte, 24), Timestamp: time.Now(), Chaincode: chaincode, Writes: w,
	}
}

func write(namespace, key string, value []byte) block.Write {
	hash := evidence.Hash(sha256.Sum256(value))
	return block.Write{Namespace: namespace, Kind: evidence.KindWrite, Key: []byte(key), Value: value, ValueHash: &hash}
}

// matter appends a block that is to be covered.
func (c *channel) matter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.append(transaction("notary", write("notary", "record", []byte("{}"))))
}

// state appends what a body says, whatever that is.
func (c *channel) state(body string, r checkpoint.CosignRequest) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		return &gateway.Error{Op: "cosign", Kind: gateway.ErrUnavailable, Message: "no orderer"}
	}
	value, err := canonical.Marshal(checkpoint.Cosigned{
		V: 1, Origin: r.Origin, Size: r.Size, Root: r.Root, Block: r.Block, Body: body, Cosignatures: r.Cosignatures,
		TxID: fmt.Sprintf("%064x", len(c.list)), ClaimedTime: time.Now().UTC().Format(canonical.TimeLayout),
	})
	if err != nil {
		return err
	}
	c.append(transaction(chaincode, write(chaincode, "\x00"+checkpoint.TypeCosigned+"\x00x\x00", value)))
	c.statedBy[body] = append(c.statedBy[body], r.Size)
	return nil
}

func (c *channel) get(number uint64) (*block.Block, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if number < uint64(len(c.list)) {
		return c.list[number], nil
	}
	return nil, c.more
}

// link is the chain as one body sees it.
type link struct {
	*channel
	body    string
	signers []*evidence.Signer
}

func (l link) blocks(ctx context.Context, from uint64) iter.Seq2[*block.Block, error] {
	return func(yield func(*block.Block, error) bool) {
		for number := from; ; {
			b, more := l.get(number)
			switch {
			case b != nil:
				if !yield(b, nil) {
					return
				}
				number++
			default:
				select {
				case <-more:
				case <-ctx.Done():
					yield(nil, ctx.Err())
					return
				}
			}
		}
	}
}

func (l link) follow(ctx context.Context, log *ledgerlog.Log, each func(*block.Block) error) error {
	for b, err := range l.blocks(ctx, log.Next()) {
		if err == nil {
			err = log.Append(b)
		}
		if err == nil {
			err = each(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l link) cosign(_ context.Context, r checkpoint.CosignRequest) error { return l.state(l.body, r) }

func (l link) keys(context.Context, string) ([]checkpoint.WitnessKey, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.unknown[l.body] {
		return nil, nil
	}
	var all []checkpoint.WitnessKey
	for _, signer := range l.signers {
		all = append(all, checkpoint.WitnessKey{Body: l.body, Key: signer.Key().String()})
	}
	return all, nil
}

// team are witnesses on one channel.
type team struct {
	t *testing.T
	*channel
	origin  string
	bodies  []string
	dirs    map[string]string
	signers map[string][]*evidence.Signer
	stop    map[string]func()
}

func newTeam(t *testing.T, bodies ...string) *team {
	t.Helper()
	m := &team{t: t, channel: newChannel("one"), bodies: bodies, dirs: map[string]string{}, signers: map[string][]*evidence.Signer{}, stop: map[string]func(){}}
	m.origin = originOf(m.list[0].HeaderHash)
	for _, body := range bodies {
		dir := t.TempDir()
		_, err := Generate(dir, tlog.WitnessName(m.origin, body), zeros(body))
		require.NoError(t, err)
		m.signers[body], err = LoadSigners(filepath.Join(dir, KeysFile))
		require.NoError(t, err)
		m.dirs[body] = dir
	}
	return m
}

func originOf(genesis ledgerlog.Hash) string { return tlog.Origin("psbc.lu", "psbc", genesis) }

// zeros gives each body a key of its own.
type zeros string

func (z zeros) Read(p []byte) (int, error) { return copy(p, fmt.Sprintf("%-64s", z)), nil }

// start runs witnesses until stopped, or the test ends.
func (m *team) start(bodies ...string) {
	m.t.Helper()
	for _, body := range bodies {
		ctx, cancel := context.WithCancel(m.t.Context())
		ended := make(chan error, 1)
		all := []string{body}
		for _, other := range m.bodies {
			if other != body {
				all = append(all, other)
			}
		}
		c := link{m.channel, body, m.signers[body]}
		go func() {
			ended <- run(ctx, c, all, m.origin, originOf, Options{Dir: m.dirs[body], Signers: m.signers[body], Interval: 100 * time.Millisecond})
		}()
		m.stop[body] = sync.OnceFunc(func() {
			cancel()
			require.NoError(m.t, <-ended)
		})
		m.t.Cleanup(m.stop[body])
	}
}

// await waits until the status of a body's witness is as wanted.
func (m *team) await(body, what string, is func(*Status) bool) *Status {
	m.t.Helper()
	var last *Status
	require.Eventually(m.t, func() bool {
		s, err := ReadStatus(m.dirs[body])
		last = s
		return err == nil && is(s)
	}, 30*time.Second, 20*time.Millisecond, "%s: %s", body, what)
	return last
}

// covered waits until a number of bodies have cosigned a checkpoint of at least that size.
func (m *team) covered(body string, size uint64, by int) *Status {
	m.t.Helper()
	return m.await(body, "a quorum", func(s *Status) bool { return s.Detail.Quorum.Size >= size && len(s.Detail.Cosigners) >= by })
}

// size of the log at the end of the last block, of which every one here has two entries.
func (m *team) size() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return 2 * uint64(len(m.list))
}

func TestWitnessesCosignWhatIsNewAndThenAreQuiet(t *testing.T) {
	m := newTeam(t, "A", "B", "C", "D")
	m.start("A", "B", "C", "D")
	for range 3 {
		m.matter()
		size := m.size()
		for _, body := range m.bodies {
			m.covered(body, size, 4)
		}
	}
	m.mu.Lock()
	for body, sizes := range m.statedBy {
		require.IsIncreasing(t, sizes, body)
	}
	m.mu.Unlock()
	for _, body := range m.bodies {
		s := m.await(body, "health", func(s *Status) bool { return s.Healthy })
		require.Equal(t, s.Detail.Quorum.Size, s.Detail.Cosigned)
		log, err := ledgerlog.OpenReader(filepath.Join(m.dirs[body], LogDir))
		require.NoError(t, err)
		signed, err := log.Checkpoint()
		require.NoError(t, err)
		require.Equal(t, s.Detail.Quorum.Size, signed.Size)
		for _, other := range m.bodies {
			for _, signer := range m.signers[other] {
				good := 0
				for _, c := range signed.Cosignatures {
					if signer.Key().Verify(signed.Checkpoint, c) {
						good++
					}
				}
				require.Equal(t, 1, good, other)
			}
		}
	}
}

func TestAHostileBodyIsNamedAndDoesNotStopTheOthers(t *testing.T) {
	m := newTeam(t, "A", "B", "C", "D")
	m.start("A", "B", "C")
	m.covered("A", 2, 3)
	lie := Mark{Size: 2, Root: sha256.Sum256([]byte("lie"))}
	signer := m.signers["D"][0]
	cosignature, err := signer.Sign(tlog.Checkpoint{Origin: m.origin, Size: lie.Size, Root: lie.Root}, 1)
	require.NoError(t, err)
	request := checkpoint.NewCosignRequest(tlog.Checkpoint{Origin: m.origin, Size: lie.Size, Root: lie.Root}, 0, cosignature)
	for range 100 { // it does not stop either
		require.NoError(t, m.state("D", request))
	}
	request.Size = 1 << 40
	require.NoError(t, m.state("D", request))
	m.matter()
	size := m.size()
	for _, body := range []string{"A", "B", "C"} {
		m.covered(body, size, 3)
		s := m.await(body, "the disagreements", func(s *Status) bool { return len(s.Detail.Disagreements) == 2 })
		require.False(t, s.Healthy)
		require.Contains(t, s.Problem, "DISAGREE")
		raw, err := os.ReadFile(filepath.Join(m.dirs[body], "disagreement-2.json"))
		require.NoError(t, err)
		var d Disagreement
		require.NoError(t, json.Unmarshal(raw, &d))
		require.Len(t, d.Statements, 1, "said a hundred times, it is one")
		require.Equal(t, "D", d.Statements[0].Body)
		require.Equal(t, []string{cosignature.Line()}, d.Statements[0].Cosignatures)
		require.NotNil(t, d.OwnRoot)
	}
}

func TestAWitnessGoesOnWhereItWas(t *testing.T) {
	m := newTeam(t, "A", "B", "C", "D")
	m.start("A", "B", "C", "D")
	m.covered("D", m.size(), 4)
	m.stop["D"]()
	for range 3 {
		m.matter()
		m.covered("A", m.size(), 3)
	}
	m.matter()
	m.start("D")
	m.covered("D", m.size(), 4)

	m.stop["D"]()
	require.NoError(t, os.RemoveAll(filepath.Join(m.dirs["D"], LogDir)), "the log is made again")
	m.matter()
	m.start("D")
	m.covered("D", m.size(), 4)
	m.mu.Lock()
	defer m.mu.Unlock()
	require.IsIncreasing(t, m.statedBy["D"])
}

func TestWhatIsMissingIsWaitedFor(t *testing.T) {
	m := newTeam(t, "A")
	m.down, m.unknown["A"] = true, true
	m.start("A")
	m.await("A", "the orderers", func(s *Status) bool { return !s.Healthy && s.Problem == "cosign: unavailable: no orderer" })
	m.mu.Lock()
	m.down = false
	m.mu.Unlock()
	m.covered("A", 2, 1)
	m.await("A", "the key", func(s *Status) bool { return !s.Healthy && strings.Contains(s.Problem, "is not registered") })
}

// A second one would know nothing of what the first promises meanwhile.
func TestOneWitnessWorksInADirectory(t *testing.T) {
	m := newTeam(t, "A")
	m.start("A")
	m.covered("A", 2, 1)
	second := func() error {
		return run(t.Context(), link{m.channel, "A", m.signers["A"]}, []string{"A"}, m.origin, originOf, Options{Dir: m.dirs["A"], Signers: m.signers["A"]})
	}
	require.ErrorContains(t, second(), "another witness works in")
	m.matter()
	m.covered("A", m.size(), 1) // the first goes on, and its status is its own

	ended := make(chan error, 1)
	go func() {
		unlock, err := lockDir(t.Context(), m.dirs["A"])
		if err == nil {
			unlock()
		}
		ended <- err
	}()
	m.stop["A"]()
	require.NoError(t, <-ended, "one that is being stopped is waited for")
}

func TestAnotherLedgerIsNeverCosigned(t *testing.T) {
	m := newTeam(t, "A")
	m.start("A")
	m.covered("A", 2, 1)
	m.stop["A"]()
	// The peer comes back with a ledger of the same channel that went another way.
	m.mu.Lock()
	for _, b := range m.list[1:] {
		b.DataHash = sha256.Sum256([]byte("another"))
	}
	m.list = m.list[:1]
	m.list[0].DataHash = sha256.Sum256([]byte("another"))
	stated := len(m.statedBy["A"])
	m.mu.Unlock()
	m.matter()
	require.NoError(t, os.RemoveAll(filepath.Join(m.dirs["A"], LogDir)))
	m.start("A")
	s := m.await("A", "the other ledger", func(s *Status) bool { return !s.Healthy })
	require.Contains(t, s.Problem, anotherLedger)
	m.mu.Lock()
	defer m.mu.Unlock()
	require.Len(t, m.statedBy["A"], stated)
}

func TestAWitnessOfAnotherNetworkSaysSo(t *testing.T) {
	m := newTeam(t, "A")
	m.channel = newChannel("two")
	m.start("A")
	s := m.await("A", "the other network", func(s *Status) bool { return !s.Healthy })
	require.Contains(t, s.Problem, "use a profile of this network")
	require.Empty(t, m.statedBy)
}

func TestTheOriginKeepsThePrefixOfTheProfile(t *testing.T) {
	genesis := ledgerlog.Hash(sha256.Sum256([]byte("genesis")))
	for _, prefix := range []string{"psbc.lu", "example.org/psbc/psbc"} {
		p := &gateway.Profile{Channel: "psbc", Origin: tlog.Origin(prefix, "psbc", genesis)}
		require.Equal(t, p.Origin, OriginOf(p)(genesis))
		require.NotEqual(t, p.Origin, OriginOf(p)(ledgerlog.Hash{}))
	}
	require.NotPanics(t, func() { OriginOf(&gateway.Profile{Channel: "psbc", Origin: "x"})(genesis) })
}

func TestTheStatusOfAWitnessThatNeverRanIsAnError(t *testing.T) {
	_, err := ReadStatus(t.TempDir())
	require.ErrorIs(t, err, os.ErrNotExist)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, StatusFile), []byte("{"), 0o600))
	_, err = ReadStatus(dir)
	require.ErrorContains(t, err, StatusFile)
	require.NotErrorIs(t, err, os.ErrNotExist)
}
