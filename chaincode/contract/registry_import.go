package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hyperledger/fabric-contract-api-go/v2/contractapi"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/ledger"
	"github.com/psbc-lu/psbc/chaincode/registry"
)

// importing is the function that receipts of imports name, whoever asks for them.
const importing = "Import"

// Import takes a registry.ImportRequest and returns a registry.ImportResult. All records
// are created or none; the refusal names the first row that is wrong, counted from 0,
// and how many more are.
func (c *Registry) Import(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.importRecords(ctx, request))
}

func (c *Registry) importRecords(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	w, r, err := enter(c, ctx, importing, argument, registry.ParseImportRequest)
	if err != nil {
		return nil, err
	}
	judged, err := w.judge(r)
	if err != nil {
		return nil, err
	}
	result := registry.ImportResult{
		V: registry.SchemaVersion, Register: r.Register, RequestID: r.RequestID, Owner: w.body,
		TxID: w.ID(), ClaimedTime: w.ClaimedTime(),
	}
	if receipt := judged.receipt; receipt != nil {
		result.TxID, result.ClaimedTime, result.IDs = receipt.TxID, receipt.ClaimedTime, receipt.IDs
		if len(receipt.IDs) == 0 {
			result.IDs = given(r.Items)
		}
		return result, nil
	}
	if len(judged.faults) > 0 {
		return nil, firstFault(judged.faults)
	}
	for _, change := range judged.changes {
		result.IDs = append(result.IDs, change.Record.ID)
	}
	var minted []string
	if !slices.Equal(result.IDs, given(r.Items)) {
		minted = result.IDs
	}
	if err := w.SaveChanges(judged.request, judged.changes, minted...); err != nil {
		return nil, err
	}
	return result, w.emit(judged.request, registry.EventRecords, registry.Event{
		Register: r.Register, Operation: registry.OpCreate, IDs: result.IDs, Version: 1,
	})
}

// CheckImport takes a registry.ImportRequest and returns a registry.ImportReport: all
// that would stand in the way if the caller's body imported it now. It is to be
// evaluated: it writes nothing.
func (c *Registry) CheckImport(ctx contractapi.TransactionContextInterface, request string) (string, error) {
	return respond(c.checkImport(ctx, request))
}

func (c *Registry) checkImport(ctx contractapi.TransactionContextInterface, argument string) (any, error) {
	tx, r, err := ask(ctx, c.protection, argument, registry.ParseImportRequest)
	if err != nil {
		return nil, err
	}
	caller, err := tx.Caller()
	if err != nil {
		return nil, err
	}
	w := registrar{ledger.Registry{Tx: tx}, author{caller.Body, importing}, c.rules}
	judged, err := w.judge(r)
	if err != nil {
		return nil, err
	}
	report := registry.ImportReport{V: registry.SchemaVersion, Rows: len(r.Items), Faults: []registry.RowFault{}}
	report.Faults = append(report.Faults, judged.faults...)
	return report, nil
}

// judgement is what becomes of an import: it was carried out before, rows are wrong, or
// the records are created.
type judgement struct {
	request ledger.Request
	receipt *ledger.Receipt
	rules   *registry.Rules
	changes []registry.Change
	faults  []registry.RowFault
}

func (w registrar) judge(r registry.ImportRequest) (judgement, error) {
	request, err := w.request(r.RequestID, r)
	if err != nil {
		return judgement{}, err
	}
	opened, err := w.Open(request, r.Register, ledger.Wanted{})
	if err != nil {
		return judgement{}, err
	}
	if opened.Receipt != nil {
		return judgement{receipt: opened.Receipt}, nil
	}
	rules, err := w.rules.of(r.Register, opened.Register)
	if err != nil {
		return judgement{}, err
	}
	// What planning finds wrong with rows, Decide reports too.
	plan, _, err := rules.PlanImport(w.body, r, w.Transaction())
	if err != nil {
		return judgement{}, err
	}
	records, found, err := w.Lookup(r.Register, plan.IDs(), plan.Needs())
	if err != nil {
		return judgement{}, err
	}
	changes, faults := plan.Decide(w.Transaction(), records, found)
	return judgement{request: request, rules: rules, changes: changes, faults: faults}, nil
}

// given returns the ids that the items have.
func given(items []registry.Item) []string {
	ids := make([]string, 0, len(items))
	for _, item := range items {
		ids = append(ids, item.ID)
	}
	return ids
}

// firstFault is the refusal of an import; the faults are ordered by row.
func firstFault(faults []registry.RowFault) error {
	first := faults[0]
	at := fmt.Sprintf("row %d", first.Row)
	if first.Pointer != "" {
		at += " " + first.Pointer
	}
	sentence := at + ": " + strings.TrimPrefix(first.Message, "data "+first.Pointer+": ")

	rest := slices.Clone(faults)
	rest = slices.CompactFunc(rest, func(a, b registry.RowFault) bool { return a.Row == b.Row })[1:]
	switch len(rest) {
	case 0:
	case 1:
		sentence += " (and 1 more row is wrong: CheckImport reports them)"
	default:
		sentence += fmt.Sprintf(" (and %d more rows are wrong: CheckImport reports them)", len(rest))
	}
	return fault.New(fault.Code(first.Code), "%s", sentence)
}
