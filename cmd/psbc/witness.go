package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/auditor/witness"
	"github.com/psbc-lu/psbc/chaincode/tlog"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/profiles"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

func newWitnessCommand(g *globals) *cobra.Command {
	cmd := newNoun("witness", "Watch over the ledger log for a body, and cosign its checkpoints", `A witness follows its body's own peer, computes the ledger log of it, and cosigns the
checkpoints that agree: what a quorum of witnesses cosigned is evidence for everybody.
One that disagrees says so, loudly, and signs nothing that its own log contradicts.

"psbc network up" makes the keys of each body's witness, registers them and starts it.
These verbs do the same by hand; docs/operations.md tells what a witness needs, and
how its keys are replaced.`)
	cmd.Annotations = map[string]string{usualUser: profiles.Witness}
	cmd.Example = `  psbc witness status --as SIGI
  psbc witness keygen --as SIGI --dir /var/lib/psbc-witness
  psbc witness run --as SIGI --dir /var/lib/psbc-witness`
	cmd.AddCommand(newWitnessRunCommand(g), newKeygenCommand(g), newWitnessStatusCommand(g),
		newWitnessKeysCommand(g), newRegisterKeyCommand(g), newRetireKeyCommand(g), newRevokeKeyCommand(g))
	return cmd
}

// witnessDir adds the flag that names a witness's directory, and returns what reads it.
func (g *globals) witnessDir(cmd *cobra.Command) func(*gateway.Profile) (string, error) {
	dir := cmd.Flags().String("dir", "", "`DIR` of the witness (default: that of the body in the run directory)")
	return func(p *gateway.Profile) (string, error) {
		if *dir != "" {
			return filepath.Abs(*dir)
		}
		run, err := g.runDir()
		if err != nil {
			return "", err
		}
		return witnessHome(run, p.Body.Name), nil
	}
}

func newWitnessRunCommand(g *globals) *cobra.Command {
	var (
		interval time.Duration
		keys     string
	)
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run a body's witness until it is interrupted",
		Long: `Follow the body's peer, build the ledger log in DIR/log, and cosign checkpoints. What
cannot be reached, or is not there yet, is waited for; DIR/status.json tells. It logs to
standard error.

DIR must hold the keys and the promise that "psbc witness keygen" made. The promise is
what the witness signed last: without it, it signs nothing. Never run two witnesses
with the same keys.`,
		Example: `  psbc witness run --as SIGI --dir /var/lib/psbc-witness
  psbc witness run --profile witness.json --dir /var/lib/psbc-witness --keys /run/secrets/keys`,
		Args: noArgs,
	}
	dirOf := g.witnessDir(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if interval < 100*time.Millisecond || interval > time.Hour {
			return exit.Usagef("--interval %s: 100ms to 1h is possible", interval)
		}
		profile, err := g.loadProfile(cmd)
		if err != nil {
			return err
		}
		dir, err := dirOf(profile)
		if err != nil {
			return err
		}
		if keys == "" {
			keys = filepath.Join(dir, witness.KeysFile)
		}
		signers, err := witness.LoadSigners(keys)
		if err != nil {
			return err
		}
		level := slog.LevelInfo
		if g.verbose {
			level = slog.LevelDebug
		}
		logger := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
		client, err := connectPatiently(cmd.Context(), profile, logger)
		if err != nil || client == nil {
			return explain(err)
		}
		defer client.Close()
		return witness.Run(cmd.Context(), witness.Options{Client: client, Dir: dir, Signers: signers, Interval: interval, Logger: logger})
	}
	cmd.Flags().DurationVar(&interval, "interval", witness.DefaultInterval, "how long what is new on the ledger waits for a checkpoint")
	cmd.Flags().StringVar(&keys, "keys", "", "`FILE` with the keys (default: DIR/keys)")
	return cmd
}

type keygenResult struct {
	File string   `json:"file"`
	Keys []string `json:"keys"`
}

func newKeygenCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "Make the keys of a body's witness",
		Long: `Make the two keys of a witness, Ed25519 and ML-DSA-44, in DIR/keys with mode 0600, and
the empty promise that goes with them. Keys that are there are never overwritten. It
prints the public keys, which "psbc witness register" registers.

With --json: {"file", "keys"}.`,
		Example: `  psbc witness keygen --as SIGI --dir /var/lib/psbc-witness`,
		Args:    noArgs,
	}
	dirOf := g.witnessDir(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		profile, err := g.loadProfile(cmd)
		if err != nil {
			return err
		}
		dir, err := dirOf(profile)
		if err != nil {
			return err
		}
		made, err := generateKeys(profile, dir)
		if err != nil {
			return err
		}
		result := keygenResult{File: filepath.Join(dir, witness.KeysFile)}
		for _, key := range made {
			result.Keys = append(result.Keys, key.String())
		}
		return g.printResult(cmd, result, func(w io.Writer) {
			fmt.Fprintf(w, "The secret keys are in %s. The public keys:\n\n", printable(result.File))
			for _, key := range result.Keys {
				fmt.Fprintln(w, key)
			}
		})
	}
	return cmd
}

// generateKeys makes the keys of the witness of the profile's body.
func generateKeys(p *gateway.Profile, dir string) ([]tlog.Key, error) {
	if p.Origin == "" {
		return nil, exit.WithRemedy(errors.New("the connection profile has no origin"), `have the network write it anew with "psbc network up"`)
	}
	return witness.Generate(dir, tlog.WitnessName(p.Origin, p.Body.MSPID), rand.Reader)
}

func newWitnessStatusCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show what a body's witness says of itself",
		Long: `Show how far the ledger log of a witness goes, what it and the others have cosigned,
and whether bodies disagree. It reads the witness's own status file and asks nobody.

Exit code 0 when all is well, 1 when the witness has a problem or says nothing.

With --json: the status file, {"pid", "at", "healthy", "problem", "summary", "height",
"detail": {"body", "origin", "size", "root", "cosigned", "promised", "quorum",
"cosigners", "bodies", "disagreements", "notes"}}.`,
		Example: `  psbc witness status --as SIGI`,
		Args:    noArgs,
	}
	dirOf := g.witnessDir(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		profile, err := g.loadProfile(cmd)
		if err != nil {
			return err
		}
		dir, err := dirOf(profile)
		if err != nil {
			return err
		}
		s, err := witness.ReadStatus(dir)
		if err != nil {
			return err
		}
		if silent := time.Since(s.At); silent > witnessSilence {
			s.Healthy, s.Problem = false, fmt.Sprintf("has said nothing for %s", silent.Round(time.Second))
		}
		if err := g.printResult(cmd, s, func(w io.Writer) { printWitness(w, s) }); err != nil {
			return err
		}
		if !s.Healthy {
			return exit.ErrReported
		}
		return nil
	}
	return cmd
}

// witnessSilence is after how long a witness that says nothing does not run, or hangs.
const witnessSilence = 20 * time.Second

func printWitness(w io.Writer, s *witness.Status) {
	health := "ok"
	if !s.Healthy {
		health = s.Problem
	}
	d := s.Detail
	fmt.Fprintf(w, "Witness of\t%s\n", d.Body)
	fmt.Fprintf(w, "Health\t%s\n", printable(health))
	fmt.Fprintf(w, "Ledger log\t%s\n", d.Origin)
	fmt.Fprintf(w, "Entries\t%d of %d blocks\n", d.Size, s.Height)
	fmt.Fprintf(w, "Cosigned\t%d\n", d.Cosigned)
	fmt.Fprintf(w, "Quorum\t%d, by %d of %d bodies\n", d.Quorum.Size, len(d.Cosigners), d.Bodies)
	for _, name := range d.Disagreements {
		fmt.Fprintf(w, "DISAGREEMENT\t%s\n", name)
	}
	for _, note := range d.Notes {
		fmt.Fprintf(w, "Note\t%s\n", printable(note))
	}
}
