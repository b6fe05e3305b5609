package contract_test

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// ids reads a list of the dwellings to its end, page by page.
func (u *user) ids(t require.TestingT, function string, size int, find registry.FindRequest) []string {
	ids := []string{}
	find.Register, find.PageSize = dwellings, size
	for pages := 0; ; pages++ {
		require.LessOrEqual(t, pages, registry.MaxBatch, "the pages come to an end")
		var request any = find
		if function == "List" {
			request = registry.ListRequest{Register: dwellings, PageSize: size, Bookmark: find.Bookmark}
		}
		var page registry.Page
		require.NoError(t, u.evaluate(function, request, &page))
		require.NotNil(t, page.Items, "an empty list, not null")
		for _, record := range page.Items {
			ids = append(ids, record.ID)
		}
		if page.Bookmark == "" {
			return ids
		}
		require.Len(t, page.Items, size, "only the last page of small records is short")
		find.Bookmark = page.Bookmark
	}
}

// listed is a record as the test itself keeps it.
type listed struct {
	id, commune string
	rooms       int
}

// Whatever was written, however long the pages are: lists are complete, each record is in
// them once, and the order is that of the values.
func TestAnyRegisterIsListedAndFoundCompletely(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newRegistry(t)
		request := importOf("all")
		var all []listed
		for i := range rapid.IntRange(1, 15).Draw(rt, "records") {
			r := listed{
				fmt.Sprintf("d%02d", i),
				rapid.SampledFrom([]string{"Esch", "Esch-sur-Sûre", "Éch", "a|b", "Wiltz", " "}).Draw(rt, "commune"),
				rapid.SampledFrom([]int{1, 2, 9, 10, 11, 1 << 40}).Draw(rt, "rooms"),
			}
			all = append(all, r)
			request.Items = append(request.Items, registry.Item{ID: r.id, Data: dwelling(r.commune, r.rooms)})
		}
		answer[registry.ImportResult](w.registrar(ctie), "Import", request)
		for i, r := range all {
			if rapid.Bool().Draw(rt, "amended") {
				all[i].rooms = rapid.IntRange(1, 12).Draw(rt, "new rooms")
				w.registrar(ctie).changed("Amend", amend(r.id, 1, fmt.Sprintf(`{"rooms":%d}`, all[i].rooms)))
			}
		}

		reader, size := w.reader(audit), rapid.IntRange(1, 18).Draw(rt, "size")
		want := func(order func(a, b listed) int, keep func(listed) bool) []string {
			ids := []string{}
			for _, r := range slices.SortedStableFunc(slices.Values(all), order) {
				if keep(r) {
					ids = append(ids, r.id)
				}
			}
			return ids
		}
		every := func(listed) bool { return true }
		byCommune := func(a, b listed) int { return strings.Compare(a.commune, b.commune) }
		byRooms := func(a, b listed) int { return cmp.Compare(a.rooms, b.rooms) }
		require.Equal(rt, want(func(listed, listed) int { return 0 }, every), reader.ids(rt, "List", size, registry.FindRequest{}))
		require.Equal(rt, want(byCommune, every), reader.ids(rt, "Find", size, registry.FindRequest{Field: "commune"}))
		require.Equal(rt, want(byRooms, every), reader.ids(rt, "Find", size, registry.FindRequest{Field: "rooms"}))
		one := rapid.SampledFrom(all).Draw(rt, "one")
		require.Equal(rt, want(byRooms, func(r listed) bool { return r.rooms >= one.rooms }),
			reader.ids(rt, "Find", size, registry.FindRequest{Field: "rooms", From: json.RawMessage(fmt.Sprint(one.rooms))}))
		require.Equal(rt, want(byCommune, func(r listed) bool { return r.commune == one.commune }),
			reader.ids(rt, "Find", size, registry.FindRequest{Field: "commune", Value: json.RawMessage(fmt.Sprintf("%q", one.commune))}))
	})
}

func TestAUniqueFieldIsFoundAndListed(t *testing.T) {
	w := newRegistry(t)
	for i, number := range []string{"3/1", "1/1", "2/1"} {
		w.registrar(ctie).changed("Create", create(fmt.Sprint("d", i), parcel("Esch", number)))
	}
	w.registrar(ctie).changed("Create", create("without", dwelling("Esch", 1)))
	for size := 1; size <= 4; size++ {
		require.Equal(t, []string{"d1", "d2", "d0"}, w.reader(sigi).ids(t, "Find", size, registry.FindRequest{Field: "parcel"}))
		require.Equal(t, []string{"d2", "d0"}, w.reader(sigi).ids(t, "Find", size, registry.FindRequest{Field: "parcel", From: []byte(`"2"`)}))
		require.Equal(t, []string{"d2"}, w.reader(sigi).ids(t, "Find", size, registry.FindRequest{Field: "parcel", Value: []byte(`"2/1"`)}))
		require.Empty(t, w.reader(sigi).ids(t, "Find", size, registry.FindRequest{Field: "parcel", Value: []byte(`"2/"`)}))
	}
}

func TestAPageOfLargeRecordsIsShort(t *testing.T) {
	w := newRegistry(t)
	var want []string
	for i := range 18 {
		name := fmt.Sprintf("d%02d", i)
		data := fmt.Appendf(nil, `{"commune":"Esch","rooms":1,"note":%q}`, strings.Repeat("n", 250<<10))
		w.registrar(ctie).changed("Create", create(name, data))
		want = append(want, name)
	}
	for function, request := range map[string]func(bookmark string) any{
		"List": func(b string) any {
			return registry.ListRequest{Register: dwellings, PageSize: registry.MaxPageSize, Bookmark: b}
		},
		"Find": func(b string) any {
			return registry.FindRequest{Register: dwellings, Field: "commune", PageSize: registry.MaxPageSize, Bookmark: b}
		},
	} {
		t.Run(function, func(t *testing.T) {
			var got []string
			bookmark := ""
			for {
				payload, err := w.reader(audit).client.Evaluate(function, text(t, request(bookmark)))
				require.NoError(t, err)
				require.Less(t, len(payload), 4<<20, "what gRPC clients accept by default")
				var page registry.Page
				require.NoError(t, json.Unmarshal(payload, &page))
				for _, record := range page.Items {
					got = append(got, record.ID)
				}
				if bookmark = page.Bookmark; bookmark == "" {
					break
				}
			}
			require.Equal(t, want, got)
		})
	}
}

func TestAFieldWithoutAnIndexIsNotFound(t *testing.T) {
	w := newRegistry(t)
	for _, request := range []registry.FindRequest{
		{Register: dwellings, Field: "note"},
		{Register: dwellings, Field: "commune", Value: []byte(`1.5`)},
		{Register: dwellings, Field: "commune", Value: []byte(`"a"`), From: []byte(`"a"`)},
	} {
		requireRefused(t, fault.InvalidArgument, w.reader(ctie).evaluate("Find", request, &struct{}{}))
	}
	require.Empty(t, w.reader(ctie).ids(t, "Find", 5, registry.FindRequest{Field: "commune", Value: []byte(`7`)}))
}

func TestABookmarkOfARegisterIsOfItsListOnly(t *testing.T) {
	w := newRegistry(t)
	answer[registry.ImportResult](w.registrar(ctie), "Import", importOf("a",
		registry.Item{ID: "d1", Data: dwelling("Esch", 1)}, registry.Item{ID: "d2", Data: dwelling("Esch", 2)}))
	other := dwellingRegister(func(d *registry.Definition) { d.ID = "dwellings2" })
	w.define(other)
	encode := func(fields ...string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(fields, "\x00")))
	}
	for name, bookmark := range map[string]string{
		"no base64": "?", "too many fields": encode("d1", "d2", "d3"), "the last code point": encode("d\U0010ffff"), "too long": encode(strings.Repeat("x", 600)),
	} {
		t.Run(name, func(t *testing.T) {
			for function, request := range map[string]any{
				"List":      registry.ListRequest{Register: dwellings, Bookmark: bookmark},
				"Proposals": registry.ListRequest{Register: dwellings, Bookmark: bookmark},
				"Registers": registry.RegistersRequest{Bookmark: bookmark},
				"Find":      registry.FindRequest{Register: dwellings, Field: "commune", Bookmark: bookmark},
			} {
				requireRefused(t, fault.InvalidArgument, w.reader(ctie).evaluate(function, request, &struct{}{}))
			}
		})
	}
	t.Run("one of another place leads to that place in this list", func(t *testing.T) {
		page := shown[registry.Page](w.reader(ctie), "List", registry.ListRequest{Register: dwellings, Bookmark: encode("")})
		require.Len(t, page.Items, 2)
		page = shown[registry.Page](w.reader(ctie), "List", registry.ListRequest{Register: dwellings, Bookmark: encode("~")})
		require.Empty(t, page.Items)
		page = shown[registry.Page](w.reader(ctie), "Find", registry.FindRequest{Register: dwellings, Field: "commune", Bookmark: encode("~", "~")})
		require.Empty(t, page.Items, "not on into the index of rooms")
	})
}
