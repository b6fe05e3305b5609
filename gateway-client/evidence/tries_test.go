package evidence_test

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// tries is how many mutations of good evidence are tried. Before a release: 10 million.
//
//	go test ./gateway-client/evidence -run NoMutation -tries 10000000 -timeout 2h -v
var tries = flag.Int("tries", 4_000, "mutations of good evidence to try")

// seed chooses which mutations; those of one seed are always the same.
var seed = flag.Uint64("seed", 2026, "of the mutations")

// Mutated evidence is refused, or still says what is true: a cosignature that is not needed
// may go, a private value may be hidden. Fuzzing changes bytes, which the strict reader
// mostly refuses; these mutations are of what was read, and of lines.
func TestNoMutationProvesWhatIsNotTrue(t *testing.T) {
	k := newTruth(t)
	files := make([][]byte, len(k.seeds))
	for i, p := range k.seeds {
		file, err := p.Marshal()
		require.NoError(t, err)
		files[i] = file
	}
	for worker := range runtime.GOMAXPROCS(0) {
		t.Run(fmt.Sprint("worker ", worker), func(t *testing.T) {
			t.Parallel()
			m := mutator{rand.New(rand.NewPCG(*seed, uint64(worker))), k, files}
			accepted, same, n := 0, 0, *tries/runtime.GOMAXPROCS(0)
			for range n {
				original, file := m.mutation()
				if bytes.Equal(original, file) {
					same++
				} else if k.try(t, file) {
					accepted++
				}
			}
			t.Logf("%d mutations: %d refused, %d accepted and true, %d changed nothing", n, n-accepted-same, accepted, same)
			require.Positive(t, accepted, "some mutations are harmless")
			require.Greater(t, n-accepted-same, n/2, "most are not")
		})
	}
}

type mutator struct {
	*rand.Rand
	k     *truth
	files [][]byte
}

// mutation returns good evidence, and what became of it.
func (m mutator) mutation() ([]byte, []byte) {
	i := m.IntN(len(m.files))
	if m.IntN(4) == 0 {
		return m.files[i], m.lines(m.files[i])
	}
	p, err := evidence.ParseProof(m.files[i])
	require.NoError(m.k.w.t, err)
	other, err := evidence.ParseProof(m.files[m.IntN(len(m.files))])
	require.NoError(m.k.w.t, err)
	for range 1 + m.IntN(2) {
		m.change(p, other)
	}
	file, err := p.Marshal()
	if err != nil {
		return m.files[i], m.files[i] // it is not written at all
	}
	return m.files[i], file
}

// lines changes the text.
func (m mutator) lines(file []byte) []byte {
	list := bytes.Split(bytes.Clone(file), []byte("\n"))
	i, j := m.IntN(len(list)), m.IntN(len(list))
	switch m.IntN(6) {
	case 0:
		list[i], list[j] = list[j], list[i]
	case 1:
		list = slices.Delete(list, i, i+1)
	case 2:
		list = slices.Insert(list, j, list[i])
	case 3:
		other := bytes.Split(m.files[m.IntN(len(m.files))], []byte("\n"))
		list[i] = other[m.IntN(len(other))]
	case 4:
		if raw, err := base64.StdEncoding.DecodeString(string(list[i])); err == nil && len(raw) > 0 {
			raw[m.IntN(len(raw))] ^= 1 << m.IntN(8)
			list[i] = []byte(base64.StdEncoding.EncodeToString(raw))
		}
	default:
		if len(list[i]) > 0 {
			list[i][m.IntN(len(list[i]))] = byte(m.IntN(256))
		}
	}
	return bytes.Join(list, []byte("\n"))
}

// change changes one thing of what the evidence says, or takes it from other evidence.
func (m mutator) change(p, other *evidence.Proof) {
	switch m.IntN(14) {
	case 0:
		p.Index = other.Index + uint64(m.IntN(3)) - 1
	case 1:
		p.Path = m.path(p.Path, other.Path)
	case 2:
		p.Checkpoint = m.checkpoint(p.Checkpoint, other.Checkpoint)
	case 3:
		p.Checkpoint.Cosignatures = m.cosignatures(p.Checkpoint.Cosignatures, other.Checkpoint.Cosignatures)
	case 4:
		m.detail(&p.Extra.Detail, &other.Extra.Detail)
	case 5:
		p.Extra.Salt = other.Extra.Salt
	case 6:
		p.Extra.Salt[m.IntN(32)] ^= 1 << m.IntN(8)
	case 7:
		p.Extra.Value = other.Extra.Value
	case 8:
		p.Extra.Value = m.bytes(p.Extra.Value)
	case 9:
		p.Extra.Member = other.Extra.Member
	case 10:
		m.member(p.Extra.Member)
	case 11:
		p.Extra.After = other.Extra.After
	case 12:
		m.after(p, other)
	default:
		whole := p.Extra.Detail
		p.Extra = other.Extra
		if m.IntN(2) == 0 {
			p.Extra.Detail = whole
		}
	}
}

func (m mutator) path(path, other []evidence.Hash) []evidence.Hash {
	if len(path) == 0 || m.IntN(4) == 0 {
		return other
	}
	i, j := m.IntN(len(path)), m.IntN(len(path))
	switch m.IntN(4) {
	case 0:
		path[i], path[j] = path[j], path[i]
	case 1:
		return slices.Delete(path, i, i+1)
	case 2:
		return slices.Insert(path, i, path[j])
	default:
		path[i][m.IntN(32)] ^= 1 << m.IntN(8)
	}
	return path
}

func (m mutator) checkpoint(c, other evidence.SignedCheckpoint) evidence.SignedCheckpoint {
	switch m.IntN(4) {
	case 0:
		c.Size += uint64(m.IntN(3)) - 1
	case 1:
		c.Root[m.IntN(32)] ^= 1 << m.IntN(8)
	case 2:
		c.Origin += "0"
	default:
		return other
	}
	return c
}

func (m mutator) cosignatures(list, other []tlog.Cosignature) []tlog.Cosignature {
	i, j := m.IntN(len(list)), m.IntN(len(other))
	switch m.IntN(8) {
	case 0:
		return slices.Delete(list, i, i+1)
	case 1:
		return append(list, other[j])
	case 2:
		list[i] = other[j]
	case 3:
		list[i].Time += uint64(m.IntN(200)) - 100
	case 4:
		list[i].KeyID = other[j].KeyID
	case 5:
		list[i].Name = other[j].Name
	case 6:
		m.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	default:
		list[i].Signature = m.bytes(list[i].Signature)
	}
	return list
}

func (m mutator) detail(d, other *evidence.Detail) {
	switch m.IntN(10) {
	case 0:
		d.Block += uint64(m.IntN(3))
	case 1:
		d.Tx = other.Tx
	case 2:
		d.TxIndex += m.IntN(2)
	case 3:
		d.Index += m.IntN(2)
	case 4:
		d.Creator = other.Creator
	case 5:
		d.Namespace = other.Namespace
	case 6:
		d.Kind, d.Collection = other.Kind, other.Collection
	case 7:
		d.Key = m.bytes(d.Key)
	case 8:
		d.ValueHash = other.ValueHash
	default:
		*d = *other
	}
}

func (m mutator) member(p *evidence.Member) {
	if p == nil {
		return
	}
	if m.IntN(2) == 0 {
		p.Path = m.path(p.Path, []evidence.Hash{hashOf(strconv.Itoa(m.IntN(9)))})
		return
	}
	p.Index += uint64(m.IntN(3)) - 1
}

func (m mutator) after(p, other *evidence.Proof) {
	switch {
	case p.Extra.After == nil:
		p.Extra.After = pointer(other.Checkpoint)
	case m.IntN(2) == 0:
		p.Extra.After.Cosignatures = m.cosignatures(p.Extra.After.Cosignatures, other.Checkpoint.Cosignatures)
	default:
		changed := m.checkpoint(*p.Extra.After, other.Checkpoint)
		p.Extra.After = &changed
	}
}

// bytes changes one bit, or the length.
func (m mutator) bytes(b []byte) []byte {
	b = slices.Clone(b)
	switch {
	case len(b) == 0 || m.IntN(8) == 0:
		return append(b, byte(m.IntN(256)))
	case m.IntN(8) == 0:
		return b[:len(b)-1]
	}
	b[m.IntN(len(b))] ^= 1 << m.IntN(8)
	return b
}
