package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/psbc-lu/psbc/chaincode/registry"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// registers is what the registry was measured at.
type registers struct {
	// Create is of records that are created one by one; Import of many in batches.
	Create    outcome `json:"create"`
	Conflicts int     `json:"mvccConflicts"` // of the creates, counted by a peer
	Import    outcome `json:"import"`
	// Read and Find are evaluated on all imported records: by id, and by an indexed
	// field that one record has.
	Read rate    `json:"read"`
	Find rate    `json:"find"`
	AsOf outcome `json:"asOf"`

	ImportToCreate float64 `json:"importToCreate"`
	FindToRead     float64 `json:"findToRead"` // median of the rounds' ratios
}

// get makes the fields of a registry that was left out readable.
func (g *registers) get() registers {
	if g == nil {
		return registers{}
	}
	return *g
}

// keeper is a registrar of a body.
type keeper struct {
	mspID    string
	registry *gateway.Registry
}

// registrars connects as the registrar of every body.
func registrars(ctx context.Context, profiles string, log *slog.Logger) (keepers []keeper, closeAll func() error, err error) {
	clients, closeAll, err := connectAs(ctx, "registrar", profiles, log)
	if err != nil {
		return nil, closeAll, err
	}
	for _, client := range clients {
		keepers = append(keepers, keeper{client.Profile().Body.MSPID, client.Registry()})
	}
	return keepers, closeAll, nil
}

const registrySchema = `{"type":"object","properties":{"plot":{"type":"string","maxLength":40},"commune":{"type":"string","pattern":"^[0-9]{4}$"},` +
	`"year":{"type":"integer","minimum":1000},"area":{"type":"number"},"street":{"type":"string","maxLength":120}},"required":["plot","commune"],"additionalProperties":false}`

// registry measures a register of its own: creates, an import, reads, and the past
// of one record.
func (r *runner) registry(ctx context.Context, result *report) error {
	g := &registers{}
	result.Registry = g
	register := "bench-" + r.work.run
	definition := registry.Definition{
		ID: register, Titles: registry.Titles{En: "Benchmark"}, Schema: json.RawMessage(registrySchema),
		Unique: []string{"plot"}, Indexed: []string{"commune", "street"},
	}
	for _, k := range r.keepers {
		definition.Writers = append(definition.Writers, k.mspID)
	}
	if _, err := r.keepers[0].registry.CreateRegister(ctx, registry.CreateRegisterRequest{Definition: definition}); err != nil {
		return fmt.Errorf("define a register: %w", err)
	}
	for _, step := range []func(context.Context, string, *registers) error{r.creates, r.imports, r.reads, r.past} {
		if err := step(ctx, register, g); err != nil {
			return err
		}
	}
	return nil
}

// item is the i-th record of a load, which no other load has.
func (r *runner) item(load string, i int) registry.Item {
	return registry.Item{
		ID: fmt.Sprintf("%s-%d", load, i),
		Data: json.RawMessage(fmt.Sprintf(`{"plot":"%s-%d","commune":"%04d","year":%d,"area":%d.5,"street":"Rue de l'Exemple %s %d"}`,
			load, i, i%100, 1900+i%125, 40+i%300, load, i)),
	}
}

func (r *runner) creates(ctx context.Context, register string, g *registers) error {
	r.say("registry: %d records, one by one, %d in flight", r.options.Creates, r.options.InFlight)
	before, err := conflicts(ctx, r.operations)
	if err != nil {
		return err
	}
	samples := driveCount(ctx, r.options.InFlight, r.options.Creates, func(ctx context.Context, i int) (int, error) {
		ctx, cancel := context.WithTimeout(ctx, operationLimit)
		defer cancel()
		_, err := r.keepers[i%len(r.keepers)].registry.Create(ctx, registry.CreateRequest{Register: register, Item: r.item("single", i)})
		return 1, err
	})
	g.Create = evaluateSamples(samples, span(samples), failureKind)
	after, err := conflicts(ctx, r.operations)
	if err != nil {
		return err
	}
	g.Conflicts = after - before
	return interrupted(ctx)
}

func (r *runner) imports(ctx context.Context, register string, g *registers) error {
	r.say("registry: an import of %d records", r.options.Records)
	began := time.Now()
	summary, err := r.keepers[0].registry.ImportStream(ctx, gateway.ImportOptions{Register: register}, r.rows())
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	elapsed := time.Since(began)
	g.Import = outcome{
		Operations: summary.Batches, Records: summary.Rows, Seconds: elapsed.Seconds(),
		PerSecond: float64(summary.Rows) / elapsed.Seconds(),
	}
	if g.Create.PerSecond > 0 {
		g.ImportToCreate = g.Import.PerSecond / g.Create.PerSecond
	}
	r.say("registry: %.0f records/s", g.Import.PerSecond)
	return nil
}

func (r *runner) rows() iter.Seq2[registry.Item, error] {
	return func(yield func(registry.Item, error) bool) {
		for i := range r.options.Records {
			if !yield(r.item("import", i), nil) {
				return
			}
		}
	}
}

// spread visits records all over the register, each once before any twice.
func (r *runner) spread(i int) int { return i * 7919 % r.options.Records }

func (r *runner) reads(ctx context.Context, register string, g *registers) error {
	loads := []*load{
		{name: "read", inFlight: r.options.Concurrency, into: &g.Read, do: func(ctx context.Context, i int) (int, error) {
			want := r.item("import", r.spread(i))
			got, err := r.keepers[i%len(r.keepers)].registry.Read(ctx, registry.ReadRequest{Register: register, ID: want.ID})
			if err == nil && got.Record.ID != want.ID {
				err = fmt.Errorf("read %s for %s", got.Record.ID, want.ID)
			}
			return 1, err
		}},
		{name: "find", inFlight: r.options.Concurrency, into: &g.Find, do: func(ctx context.Context, i int) (int, error) {
			n := r.spread(i)
			value, err := json.Marshal(fmt.Sprintf("Rue de l'Exemple import %d", n))
			if err != nil {
				return 0, err
			}
			page, err := r.keepers[i%len(r.keepers)].registry.Find(ctx, registry.FindRequest{Register: register, Field: "street", Value: value})
			if err == nil && (len(page.Items) != 1 || page.Items[0].ID != r.item("import", n).ID) {
				err = fmt.Errorf("found %d records for record %d", len(page.Items), n)
			}
			return 1, err
		}},
	}
	if err := r.everywhere(ctx, register); err != nil {
		return err
	}
	if err := r.alternate(ctx, loads); err != nil {
		return err
	}
	g.FindToRead = median(ratios(g.Find.Rounds, g.Read.Rounds))
	return nil
}

// everywhere waits until the peers of all bodies have what was imported last: the import
// knows of one body's only.
func (r *runner) everywhere(ctx context.Context, register string) error {
	ctx, cancel := context.WithTimeout(ctx, operationLimit)
	defer cancel()
	last := registry.ReadRequest{Register: register, ID: r.item("import", r.options.Records-1).ID}
	for _, k := range r.keepers {
		for {
			_, err := k.registry.Read(ctx, last)
			if err == nil {
				break
			}
			if !errors.Is(err, gateway.ErrNotFound) {
				return fmt.Errorf("wait for the peer of %s: %w", k.mspID, err)
			}
			time.Sleep(200 * time.Millisecond)
		}
	}
	return nil
}

// asOfSamples is how often the past of one record is asked for.
const asOfSamples = 50

func (r *runner) past(ctx context.Context, register string, g *registers) error {
	r.say("registry: a record of %d versions", r.options.Versions)
	keeper := r.keepers[0].registry
	item := r.item("past", 0)
	day := func(version int) string {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, version).Format(time.RFC3339)
	}
	item.Effective = day(1)
	if _, err := keeper.Create(ctx, registry.CreateRequest{Register: register, Item: item}); err != nil {
		return err
	}
	for version := 1; version < r.options.Versions; version++ {
		_, err := keeper.Amend(ctx, registry.AmendRequest{
			Register: register, ID: item.ID, Base: version, Effective: day(version + 1),
			Patch: json.RawMessage(fmt.Sprintf(`{"year":%d}`, 1000+version)),
		})
		if err != nil {
			return fmt.Errorf("version %d: %w", version+1, err)
		}
	}
	samples := driveCount(ctx, 1, asOfSamples, func(ctx context.Context, i int) (int, error) {
		version := 1 + i*(r.options.Versions-1)/max(asOfSamples-1, 1)
		answer, err := keeper.AsOf(ctx, registry.AsOfRequest{Register: register, ID: item.ID, At: day(version)})
		if err == nil && answer.Record.Version != version {
			err = fmt.Errorf("version %d was in force, not %d", answer.Record.Version, version)
		}
		return 1, err
	})
	g.AsOf = evaluateSamples(samples, span(samples), failureKind)
	return interrupted(ctx)
}
