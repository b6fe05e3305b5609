package registry

import (
	"fmt"
	"slices"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// maxFieldName bounds the name of a field that a definition speaks of, in bytes.
const maxFieldName = 128

// Validate checks every field, and that the schema compiles. It cannot check what
// depends on the steward or on what the register is now.
func (d Definition) Validate() error {
	if err := d.validateFields(); err != nil {
		return err
	}
	_, err := d.compile()
	return err
}

// validateFields checks all but the schema.
func (d Definition) validateFields() error {
	if err := checkID("id", d.ID); err != nil {
		return err
	}
	if err := d.Titles.validate(); err != nil {
		return err
	}
	if err := checkLegalBasis("legalBasis", d.LegalBasis); err != nil {
		return err
	}
	if err := check.Code("retention", d.Retention); err != nil {
		return err
	}
	if err := d.validateBodies(); err != nil {
		return err
	}
	if err := d.IDs.validate(); err != nil {
		return err
	}
	if err := d.validateLists(); err != nil {
		return err
	}
	return d.validateUpgrade()
}

func (t Titles) validate() error {
	if t == (Titles{}) {
		return check.Invalid("titles", "are missing; a register has a title in one of de, en, fr and lb")
	}
	for _, title := range []struct{ field, text string }{
		{"titles.de", t.De}, {"titles.en", t.En}, {"titles.fr", t.Fr}, {"titles.lb", t.Lb},
	} {
		if err := check.Text(title.field, title.text, MaxTitle); err != nil {
			return err
		}
	}
	return nil
}

// checkLegalBasis takes a code, or the URI of a text that has a European
// Legislation Identifier (ELI): a web address with "eli" in its path.
func checkLegalBasis(field, s string) error {
	if len(s) > MaxLegal {
		return check.Invalid(field, "has %d bytes, more than %d", len(s), MaxLegal)
	}
	if !strings.Contains(s, "://") {
		return check.Code(field, s)
	}
	printable := !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}", r) })
	web := strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
	if !printable || !web || !strings.Contains(s, "/eli/") {
		return check.Invalid(field, "%s is neither an ELI URI nor a code", check.Quote(s))
	}
	return nil
}

func (d Definition) validateBodies() error {
	for _, list := range []struct {
		field  string
		bodies []string
	}{{"writers", d.Writers}, {"attesters", d.Attesters}, {"approvers", d.Approvers}} {
		if err := checkList(list.field, list.bodies, MaxBodies, check.Body); err != nil {
			return err
		}
	}
	if d.Approvals < 0 || d.Approvals > MaxApprovals {
		return check.Invalid("approvals", "%d is not 0 to %d", d.Approvals, MaxApprovals)
	}
	if d.ProposalDays < 0 || d.ProposalDays > MaxDays {
		return check.Invalid("proposalDays", "%d is not 1 to %d (or 0 for %d)", d.ProposalDays, MaxDays, DefaultDays)
	}
	return nil
}

// checkList checks a list of names, each by itself and that none occurs twice.
func checkList(field string, list []string, most int, one func(field, s string) error) error {
	if len(list) > most {
		return check.Invalid(field, "has %d entries, more than %d", len(list), most)
	}
	return checkNames(func(i int) string { return fmt.Sprintf("%s[%d]", field, i) }, list, one)
}

// checkNames is checkList for names that stand at any place.
func checkNames(at func(i int) string, list []string, one func(field, s string) error) error {
	for i, s := range list {
		if err := one(at(i), s); err != nil {
			return err
		}
		if first := slices.Index(list, s); first < i {
			return check.Invalid(at(i), "is the same as %s", at(first))
		}
	}
	return nil
}

func checkField(field, s string) error {
	if s == "" {
		return check.Invalid(field, "is empty")
	}
	return check.Text(field, s, maxFieldName)
}

func (d Definition) validateLists() error {
	if err := checkList("unique", d.Unique, MaxFields, checkField); err != nil {
		return err
	}
	if err := checkList("indexed", d.Indexed, MaxFields, checkField); err != nil {
		return err
	}
	for i, field := range d.Indexed {
		if slices.Contains(d.Unique, field) {
			return check.Invalid(fmt.Sprintf("indexed[%d]", i), "is a unique field, which can be found without an index")
		}
	}
	if err := d.validateReferences(); err != nil {
		return err
	}
	return d.validatePrivate()
}

func (d Definition) validateReferences() error {
	if len(d.References) > MaxFields {
		return check.Invalid("references", "has %d entries, more than %d", len(d.References), MaxFields)
	}
	for i, reference := range d.References {
		at := fmt.Sprintf("references[%d].", i)
		if err := checkField(at+"field", reference.Field); err != nil {
			return err
		}
		if err := checkID(at+"register", reference.Register); err != nil {
			return err
		}
		if first := slices.IndexFunc(d.References, func(r Reference) bool { return r.Field == reference.Field }); first < i {
			return check.Invalid(at+"field", "is the same as references[%d].field", first)
		}
	}
	return nil
}

func (d Definition) validatePrivate() error {
	if d.Private == nil {
		return nil
	}
	if len(d.Private.Fields) == 0 {
		return check.Invalid("private.fields", "is empty")
	}
	if len(d.Private.Bodies) == 0 {
		return check.Invalid("private.bodies", "is empty; private fields are kept by at least one body")
	}
	if err := checkList("private.fields", d.Private.Fields, MaxFields, checkField); err != nil {
		return err
	}
	if err := checkList("private.bodies", d.Private.Bodies, MaxBodies, check.Body); err != nil {
		return err
	}
	for i, field := range d.Private.Fields {
		if use := d.useOf(field); use != "" {
			return check.Invalid(fmt.Sprintf("private.fields[%d]", i), "is %s field, which cannot be private", use)
		}
	}
	return nil
}

// useOf says for what the ledger itself uses a field, empty for nothing.
func (d Definition) useOf(field string) string {
	switch {
	case slices.Contains(d.Unique, field):
		return "a unique"
	case slices.Contains(d.Indexed, field):
		return "an indexed"
	case slices.ContainsFunc(d.References, func(r Reference) bool { return r.Field == field }):
		return "a reference"
	}
	return ""
}

// isPrivate says whether a field is private.
func (d Definition) isPrivate(field string) bool {
	return d.Private != nil && slices.Contains(d.Private.Fields, field)
}

// canonical returns d with its JSON values in canonical form.
func (d Definition) canonical() (Definition, error) {
	read, err := readSchema(d.Schema)
	if err != nil {
		return Definition{}, err
	}
	d.Schema = read.raw
	if d.Upgrade != nil {
		upgrade, err := d.Upgrade.canonical()
		if err != nil {
			return Definition{}, err
		}
		d.Upgrade = &upgrade
	}
	return d, nil
}

// schemas are what a register's records are checked against.
type schemas struct {
	public *schema
	// private is nil when there are no private fields.
	private *schema
	// privateRequired says whether the schema requires a private field.
	privateRequired bool
}

// compile compiles the schema, whole, so that its own places are named where it is
// wrong, and then in its parts.
func (d Definition) compile() (schemas, error) {
	read, err := readSchema(d.Schema)
	if err != nil {
		return schemas{}, err
	}
	whole, err := compileSchema(any(read.tree))
	if err != nil || d.Private == nil {
		return schemas{public: whole}, err
	}
	properties, required := partOf(read.tree, d.isPrivate)
	for i, field := range d.Private.Fields {
		if _, ok := properties[field]; !ok {
			return schemas{}, check.Invalid(fmt.Sprintf("private.fields[%d]", i), "is not one of the schema's properties")
		}
	}
	s := schemas{privateRequired: len(required) > 0}
	if s.public, err = compileSchema(any(publicPart(read.tree, d.isPrivate))); err != nil {
		return schemas{}, check.Within("private", err)
	}
	if s.private, err = compileSchema(any(privatePart(read.tree, d.isPrivate))); err != nil {
		return schemas{}, check.Within("private", err)
	}
	return s, nil
}

// writers returns the bodies that may write.
func (d Definition) writers(steward string) []string {
	if len(d.Writers) == 0 {
		return []string{steward}
	}
	return d.Writers
}

// eligible returns the bodies that may approve what a body proposes, in order.
func (d Definition) eligible(steward, proposer string) []string {
	approvers := d.Approvers
	if len(approvers) == 0 {
		approvers = d.writers(steward)
	}
	others := slices.DeleteFunc(slices.Clone(approvers), func(body string) bool { return body == proposer })
	slices.Sort(others)
	return others
}

// checkApprovals checks that what any writer proposes can be approved.
func (d Definition) checkApprovals(steward string) error {
	for _, writer := range d.writers(steward) {
		if n := len(d.eligible(steward, writer)); n < d.Approvals {
			return check.Invalid("approvals", "%d are needed, but only %d other bodies could approve what %s proposes", d.Approvals, n, writer)
		}
	}
	return nil
}
