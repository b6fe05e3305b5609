package trail

import (
	"slices"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/check"
)

// Actions returns the actions that every trail may record.
func Actions() []string {
	return []string{
		ActionRead, ActionSearch, ActionCreate, ActionAmend, ActionDelete, ActionExport, ActionDisclose,
		ActionLogin, ActionLogout, ActionDecide, ActionGrant, ActionRevoke,
	}
}

// common is Actions for each of 5,000 entries.
func common(action string) bool {
	switch action {
	case ActionRead, ActionSearch, ActionCreate, ActionAmend, ActionDelete, ActionExport, ActionDisclose,
		ActionLogin, ActionLogout, ActionDecide, ActionGrant, ActionRevoke:
		return true
	}
	return false
}

// Validate checks every field.
func (d Definition) Validate() error {
	if err := checkTrail("id", d.ID); err != nil {
		return err
	}
	if err := d.Titles.validate(); err != nil {
		return err
	}
	if d.Records == "" {
		return check.Invalid("records", "is missing; a trail says in words what it records")
	}
	if err := checkText("records", d.Records, MaxRecords); err != nil {
		return err
	}
	if err := checkLegalBasis("legalBasis", d.LegalBasis); err != nil {
		return err
	}
	if err := checkNeeded("retention", d.Retention); err != nil {
		return err
	}
	if err := checkDays(d.RetentionDays); err != nil {
		return err
	}
	if err := checkList("actions", d.Actions, MaxActions, checkOwnAction); err != nil {
		return err
	}
	return checkList("readers", d.Readers, MaxReaders, checkBody)
}

func checkDays(n int) error {
	if n < 1 || n > MaxDays {
		return check.Invalid("retentionDays", "%d is not 1 to %d", n, MaxDays)
	}
	return nil
}

func (t Titles) validate() error {
	if t == (Titles{}) {
		return check.Invalid("titles", "are missing; a trail has a title in one of de, en, fr and lb")
	}
	for _, title := range []struct{ field, text string }{
		{"titles.de", t.De}, {"titles.en", t.En}, {"titles.fr", t.Fr}, {"titles.lb", t.Lb},
	} {
		if err := checkText(title.field, title.text, MaxTitle); err != nil {
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
		return checkNeeded(field, s)
	}
	if err := CheckPersonal(field, s); err != nil {
		return err
	}
	printable := !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}", r) })
	web := strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
	if !printable || !web || !strings.Contains(s, "/eli/") {
		return check.Invalid(field, "%s is neither an ELI URI nor a code", check.Quote(s))
	}
	return nil
}

func checkOwnAction(field, s string) error {
	if err := checkNeeded(field, s); err != nil {
		return err
	}
	if common(s) {
		return check.Invalid(field, "%s is an action of every trail", s)
	}
	return nil
}

// records says whether entries of the trail may have that action.
func (d Definition) records(action string) bool {
	return common(action) || slices.Contains(d.Actions, action)
}
