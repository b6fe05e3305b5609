package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
)

// digestResult is what `psbc notary digest --json` prints.
type digestResult struct {
	Documents []digestEntry `json:"documents"`
	Skipped   []string      `json:"skipped,omitempty"`
}

type digestEntry struct {
	Name   string        `json:"name"`
	Digest notary.Digest `json:"digest"`
}

func newDigestCommand(g *globals) *cobra.Command {
	algorithm := algorithmFlag{notary.SHA2_256}
	cmd := &cobra.Command{
		Use:   "digest FILE...",
		Short: "Compute the digests of documents, offline",
		Long: `Computes the digest of each document, as the other verbs do. Needs no network.
FILE may be a folder, which stands for the regular files in it, at any depth;
"-" is standard input.

With --json:

  {"documents": [{"name", "digest"}], "skipped": [NAME]}`,
		Example: `  psbc notary digest README.md
  psbc notary digest --algorithm sha3-256 README.md`,
		Args: atLeast("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			documents, files, err := g.hash(cmd, args, algorithm.algorithm)
			if err != nil {
				return err
			}
			result := digestResult{Documents: make([]digestEntry, len(documents)), Skipped: files.Skipped}
			for i, d := range documents {
				result.Documents[i] = digestEntry(d)
			}
			return g.printResult(cmd, result, func(w io.Writer) {
				for _, d := range documents {
					fmt.Fprintf(w, "%s\t%s\n", d.Digest, printable(d.Name))
				}
			})
		},
	}
	algorithm.add(cmd, "digest algorithm")
	return cmd
}

// hash expands the names and hashes the documents, with progress, and says which
// entries of folders were skipped. It fails when there is nothing to hash.
func (g *globals) hash(cmd *cobra.Command, args []string, algorithm notary.Algorithm) ([]intake.Document, intake.Files, error) {
	files, err := intake.Expand(args)
	if err != nil {
		return nil, files, err
	}
	reportSkipped(cmd.ErrOrStderr(), files.Skipped)
	if len(files.Paths) == 0 {
		return nil, files, fmt.Errorf("there are no files in %s", printable(args[0]))
	}
	bar := newProgress(cmd.ErrOrStderr(), len(files.Paths), "hashing")
	defer bar.close()
	documents, err := intake.Hash(cmd.Context(), files.Paths, cmd.InOrStdin(), algorithm, func() { bar.add(1) })
	return documents, files, err
}

// reportSkipped tells people what a folder holds besides files; programs find it
// in the result.
func reportSkipped(w io.Writer, skipped []string) {
	const most = 5
	for i, path := range skipped {
		if i == most {
			fmt.Fprintf(w, "psbc: skipped %d more\n", len(skipped)-most)
			return
		}
		fmt.Fprintf(w, "psbc: skipped %s: not a regular file (symbolic links are not followed)\n", printable(path))
	}
}
