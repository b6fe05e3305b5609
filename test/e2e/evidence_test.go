package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/chaincode/trail"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// archive is a directory that has what somebody keeps who wants to verify evidence one day,
// and nothing else: no run directory, no profile.
type archive struct {
	dir  string
	psbc string
}

func newArchive(t *testing.T, n *testNetwork) archive {
	t.Helper()
	a := archive{t.TempDir(), n.psbc}
	n.ok(t, "evidence", "policy", "-o", a.path("policy"))
	return a
}

func (a archive) path(name string) string { return filepath.Join(a.dir, name) }

func (a archive) write(t *testing.T, name string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(a.path(name), content, 0o600))
}

func (a archive) read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(a.path(name))
	require.NoError(t, err)
	return content
}

// verify verifies evidence in the archive with the environment of nobody, and without any
// network where the system lets us take it away.
func (a archive) verify(t *testing.T, args ...string) result {
	t.Helper()
	args = append([]string{"evidence", "verify", "--policy", "policy"}, args...)
	r, err := a.run(args, &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	})
	if errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOSPC) {
		t.Logf("the network cannot be taken away from a process here: %v", err)
		r, err = a.run(args, nil)
	}
	require.NoError(t, err)
	return r
}

func (a archive) run(args []string, attributes *syscall.SysProcAttr) (result, error) {
	cmd := exec.Command(a.psbc, args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = a.dir, []string{"HOME=" + a.dir}, attributes
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return result{}, err
	}
	return result{out.String(), errOut.String(), cmd.ProcessState.ExitCode()}, nil
}

// requireVerdict verifies and requires an exit code.
func (a archive) requireVerdict(t *testing.T, code int, args ...string) result {
	t.Helper()
	r := a.verify(t, args...)
	require.Equal(t, code, r.code, "%s%s", r.out, r.err)
	return r
}

// withOneByteAltered changes one character of the first line of the path, so that the file
// is still one of evidence.
func withOneByteAltered(t *testing.T, proof []byte) []byte {
	t.Helper()
	altered := slices.Clone(proof)
	lines := bytes.SplitN(proof, []byte("\n"), 4)
	require.Len(t, lines, 4)
	at := len(proof) - len(lines[3])
	altered[at] = map[bool]byte{true: 'B', false: 'A'}[proof[at] == 'A']
	return altered
}

func TestEvidenceHoldsOfflineAndShowsWhatIsAltered(t *testing.T) {
	n, a := shared, newArchive(t, shared)
	path, _ := document(t)
	n.ok(t, "notary", "notarise", path, "--type", "charter")
	n.ok(t, "evidence", "get", path, "-o", a.path("proof"))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	a.write(t, "document", content)
	a.write(t, "other", append(content, '.'))
	a.write(t, "altered", withOneByteAltered(t, a.read(t, "proof")))

	require.Contains(t, a.requireVerdict(t, 0, "document", "proof").out, "CTIE")
	a.requireVerdict(t, 0, "--record", "proof")
	a.requireVerdict(t, 3, "other", "proof")
	a.requireVerdict(t, 3, "document", "altered")

	n.ok(t, "notary", "revoke", path, "--reason", "withdrawn")
	n.ok(t, "evidence", "get", path, "-o", a.path("fresh"))
	require.Contains(t, a.requireVerdict(t, 3, "document", "fresh").out, "revoked")
	var says struct {
		Holds           bool
		Verdict, Status string
	}
	require.NoError(t, json.Unmarshal([]byte(a.requireVerdict(t, 3, "document", "fresh", "--json").out), &says))
	require.True(t, says.Holds, "it holds, and what it proves is the revocation")
	require.Equal(t, "revoked", says.Verdict)
	require.Equal(t, "revoked", says.Status)
	require.Contains(t, a.requireVerdict(t, 0, "document", "proof").out, "active", "it proves what was then")
}

// TestEvidenceIsVerifiedByTheLibrary: what it says is right, and a quorum of bodies stands
// behind it.
func TestEvidenceIsVerifiedByTheLibrary(t *testing.T) {
	shared.quiet(t) // there is a checkpoint to be later than
	a := newArchive(t, shared)
	path, digest := document(t)
	began := time.Now()
	record, err := shared.client(t, "CTIE", "notary").Notary().Notarise(t.Context(), gateway.NotariseRequest{Item: notary.Item{Digest: digest, Type: "charter"}})
	require.NoError(t, err)
	shared.healthy(t)
	shared.ok(t, "evidence", "get", path, "--by", "CTIE", "--as", "SIGI", "-o", a.path("proof"))

	proof, err := evidence.ParseProof(a.read(t, "proof"))
	require.NoError(t, err)
	policy, err := evidence.ParsePolicy(a.read(t, "policy"))
	require.NoError(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	found, err := evidence.Verify(bytes.NewReader(content), proof, policy, time.Now())
	require.NoError(t, err)
	require.Equal(t, digest, found.Document)
	require.Equal(t, record.TxID, found.Detail.Tx)
	require.Equal(t, "CTIEMSP", found.Detail.Creator)
	require.Equal(t, "active", found.Status)
	require.Equal(t, *record, *found.Notarisation)
	require.WithinRange(t, found.ExistedBefore, began.Add(-time.Second), time.Now().Add(time.Second))
	require.NotNil(t, found.NotBefore)
	require.False(t, found.NotBefore.After(began))
	bodies := map[string]bool{}
	for _, c := range found.Cosigners {
		if c.Counted {
			bodies[c.Body] = true
		}
	}
	require.GreaterOrEqual(t, len(bodies), 3, found.String())

	_, err = evidence.Verify(strings.NewReader("another"), proof, policy, time.Now())
	require.ErrorAs(t, err, new(*evidence.DocumentError))
	proof.Checkpoint.Cosignatures = slices.DeleteFunc(proof.Checkpoint.Cosignatures, func(c tlog.Cosignature) bool {
		return !strings.HasSuffix(c.Name, "/CTIEMSP") && !strings.HasSuffix(c.Name, "/SIGIMSP")
	})
	_, err = evidence.Verify(bytes.NewReader(content), proof, policy, time.Now())
	require.ErrorAs(t, err, new(*evidence.QuorumError), "two of four bodies are not enough")
}

// TestEvidenceOfAnyChaincodesWrites: registers and trails know nothing of evidence.
func TestEvidenceOfAnyChaincodesWrites(t *testing.T) {
	a := newArchive(t, shared)
	register := defineRegister(t, registry.Definition{Writers: []string{"CTIEMSP"}})
	_, err := shared.client(t, "CTIE", "registrar").Registry().Create(t.Context(), registry.CreateRequest{
		Register: register, Item: registry.Item{ID: "one", Data: json.RawMessage(`{"commune":"Esch"}`)},
	})
	require.NoError(t, err)
	id, trails := defineTrail(t, trail.Definition{})
	batch, err := trails.Append(t.Context(), trail.AppendRequest{
		Place: trail.Place{Trail: id, Source: "app", Number: 1}, Entries: []trail.Entry{act("person", "one")},
	})
	require.NoError(t, err)

	for name, test := range map[string]struct {
		key  string
		more []string
		says string
	}{
		"a record of a register": {"registry//registry.record/" + register + "/one", []string{"--blocks", "100"}, `"commune":"Esch"`},
		"a batch of a trail":     {"trail//trail.batch/" + id + "/app/0000000001", []string{"--tx", batch.TxID}, id},
	} {
		t.Run(name, func(t *testing.T) {
			file := strings.ReplaceAll(name, " ", "-")
			shared.ok(t, append([]string{"evidence", "get", "--key", test.key, "-o", a.path(file)}, test.more...)...)
			a.requireVerdict(t, 0, "--record", file)
			proof, err := evidence.ParseProof(a.read(t, file))
			require.NoError(t, err)
			require.Contains(t, string(proof.Extra.Value), test.says)

			a.write(t, file+".altered", withOneByteAltered(t, a.read(t, file)))
			a.requireVerdict(t, 3, "--record", file+".altered")
		})
	}
	require.Equal(t, 3, shared.cli(t, "evidence", "get", "--key", "registry//registry.record/"+register+"/two", "--blocks", "100", "-o", a.path("none")).code)
}

func TestEvidenceOfADocumentOfABatch(t *testing.T) {
	a, dir := newArchive(t, shared), t.TempDir()
	paths := make([]string, 5)
	for i := range paths {
		paths[i] = filepath.Join(dir, fmt.Sprintf("%d.txt", i))
		requireCopy(t, paths[i], t.Name()+dir+fmtInt(i))
	}
	documents := func(yield func(gateway.Document, error) bool) {
		for _, path := range paths {
			if !yield(gateway.Document{Path: path}, nil) {
				return
			}
		}
	}
	batch, err := shared.client(t, "CTIE", "notary").Notary().NotariseMany(t.Context(), documents, gateway.ManyOptions{BatchFile: a.path("batch")})
	require.NoError(t, err)
	defer batch.Close()
	require.Equal(t, uint64(len(paths)), batch.Len())

	shared.ok(t, "evidence", "get", "--batch", a.path("batch"), paths[3], "-o", a.path("proof"))
	a.requireVerdict(t, 0, paths[3], "proof")
	a.requireVerdict(t, 3, paths[2], "proof")
	a.write(t, "altered", withOneByteAltered(t, a.read(t, "proof")))
	a.requireVerdict(t, 3, paths[3], "altered")

	revocation, err := batch.Revocation(3, "withdrawn", "")
	require.NoError(t, err)
	_, err = shared.client(t, "CTIE", "notary").Notary().RevokeMember(t.Context(), revocation)
	require.NoError(t, err)
	require.Equal(t, 3, shared.cli(t, "evidence", "get", "--batch", a.path("batch"), paths[3], "-o", a.path("revoked")).code)

	// The command line does the same with a folder.
	out := a.path("of-all")
	requireCopy(t, paths[0], "another "+dir) // else it is the same batch
	shared.ok(t, "notary", "notarise", "--batch", dir, "--batch-file", a.path("second"), "--evidence-dir", out)
	for _, path := range paths {
		a.requireVerdict(t, 0, path, filepath.Join(out, filepath.Base(path)+evidence.FileExtension))
	}
}
