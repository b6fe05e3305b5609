package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// reportVersion is the "v" of a report.
const reportVersion = 1

// report is all that one run measured.
type report struct {
	V       int       `json:"v"`
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"`
	Machine machine   `json:"machine"`
	Options options   `json:"options"`
	Bodies  []string  `json:"bodies"`
	Idle    outcome   `json:"idle"`
	Surge   surge     `json:"surge"`
	Rates   rates     `json:"rates"`
	// Registry is nil when it was left out.
	Registry *registers `json:"registry,omitempty"`
	// Trail is nil when the trails were left out.
	Trail *trails `json:"trail,omitempty"`
	// Evidence is nil when it was left out.
	Evidence *evidences `json:"evidence,omitempty"`
	Nodes    []usage    `json:"nodes"`
	Targets  []target   `json:"targets"`
}

type machine struct {
	CPUs int    `json:"cpus"`
	OS   string `json:"os"`
	Arch string `json:"arch"`
	Go   string `json:"go"`
}

func thisMachine() machine {
	return machine{CPUs: runtime.NumCPU(), OS: runtime.GOOS, Arch: runtime.GOARCH, Go: runtime.Version()}
}

type surge struct {
	outcome
	Ledger account `json:"ledger"`
}

// rates are the loads whose rounds alternated: single and minimal, and then these two, as
// Grown, with batch and evaluate, on a ledger that the batches fill.
type rates struct {
	Single       rate `json:"single"`
	Minimal      rate `json:"minimal"`
	Batch        rate `json:"batch"`
	Evaluate     rate `json:"evaluate"`
	GrownSingle  rate `json:"grownSingle"`
	GrownMinimal rate `json:"grownMinimal"`
	// Medians of the rounds' ratios.
	SingleToMinimal      float64 `json:"singleToMinimal"`
	BatchToSingle        float64 `json:"batchToSingle"`
	GrownSingleToMinimal float64 `json:"grownSingleToMinimal"`
}

// rate is a load over all its rounds.
type rate struct {
	outcome
	Rounds []float64 `json:"rounds"` // records per second
	// NodesCPU is what all nodes used, warm-up included, in seconds for 1,000
	// records.
	NodesCPU float64 `json:"nodesCpuSecondsPer1000"`
}

// target is what a network of this suite should reach.
type target struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Bound string  `json:"bound"`
	Met   bool    `json:"met"`
}

func (r *report) judge() {
	atLeast := func(name string, value, bound float64) {
		r.Targets = append(r.Targets, target{name, value, fmt.Sprintf("at least %g", bound), value >= bound})
	}
	atMost := func(name string, value, bound float64) {
		r.Targets = append(r.Targets, target{name, value, fmt.Sprintf("at most %g", bound), value <= bound})
	}
	if r.Options.Only != onlyEvidence {
		r.judgeNetwork(atLeast, atMost)
	}
	if e := r.Evidence; e != nil {
		e.judge(atLeast, atMost)
	}
}

// bound adds a target.
type bound func(name string, value, bound float64)

// judgeNetwork adds the targets of what only a network can do.
func (r *report) judgeNetwork(atLeast, atMost bound) {
	atLeast("single rate / minimal chaincode's", r.Rates.SingleToMinimal, 0.90)
	atLeast("batch rate / single rate", r.Rates.BatchToSingle, 25)
	atMost("idle submit p50, ms", r.Idle.Latency.P50, 100)
	atMost("failures in the surge", float64(total(r.Surge.Failures)), 0)
	atMost("records lost", float64(r.Surge.Ledger.Lost), 0)
	atMost("records doubled", float64(r.Surge.Ledger.Doubled), 0)
	if g := r.Registry; g != nil {
		atLeast("import rate / single creates", g.ImportToCreate, 20)
		atLeast("find rate / read by id", g.FindToRead, 0.5)
		atMost("MVCC conflicts of creates", float64(g.Conflicts), 0)
		atMost("failures of creates", float64(total(g.Create.Failures)), 0)
	}
	if g := r.Trail; g != nil {
		atLeast("entries appended a second", g.Append.PerSecond, 5000)
		atLeast("append rate / single appends", g.AppendToSingle, 30)
		atMost("MVCC conflicts of appends", float64(g.Conflicts), 0)
		atMost("failures of appends", float64(total(g.Single.Failures)+total(g.Append.Failures)), 0)
		atMost("page of a subject's entries, p50 ms", g.Subject.Latency.P50, 50)
	}
}

// broken says whether the ledger does not hold what it should.
func (r *report) broken() bool { return r.Surge.Ledger.Lost > 0 || r.Surge.Ledger.Doubled > 0 }

// missed returns the names of the targets that were not met.
func (r *report) missed() []string {
	var names []string
	for _, t := range r.Targets {
		if !t.Met {
			names = append(names, t.Name)
		}
	}
	return names
}

// print writes the report for people.
func (r *report) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")+"\t") }

	if r.Options.Only == "" {
		fmt.Fprintf(w, "%d bodies, %d nodes, ", len(r.Bodies), len(r.Nodes)-1)
	}
	fmt.Fprintf(w, "%d CPUs, %s/%s, %s, %.0f s\n\n", r.Machine.CPUs, r.Machine.OS, r.Machine.Arch, r.Machine.Go, r.Seconds)
	if r.Options.Only == "" {
		r.printLoads(line)
	}
	if r.Evidence != nil {
		r.Evidence.print(line)
	}
	line("target", "value", "bound", "")
	for _, one := range r.Targets {
		verdict := "met"
		if !one.Met {
			verdict = "MISSED"
		}
		line(one.Name, fmt.Sprintf("%.2f", one.Value), one.Bound, verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if r.Options.Only == "" {
		r.printNotes(w)
	}
	return nil
}

// printLoads writes what the network did, and what its nodes used.
func (r *report) printLoads(line func(cells ...string)) {
	line("load", "in flight", "operations", "records/s", "p50 ms", "p95 ms", "p99 ms", "max ms", "failures", "nodes' CPU s/1000")
	row := func(name string, inFlight int, o outcome, cpu string) {
		line(name, fmt.Sprint(inFlight), fmt.Sprint(o.Operations), fmt.Sprintf("%.1f", o.PerSecond),
			fmt.Sprintf("%.0f", o.Latency.P50), fmt.Sprintf("%.0f", o.Latency.P95), fmt.Sprintf("%.0f", o.Latency.P99),
			fmt.Sprintf("%.0f", o.Latency.Max), fmt.Sprint(total(o.Failures)), cpu)
	}
	rated := func(name string, inFlight int, one rate) {
		row(name, inFlight, one.outcome, fmt.Sprintf("%.2f", one.NodesCPU))
	}
	row("idle", 1, r.Idle, "")
	row("surge", r.Options.InFlight, r.Surge.outcome, "")
	rated("single", r.Options.Concurrency, r.Rates.Single)
	rated("minimal", r.Options.Concurrency, r.Rates.Minimal)
	rated(fmt.Sprintf("batch of %d", r.Options.Batch), r.Options.Batches, r.Rates.Batch)
	rated("evaluate", r.Options.Concurrency, r.Rates.Evaluate)
	rated("single, beside batches", r.Options.Concurrency, r.Rates.GrownSingle)
	rated("minimal, beside batches", r.Options.Concurrency, r.Rates.GrownMinimal)
	if g := r.Registry; g != nil {
		row("create record", r.Options.InFlight, g.Create, "")
		row("import", gateway.DefaultImportInFlight, g.Import, "")
		rated("read record", r.Options.Concurrency, g.Read)
		rated("find record", r.Options.Concurrency, g.Find)
		row(fmt.Sprintf("as-of of %d", r.Options.Versions), 1, g.AsOf, "")
	}
	if g := r.Trail; g != nil {
		row("append one entry", r.Options.InFlight, g.Single, "")
		row("append batches", r.Options.Recorders, g.Append, "")
		row("entries of a subject", 1, g.Subject, "")
	}
	line()
	line("node", "pid", "CPU s", "RSS before, MB", "RSS peak, MB", "")
	for _, n := range r.Nodes {
		note := ""
		if n.Gone {
			note = "ended meanwhile"
		}
		line(n.Node, fmt.Sprint(n.PID), fmt.Sprintf("%.1f", n.CPUSeconds), megabytes(n.RSSBefore), megabytes(n.RSSPeak), note)
	}
	line()
}

// printNotes names what the table only counts.
func (r *report) printNotes(w io.Writer) {
	l := r.Surge.Ledger
	fmt.Fprintf(w, "\nbeside batches, single / minimal: %.2f\n", r.Rates.GrownSingleToMinimal)
	fmt.Fprintf(w, "of %d notarisations in the surge, %d were reported as committed and %d are on the ledger: %d lost, %d doubled, %d committed but not reported\n",
		r.Options.Submits, l.Reported, l.OnLedger, l.Lost, l.Doubled, l.Unreported)
	for _, load := range []struct {
		name string
		outcome
	}{
		{"idle", r.Idle}, {"surge", r.Surge.outcome}, {"single", r.Rates.Single.outcome},
		{"minimal", r.Rates.Minimal.outcome}, {"batch", r.Rates.Batch.outcome}, {"evaluate", r.Rates.Evaluate.outcome},
		{"single, beside batches", r.Rates.GrownSingle.outcome}, {"minimal, beside batches", r.Rates.GrownMinimal.outcome},
		{"create record", r.Registry.get().Create}, {"import", r.Registry.get().Import}, {"read record", r.Registry.get().Read.outcome},
		{"find record", r.Registry.get().Find.outcome}, {"as-of", r.Registry.get().AsOf},
		{"append one entry", r.Trail.get().Single}, {"append batches", r.Trail.get().Append}, {"entries of a subject", r.Trail.get().Subject},
	} {
		for _, kind := range slices.Sorted(maps.Keys(load.Failures)) {
			fmt.Fprintf(w, "%s: %d failed: %s\n", load.name, load.Failures[kind], kind)
		}
	}
}

// save writes the report as JSON to every path.
func (r *report) save(paths ...string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	var failed []error
	for _, path := range paths {
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, append(data, '\n'), 0o644)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func total(failures map[string]int) int {
	sum := 0
	for _, count := range failures {
		sum += count
	}
	return sum
}

func megabytes(bytes uint64) string { return fmt.Sprintf("%.0f", float64(bytes)/1e6) }
