package registry

// Entry is an index entry of a unique or indexed field.
type Entry struct {
	Field string
	Value string // as IndexValue writes it
}

// Name names a record.
type Name struct{ Register, ID string }

// PrivateNeed names private fields that a body has to hold.
type PrivateNeed struct{ Body, ID, Hash string }

// Needs is what the ledger has to look up before a plan can be decided. Nothing is
// in a list twice.
type Needs struct {
	Unique     []Entry
	References []Name
	Private    []PrivateNeed
}

// Found is what the ledger holds of Needs; each list is parallel to that of Needs.
type Found struct {
	Holders    []string  // ids of the records that have the unique values, "" for none
	References []*Record // nil for none
	// PrivateHashes are the hashes that the bodies hold for the records and hashes,
	// "" for none.
	PrivateHashes []string
}

// Change is a new version of a record, and what changes with it.
type Change struct {
	Record  Record
	Created bool
	// PreviousOwner is the body that owned the record until now, when that is another.
	PreviousOwner string

	AddUnique, RemoveUnique []Entry
	AddIndex, RemoveIndex   []Entry
}

// Plan is a change to one record, or in an import to many, that is sound in itself.
// Needs says what it still depends on, and Decide whether it can be carried out.
type Plan struct {
	rules *Rules
	rows  []row
	// faults are those that planning an import found. Rows with faults are not among
	// rows, but the others are judged all the same, for the report.
	faults    []RowFault
	approvers []string // bodies that approved the change

	needs       Needs
	uniqueAt    map[Entry]int // places in needs
	referenceAt map[Name]int
	privateAt   map[PrivateNeed]int
}

// row is the change to one record.
type row struct {
	number int // in the import, from 0
	// change lacks what only the deciding transaction gives.
	change Change
	// references are those that have to be looked up.
	references []reference
	// privates are the private fields that have to be stored before.
	privates []PrivateNeed
}

// reference is a record that a field refers to, and where in the data.
type reference struct {
	name    Name
	pointer string
}

// IDs returns the ids of the records that the plan changes.
func (p *Plan) IDs() []string {
	ids := make([]string, 0, len(p.rows))
	for _, r := range p.rows {
		ids = append(ids, r.change.Record.ID)
	}
	return ids
}

// Needs returns what has to be looked up.
func (p *Plan) Needs() Needs { return p.needs }

// newPlan plans the rows.
func (r *Rules) newPlan(rows ...row) *Plan {
	p := &Plan{
		rules: r, rows: rows,
		uniqueAt: map[Entry]int{}, referenceAt: map[Name]int{}, privateAt: map[PrivateNeed]int{},
	}
	for _, one := range rows {
		for _, e := range one.change.AddUnique {
			p.needs.Unique = need(p.needs.Unique, p.uniqueAt, e)
		}
		for _, ref := range one.references {
			p.needs.References = need(p.needs.References, p.referenceAt, ref.name)
		}
		for _, private := range one.privates {
			p.needs.Private = need(p.needs.Private, p.privateAt, private)
		}
	}
	return p
}

// need appends an item to a list, and its place to the places, unless it is there.
func need[T comparable](list []T, places map[T]int, item T) []T {
	if _, known := places[item]; known {
		return list
	}
	places[item] = len(list)
	return append(list, item)
}
