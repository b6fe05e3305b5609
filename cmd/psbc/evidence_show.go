package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// showEvidence is what `psbc evidence show --json` prints.
type showEvidence struct {
	Verified bool          `json:"verified"` // never
	Origin   string        `json:"origin"`
	Size     uint64        `json:"size"`
	Root     evidence.Hash `json:"root"`
	Index    uint64        `json:"index"`
	writeView
	After      *afterView     `json:"after,omitempty"`
	Signatures []cosignerView `json:"signatures"`
}

// afterView is the earlier checkpoint that a record names.
type afterView struct {
	Size uint64        `json:"size"`
	Root evidence.Hash `json:"root"`
}

func newEvidenceShowCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "show PROOF",
		Short: "Show what an evidence file says, without verifying it",
		Long: `Shows what an evidence file says. Nothing of it is verified: anybody can write such a
file, and "psbc evidence verify" tells whether it holds.

With --json: {"verified": false, "origin", "size", "root", "index", "block", "txId",
"creator", "namespace", "kind", "collection", "key", "valueHash", "value", "member",
"after": {"size", "root"}, "signatures": [{"key", "counted": false}]}.`,
		Example: `  psbc evidence show README.md.tlog-proof`,
		Args:    exactly("PROOF"),
		RunE: func(cmd *cobra.Command, args []string) error {
			proof, err := readProof(args[0])
			if err != nil {
				return err
			}
			v := viewUnverified(proof)
			return g.printResult(cmd, v, func(w io.Writer) { writeUnverified(w, v) })
		},
	}
}

func viewUnverified(p *evidence.Proof) showEvidence {
	v := showEvidence{
		Origin: p.Checkpoint.Origin, Size: p.Checkpoint.Size, Root: p.Checkpoint.Root, Index: p.Index,
		writeView: viewWrite(p.Extra.Detail, p.Extra.Value, p.Extra.Member), Signatures: []cosignerView{},
	}
	if p.Extra.After != nil {
		v.After = &afterView{Size: p.Extra.After.Size, Root: p.Extra.After.Root}
	}
	for _, c := range p.Checkpoint.Cosignatures {
		v.Signatures = append(v.Signatures, cosignerView{Key: fmt.Sprintf("%s+%08x", c.Name, c.KeyID)})
	}
	return v
}

func writeUnverified(w io.Writer, v showEvidence) {
	fmt.Fprintln(w, "NOT VERIFIED. The file says:")
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", name, printable(fmt.Sprintf(format, args...)))
	}
	row("log", "%s", v.Origin)
	row("entry", "%d of %d", v.Index, v.Size)
	row("transaction", "%s of %s, in block %d", v.TxID, v.Creator, v.Block)
	row("key", "%s/%s", v.Namespace, v.Key)
	if v.Collection != "" {
		row("collection", "%s", v.Collection)
	}
	switch {
	case v.ValueHash == nil:
		row("value", "deleted")
	case len(v.Value) == 0:
		row("value", "not shown, with the SHA-256 %s", v.ValueHash)
	default:
		row("value", "%s", v.Value)
	}
	if v.Member != nil {
		row("document", "%s, number %d of a batch", v.Member.Digest, v.Member.Index)
	}
	if v.After != nil {
		row("later than", "the log of %d entries", v.After.Size)
	}
	for _, s := range v.Signatures {
		row("signature", "of %s", s.Key)
	}
}
