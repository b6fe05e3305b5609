package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/export"
)

// entryView is a record of a register with its owner's name. In JSON the fields of
// the record stand beside ownerName.
type entryView struct {
	OwnerName string `json:"ownerName"`
	registry.Record
}

func (d directory) viewEntry(r registry.Record) entryView {
	return entryView{OwnerName: d.name(r.Owner), Record: r}
}

// proposalView is a proposal with the name of the body that made it.
type proposalView struct {
	BodyName string `json:"bodyName"`
	registry.Proposal
}

func (d directory) viewProposal(p registry.Proposal) proposalView {
	return proposalView{BodyName: d.name(p.Body), Proposal: p}
}

// outcomeResult is what every verb prints that changes a record.
type outcomeResult struct {
	Record   *entryView    `json:"record,omitempty"`
	Proposal *proposalView `json:"proposal,omitempty"`
}

func (g *globals) printOutcome(cmd *cobra.Command, names directory, outcome *registry.Outcome) error {
	var result outcomeResult
	if outcome.Record != nil {
		view := names.viewEntry(*outcome.Record)
		result.Record = &view
	}
	if outcome.Proposal != nil {
		view := names.viewProposal(*outcome.Proposal)
		result.Proposal = &view
	}
	return g.printResult(cmd, result, func(w io.Writer) {
		if result.Record != nil {
			writeEntry(w, names, *result.Record)
		}
		if result.Proposal != nil {
			if result.Record != nil {
				fmt.Fprintln(w)
			}
			writeProposal(w, names, *result.Proposal)
		}
	})
}

// writeEntry writes a record as aligned lines of name and value, its data after it.
func writeEntry(w io.Writer, names directory, r entryView) {
	line := liner(w)
	line("Register", r.Register)
	line("Record", r.ID)
	line("Version", fmt.Sprintf("%d (%s by %s)", r.Version, r.Operation, names.name(r.Writer)))
	line("Status", describeEntryStatus(r.Record))
	line("Owner", r.OwnerName)
	if r.OfferedTo != "" {
		line("Offered to", names.name(r.OfferedTo))
	}
	line("Effective", seconds(r.Effective))
	line("Approved by", names.all(r.Approvers))
	line("Private fields", r.PrivateHash)
	line("Claimed time", seconds(r.ClaimedTime))
	line("Transaction", r.TxID)
	line("Request", r.RequestID)
	writeData(w, r.Data)
}

// describeEntryStatus says the status of a record, and why.
func describeEntryStatus(r registry.Record) string {
	status := string(r.Status)
	if r.Reason != "" {
		status += ", reason " + r.Reason
	}
	if r.Note != "" {
		status += ", note " + r.Note
	}
	return status
}

// writeData writes each member of a JSON object on a line, as a cell of a sheet.
func writeData(w io.Writer, data json.RawMessage) {
	var members map[string]json.RawMessage
	if json.Unmarshal(data, &members) != nil || len(members) == 0 {
		return
	}
	fmt.Fprintln(w)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := export.Cell(members[name])
		fmt.Fprintf(w, "%s\t%s\n", printable(name), strings.ReplaceAll(printable(value), "\n", "\n\t"))
	}
}

// writeEntries writes a record on each line.
func writeEntries(w io.Writer, records []entryView) {
	fmt.Fprintln(w, "RECORD\tVERSION\tSTATUS\tOWNER\tEFFECTIVE\tDATA")
	for _, r := range records {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", r.ID, r.Version, r.Status, r.OwnerName, seconds(r.Effective), brief(r.Data))
	}
}

// brief writes data on one line of bounded length.
func brief(data json.RawMessage) string {
	const most = 80
	text := printable(string(data))
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return text
}

// writeProposal writes a proposal, and what the bodies that it waits for can do.
func writeProposal(w io.Writer, names directory, p proposalView) {
	line := liner(w)
	line("Proposal", p.RequestID)
	line("By", p.BodyName)
	line("Change", fmt.Sprintf("%s %s of %s", p.Operation, p.ID, p.Register))
	line("Status", string(p.Status))
	line("Approvals", fmt.Sprintf("%d of %d needed, from %s", approvals(p.Proposal), p.Needed, names.all(p.Eligible)))
	for _, v := range p.Verdicts {
		word := "approved"
		if !v.Approves {
			word = "rejected, reason " + v.Reason
		}
		line(names.name(v.Body), word+" at "+seconds(v.ClaimedTime))
	}
	line("Expires", seconds(p.Expires))
	line("Claimed time", seconds(p.ClaimedTime))
	line("Transaction", p.TxID)
	if p.Status == registry.ProposalOpen {
		fmt.Fprintf(w, "approve it with: psbc record approve %s %s --body %s\n", p.Register, shellQuote(p.RequestID), shellQuote(p.BodyName))
	}
}

func approvals(p registry.Proposal) int {
	n := 0
	for _, v := range p.Verdicts {
		if v.Approves {
			n++
		}
	}
	return n
}
