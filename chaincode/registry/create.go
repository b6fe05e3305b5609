package registry

import (
	"fmt"

	"github.com/psbc-lu/psbc/chaincode/check"
	"github.com/psbc-lu/psbc/chaincode/fault"
)

// PlanCreate plans a valid request of a body to create a record; the transaction
// gives the year of a minted id. It fails with PERMISSION_DENIED when the body is not
// a writer, and with INVALID_ARGUMENT when the record is not as the register wants.
func (r *Rules) PlanCreate(body string, q CreateRequest, tx Tx) (*Plan, error) {
	if err := r.mayWrite(body); err != nil {
		return nil, err
	}
	data, err := q.Item.read()
	if err != nil {
		return nil, err
	}
	one, err := r.planItem(body, q.RequestID, 0, q.Item, data, tx)
	if err != nil {
		return nil, err
	}
	return r.newPlan(one), nil
}

// planItem plans one record to be created, whose data has been read.
func (r *Rules) planItem(body, requestID string, number int, item Item, data document, tx Tx) (row, error) {
	id, err := r.idOf(body, requestID, number, item.ID, tx)
	if err != nil {
		return row{}, err
	}
	if err := r.checkPrivateHash(item.PrivateHash); err != nil {
		return row{}, err
	}
	effective, err := moment("effective", item.Effective, "")
	if err != nil {
		return row{}, err
	}
	one := row{number: number, change: Change{Created: true, Record: Record{
		V: SchemaVersion, Register: r.register.ID, ID: id, Version: 1, Status: StatusActive, Owner: body, Writer: body, Operation: OpCreate,
		RegisterVersion: r.register.Version, SchemaVersion: r.register.SchemaVersion, PrivateHash: item.PrivateHash,
		Effective: effective, RequestID: requestID,
	}}}
	if item.Draft {
		one.change.Record.Status = StatusDraft
	}
	if err := r.setData(&one, nil, data); err != nil {
		return row{}, err
	}
	if item.PrivateHash != "" {
		r.needPrivate(&one)
	}
	return one, nil
}

// idOf returns the id that is given, or minted.
func (r *Rules) idOf(owner, requestID string, number int, given string, tx Tx) (string, error) {
	if given == "" {
		return r.register.MintID(owner, requestID, number, tx.ClaimedTime)
	}
	if r.pattern != nil && !r.pattern.MatchString(given) {
		return "", check.Invalid("id", "%s does not match the register's pattern %s", given, shorten(r.register.IDs.Pattern))
	}
	return given, nil
}

// setData checks new data, compares it with what the record held, and notes what
// changes. old is nil for a record to be created.
func (r *Rules) setData(one *row, old map[string]any, data document) error {
	if err := r.checkData(data); err != nil {
		return err
	}
	one.change.Record.Data = data.raw
	for _, index := range []struct {
		fields      []string
		add, remove *[]Entry
	}{
		{r.register.Unique, &one.change.AddUnique, &one.change.RemoveUnique},
		{r.register.Indexed, &one.change.AddIndex, &one.change.RemoveIndex},
	} {
		before, err := entries(index.fields, old)
		if err != nil {
			return fmt.Errorf("record %s: %w", one.change.Record.ID, err)
		}
		after, err := entries(index.fields, data.tree)
		if err != nil {
			return err
		}
		*index.add, *index.remove = without(after, before), without(before, after)
	}
	return r.setReferences(one, old, data.tree)
}

// needPrivate notes that the private fields have to be stored at each body.
func (r *Rules) needPrivate(one *row) {
	record := one.change.Record
	for _, keeper := range r.register.Private.Bodies {
		one.privates = append(one.privates, PrivateNeed{Body: keeper, ID: record.ID, Hash: record.PrivateHash})
	}
}

// maxImportChecks bounds the work for one import, as maxChecks does for a record.
const maxImportChecks = 5 * maxChecks

// PlanImport plans a valid request of a body to create records, all or nothing. It
// fails as a whole with PERMISSION_DENIED when the body is not a writer, with
// FAILED_PRECONDITION when the register asks for approvals, and with INVALID_ARGUMENT
// when it would take too long. What is wrong with single rows is in the faults,
// ordered by row; the plan is there nevertheless, so that Decide can report on the
// other rows.
func (r *Rules) PlanImport(body string, q ImportRequest, tx Tx) (*Plan, []RowFault, error) {
	if err := r.mayWrite(body); err != nil {
		return nil, nil, err
	}
	if r.register.Approvals > 0 {
		return nil, nil, fault.New(fault.FailedPrecondition, "register %s asks for approvals, record by record; it cannot be imported into", r.register.ID)
	}
	b := batch{rules: r, listed: map[string]listing{}, holders: map[Entry]int{}}
	var rows []row
	var faults []RowFault
	checks := 0
	for i, item := range q.Items {
		data, err := item.read()
		if checks += data.values * r.schemas.public.subschemas; checks > maxImportChecks {
			return nil, nil, check.Invalid("items", "have more values up to row %d than the schema can check in reasonable time; import fewer", i)
		}
		var one row
		if err == nil {
			one, err = r.planItem(body, q.RequestID, i, item, data, tx)
		}
		if err == nil {
			err = b.admit(&one)
		}
		if err != nil {
			faults = append(faults, rowFault(i, item.ID, err))
			b.list(i, item.ID, item.Draft)
			continue
		}
		rows = append(rows, one)
	}
	p := r.newPlan(rows...)
	p.faults = faults
	return p, faults, nil
}

// batch is what the rows of an import so far have taken.
type batch struct {
	rules   *Rules
	listed  map[string]listing // by id
	holders map[Entry]int      // rows that have the unique values
}

// listing is a row with an id.
type listing struct {
	row   int
	draft bool
}

// list notes a row, faulty ones included: that its id occurs again, or that it is
// referred to, is no further fault.
func (b *batch) list(number int, id string, draft bool) {
	if _, taken := b.listed[id]; id != "" && !taken {
		b.listed[id] = listing{number, draft}
	}
}

// admit checks a row against those before it, and takes off its needs the
// references to them.
func (b *batch) admit(one *row) error {
	record := one.change.Record
	if first, taken := b.listed[record.ID]; taken {
		return check.Invalid("id", "%s is the id of row %d too", record.ID, first.row)
	}
	for _, e := range one.change.AddUnique {
		if first, taken := b.holders[e]; taken {
			return misplaced("data", step("", e.Field), "has the unique value of row %d", first)
		}
	}
	var rest []reference
	for _, ref := range one.references {
		target, listed := b.listed[ref.name.ID]
		switch {
		case !listed || ref.name.Register != b.rules.register.ID:
			rest = append(rest, ref)
		case target.draft:
			return refuse(fault.FailedPrecondition, "data", ref.pointer, "refers to row %d, which is a draft", target.row)
		}
	}
	one.references = rest
	for _, e := range one.change.AddUnique {
		b.holders[e] = one.number
	}
	b.list(one.number, record.ID, record.Status == StatusDraft)
	return nil
}

// rowFault words what is wrong with a row.
func rowFault(number int, id string, err error) RowFault {
	f := RowFault{Row: number, ID: cut(id), Code: string(fault.CodeOf(err)), Pointer: cut(pointerOf(err)), Message: err.Error()}
	if parsed, ok := fault.Parse(err.Error()); ok {
		f.Message = parsed.Message
	}
	return f
}
