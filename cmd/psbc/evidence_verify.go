package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/verdict"
	"github.com/psbc-lu/psbc/gateway-client/evidence"
)

// evidenceVerdict is what `psbc evidence verify --json` prints. Of evidence that does not
// hold there is nothing but why.
type evidenceVerdict struct {
	Holds bool `json:"holds"`
	// Verdict is on the notarisation: valid, revoked and so on; empty when the write is none.
	Verdict verdict.Verdict `json:"verdict,omitempty"`
	Failed  string          `json:"failed,omitempty"` // which check
	Why     string          `json:"why,omitempty"`
	*evidenceView
}

func newEvidenceVerifyCommand(g *globals) *cobra.Command {
	var (
		policyFile string
		record     bool
	)
	cmd := &cobra.Command{
		Use:   "verify FILE PROOF",
		Short: "Verify evidence, offline",
		Long: `Verifies that the evidence PROOF holds for the document FILE, "-" for standard input, and
says what it proves. It needs no network: whom to believe says the policy (see "psbc
evidence policy"), which should come from somebody you trust, and not with the evidence.

With --record there is no FILE: only what the ledger says is verified.

Exit code 0 when the evidence holds and the notarisation in it is valid; 3 when the
evidence does not hold, or proves that the notarisation is revoked, superseded, expired
or not valid yet; 1 when a file cannot be read as what it should be. What became of the
record later is not in the evidence.

With --json: {"holds", "verdict", "failed", "why"}, and when it holds {"origin", "size",
"root", "index", "block", "txId", "creator", "namespace", "kind", "collection", "key",
"valueHash", "value", "member": {"digest", "index"}, "document", "status",
"existedBefore", "notBefore", "notarisation": RECORD, "anchor": ANCHOR, "cosigners":
[{"body", "witness", "key", "algorithm", "time", "counted", "why"}], "checks": [{"name",
"sentence"}]}. "failed" is origin, cosignature, future, quorum, inclusion, value,
record, member, after or document.`,
		Example: `  psbc evidence verify README.md README.md.tlog-proof --policy psbc.policy
  psbc evidence verify --record README.md.tlog-proof --policy psbc.policy --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if record {
				return exactly("PROOF")(cmd, args)
			}
			return exactly("FILE", "PROOF")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if policyFile == "" {
				return exit.Usagef(`--policy is missing: whose cosignatures are to be believed; "psbc evidence policy" makes one`)
			}
			document := ""
			if !record {
				document, args = args[0], args[1:]
			}
			return verifyEvidence(g, cmd, document, args[0], policyFile)
		},
	}
	cmd.Flags().StringVar(&policyFile, "policy", "", "`FILE` with the policy: whose cosignatures are to be believed")
	cmd.Flags().BoolVar(&record, "record", false, "verify what the ledger says, without a document")
	return cmd
}

func verifyEvidence(g *globals, cmd *cobra.Command, document, proofFile, policyFile string) error {
	raw, err := readUpTo(policyFile, tlog.MaxPolicy)
	if err != nil {
		return err
	}
	policy, err := evidence.ParsePolicy(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", printable(policyFile), err)
	}
	proof, err := readProof(proofFile)
	if err != nil {
		return err
	}
	now := time.Now()
	if document == "" {
		result, err := evidence.Verify(nil, proof, policy, now)
		return reportEvidence(g, cmd, result, err, now)
	}
	return intake.Read(cmd.Context(), document, cmd.InOrStdin(), func(in io.Reader) error {
		result, err := evidence.Verify(in, proof, policy, now)
		return reportEvidence(g, cmd, result, err, now)
	})
}

// reportEvidence prints the verdict. An error that says nothing of the evidence is returned.
func reportEvidence(g *globals, cmd *cobra.Command, result *evidence.Result, err error, now time.Time) error {
	if err != nil {
		failed, ok := failedCheck(err)
		if !ok {
			return err
		}
		v := evidenceVerdict{Failed: failed, Why: err.Error()}
		if err := g.printResult(cmd, v, func(w io.Writer) { fmt.Fprintf(w, "The evidence does NOT hold: %s.\n", printable(v.Why)) }); err != nil {
			return err
		}
		return exit.ErrNo
	}
	view := viewEvidence(result)
	v := evidenceVerdict{Holds: true, evidenceView: &view}
	if v.Verdict, err = judge(result, now); err != nil {
		return err
	}
	if err := g.printResult(cmd, v, func(w io.Writer) { writeVerdict(w, result, v.Verdict) }); err != nil {
		return err
	}
	if v.Verdict != "" && v.Verdict != verdict.Valid {
		return exit.ErrNo
	}
	return nil
}

// writeVerdict writes the verdict for people. Signatures of keys that the policy does not
// name, such as those of the other algorithm, are counted and not listed.
func writeVerdict(w io.Writer, result *evidence.Result, says verdict.Verdict) {
	if says != "" && says != verdict.Valid {
		fmt.Fprintf(w, "NOT VALID: the notarisation is %s.\n", strings.ReplaceAll(string(says), "-", " "))
	}
	told := *result
	told.Cosigners = slices.DeleteFunc(slices.Clone(result.Cosigners), func(c evidence.Cosigner) bool { return c.Body == "" })
	for line := range strings.Lines(told.String()) {
		fmt.Fprintln(w, printable(strings.TrimSuffix(line, "\n")))
	}
	if others := len(result.Cosigners) - len(told.Cosigners); others > 0 {
		fmt.Fprintf(w, "Passed over: %s by keys that the policy does not name.\n", count(others, "signature"))
	}
}

// judge says what a notarisation, or that of a batch, is worth now; nothing of other writes.
func judge(r *evidence.Result, now time.Time) (verdict.Verdict, error) {
	switch {
	case r.Notarisation != nil:
		return verdict.Judge(*r.Notarisation, now)
	case r.Anchor != nil:
		a := r.Anchor
		return verdict.Judge(notary.Notarisation{Body: a.Body, Status: a.Status, ValidFrom: a.ValidFrom, ValidUntil: a.ValidUntil}, now)
	}
	return "", nil
}

// failedCheck names the check that evidence failed; false when the error is about something
// else, such as a file that cannot be read.
func failedCheck(err error) (string, bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		t := reflect.TypeOf(err)
		if t.Kind() != reflect.Pointer || t.Elem().PkgPath() != evidencePackage {
			continue
		}
		name := strings.ToLower(strings.TrimSuffix(t.Elem().Name(), "Error"))
		return name, name != "malformed"
	}
	return "", false
}

const evidencePackage = "github.com/psbc-lu/psbc/gateway-client/evidence"

// readProof reads an evidence file.
func readProof(path string) (*evidence.Proof, error) {
	raw, err := readUpTo(path, evidence.MaxProof)
	if err != nil {
		return nil, err
	}
	proof, err := evidence.ParseProof(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", printable(path), err)
	}
	return proof, nil
}

// readUpTo reads a file that may have so many bytes.
func readUpTo(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", printable(path), err)
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes", printable(path), limit)
	}
	return raw, nil
}
