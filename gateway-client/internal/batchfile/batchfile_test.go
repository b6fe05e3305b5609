package batchfile

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// treeOf is the tree by another implementation.
func treeOf(algorithm notary.Algorithm, count int) *testonly.Tree {
	tree := testonly.New(rfc6962.DefaultHasher)
	for i := range count {
		tree.AppendData([]byte("psbc/batch/v1\n" + digestText(algorithm, i)))
	}
	return tree
}

// requireMember compares a member with what another implementation says of it.
func requireMember(t require.TestingT, tree *testonly.Tree, f *File, algorithm notary.Algorithm, i int) {
	member, err := f.Member(uint64(i))
	require.NoError(t, err)
	want, err := tree.InclusionProof(uint64(i), tree.Size())
	require.NoError(t, err)
	require.Equal(t, digestText(algorithm, i), member.Digest)
	path := make([]byte, 0, hashSize*len(member.Path))
	for _, hash := range member.Path {
		path = append(path, hash[:]...)
	}
	require.True(t, bytes.Equal(bytes.Join(want, nil), path), "the path of member %d of %d", i, tree.Size())
}

func TestEveryMembersPathIsThatOfTheTree(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		algorithm := rapid.SampledFrom(notary.Algorithms()).Draw(t, "algorithm")
		count := rapid.OneOf(rapid.IntRange(1, 20), rapid.IntRange(250, 260), rapid.IntRange(1, 3000)).Draw(t, "count")
		named := rapid.Bool().Draw(t, "named")
		path := filepath.Join(dir, fmt.Sprintf("%s-%d-%t", algorithm, count, named))
		head := write(t, path, algorithm, count, named)
		tree := treeOf(algorithm, count)
		require.Equal(t, hex.EncodeToString(tree.Hash()), head.Request.Root)

		f := open(t, path)
		defer f.Close()
		require.Equal(t, head, f.Head())
		require.Nil(t, f.Answer())
		for range 20 {
			i := rapid.IntRange(0, count-1).Draw(t, "member")
			requireMember(t, tree, f, algorithm, i)
			name, err := f.Name(uint64(i))
			require.NoError(t, err)
			if named {
				require.Equal(t, nameOf(i), name)
			} else {
				require.Empty(t, name)
			}
			found, ok, err := f.Find(digestText(algorithm, i), 0)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, uint64(i), found)
		}
	})
}

// More members than a chapter holds, and the counts around its end.
func TestThePathsOfLargeBatchesAreThoseOfTheTree(t *testing.T) {
	const chapter = 1 << chapterBits
	for _, count := range []int{chapter - 1, chapter, chapter + 1, 2 * chapter, 2*chapter + 3*PageSize + 7} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			path := somewhere(t)
			head := write(t, path, notary.SHA2_256, count, true)
			tree := treeOf(notary.SHA2_256, count)
			require.Equal(t, hex.EncodeToString(tree.Hash()), head.Request.Root)
			f := open(t, path)
			defer f.Close()
			for i := 0; i < count; i += 997 {
				requireMember(t, tree, f, notary.SHA2_256, i)
				name, err := f.Name(uint64(i))
				require.NoError(t, err)
				require.Equal(t, nameOf(i), name)
			}
			for _, i := range []int{0, PageSize - 1, PageSize, count - 1} {
				requireMember(t, tree, f, notary.SHA2_256, i)
			}
			found, ok, err := f.Find(digestText(notary.SHA2_256, count-1), 0)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, uint64(count-1), found)
		})
	}
}

func TestWhatIsCutIsEvidence(t *testing.T) {
	path := somewhere(t)
	head := write(t, path, notary.SHA2_256, 1000, false)
	f := open(t, path)
	defer f.Close()
	root, err := hex.DecodeString(head.Request.Root)
	require.NoError(t, err)
	for i := range uint64(1000) {
		m, err := f.Member(i)
		require.NoError(t, err)
		member := evidence.Member{Digest: m.Digest, Index: m.Index}
		for _, hash := range m.Path {
			member.Path = append(member.Path, hash)
		}
		require.NoError(t, evidence.VerifyMember(evidence.Hash(root), 1000, member))
		require.Equal(t, evidence.Hash(notary.BatchLeaf(m.Digest)), evidence.BatchLeaf(m.Digest))
	}
	_, err = f.Member(1000)
	require.ErrorContains(t, err, "has 1000 members: there is none with index 1000")
	_, err = f.Digest(1000)
	require.Error(t, err)
	_, err = f.Name(1000)
	require.Error(t, err)
}

func TestFindGivesTheFirstOfSeveralAndNoPartOfTwo(t *testing.T) {
	path := somewhere(t)
	w, err := Create(path, notary.SHA2_256)
	require.NoError(t, err)
	a, b := make([]byte, 32), make([]byte, 32)
	a[31], b[0] = 1, 1 // the bytes from the middle of a to the middle of b are a digest too
	var page Page
	require.NoError(t, page.Fill(notary.SHA2_256, [][]byte{a, b, a, b}, nil))
	require.NoError(t, w.Append(&page))
	head := Head{Body: body, Request: requestOf(notary.SHA2_256)}
	head.Request.Count = 4
	head.Request.Root, err = w.Root()
	require.NoError(t, err)
	require.NoError(t, w.Seal(head))
	f := open(t, path)
	defer f.Close()

	find := func(raw []byte, from uint64) (uint64, bool) {
		i, ok, err := f.Find(notary.Digest("sha2-256:"+hex.EncodeToString(raw)), from)
		require.NoError(t, err)
		return i, ok
	}
	i, ok := find(b, 0)
	require.True(t, ok)
	require.Equal(t, uint64(1), i)
	i, ok = find(b, 2)
	require.True(t, ok)
	require.Equal(t, uint64(3), i)
	_, ok = find(append(append([]byte{}, a[16:]...), b[:16]...), 0)
	require.False(t, ok, "it lies across two digests")
	_, ok, err = f.Find("sha3-256:"+notary.Digest(hex.EncodeToString(a)), 0)
	require.NoError(t, err)
	require.False(t, ok)
	_, ok, err = f.Find("sha2-256:x", 0)
	require.NoError(t, err)
	require.False(t, ok)
}

func TestTheAnswerIsKept(t *testing.T) {
	path := somewhere(t)
	head := write(t, path, notary.SHA2_256, 3, false)
	anchor := anchorOf(t, head)
	f := open(t, path)
	require.NoError(t, f.SetAnswer(anchor))
	require.Equal(t, &anchor, f.Answer())
	require.NoError(t, f.Close())
	f = open(t, path)
	defer f.Close()
	require.Equal(t, &anchor, f.Answer())

	other := anchor
	other.Body = "SIGIMSP"
	require.Error(t, f.SetAnswer(other))
	other = anchor
	other.Count++
	require.Error(t, f.SetAnswer(other))
}

func TestTheFilesAreTheirOwnersOnly(t *testing.T) {
	path := somewhere(t)
	write(t, path, notary.SHA2_256, 3, true)
	for _, name := range []string{path, path + namesSuffix} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 2, "nothing else is left")
}

func TestNamesCanBeDeleted(t *testing.T) {
	path := somewhere(t)
	write(t, path, notary.SHA2_256, 3, true)
	require.NoError(t, os.Remove(path+namesSuffix))
	f := open(t, path)
	defer f.Close()
	_, err := f.Name(1)
	require.ErrorIs(t, err, ErrNoNames)
	_, err = f.Member(1)
	require.NoError(t, err)
}

func TestAWriterRefusesWhatDoesNotFit(t *testing.T) {
	fresh := func() (*Writer, *Page) {
		w, err := Create(somewhere(t), notary.SHA2_256)
		require.NoError(t, err)
		t.Cleanup(w.Abort)
		page := new(Page)
		require.NoError(t, page.Fill(notary.SHA2_256, [][]byte{rawDigest(notary.SHA2_256, 1)}, nil))
		return w, page
	}
	t.Run("a page after one that is not full", func(t *testing.T) {
		w, page := fresh()
		require.NoError(t, w.Append(page))
		require.ErrorContains(t, w.Append(page), "after the last one")
	})
	t.Run("another algorithm's digests", func(t *testing.T) {
		w, page := fresh()
		require.NoError(t, page.Fill(notary.SHA2_512, [][]byte{rawDigest(notary.SHA2_512, 1)}, nil))
		require.Error(t, w.Append(page))
		require.Error(t, w.Seal(Head{}), "after an error nothing is sealed")
	})
	t.Run("another root", func(t *testing.T) {
		w, page := fresh()
		require.NoError(t, w.Append(page))
		head := Head{Body: body, Request: requestOf(notary.SHA2_256)}
		head.Request.Root, head.Request.Count = fmt.Sprintf("%064x", 1), 1
		require.ErrorContains(t, w.Seal(head), "is not that of the batch")
	})
	t.Run("pages", func(t *testing.T) {
		var page Page
		require.Error(t, page.Fill(notary.SHA2_256, nil, nil))
		require.Error(t, page.Fill(notary.SHA2_256, make([][]byte, PageSize+1), nil))
		require.Error(t, page.Fill(notary.SHA2_256, [][]byte{{1}}, nil))
		require.Error(t, page.Fill(notary.SHA2_256, [][]byte{rawDigest(notary.SHA2_256, 1)}, []string{"a", "b"}))
	})
	_, err := Create(somewhere(t), "md5")
	require.Error(t, err)
}
