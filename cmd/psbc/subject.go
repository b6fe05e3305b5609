package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/chaincode/fault"
	"github.com/psbc-lu/psbc/chaincode/notary"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/intake"
)

// namingHelp is what the help of verbs with FILE|DIGEST arguments says of them.
const namingHelp = `FILE|DIGEST is a document, "-" for standard input, or a digest such as
sha2-256:2cf2…; what reads as a digest is one, whatever files there are (write
./sha2-256:… for a file of such a name).`

// subject resolves one FILE|DIGEST argument. A well-formed digest is a digest even
// where a file has that name: what a command means must not depend on which files
// somebody put into the working directory.
func subject(ctx context.Context, arg string, stdin io.Reader, algorithm notary.Algorithm) (intake.Document, error) {
	digest, parseErr := notary.ParseDigest(arg)
	if parseErr == nil {
		return intake.Document{Name: arg, Digest: digest}, nil
	}
	if missing(arg) && looksLikeDigest(arg) {
		return intake.Document{}, notADigest(arg, parseErr)
	}
	if info, err := os.Stat(arg); err == nil && info.IsDir() {
		return intake.Document{}, exit.Usagef("%q is a folder; this verb takes one document", arg)
	}
	documents, err := intake.Hash(ctx, []string{arg}, stdin, algorithm, nil)
	if err != nil {
		return intake.Document{}, err
	}
	return documents[0], nil
}

// notADigest says what is wrong with an argument that is no file either.
func notADigest(arg string, err error) error {
	reason := err.Error()
	if refusal, ok := fault.Parse(reason); ok {
		reason = refusal.Message
	}
	return exit.Usagef("%q is neither a file nor a digest: %s", arg, reason)
}

// missing reports whether no file has this name.
func missing(name string) bool {
	_, err := os.Stat(name)
	return name != intake.Stdin && errors.Is(err, fs.ErrNotExist)
}

// looksLikeDigest reports whether arg starts as a digest of some algorithm does.
func looksLikeDigest(arg string) bool {
	name, _, found := strings.Cut(strings.ToLower(arg), ":")
	return found && strings.HasPrefix(name, "sha")
}

// algorithmFlag is --algorithm.
type algorithmFlag struct{ algorithm notary.Algorithm }

func (f *algorithmFlag) String() string { return string(f.algorithm) }
func (f *algorithmFlag) Type() string   { return "NAME" }

func (f *algorithmFlag) Set(s string) error {
	for _, algorithm := range notary.Algorithms() {
		if strings.EqualFold(s, string(algorithm)) {
			f.algorithm = algorithm
			return nil
		}
	}
	return exit.Usagef("unknown algorithm; one of %s", strings.Join(algorithmNames(), ", "))
}

// add defines --algorithm on cmd.
func (f *algorithmFlag) add(cmd *cobra.Command, usage string) {
	cmd.Flags().Var(f, "algorithm", usage)
	mustComplete(cmd, "algorithm", cobra.FixedCompletions(algorithmNames(), cobra.ShellCompDirectiveNoFileComp))
}

func algorithmNames() []string {
	var names []string
	for _, algorithm := range notary.Algorithms() {
		names = append(names, string(algorithm))
	}
	return names
}
