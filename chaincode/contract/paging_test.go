package contract_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger/ledgertest"
	"github.com/psbc-lu/psbc/chaincode/notary"
)

// pages reads a list to its end, page by page, and checks that all but the last
// are full.
func (u *user) pages(t require.TestingT, body string, size int) []notary.Digest {
	var digests []notary.Digest
	request := notary.ListRequest{Body: body, PageSize: size}
	for {
		var page notary.Page
		require.NoError(t, u.evaluate("ListByBody", request, &page))
		if request.Bookmark != "" {
			require.NotEmpty(t, page.Items, "a bookmark leads to something")
		}
		for _, n := range page.Items {
			require.Equal(t, body, n.Body)
			digests = append(digests, n.Digest)
		}
		if page.Bookmark == "" {
			return digests
		}
		require.Len(t, page.Items, size, "only the last page is short")
		require.LessOrEqual(t, len(digests), 2*notary.MaxBatch, "the pages come to an end")
		request.Bookmark = page.Bookmark
	}
}

func TestAListIsCompleteWhateverThePageSize(t *testing.T) {
	w := newWorld(t)
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var want []notary.Digest
	for i, n := range []int{1, 3, 1, 1, 40, 2, 1, 1, 1, 1, 1, 1, 1, 7} {
		request := batch(fmt.Sprint("l", i, "-"), n)
		w.notary(ctie).with(ledgertest.At(start.Add(time.Duration(i)*time.Second))).mustSubmit("NotariseBatch", request)
		for _, item := range request.Items {
			want = append(want, item.Digest)
		}
	}
	w.notary(sigi).mustSubmit("NotariseBatch", batch("foreign", 5))

	for _, size := range []int{1, 2, 3, 5, 7, 8, 39, 40, 41, 61, 62, 63, 1000} {
		require.Equal(t, want, w.reader(audit).pages(t, ctie, size), "page size %d", size)
	}
	require.Len(t, w.reader(audit).pages(t, sigi, 2), 5)
	require.Empty(t, w.reader(audit).pages(t, digital, 2))
}

func TestAListIsInTheOrderOfClaimedTimes(t *testing.T) {
	w := newWorld(t)
	at := func(name string, moment time.Time) {
		w.notary(ctie).with(ledgertest.At(moment)).mustSubmit("Notarise", one(name))
	}
	at("third", time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC))
	at("first", time.Date(2025, 12, 31, 23, 59, 59, 999999999, time.UTC))
	at("second", time.Date(2026, 1, 1, 0, 0, 0, 100000000, time.UTC))
	require.Equal(t, []notary.Digest{digestOf("first"), digestOf("second"), digestOf("third")}, w.reader(ctie).pages(t, ctie, 2))
}

func TestAnyListIsPagedCompletely(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		total := 0
		for i, n := range rapid.SliceOfN(rapid.IntRange(1, 12), 0, 12).Draw(rt, "batches") {
			w.notary(ctie).mustSubmit("NotariseBatch", batch(fmt.Sprint("l", i, "-"), n))
			total += n
		}
		digests := w.reader(ctie).pages(rt, ctie, rapid.IntRange(1, 20).Draw(rt, "size"))
		require.Len(rt, digests, total)
		seen := make(map[notary.Digest]bool)
		for _, d := range digests {
			require.False(rt, seen[d])
			seen[d] = true
		}
	})
}

func TestALargeBatchIsListed(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("Notarise", one("before"))
	w.notary(ctie).mustSubmit("NotariseBatch", batch("b", notary.MaxBatch))
	w.notary(ctie).mustSubmit("Notarise", one("after"))
	require.Len(t, w.reader(sigi).pages(t, ctie, notary.MaxPageSize), notary.MaxBatch+2)
	require.Len(t, w.reader(sigi).pages(t, ctie, 0+notary.DefaultPageSize), notary.MaxBatch+2)

	var page notary.Page
	require.NoError(t, w.reader(sigi).evaluate("ListByBody", notary.ListRequest{Body: ctie}, &page))
	require.Len(t, page.Items, notary.DefaultPageSize)
}

func TestFindingIsPaged(t *testing.T) {
	w := newWorld(t)
	for _, body := range bodies() {
		w.notary(body).mustSubmit("Notarise", one("a"))
	}
	w.notary(ctie).mustSubmit("Notarise", one("b"))
	for size := 1; size <= 5; size++ {
		var found []string
		request := notary.FindRequest{Digest: digestOf("a"), PageSize: size}
		for {
			var page notary.Page
			require.NoError(t, w.reader(ctie).evaluate("Find", request, &page))
			for _, n := range page.Items {
				require.Equal(t, digestOf("a"), n.Digest)
				found = append(found, n.Body)
			}
			if request.Bookmark = page.Bookmark; request.Bookmark == "" {
				break
			}
		}
		require.Equal(t, []string{ctie, audit, digital, sigi}, found, "page size %d", size)
	}
	var none notary.Page
	require.NoError(t, w.reader(ctie).evaluate("Find", notary.FindRequest{Digest: digestOf("x")}, &none))
	require.NotNil(t, none.Items, "an empty list, not null")
	require.Empty(t, none.Items)
}

func TestABookmarkIsRefusedUnlessItIsOfThisList(t *testing.T) {
	w := newWorld(t)
	w.notary(ctie).mustSubmit("NotariseBatch", batch("b", 3))
	// The separator is U+0000, which is in no key's attributes.
	encode := func(s string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(s, "|", "\x00")))
	}
	for name, bookmark := range map[string]string{
		"no base64":              "?",
		"padded base64":          "YQ==",
		"too few fields":         encode("2026-01-01T00:00:00.000000000Z|request-b"),
		"too many fields":        encode("a|b|1|2"),
		"no number":              encode("2026-01-01T00:00:00.000000000Z|request-b|x"),
		"a negative offset":      encode("2026-01-01T00:00:00.000000000Z|request-b|-1"),
		"an enormous offset":     encode("2026-01-01T00:00:00.000000000Z|request-b|1000"),
		"an offset past the end": encode("2026-01-01T00:00:00.000000000Z|request-b|4"),
		"a NUL":                  encode("2026\x00|request-b|1"),
		"the last code point":    encode("2026\U0010ffff|request-b|1"),
		"invalid UTF-8":          encode("2026\xff|request-b|1"),
		"too long":               encode(fmt.Sprintf("%0600d|request-b|1", 0)),
	} {
		t.Run(name, func(t *testing.T) {
			var page notary.Page
			err := w.reader(ctie).evaluate("ListByBody", notary.ListRequest{Body: ctie, Bookmark: bookmark}, &page)
			requireRefused(t, fault.InvalidArgument, err)
			require.ErrorContains(t, err, "INVALID_ARGUMENT: bookmark: ")
		})
	}
	for name, bookmark := range map[string]string{"no base64": "?", "two fields": encode("a|b"), "the last code point": encode("A\U0010ffff"), "invalid UTF-8": encode("A\xff")} {
		t.Run("to find with "+name, func(t *testing.T) {
			var page notary.Page
			err := w.reader(ctie).evaluate("Find", notary.FindRequest{Digest: digestOf("b0"), Bookmark: bookmark}, &page)
			requireRefused(t, fault.InvalidArgument, err)
		})
	}
	t.Run("a bookmark never leads out of the list", func(t *testing.T) {
		w.notary(sigi).mustSubmit("NotariseBatch", batch("s", 3))
		var page notary.Page
		require.NoError(t, w.reader(ctie).evaluate("ListByBody", notary.ListRequest{Body: ctie, Bookmark: encode("0|0|0")}, &page))
		require.Len(t, page.Items, 3)
		page = notary.Page{}
		require.NoError(t, w.reader(ctie).evaluate("ListByBody", notary.ListRequest{Body: ctie, Bookmark: encode("~|~|0")}, &page))
		require.Empty(t, page.Items)
	})
}
