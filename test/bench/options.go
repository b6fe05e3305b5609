package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/psbc-lu/psbc/chaincode/notary"
)

// options say what to measure, and for how long.
type options struct {
	RunDir      string `json:"-"`
	Profiles    string `json:"-"`
	Out         string `json:"-"`
	Check       bool   `json:"-"`
	Verbose     bool   `json:"-"`
	Submits     int    `json:"submits"`
	InFlight    int    `json:"inFlight"`
	Idle        int    `json:"idle"`
	Rounds      int    `json:"rounds"`
	Seconds     int    `json:"seconds"`
	WarmUp      int    `json:"warmUpSeconds"`
	Concurrency int    `json:"concurrency"`
	Batch       int    `json:"batch"`
	Batches     int    `json:"batchesInFlight"`
	Records     int    `json:"records"`
	Creates     int    `json:"creates"`
	Versions    int    `json:"versions"`
	Entries     int    `json:"entries"`
	Recorders   int    `json:"recorders"`
	Appends     int    `json:"appends"`
	// Only names the one phase to measure; empty for all.
	Only          string `json:"only,omitempty"`
	Digests       int    `json:"digests"`
	LogEntries    int    `json:"logEntries"`
	HashMegabytes int    `json:"hashMegabytes"`
	EvidenceFiles int    `json:"evidenceFiles"`
}

// onlyEvidence measures what needs no network.
const onlyEvidence = "evidence"

// Bounds that keep a slip of the keyboard from running for days.
const (
	maxSubmits  = 1_000_000
	maxInFlight = 2_000
	maxRounds   = 100
	maxSeconds  = 3_600
)

func parseOptions(arguments []string, errOut io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(errOut)
	flags.StringVar(&o.RunDir, "run-dir", "", "the network's run `directory` (default: network/.run)")
	flags.StringVar(&o.Profiles, "profiles", "", "`directory` of connection profiles (default: profiles in the run directory)")
	flags.StringVar(&o.Out, "out", "", "JSON `file` to write besides the one in the run directory")
	flags.BoolVar(&o.Check, "check", false, "exit 1 when a target is missed")
	flags.BoolVar(&o.Verbose, "v", false, "log what the client retries, and why")
	flags.IntVar(&o.Submits, "submits", 3000, "notarisations of the surge")
	flags.IntVar(&o.InFlight, "inflight", 400, "of which so many are in flight at a time")
	flags.IntVar(&o.Idle, "idle", 100, "submits, one after the other, that measure the idle latency")
	flags.IntVar(&o.Rounds, "rounds", 4, "rounds of every rate")
	flags.IntVar(&o.Seconds, "seconds", 8, "seconds that a round is measured for")
	flags.IntVar(&o.WarmUp, "warm-up", 2, "seconds of the same load before that, not counted")
	flags.IntVar(&o.Concurrency, "concurrency", 128, "operations in flight when rates are measured")
	flags.IntVar(&o.Batch, "batch", notary.MaxBatch, "records in a batch")
	flags.IntVar(&o.Batches, "batches-inflight", 8, "batches in flight when their rate is measured")
	flags.IntVar(&o.Records, "records", 100_000, "records that are imported into a register; 0 leaves the registry out")
	flags.IntVar(&o.Creates, "creates", 10_000, "records that are created one by one, as many in flight as in the surge")
	flags.IntVar(&o.Versions, "versions", 1000, "versions of the record whose past is asked for")
	flags.IntVar(&o.Entries, "entries", 1_000_000, "entries that are appended to an audit trail; 0 leaves the trails out")
	flags.IntVar(&o.Recorders, "recorders", 8, "recorders that append them")
	flags.IntVar(&o.Appends, "appends", 2000, "appends of one entry each, as many in flight as in the surge")
	flags.StringVar(&o.Only, "only", "", "measure one `phase`, evidence, which needs no network (default: all)")
	flags.IntVar(&o.Digests, "digests", 1_000_000, "digests in a batch file; 0 leaves evidence out")
	flags.IntVar(&o.LogEntries, "log-entries", 1_000_000, "entries of the ledger log that is built when there is no network; of one, it is built from all blocks")
	flags.IntVar(&o.HashMegabytes, "hash-megabytes", 1024, "megabytes of files that are hashed")
	flags.IntVar(&o.EvidenceFiles, "evidence-files", 20_000, "documents of the batch that evidence files are written for")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return o, o.validate()
}

// in fills in the directories that were not given.
func (o options) in(runDir string) options {
	o.RunDir = cmp.Or(o.RunDir, runDir)
	o.Profiles = cmp.Or(o.Profiles, filepath.Join(o.RunDir, "profiles"))
	return o
}

func (o options) validate() error {
	var wrong []error
	for _, bound := range []struct {
		flag            string
		value, min, max int
	}{
		{"submits", o.Submits, 1, maxSubmits},
		{"inflight", o.InFlight, 1, maxInFlight},
		{"idle", o.Idle, 1, maxSubmits},
		{"rounds", o.Rounds, 1, maxRounds},
		{"seconds", o.Seconds, 1, maxSeconds},
		{"warm-up", o.WarmUp, 0, maxSeconds},
		{"concurrency", o.Concurrency, 1, maxInFlight},
		{"batch", o.Batch, 1, notary.MaxBatch},
		{"batches-inflight", o.Batches, 1, maxInFlight},
		{"records", o.Records, 0, 10 * maxSubmits},
		{"creates", o.Creates, 1, maxSubmits},
		{"versions", o.Versions, 1, maxSubmits},
		{"entries", o.Entries, 0, 100 * maxSubmits},
		{"recorders", o.Recorders, 1, maxInFlight},
		{"appends", o.Appends, 1, maxSubmits},
		{"digests", o.Digests, 0, 100 * maxSubmits},
		{"log-entries", o.LogEntries, 1, 100 * maxSubmits},
		{"hash-megabytes", o.HashMegabytes, 1, maxSubmits},
		{"evidence-files", o.EvidenceFiles, 1, 10 * maxSubmits},
	} {
		if bound.value < bound.min || bound.value > bound.max {
			wrong = append(wrong, fmt.Errorf("-%s %d: %d to %d is possible", bound.flag, bound.value, bound.min, bound.max))
		}
	}
	if o.Only != "" && o.Only != onlyEvidence {
		wrong = append(wrong, fmt.Errorf("-only %q: the one phase that runs alone is %s", o.Only, onlyEvidence))
	}
	if o.Only == onlyEvidence && o.Digests == 0 {
		wrong = append(wrong, errors.New("-digests 0 leaves out what -only asks for"))
	}
	return errors.Join(wrong...)
}

func (o options) window() window {
	return window{
		warmUp:  time.Duration(o.WarmUp) * time.Second,
		measure: time.Duration(o.Seconds) * time.Second,
	}
}

// logger returns the log of the gateway clients.
func (o options) logger(w io.Writer) *slog.Logger {
	if !o.Verbose {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(w, nil))
}
