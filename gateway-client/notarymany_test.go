package gateway_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/contract"
	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
	"github.com/psbc-lu/psbc/gateway-client/gatewaytest"
)

func documentDigest(i int) notary.Digest {
	return notary.Digest(fmt.Sprintf("sha2-256:%x", sha256.Sum256(fmt.Appendf(nil, "document %d", i))))
}

// readyDocuments are digests, every third of them with a name.
func readyDocuments(count int) iter.Seq2[gateway.Document, error] {
	return func(yield func(gateway.Document, error) bool) {
		for i := range count {
			document := gateway.Document{Digest: documentDigest(i)}
			if i%3 == 0 {
				document.Name = fmt.Sprint("plan ", i)
			}
			if !yield(document, nil) {
				return
			}
		}
	}
}

// fileDocuments writes files with the documents, and yields them.
func fileDocuments(t testing.TB, count int) iter.Seq2[gateway.Document, error] {
	dir := t.TempDir()
	for i := range count {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), fmt.Appendf(nil, "document %d", i), 0o600))
	}
	return func(yield func(gateway.Document, error) bool) {
		for i := range count {
			if !yield(gateway.Document{Path: filepath.Join(dir, fmt.Sprint(i))}, nil) {
				return
			}
		}
	}
}

// none fails when it is read: the documents must not be looked at.
func none(t testing.TB) iter.Seq2[gateway.Document, error] {
	return func(func(gateway.Document, error) bool) { t.Error("the documents are read again") }
}

func manyOptions(t interface{ TempDir() string }) gateway.ManyOptions {
	return gateway.ManyOptions{BatchFile: filepath.Join(t.TempDir(), "plans.batch"), Type: "plan", Reference: "Dossier n° 4711"}
}

func notaryOf(network *gatewaytest.Network, body string) *gateway.Notary {
	return network.Client(body, gatewaytest.WithRole(contract.RoleNotary)).Notary()
}

func closed(t testing.TB, b *gateway.Batch) {
	t.Helper()
	require.NoError(t, b.Close())
}

func TestAnyNumberOfDocumentsIsNotarisedInOneTransaction(t *testing.T) {
	for _, count := range []int{1, 2, 255, 256, 257, 5000} {
		for kind, documents := range map[string]func(testing.TB, int) iter.Seq2[gateway.Document, error]{
			"digests": func(_ testing.TB, n int) iter.Seq2[gateway.Document, error] { return readyDocuments(n) }, "files": fileDocuments,
		} {
			t.Run(fmt.Sprint(count, " ", kind), func(t *testing.T) {
				network := gatewaytest.New(t)
				ctie, sigi := notaryOf(network, "CTIEMSP"), network.Client("SIGIMSP").Notary()
				height := network.Ledger().Height()
				options := manyOptions(t)
				options.Reference = kind + fmt.Sprint(count)
				var last gateway.ManyProgress
				options.Progress = func(p gateway.ManyProgress) {
					require.GreaterOrEqual(t, p.Documents, last.Documents)
					last = p
				}
				batch, err := ctie.NotariseMany(t.Context(), documents(t, count), options)
				require.NoError(t, err)
				defer closed(t, batch)
				require.Equal(t, height+1, network.Ledger().Height())
				require.Equal(t, uint64(count), last.Documents)
				require.Equal(t, uint64(count), batch.Len())

				anchor, err := sigi.ReadAnchor(t.Context(), gateway.ReadAnchorRequest{Root: batch.Request().Root, Body: "CTIEMSP"})
				require.NoError(t, err)
				require.Equal(t, anchor, batch.Anchor())
				require.Equal(t, options.Reference, anchor.Reference)
				requireMembers(t, batch, count)
			})
		}
	}
}

// requireMembers checks that every document is where it was, and can be proven.
func requireMembers(t require.TestingT, batch *gateway.Batch, count int) {
	raw, err := hex.DecodeString(batch.Anchor().Root)
	require.NoError(t, err)
	for i := range count {
		member, err := batch.Member(uint64(i))
		require.NoError(t, err)
		if member.Digest != documentDigest(i) { // quicker than require
			require.Equal(t, documentDigest(i), member.Digest)
		}
		require.NoError(t, evidence.VerifyMember(evidence.Hash(raw), batch.Anchor().Count, member))
	}
}

func TestADocumentsNameStaysWithItsBatch(t *testing.T) {
	network := gatewaytest.New(t)
	const canary = "Canary Q. Person"
	options := manyOptions(t)
	batch, err := notaryOf(network, "CTIEMSP").NotariseMany(t.Context(), func(yield func(gateway.Document, error) bool) {
		_ = yield(gateway.Document{Digest: documentDigest(1), Name: canary}, nil) && yield(gateway.Document{Digest: documentDigest(1)}, nil)
	}, options)
	require.NoError(t, err)
	defer closed(t, batch)
	var names []string
	for name, err := range batch.Names() {
		require.NoError(t, err)
		names = append(names, name)
	}
	require.Equal(t, []string{canary, ""}, names)
	require.False(t, network.Ledger().PublicContains(canary))
	raw, err := os.ReadFile(options.BatchFile)
	require.NoError(t, err)
	require.NotContains(t, string(raw), canary, "the names are in a file of their own")

	require.NoError(t, os.Remove(options.BatchFile+".names"))
	again, err := gateway.OpenBatch(options.BatchFile)
	require.NoError(t, err)
	defer closed(t, again)
	name, err := again.Name(0)
	require.NoError(t, err)
	require.Empty(t, name)
}

func TestADocumentIsFoundAndRevoked(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := notaryOf(network, "CTIEMSP")
	batch, err := ctie.NotariseMany(t.Context(), readyDocuments(1000), manyOptions(t))
	require.NoError(t, err)
	defer closed(t, batch)
	i, err := batch.Find(documentDigest(777))
	require.NoError(t, err)
	require.Equal(t, uint64(777), i)
	_, err = batch.Find(documentDigest(1000))
	require.ErrorIs(t, err, gateway.ErrNotFound)
	_, err = batch.Member(1000)
	require.ErrorIs(t, err, gateway.ErrInvalidArgument)

	request, err := batch.Revocation(i, notary.ReasonWithdrawn, "TA:1")
	require.NoError(t, err)
	revocation, err := ctie.RevokeMember(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, documentDigest(777), revocation.Digest)
	read := gateway.ReadMemberRequest{Root: batch.Request().Root, Digest: documentDigest(777)}
	status, err := ctie.ReadMember(t.Context(), read)
	require.NoError(t, err)
	require.Equal(t, notary.StatusRevoked, status.Status)
	require.Equal(t, revocation, status.Revocation)
	_, err = ctie.RevokeMember(t.Context(), request)
	require.ErrorIs(t, err, gateway.ErrFailedPrecondition)

	ended, err := ctie.RevokeAnchor(t.Context(), gateway.RevokeAnchorRequest{Root: batch.Request().Root, Reason: notary.ReasonOther})
	require.NoError(t, err)
	require.Equal(t, notary.StatusRevoked, ended.Status)
	read.Digest = documentDigest(1)
	status, err = ctie.ReadMember(t.Context(), read)
	require.NoError(t, err)
	require.Equal(t, notary.StatusRevoked, status.Status)
}

// A call can end anywhere: what is on the disk then, and whether the anchor is on the
// ledger, is what the next call finds.
func TestACallThatWasInterruptedIsTakenUpAgain(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := notaryOf(network, "CTIEMSP")
	seed := 0
	rapid.Check(t, func(rt *rapid.T) {
		seed++
		options := manyOptions(t)
		options.Reference = fmt.Sprint("run ", seed)
		count := rapid.IntRange(1, 600).Draw(rt, "count")
		documents := func(yield func(gateway.Document, error) bool) {
			if !yield(gateway.Document{Digest: documentDigest(-seed)}, nil) { // another batch each time
				return
			}
			for document, err := range readyDocuments(count) {
				if !yield(document, err) {
					return
				}
			}
		}
		first, err := ctie.NotariseMany(t.Context(), documents, options)
		require.NoError(rt, err)
		anchor := first.Anchor()
		require.NoError(rt, first.Close())
		whole, err := os.ReadFile(options.BatchFile)
		require.NoError(rt, err)
		height := network.Ledger().Height()

		reread := iter.Seq2[gateway.Document, error](documents)
		switch at := rapid.SampledFrom([]string{"hashing", "sealed", "answer half written", "anchored"}).Draw(rt, "interrupted"); at {
		case "hashing": // with a request id of its own, as it was never sent
			require.NoError(rt, os.Rename(options.BatchFile, options.BatchFile+".part"))
			require.NoError(rt, os.Truncate(options.BatchFile+".part", int64(rapid.IntRange(0, len(whole)).Draw(rt, "bytes"))))
		case "sealed":
			copy(whole[4096:8192], make([]byte, 4096))
			require.NoError(rt, os.WriteFile(options.BatchFile, whole, 0o600))
			reread = none(t)
		case "answer half written":
			from := rapid.IntRange(0, 100).Draw(rt, "bytes")
			copy(whole[4096+from:8192], make([]byte, 4096))
			require.NoError(rt, os.WriteFile(options.BatchFile, whole, 0o600))
			reread = none(t)
		default:
			height-- // nothing is sent at all
			reread = none(t)
		}
		again, err := ctie.NotariseMany(t.Context(), reread, options)
		require.NoError(rt, err)
		defer closed(t, again)
		require.Equal(rt, anchor, again.Anchor(), "the anchor is made once")
		require.LessOrEqual(rt, network.Ledger().Height(), height+1)
		require.Equal(rt, uint64(count+1), again.Len())
		member, err := again.Member(uint64(count))
		require.NoError(rt, err)
		require.Equal(rt, documentDigest(count-1), member.Digest)
	})
}

func TestAnAnchorWhoseOutcomeIsUnknownIsMadeOnce(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := network.Client("CTIEMSP", gatewaytest.WithRole(contract.RoleNotary), gatewaytest.WithOptions(
		gateway.WithRetry(gateway.Retry{Interval: time.Millisecond, MaxElapsed: 500 * time.Millisecond}))).Notary()
	options := manyOptions(t)
	network.StallOrdering()
	_, err := ctie.NotariseMany(t.Context(), readyDocuments(300), options)
	require.ErrorIs(t, err, gateway.ErrOutcomeUnknown)
	batch, err := gateway.OpenBatch(options.BatchFile)
	require.NoError(t, err)
	require.Nil(t, batch.Anchor())
	closed(t, batch)

	network.ResumeOrdering()
	batch, err = ctie.NotariseMany(t.Context(), none(t), options)
	require.NoError(t, err)
	defer closed(t, batch)
	require.NotNil(t, batch.Anchor())
	anchors := 0
	for key := range network.Ledger().State() {
		if strings.HasPrefix(key, "\x00notary.anchor\x00") {
			anchors++
		}
	}
	require.Equal(t, 1, anchors)
}

func TestABatchFileThatWasLostIsMadeAgain(t *testing.T) {
	ctie := notaryOf(gatewaytest.New(t), "CTIEMSP")
	first, err := ctie.NotariseMany(t.Context(), readyDocuments(300), manyOptions(t))
	require.NoError(t, err)
	defer closed(t, first)
	again, err := ctie.NotariseMany(t.Context(), readyDocuments(300), manyOptions(t))
	require.NoError(t, err)
	defer closed(t, again)
	require.Equal(t, first.Anchor(), again.Anchor())
	requireMembers(t, again, 300)

	other := manyOptions(t)
	other.Reference = "another"
	_, err = ctie.NotariseMany(t.Context(), readyDocuments(300), other)
	require.ErrorIs(t, err, gateway.ErrAlreadyExists)
}

func TestNothingIsNotarisedWhen(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := notaryOf(network, "CTIEMSP")
	broken := errors.New("the archive is closed")
	missing := filepath.Join(t.TempDir(), "missing.pdf")
	list := func(documents ...gateway.Document) iter.Seq2[gateway.Document, error] {
		return func(yield func(gateway.Document, error) bool) {
			for _, d := range documents {
				if !yield(d, nil) {
					return
				}
			}
		}
	}
	many := func(last gateway.Document) iter.Seq2[gateway.Document, error] {
		return func(yield func(gateway.Document, error) bool) {
			for d, err := range readyDocuments(3000) {
				if !yield(d, err) {
					return
				}
			}
			for yield(last, nil) { // without end
			}
		}
	}
	for _, tc := range []struct {
		name      string
		documents iter.Seq2[gateway.Document, error]
		change    func(*gateway.ManyOptions)
		kind      gateway.Kind
		want      string
	}{
		{"there are no documents", list(), nil, gateway.ErrInvalidArgument, "there are no documents"},
		{"a file is missing", many(gateway.Document{Path: missing}), nil, gateway.ErrFailedPrecondition, "document 3000 (from 0), " + missing},
		{"a file is a directory", list(gateway.Document{Path: t.TempDir()}), nil, gateway.ErrFailedPrecondition, "document 0 (from 0), "},
		{"a document is neither", list(gateway.Document{Name: "x"}), nil, gateway.ErrFailedPrecondition, "document 0 (from 0)"},
		{"a digest is bad", many(gateway.Document{Digest: "sha2-256:00"}), nil, gateway.ErrInvalidArgument, "document 3000 (from 0): "},
		{"a digest is of another algorithm", list(gateway.Document{Digest: notary.Digest("sha3-256:" + strings.Repeat("0", 64))}), nil, gateway.ErrInvalidArgument, "is not one by sha2-256"},
		{"the documents cannot be had", func(yield func(gateway.Document, error) bool) {
			_ = yield(gateway.Document{Digest: documentDigest(1)}, nil) && yield(gateway.Document{}, broken)
		}, nil, gateway.ErrFailedPrecondition, "document 1 (from 0) cannot be had: the archive is closed"},
		{"there is no batch file", none(t), func(o *gateway.ManyOptions) { o.BatchFile = "" }, gateway.ErrInvalidArgument, "BatchFile is missing"},
		{"the batch file's directory is missing", none(t), func(o *gateway.ManyOptions) { o.BatchFile += "/x/y" }, gateway.ErrNotFound, ""},
		{"the algorithm is unknown", none(t), func(o *gateway.ManyOptions) { o.Algorithm = "md5" }, gateway.ErrInvalidArgument, "algorithm: "},
		{"the type is bad", none(t), func(o *gateway.ManyOptions) { o.Type = "a b" }, gateway.ErrInvalidArgument, "type: "},
		{"there are fewer than no workers", none(t), func(o *gateway.ManyOptions) { o.Workers = -1 }, gateway.ErrInvalidArgument, "Workers is -1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			state := network.Ledger().State()
			options := manyOptions(t)
			dir := filepath.Dir(options.BatchFile)
			if tc.change != nil {
				tc.change(&options)
			}
			_, err := ctie.NotariseMany(t.Context(), tc.documents, options)
			require.ErrorIs(t, err, tc.kind)
			require.ErrorContains(t, err, tc.want)
			require.Equal(t, state, network.Ledger().State())
			_, err = os.Stat(options.BatchFile)
			require.Error(t, err)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			for _, e := range entries {
				require.True(t, strings.HasSuffix(e.Name(), ".lock"), e.Name())
			}
		})
	}
	t.Run("the context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		options := manyOptions(t)
		options.Progress = func(p gateway.ManyProgress) {
			if p.Documents > 1000 {
				cancel()
			}
		}
		_, err := ctie.NotariseMany(ctx, many(gateway.Document{Digest: documentDigest(1)}), options)
		require.ErrorIs(t, err, gateway.ErrCanceled)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestABatchFileServesOneBatch(t *testing.T) {
	network := gatewaytest.New(t)
	ctie := notaryOf(network, "CTIEMSP")
	options := manyOptions(t)
	batch, err := ctie.NotariseMany(t.Context(), readyDocuments(3), options)
	require.NoError(t, err)
	defer closed(t, batch)
	for name, change := range map[string]func(*gateway.ManyOptions){
		"another reference": func(o *gateway.ManyOptions) { o.Reference = "x" },
		"another type":      func(o *gateway.ManyOptions) { o.Type = "x" },
		"another algorithm": func(o *gateway.ManyOptions) { o.Algorithm = notary.SHA3_256 },
		"another validity":  func(o *gateway.ManyOptions) { o.ValidUntil = "2036-01-01T00:00:00Z" },
	} {
		t.Run(name, func(t *testing.T) {
			other := options
			change(&other)
			_, err := ctie.NotariseMany(t.Context(), none(t), other)
			require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
			require.ErrorContains(t, err, options.BatchFile)
		})
	}
	t.Run("another body", func(t *testing.T) {
		_, err := notaryOf(network, "SIGIMSP").NotariseMany(t.Context(), none(t), options)
		require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	})
	t.Run("a call at a time", func(t *testing.T) {
		lock := flock.New(options.BatchFile + ".lock")
		locked, err := lock.TryLock()
		require.NoError(t, err)
		require.True(t, locked)
		_, err = ctie.NotariseMany(t.Context(), none(t), options)
		require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
		require.ErrorContains(t, err, "is in use")
		require.NoError(t, lock.Unlock())
	})
	t.Run("it is damaged", func(t *testing.T) {
		require.NoError(t, os.Truncate(options.BatchFile, 8200))
		_, err := ctie.NotariseMany(t.Context(), none(t), options)
		require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
		require.ErrorContains(t, err, options.BatchFile+" is damaged: ")
		_, err = gateway.OpenBatch(options.BatchFile)
		require.ErrorIs(t, err, gateway.ErrFailedPrecondition)
	})
	_, err = gateway.OpenBatch(options.BatchFile + "x")
	require.ErrorIs(t, err, gateway.ErrNotFound)
}
