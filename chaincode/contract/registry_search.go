package contract

import (
	"encoding/json"
	"slices"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// searchOf returns what a request asks the indexes of a register. It fails with
// INVALID_ARGUMENT when there is no index of the field.
func searchOf(register registry.Register, r registry.FindRequest) (ledger.Search, error) {
	search := ledger.Search{
		Register: r.Register, Field: r.Field, Unique: slices.Contains(register.Unique, r.Field),
		Size: pageSize(r.PageSize), Bookmark: r.Bookmark,
	}
	if !search.Unique && !slices.Contains(register.Indexed, r.Field) {
		return ledger.Search{}, check.Invalid("field", "%s is neither a unique nor an indexed field of register %s", check.Quote(r.Field), r.Register)
	}
	for _, value := range []struct {
		name string
		raw  json.RawMessage
		to   *string
	}{{"value", r.Value, &search.Value}, {"from", r.From, &search.From}} {
		if len(value.raw) == 0 {
			continue
		}
		encoded, err := registry.IndexValue(value.raw)
		if err != nil {
			return ledger.Search{}, check.Within(value.name, err)
		}
		*value.to = encoded
	}
	return search, nil
}
