// Command psbc runs, and uses, the public-sector ledger: it starts the network,
// notarises, verifies and revokes documents on it, and keeps registers and audit
// trails.
//
// Exit codes: 0 done or valid, 1 failed, 2 wrong usage, 3 the answer is no.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run())
}

// run executes the command line of the process and returns its exit code. The
// first SIGINT or SIGTERM cancels the running verb; a second one kills.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)

	return int(execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
