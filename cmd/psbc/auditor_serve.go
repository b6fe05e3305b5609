package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/auditor/ledgerlog"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
)

// Limits of the server, against clients who are slow on purpose.
const (
	serveHeaderTimeout = 10 * time.Second
	serveTimeout       = time.Minute
	serveGrace         = 5 * time.Second
	serveMaxHeader     = 16 << 10
)

func newLogServeCommand(g *globals) *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the ledger log over HTTP, for reading",
		Long: `Serves the ledger log in DIR until it is interrupted, as https://c2sp.org/tlog-tiles:
/checkpoint, /tile/<L>/<N> and /tile/entries/<N>; besides, /blocks/<N> tells where a block's
entries are. Another process may be building the log meanwhile. Nothing in a log tells who
wrote what, so it may be public.

For TLS, put a reverse proxy before it.

With --json, at the start: {"url"}.`,
		Example: `  psbc auditor log serve --dir /tmp/log
  psbc auditor log serve --dir /tmp/log --listen 127.0.0.1:8080`,
		Args: noArgs,
	}
	dir := addLogDir(cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "`ADDRESS` to listen on; port 0 is any that is free")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *dir == "" {
			return exit.Usagef("--dir is missing: which ledger log to serve")
		}
		if _, err := ledgerlog.OpenReader(*dir); err != nil {
			return err
		}
		var config net.ListenConfig
		listener, err := config.Listen(cmd.Context(), "tcp", listen)
		if err != nil {
			return err
		}
		address := "http://" + listener.Addr().String() + "/"
		if err := g.printResult(cmd, map[string]string{"url": address}, func(w io.Writer) { fmt.Fprintln(w, address) }); err != nil {
			return errors.Join(err, listener.Close())
		}
		return serve(cmd.Context(), listener, ledgerlog.Handler(*dir))
	}
	return cmd
}

// serve serves until the context ends.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: serveHeaderTimeout, ReadTimeout: serveTimeout, WriteTimeout: serveTimeout,
		IdleTimeout: serveTimeout, MaxHeaderBytes: serveMaxHeader,
	}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), serveGrace)
		defer cancel()
		ended <- server.Shutdown(graceful)
	})
	err := server.Serve(listener)
	if stop() { // it was not interrupted
		return err
	}
	return <-ended
}
