package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/auditor/prove"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// batchResult is what `psbc notary notarise --batch --json` prints.
type batchResult struct {
	Body        string   `json:"body"` // MSP ID
	BodyName    string   `json:"bodyName"`
	BatchFile   string   `json:"batchFile"`
	Resumed     bool     `json:"resumed"` // the batch file was there: the folder was not read again
	Root        string   `json:"root"`
	Count       uint64   `json:"count"`
	TxID        string   `json:"txId"`
	ClaimedTime string   `json:"claimedTime"`
	EvidenceDir string   `json:"evidenceDir,omitempty"`
	Evidence    uint64   `json:"evidence"` // files that were written
	Skipped     []string `json:"skipped,omitempty"`
}

// batchFlags are those of notarise that are about anchored batches.
type batchFlags struct {
	dir, file, evidenceDir string
	proving                provingFlags
}

// batchSuffix makes the name of a folder the default name of its batch file.
const batchSuffix = ".batch"

func (f *batchFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "batch", "", "notarise all files of `DIR` with one record")
	flags.StringVar(&f.file, "batch-file", "", "with --batch: keep the batch in `FILE` (default: DIR"+batchSuffix+")")
	flags.StringVar(&f.evidenceDir, "evidence-dir", "", "with --batch: write evidence of each file into `DIR`")
	f.proving.add(cmd)
}

// check refuses flags that do not go together.
func (f *batchFlags) check(cmd *cobra.Command) error {
	flags := cmd.Flags()
	if f.dir == "" {
		for _, name := range []string{"batch-file", "evidence-dir", "log", "wait", "ed25519-only"} {
			if flags.Changed(name) {
				return exit.Usagef("--%s goes with --batch", name)
			}
		}
		return nil
	}
	for _, name := range []string{"supersedes", "details-title", "details-file-name", "details-person"} {
		if flags.Changed(name) {
			return exit.Usagef("--%s is for single documents, not for a batch", name)
		}
	}
	if f.file == "" {
		f.file = filepath.Clean(f.dir) + batchSuffix
	}
	for flag, path := range map[string]string{"batch-file": f.file, "evidence-dir": f.evidenceDir} {
		if path != "" && within(f.dir, path) {
			return exit.Usagef("--%s %s lies in the folder that is notarised", flag, printable(path))
		}
	}
	return nil
}

// within says whether path is in a folder, or is the folder.
func within(dir, path string) bool {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	base, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	relative, err := filepath.Rel(base, absolute)
	return err == nil && relative != ".." && !strings.HasPrefix(relative, ".."+string(filepath.Separator))
}

func (f *notariseFlags) runBatch(g *globals, cmd *cobra.Command) error {
	item, err := f.item()
	if err != nil {
		return err
	}
	info, err := os.Stat(f.batch.dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return exit.Usagef("--batch %s is not a folder", printable(f.batch.dir))
	}
	_, err = os.Stat(f.batch.file)
	resumed := err == nil
	client, err := g.connect(cmd)
	if err != nil {
		return err
	}
	defer client.Close()
	options := gateway.ManyOptions{
		BatchFile: f.batch.file, Algorithm: f.algorithm.algorithm, RequestID: f.requestID,
		Type: item.Type, Reference: item.Reference, ValidFrom: item.ValidFrom, ValidUntil: item.ValidUntil,
	}
	batch, skipped, err := f.batch.notarise(cmd, client, options, resumed)
	if err != nil {
		return explain(err)
	}
	defer batch.Close()
	result := newBatchResult(client, batch, f.batch)
	result.Resumed, result.Skipped = resumed, skipped
	if f.batch.evidenceDir != "" {
		if err := f.batch.writeEvidence(g, cmd, client, batch); err != nil {
			return exit.WithRemedy(fmt.Errorf("the batch is notarised, but there is no evidence of all of it: %w", explain(err)), "run it again, what is notarised is not notarised twice")
		}
		result.Evidence = batch.Len()
	}
	return g.printResult(cmd, result, func(w io.Writer) { writeBatch(w, result) })
}

func newBatchResult(client *gateway.Client, batch *gateway.Batch, f batchFlags) batchResult {
	anchor, body := batch.Anchor(), client.Profile().Body
	return batchResult{
		Body: body.MSPID, BodyName: body.Name, BatchFile: f.file, EvidenceDir: f.evidenceDir,
		Root: anchor.Root, Count: anchor.Count, TxID: anchor.TxID, ClaimedTime: anchor.ClaimedTime,
	}
}

func writeBatch(w io.Writer, r batchResult) {
	if r.Resumed {
		fmt.Fprintf(w, "The batch file was there: the folder was not read again.\n")
	}
	fmt.Fprintf(w, "%d documents by %s at %s in transaction %s\n", r.Count, r.BodyName, seconds(r.ClaimedTime), r.TxID)
	fmt.Fprintf(w, "root %s\n", r.Root)
	fmt.Fprintf(w, "batch file %s: keep it, without it there is no evidence\n", printable(r.BatchFile))
	if r.EvidenceDir != "" {
		fmt.Fprintf(w, "%d files of evidence in %s\n", r.Evidence, printable(r.EvidenceDir))
	}
}

// notarise anchors the files of the folder, or goes on with the batch file.
func (f *batchFlags) notarise(cmd *cobra.Command, client *gateway.Client, options gateway.ManyOptions, resumed bool) (*gateway.Batch, []string, error) {
	var files intake.Files
	if !resumed {
		var err error
		if files, err = intake.Expand([]string{f.dir}); err != nil {
			return nil, nil, err
		}
		if len(files.Paths) == 0 {
			return nil, nil, fmt.Errorf("there are no files in %s", printable(f.dir))
		}
		reportSkipped(cmd.ErrOrStderr(), files.Skipped)
	}
	bar := newProgress(cmd.ErrOrStderr(), len(files.Paths), "hashing")
	defer bar.close()
	done := uint64(0)
	options.Progress = func(p gateway.ManyProgress) {
		bar.add(int(p.Documents - done)) //nolint:gosec // no more than there are files
		done = p.Documents
	}
	batch, err := client.Notary().NotariseMany(cmd.Context(), f.documents(files.Paths), options)
	return batch, files.Skipped, err
}

// documents are files, called as they are in the folder.
func (f *batchFlags) documents(paths []string) iter.Seq2[gateway.Document, error] {
	return func(yield func(gateway.Document, error) bool) {
		for _, path := range paths {
			name, err := filepath.Rel(f.dir, path)
			if !yield(gateway.Document{Path: path, Name: filepath.ToSlash(name)}, err) || err != nil {
				return
			}
		}
	}
}

// writeEvidence writes evidence of every document of the batch.
func (f *batchFlags) writeEvidence(g *globals, cmd *cobra.Command, client *gateway.Client, batch *gateway.Batch) error {
	p, err := f.proving.proving(g, cmd, client)
	if err != nil {
		return err
	}
	anchor, err := p.anchorOf(cmd.Context(), batch)
	if err != nil {
		return err
	}
	proven, err := p.ofAnchor(cmd.Context(), *anchor, nil)
	if err != nil {
		return err
	}
	for _, note := range proven.notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "psbc: note: %s\n", note)
	}
	cutter, err := prove.NewCutter(proven.proof)
	if err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr(), int(batch.Len()), "writing evidence") //nolint:gosec // at most 2³²
	defer bar.close()
	return cutter.WriteAll(cmd.Context(), batch.Len(), func(i uint64) (string, evidence.Member, error) {
		member, err := batch.Member(i)
		if err != nil {
			return "", member, err
		}
		name, err := batch.Name(i)
		return filepath.Join(f.evidenceDir, evidenceName(name, member)), member, err
	}, bar.add)
}

// anchorOf reads the batch's anchor as it stands.
func (p *proving) anchorOf(ctx context.Context, batch *gateway.Batch) (*gateway.Anchor, error) {
	ctx, cancel := p.g.bound(ctx)
	defer cancel()
	return p.client.Notary().ReadAnchor(ctx, gateway.ReadAnchorRequest{Root: batch.Request().Root, Body: batch.Body()})
}

// evidenceName is what the evidence of a document is called: as the document is in its
// folder, or after its digest where that is not known or leads out of the folder.
func evidenceName(name string, m evidence.Member) string {
	if local := filepath.FromSlash(name); name != "" && filepath.IsLocal(local) {
		return local + evidence.FileExtension
	}
	return strings.ReplaceAll(string(m.Digest), ":", "-") + evidence.FileExtension
}
