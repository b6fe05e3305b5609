package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// getResult is what `psbc evidence get --json` prints.
type getResult struct {
	File  string   `json:"file"`
	Bytes int      `json:"bytes"`
	Notes []string `json:"notes,omitempty"`
	evidenceView
}

type getFlags struct {
	provingFlags
	output, by string
	force      bool
	algorithm  algorithmFlag
	// Of a key's write.
	key, tx, collection string
	metadata            bool
	blocks              uint64
	// Of a document in a batch.
	batch string
}

func newEvidenceGetCommand(g *globals) *cobra.Command {
	f := &getFlags{algorithm: algorithmFlag{notary.SHA2_256}}
	cmd := &cobra.Command{
		Use:   "get [FILE|DIGEST]",
		Short: "Get evidence of a notarisation, or of any other write",
		Long: `Waits until a quorum of the bodies has cosigned what the body did, and writes the
evidence into a file, which "psbc evidence verify" and other bodies verify offline. Before
it is written, it is verified.

Of a document it is the latest state of a body's notarisation: what was revoked since
proves just that. A document of an anchored batch (notary notarise --batch) needs the
batch file, with --batch. With --key it is the write of any chaincode.

` + namingHelp + `

` + keyHelp + ` Without --tx the latest write is looked for, block by block into
the past.

Exit code 3 when there is nothing to prove: not notarised, not in the batch or revoked in
it, not written.

With --json: {"file", "bytes", "notes": [TEXT]} and what "psbc evidence verify" prints.`,
		Example: `  psbc evidence get README.md
  psbc evidence get README.md --by CTIE --as SIGI -o ctie.tlog-proof
  psbc evidence get --batch letters.batch letters/1.txt -o 1.tlog-proof
  psbc evidence get --key registry//registry.record/dwellings/DWL-2027-0001 -o record.tlog-proof`,
		Args: between(0, "FILE|DIGEST"),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(g, cmd, args) },
	}
	f.provingFlags.add(cmd)
	f.algorithm.add(cmd, "digest algorithm of FILE")
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "write the evidence to `FILE` (default: the document's name with "+evidence.FileExtension+")")
	flags.BoolVar(&f.force, "force", false, "replace the output when it is there")
	flags.StringVar(&f.by, "by", "", "the `BODY` whose notarisation it is (default: the own)")
	flags.StringVar(&f.batch, "batch", "", "the document is in the batch of this batch `FILE`")
	flags.StringVar(&f.key, "key", "", "instead of a document, the write of `NAMESPACE/KEY`")
	flags.StringVar(&f.tx, "tx", "", "with --key: the write of this transaction `ID`")
	flags.StringVar(&f.collection, "collection", "", "with --key: the write into this private data `COLLECTION`")
	flags.BoolVar(&f.metadata, "metadata", false, "with --key: the write of the key's metadata, such as its endorsement policy")
	flags.Uint64Var(&f.blocks, "blocks", 0, "with --key: look through the last `N` blocks only (default: all)")
	mustComplete(cmd, "by", g.completeBodies)
	return cmd
}

func (f *getFlags) run(g *globals, cmd *cobra.Command, args []string) error {
	find, err := f.finder(cmd, args)
	if err != nil {
		return err
	}
	if f.output == "" {
		if f.key != "" || args[0] == intake.Stdin || missing(args[0]) {
			return exit.Usagef("-o is missing: only a file's evidence has a name by itself")
		}
		f.output = args[0] + evidence.FileExtension
	}
	if err := mayWrite(f.output, f.force); err != nil {
		return err
	}
	client, err := g.connect(cmd)
	if err != nil {
		return err
	}
	defer client.Close()
	p, err := f.proving(g, cmd, client)
	if err != nil {
		return err
	}
	got, err := find(cmd.Context(), p)
	if err != nil {
		return explain(err)
	}
	file, err := got.proof.Marshal()
	if err != nil {
		return err
	}
	if err := prove.WriteFile(f.output, file); err != nil {
		return fmt.Errorf("write the evidence: %w", err)
	}
	for _, note := range got.notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "psbc: note: %s\n", note)
	}
	result := getResult{File: f.output, Bytes: len(file), Notes: got.notes, evidenceView: viewEvidence(got.result)}
	return g.printResult(cmd, result, func(w io.Writer) {
		fmt.Fprintf(w, "%s\t%d bytes\n", printable(result.File), result.Bytes)
		fmt.Fprintf(w, "existed before\t%s\n", stamp(got.result.ExistedBefore))
		fmt.Fprintf(w, "cosigned by\t%s\n", cosignedBy(got.result))
		if got.result.Status != "" {
			fmt.Fprintf(w, "status\t%s\n", got.result.Status)
		}
	})
}

// finder returns what makes the evidence that is asked for.
func (f *getFlags) finder(cmd *cobra.Command, args []string) (func(context.Context, *proving) (*proven, error), error) {
	ofKey := f.tx != "" || f.collection != "" || f.metadata || f.blocks != 0
	switch {
	case f.key == "" && ofKey:
		return nil, exit.Usagef("--tx, --collection, --metadata and --blocks go with --key")
	case f.key == "" && len(args) == 0:
		return nil, argError(cmd, errors.New("FILE|DIGEST is missing"))
	case f.key != "" && (len(args) > 0 || f.batch != "" || f.by != ""):
		return nil, exit.Usagef("--key names the write already; leave the document, --batch and --by out")
	case f.key != "":
		target, err := parseTarget(f.key, f.collection, f.metadata)
		target.Tx = f.tx
		return func(ctx context.Context, p *proving) (*proven, error) { return p.ofKey(ctx, target, f.blocks) }, err
	case f.batch != "" && f.by != "":
		return nil, exit.Usagef("the batch file says whose batch it is; leave --by out")
	}
	document, err := subject(cmd.Context(), args[0], cmd.InOrStdin(), f.algorithm.algorithm)
	if err != nil {
		return nil, err
	}
	if f.batch != "" {
		return func(ctx context.Context, p *proving) (*proven, error) { return p.ofMember(ctx, f.batch, document) }, nil
	}
	return func(ctx context.Context, p *proving) (*proven, error) { return p.ofNotarisation(ctx, document, f.by) }, nil
}

// mayWrite refuses to replace a file that nobody said may be.
func mayWrite(path string, force bool) error {
	_, err := os.Lstat(path)
	if force || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return exit.WithRemedy(fmt.Errorf("%s is there already", printable(path)), "write to another file with -o, or replace it with --force")
}
