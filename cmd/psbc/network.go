package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/psbc-lu/psbc/cmd/psbc/internal/exit"
	"github.com/psbc-lu/psbc/cmd/psbc/internal/rundir"
	"github.com/psbc-lu/psbc/network"
)

// suite lists the chaincodes of this project and the program that serves them.
func suite() []network.Chaincode {
	const server = "./chaincode/cmd/psbc-chaincode"
	return []network.Chaincode{{Name: "notary", Server: server}, {Name: "registry", Server: server}, {Name: "trail", Server: server}, {Name: "checkpoint", Server: server}}
}

func newNetworkCommand(g *globals) *cobra.Command {
	cmd := newNoun("network", "Run the network of public bodies on this machine", `Run the network of public bodies on this machine: one organisation per body,
each with a peer, a SmartBFT orderer, a chaincode server and a witness of the ledger
log, as plain processes.

Generated state (keys, ledgers, logs, connection profiles) lives in --run-dir.`)
	cmd.Example = `  psbc network up
  psbc network status
  psbc network logs peer0.ctie --follow
  psbc network down`
	cmd.AddCommand(newUpCommand(g), newDownCommand(g), newStatusCommand(g), newLogsCommand(g), newResetCommand(g))
	return cmd
}

func newUpCommand(g *globals) *cobra.Command {
	var (
		topology string
		with     []string
	)
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Bring the network up, or back up, and deploy the chaincodes",
		Long: `Bring the network up: make what is missing, start what does not run, and deploy
every chaincode at its present sources (a changed one becomes the next sequence).

It is safe to repeat: after "down", after a crash of any node and after a reboot
the ledger goes on where it stopped. The first run builds Fabric's programs, which
takes some minutes; later runs use the cache.

A topology file decides the bodies, their number of peers and orderers, ports,
users and ordering timers of a new network; see docs/operations.md.`,
		Example: `  psbc network up
  psbc network up --topology examples/two-bodies.yaml --run-dir /tmp/two
  psbc network up --with mycc=./path/to/its/server`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			src, dir, err := g.source()
			if err != nil {
				return err
			}
			o := network.UpOptions{Chaincodes: suite(), Services: []network.Service{witnesses()}, Report: stepPrinter(cmd.ErrOrStderr())}
			if topology != "" {
				if o.Topology, err = network.LoadTopology(topology); err != nil {
					return networkError(err)
				}
			}
			for _, w := range with {
				name, server, ok := strings.Cut(w, "=")
				if !ok || name == "" || server == "" {
					return usage(fmt.Errorf("--with %q: use NAME=PACKAGE, for example mycc=./path/to/its/server", w))
				}
				o.Chaincodes = append(o.Chaincodes, network.Chaincode{Name: name, Server: server})
			}
			began := time.Now()
			n, err := network.Up(cmd.Context(), src, dir, o)
			if err != nil {
				return networkError(err)
			}
			result := upResult{RunDir: n.Layout.Root, Channel: n.Topology.Channel, Profiles: n.Layout.Profiles(), Seconds: time.Since(began).Seconds()}
			return g.printResult(cmd, result, func(w io.Writer) {
				fmt.Fprintf(w, "The network of %d bodies is up (%.1f s).\n", len(n.Topology.Bodies), result.Seconds)
				fmt.Fprintf(w, "Connection profiles: %s\n", result.Profiles)
			})
		},
	}
	cmd.Flags().StringVar(&topology, "topology", "", "make the network from this topology `FILE` (YAML)")
	cmd.Flags().StringArrayVar(&with, "with", nil, "also deploy a chaincode of your own, `NAME=PACKAGE` of its server program; may be repeated")
	return cmd
}

type upResult struct {
	RunDir   string  `json:"runDir"`
	Channel  string  `json:"channel"`
	Profiles string  `json:"profiles"`
	Seconds  float64 `json:"seconds"`
}

// stepPrinter shows each step with its time. On a terminal a running step is
// shown while it runs.
func stepPrinter(w io.Writer) network.Reporter {
	live := isTerminal(w)
	return func(step string) func(error) {
		began := time.Now()
		if live {
			fmt.Fprintf(w, "  … %s", step)
		}
		return func(err error) {
			mark := "✓"
			if err != nil {
				mark = "✗"
			}
			start := ""
			if live {
				start = "\r\033[K"
			}
			fmt.Fprintf(w, "%s  %s %-20s %6.1f s\n", start, mark, step, time.Since(began).Seconds())
		}
	}
}

func newDownCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:     "down",
		Short:   "Stop the network; its ledger stays",
		Long:    "Stop the processes that this network started, and no others. The ledger stays: \"up\" resumes it.",
		Example: "  psbc network down",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := g.network()
			if err != nil {
				return err
			}
			ended, err := n.Down(cmd.Context())
			if err != nil {
				return networkError(err)
			}
			return g.printResult(cmd, map[string]int{"stopped": ended}, func(w io.Writer) {
				fmt.Fprintf(w, "Stopped %d processes. The ledger stays in %s.\n", ended, n.Layout.Root)
			})
		},
	}
}

func newStatusCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show every node, its health and height, and whether all peers agree",
		Long: `Show every node with its pid, health, block height and committed chaincodes, and
whether all peers hold the same ledger: the header hash and the commit hash of the
highest block that all of them have. A witness tells of its ledger log and of the last
checkpoint that a quorum of bodies has cosigned, and whether bodies disagree.

Exit code 0 when every node is healthy and all peers agree, 1 otherwise.`,
		Example: `  psbc network status
  psbc network status --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			n, err := g.network()
			if err != nil {
				return err
			}
			s, err := n.Status(cmd.Context())
			if err != nil {
				return networkError(err)
			}
			if err := g.printResult(cmd, s, func(w io.Writer) { printStatus(w, s) }); err != nil {
				return err
			}
			if !s.Healthy || !s.Agreement.Agree {
				return exit.ErrReported
			}
			return nil
		},
	}
}

func printStatus(w io.Writer, s *network.Status) {
	fmt.Fprintln(w, "NODE\tPID\tHEALTH\tHEIGHT\tADDRESS\tCHAINCODE OR STATE")
	for _, n := range s.Nodes {
		pid, height, health := "-", "-", "ok"
		if n.Running {
			pid = fmt.Sprint(n.PID)
		}
		if n.Height > 0 {
			height = fmt.Sprint(n.Height)
		}
		if !n.Healthy {
			health = clipped(n.Problem)
		}
		var deployed []string
		for _, c := range n.Chaincodes {
			deployed = append(deployed, fmt.Sprintf("%s %s (sequence %d)", c.Name, c.Version, c.Sequence))
		}
		state := n.Summary
		if len(deployed) > 0 {
			state = strings.Join(deployed, ", ")
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", n.Node, pid, health, height, n.Address, state)
	}
	fmt.Fprintf(w, "\nChannel %s: %s.\n", s.Channel, s.Agreement.Text)
}

// clipped shortens what would push a table off the screen; --json has all of it.
func clipped(text string) string {
	const most = 120
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func newLogsCommand(g *globals) *cobra.Command {
	var o network.LogOptions
	cmd := &cobra.Command{
		Use:   "logs [NODE...]",
		Short: "Show the logs of nodes",
		Long:  "Show the last lines of the logs of the nodes named, or of all; \"psbc network status\" names them.",
		Example: `  psbc network logs
  psbc network logs orderer0.sigi --lines 100 --follow`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Lines < 0 {
				return usage(errors.New("--lines must not be negative"))
			}
			n, err := g.network()
			if err != nil {
				return err
			}
			o.Nodes = args
			return networkError(n.Logs(cmd.Context(), cmd.OutOrStdout(), o))
		},
	}
	cmd.Flags().IntVarP(&o.Lines, "lines", "n", 20, "show the last `N` lines of each log")
	cmd.Flags().BoolVarP(&o.Follow, "follow", "f", false, "go on with what is being written, until interrupted")
	return cmd
}

func newResetCommand(g *globals) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reset",
		Short: "Stop the network and delete its keys, ledgers, profiles and logs",
		Long: `Stop the network and delete everything that was generated for it: keys, ledgers,
profiles and logs. The ledger is gone for good. Built programs stay.

It asks first; --yes answers, and is needed where no terminal is there to ask.`,
		Example: "  psbc network reset --yes",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			src, dir, err := g.source()
			if err != nil {
				return err
			}
			if !yes {
				if err := confirm(cmd, fmt.Sprintf("Delete the network in %s with its ledger, for good?", dir)); err != nil {
					return err
				}
			}
			if err := network.Reset(cmd.Context(), src, dir); err != nil {
				return networkError(err)
			}
			return g.printResult(cmd, map[string]string{"reset": dir}, func(w io.Writer) {
				fmt.Fprintf(w, "The network in %s is gone.\n", dir)
			})
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// source finds the source tree, which nodes are built from, and the run directory.
func (g *globals) source() (network.Source, string, error) {
	root, err := rundir.Repository()
	if errors.Is(err, rundir.ErrOutside) {
		err = exit.WithRemedy(err, "change into a checkout of it, because nodes are built from source")
	}
	if err != nil {
		return network.Source{}, "", usage(err)
	}
	dir, err := g.runDir()
	return network.Source{Root: root}, dir, err
}

// network opens the network of the run directory.
func (g *globals) network() (*network.Network, error) {
	dir, err := g.runDir()
	if err != nil {
		return nil, err
	}
	n, err := network.Open(network.Source{}, dir)
	return n, networkError(err)
}

// networkError gives an error of the network its exit code.
func networkError(err error) error {
	if errors.Is(err, network.ErrUsage) {
		return usage(err)
	}
	return err
}
