package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/registry"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rows"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/suggest"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// findResult is what `psbc record find --json` prints.
type findResult struct {
	Register string      `json:"register"`
	Records  []entryView `json:"records"`
	// Next is what --page takes to go on; absent at the end.
	Next string `json:"next,omitempty"`
}

type findFlags struct {
	page    pageFlags
	orderBy string
	from    string
}

func newFindCommand(g *globals) *cobra.Command {
	f := &findFlags{}
	cmd := &cobra.Command{
		Use:   "find REGISTER (FIELD=VALUE | --order-by FIELD [--from VALUE])",
		Short: "Find records by a unique or indexed field",
		Long: `Finds the records that have a value in a unique or indexed field; or, with --order-by,
all that have the field, in its order, from the value --from on. VALUE is read as
the type that the register's schema gives the field. Records in every state are
found, also revoked ones. Up to --limit are shown; when there are more, the output
ends with the token with which --page goes on. Exit code 3 when there are none.

With --json:

  {"register", "records": [RECORD], "next": TOKEN}`,
		Example: `  psbc record find dwellings city=Esch
  psbc record find dwellings --order-by built --from 1950 --limit 20`,
		Args: between(1, "REGISTER", "FIELD=VALUE"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args) },
	}
	f.page.add(cmd, "records")
	cmd.Flags().StringVar(&f.orderBy, "order-by", "", "all that have this `FIELD`, in its order")
	cmd.Flags().StringVar(&f.from, "from", "", "with --order-by: begin at this `VALUE`")
	return cmd
}

func (f *findFlags) run(g *globals, cmd *cobra.Command, args []string) error {
	if err := f.page.check(); err != nil {
		return err
	}
	field, value, err := f.what(cmd, args)
	if err != nil {
		return err
	}
	return g.withRegistry(cmd, func(ctx context.Context, r *gateway.Registry, names directory) error {
		register, err := g.readRegister(ctx, r, args[0])
		if err != nil {
			return err
		}
		request := registry.FindRequest{Register: args[0], Field: field}
		typed, err := indexValue(register, field, value)
		if err != nil {
			return err
		}
		if f.orderBy != "" {
			request.From = typed
		} else {
			request.Value = typed
		}
		result, err := find(ctx, g, r, names, request, f.page)
		if err != nil {
			return err
		}
		if err := g.printResult(cmd, result, func(w io.Writer) { writeFound(w, result) }); err != nil {
			return err
		}
		if len(result.Records) == 0 {
			return exit.ErrNo
		}
		return nil
	})
}

// what returns the field, and the value to look for or to begin at, nil for none.
func (f *findFlags) what(cmd *cobra.Command, args []string) (field string, value *string, err error) {
	switch {
	case len(args) == 2 && f.orderBy != "":
		return "", nil, exit.Usagef("FIELD=VALUE and --order-by are both given; one of them is enough")
	case len(args) == 2:
		field, text, ok := strings.Cut(args[1], "=")
		if !ok || field == "" {
			return "", nil, exit.Usagef("%q is not FIELD=VALUE", args[1])
		}
		if cmd.Flags().Changed("from") {
			return "", nil, exit.Usagef("--from is for --order-by")
		}
		return field, &text, nil
	case f.orderBy == "":
		return "", nil, exit.Usagef("say what to look for: FIELD=VALUE, or --order-by FIELD")
	case cmd.Flags().Changed("from"):
		return f.orderBy, &f.from, nil
	}
	return f.orderBy, nil, nil
}

// indexValue checks that a register can be searched by a field, and gives a value the
// type of that field.
func indexValue(register *registry.Register, field string, value *string) (json.RawMessage, error) {
	searchable := slices.Concat(register.Unique, register.Indexed)
	if !slices.Contains(searchable, field) {
		if len(searchable) == 0 {
			return nil, exit.Usagef("%s cannot be searched: it has no unique or indexed fields", register.ID)
		}
		return nil, exit.Usagef("%s cannot be searched by %q%s; it can by %s", register.ID, field, suggest.DidYouMean(field, searchable), enumerate(searchable))
	}
	if value == nil {
		return nil, nil
	}
	shape, err := rows.NewShape(register.Definition)
	if err != nil {
		return nil, err
	}
	typed, err := shape.Convert(field, *value)
	if err != nil {
		return nil, exit.Usagef("%s: %w", field, err)
	}
	return typed, nil
}

// find reads as many pages as the limit needs.
func find(ctx context.Context, g *globals, r *gateway.Registry, names directory, request registry.FindRequest, page pageFlags) (findResult, error) {
	result := findResult{Register: request.Register, Records: []entryView{}}
	var err error
	result.Next, err = page.read(ctx, g, func(ctx context.Context, size int, bookmark string) (int, string, error) {
		request.PageSize, request.Bookmark = size, bookmark
		found, err := r.Find(ctx, request)
		if err != nil {
			return 0, "", err
		}
		for _, record := range found.Items {
			result.Records = append(result.Records, names.viewEntry(record))
		}
		return len(found.Items), found.Bookmark, nil
	})
	return result, err
}

func writeFound(w io.Writer, result findResult) {
	if len(result.Records) == 0 {
		fmt.Fprintf(w, "no such records in %s\n", printable(result.Register))
		return
	}
	writeEntries(w, result.Records)
	writeNext(w, result.Next)
}
