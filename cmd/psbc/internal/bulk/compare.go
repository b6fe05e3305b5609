package bulk

import (
	"fmt"
	"strings"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// compare holds the record that exists against what this run would have written.
// Private details are compared by presence only: their hash is salted.
func (r *Run) compare(record *notary.Notarisation) (Outcome, string) {
	if record.Status != notary.StatusActive {
		return Ended, fmt.Sprintf("was notarised before and is %s; a body notarises a digest once", record.Status)
	}
	var other []string
	differs := func(name, is, asked string) {
		if is != asked {
			other = append(other, fmt.Sprintf("%s is %q, not %q", name, is, asked))
		}
	}
	differs("type", record.Type, r.Template.Type)
	differs("reference", record.Reference, r.Template.Reference)
	differs("valid-from", record.ValidFrom, r.Template.ValidFrom)
	differs("valid-until", record.ValidUntil, r.Template.ValidUntil)
	differs("supersedes", string(record.Supersedes), string(r.Template.Supersedes))
	if r.Details != nil && record.DetailsHash == "" {
		other = append(other, "it has no private details")
	}
	if len(other) > 0 {
		return Differs, "already notarised with other particulars, which stand: " + strings.Join(other, ", ")
	}
	return Already, ""
}
