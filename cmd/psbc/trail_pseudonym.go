package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// keysResult is what the verbs of keys print with --json. It holds no key.
type keysResult struct {
	File string   `json:"file"`
	Keys []string `json:"keys"` // ids, the newest first
}

// pseudonymResult is what `psbc trail pseudonym of --json` prints.
type pseudonymResult struct {
	Kind       string   `json:"kind"`
	Pseudonyms []string `json:"pseudonyms"` // that of the newest key first
}

func newPseudonymCommand(g *globals) *cobra.Command {
	cmd := newNoun("pseudonym", "Keep the keys of pseudonyms, and make pseudonyms", `A pseudonym is a key's id and a keyed hash (HMAC-SHA-256) of an identifier, such as a
national identification number or a clerk's account. Without the key nobody can tell
whose it is, or test a guess. The keys are a file of the body, readable for its owner
only, which never gets to the ledger.

New pseudonyms are made with the newest key. A key that was rotated out still finds what
was recorded under it, until it is erased: then nobody can tell any more whose its
pseudonyms are. docs/gdpr.md says when to do what, and where the limits are.

KEYS stands for the file and the ids of the keys in it, the newest first:

  {"file", "keys": [ID]}`)
	cmd.Example = `  psbc trail pseudonym new-keys people.keys`
	cmd.AddCommand(
		newKeysCommand(g),
		newRotateKeysCommand(g),
		newEraseKeyCommand(g),
		newPseudonymOfCommand(g),
	)
	return cmd
}

// loadPseudonyms reads a file of keys.
func loadPseudonyms(file string) (*gateway.PseudonymKeys, error) {
	keys, err := gateway.LoadPseudonymKeys(file)
	if errors.Is(err, gateway.ErrNotFound) {
		return nil, exit.WithRemedy(err, `"psbc trail pseudonym new-keys" makes one`)
	}
	return keys, explain(err)
}

func (g *globals) printKeys(cmd *cobra.Command, file, done string, keys *gateway.PseudonymKeys) error {
	result := keysResult{File: file, Keys: keys.IDs()}
	return g.printResult(cmd, result, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\n", printable(file), done)
		fmt.Fprintf(w, "keys, the newest first: %s\n", enumerate(result.Keys))
	})
}

func newKeysCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "new-keys FILE",
		Short: "Make a file with a first key",
		Long: `Makes a file with a first key, readable for its owner only. Keep it safe, and keep it:
nothing replaces a lost key, and without it nobody finds what concerns a person.

With --json: KEYS.`,
		Example: `  psbc trail pseudonym new-keys people.keys`,
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := gateway.NewPseudonymKeys(args[0])
			if err != nil {
				return explain(err)
			}
			return g.printKeys(cmd, args[0], "made", keys)
		},
	}
}

func newRotateKeysCommand(g *globals) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:   "rotate FILE",
		Short: "Make a new key, for the pseudonyms from now on",
		Long: `Makes a new key. Pseudonyms are made with it from now on; the others still find what was
recorded under them. The pseudonyms of one person under two keys cannot be told to be
one person's without the keys.

With --json: KEYS.`,
		Example: `  psbc trail pseudonym rotate people.keys`,
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := loadPseudonyms(args[0])
			if err != nil {
				return err
			}
			if err := keys.Rotate(id); err != nil {
				if errors.Is(err, gateway.ErrInvalidArgument) {
					return exit.Usagef("%w", err)
				}
				return explain(err)
			}
			return g.printKeys(cmd, args[0], "a new key makes the pseudonyms", keys)
		},
	}
	cmd.Flags().StringVar(&id, "id", "", "`ID` of the new key (default: k2 after k1, and so on)")
	return cmd
}

func newEraseKeyCommand(g *globals) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "erase FILE ID",
		Short: "Forget a key, and with it whose its pseudonyms are",
		Long: `Erases a key that was rotated out. From then on nobody can tell whose the pseudonyms are
that were made with it, nor make them again: no report on a person finds them. Copies
of the file, in backups for instance, have to be destroyed as well. It cannot be
undone, so it asks first.

With --json: KEYS.`,
		Example: `  psbc trail pseudonym erase people.keys k1 --yes`,
		Args:    exactly("FILE", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := loadPseudonyms(args[0])
			if err != nil {
				return err
			}
			if !yes {
				if err := confirm(cmd, fmt.Sprintf("Erase key %s of %s for good?", printable(args[1]), printable(args[0]))); err != nil {
					return err
				}
			}
			if err := keys.Erase(args[1]); err != nil {
				return explain(err)
			}
			return g.printKeys(cmd, args[0], "key "+args[1]+" is erased; destroy its copies too", keys)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func newPseudonymOfCommand(g *globals) *cobra.Command {
	var all, actor bool
	cmd := &cobra.Command{
		Use:   "of FILE",
		Short: "Make the pseudonym of an identifier on standard input",
		Long: `Makes the pseudonym of the identifier on standard input: it does not belong on a command
line, which other users of the machine can see. Case and spaces in it do not count.
The same person has another pseudonym as an actor than as a subject.

With --json:

  {"kind": "subject" or "actor", "pseudonyms"}`,
		Example: `  cat identifier.txt | psbc trail pseudonym of people.keys --all`,
		Args:    exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := loadPseudonyms(args[0])
			if err != nil {
				return err
			}
			kind := subjectPerson()
			if actor {
				kind = actorPerson()
			}
			identifier, err := readIdentifier(cmd, intake.Stdin)
			if err != nil {
				return err
			}
			result := pseudonymResult{Kind: kind.name, Pseudonyms: kind.pseudonyms(keys, identifier)}
			if !all {
				result.Pseudonyms = result.Pseudonyms[:1]
			}
			return g.printResult(cmd, result, func(w io.Writer) { fmt.Fprintln(w, strings.Join(result.Pseudonyms, "\n")) })
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "one under each key, that of the newest first")
	cmd.Flags().BoolVar(&actor, "actor", false, "as one who acts, not as one who is concerned")
	return cmd
}

// maxIdentifier bounds a file with an identifier, in bytes.
const maxIdentifier = 4096

// readIdentifier reads the identifier of one person, "-" for standard input. No error
// repeats it.
func readIdentifier(cmd *cobra.Command, file string) (string, error) {
	if file == intake.Stdin && isTerminal(cmd.InOrStdin()) {
		fmt.Fprintln(cmd.ErrOrStderr(), "the identifier, and then Ctrl-D:")
	}
	var content []byte
	err := intake.Read(cmd.Context(), file, cmd.InOrStdin(), func(in io.Reader) error {
		var err error
		content, err = io.ReadAll(io.LimitReader(in, maxIdentifier+1))
		return err
	})
	if err != nil {
		return "", err
	}
	identifier := strings.TrimSpace(strings.TrimPrefix(string(content), "\ufeff"))
	switch {
	case identifier == "":
		return "", exit.Usagef("the identifier is missing")
	case len(content) > maxIdentifier:
		return "", exit.Usagef("the identifier is longer than %d bytes", maxIdentifier)
	case strings.ContainsAny(identifier, "\r\n"):
		return "", exit.Usagef("there is more than one line; a report is on one person")
	}
	return identifier, nil
}
