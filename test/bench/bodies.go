package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// operationLimit bounds one operation with all its retries.
const operationLimit = 2 * time.Minute

// ledger is what the benchmark asks of a body's notary.
type ledger interface {
	Notarise(context.Context, gateway.NotariseRequest, ...gateway.NotariseOption) (*gateway.Notarisation, error)
	NotariseBatch(context.Context, gateway.BatchRequest) (*gateway.BatchResult, error)
	Read(context.Context, gateway.RecordRequest) (*gateway.Notarisation, error)
	History(context.Context, gateway.RecordRequest) (*gateway.History, error)
	AllByBody(context.Context, gateway.ListRequest) iter.Seq2[gateway.Notarisation, error]
}

// body acts for one public body.
type body struct {
	name   string
	mspID  string
	ledger ledger
	// put sends one argument through the minimal chaincode, on the same
	// connection and with the same care as a notarisation.
	put func(ctx context.Context, argument string) error
}

// connectAs opens a connection as one user of every body that has a profile of it.
// closeAll closes those that were opened, also after an error.
func connectAs(ctx context.Context, user, profiles string, log *slog.Logger) (clients []*gateway.Client, closeAll func() error, err error) {
	closeAll = func() error {
		var failed []error
		for _, c := range clients {
			failed = append(failed, c.Close())
		}
		return errors.Join(failed...)
	}
	files, err := filepath.Glob(filepath.Join(profiles, "*", user+".json"))
	if err != nil {
		return nil, closeAll, err
	}
	if len(files) == 0 {
		return nil, closeAll, fmt.Errorf("no %s's profile below %s: bring the network up first (make up)", user, profiles)
	}
	for _, file := range files {
		profile, err := gateway.LoadProfile(file)
		if err != nil {
			return clients, closeAll, err
		}
		client, err := gateway.Connect(ctx, profile, gateway.WithLogger(log))
		if err != nil {
			return clients, closeAll, fmt.Errorf("as %s: %w", profile.Body.Name, err)
		}
		clients = append(clients, client)
	}
	return clients, closeAll, nil
}

// connect opens a connection as the notary of every body.
func connect(ctx context.Context, profiles string, log *slog.Logger) (bodies []body, closeAll func() error, err error) {
	clients, closeAll, err := connectAs(ctx, "notary", profiles, log)
	if err != nil {
		return nil, closeAll, err
	}
	for _, client := range clients {
		contract := client.Contract(minimalChaincode)
		own := client.Profile().Body
		bodies = append(bodies, body{
			name: own.Name, mspID: own.MSPID, ledger: client.Notary(),
			put: func(ctx context.Context, argument string) error {
				_, err := contract.Submit(ctx, gateway.Call{Function: "Put", Arguments: []string{argument}})
				return err
			},
		})
	}
	return bodies, closeAll, nil
}

// work makes the requests of one run and sends them, to the bodies in turn.
type work struct {
	run    string // unique, so that a run can be repeated on one ledger
	bodies []body
}

func newWork(bodies []body) *work {
	return &work{run: strings.ToLower(rand.Text()[:10]), bodies: bodies}
}

// body returns the one that does the i-th operation.
func (w *work) body(i int) body { return w.bodies[i%len(w.bodies)] }

// requestID names the i-th operation of a load.
func (w *work) requestID(load string, i int) string {
	return fmt.Sprintf("bench-%s-%s-%d", w.run, load, i)
}

// item is a document that exists nowhere else.
func (w *work) item(name string) (notary.Item, error) {
	digest, err := gateway.Digest(strings.NewReader(name), notary.SHA2_256)
	if err != nil {
		return notary.Item{}, err
	}
	return notary.Item{Digest: digest, Type: "benchmark", Reference: name}, nil
}

// request names a checkpoint, as the client otherwise does by itself: both chaincodes that
// are compared get the same bytes.
func (w *work) request(load string, i int) (gateway.NotariseRequest, error) {
	id := w.requestID(load, i)
	item, err := w.item(id)
	item.After = &notary.After{Size: 1, Root: strings.Repeat("0123456789abcdef", 4)}
	return gateway.NotariseRequest{RequestID: id, Item: item}, err
}

// notarise is the load of single notarisations under a name.
func (w *work) notarise(load string) operation {
	return func(ctx context.Context, i int) (int, error) {
		request, err := w.request(load, i)
		if err != nil {
			return 0, err
		}
		ctx, cancel := context.WithTimeout(ctx, operationLimit)
		defer cancel()
		_, err = w.body(i).ledger.Notarise(ctx, request)
		return 1, err
	}
}

// put is the same load for the minimal chaincode: the same bytes, as they are.
func (w *work) put(load string) operation {
	return func(ctx context.Context, i int) (int, error) {
		request, err := w.request(load, i)
		if err != nil {
			return 0, err
		}
		argument, err := json.Marshal(request)
		if err != nil {
			return 0, err
		}
		ctx, cancel := context.WithTimeout(ctx, operationLimit)
		defer cancel()
		return 1, w.body(i).put(ctx, string(argument))
	}
}

// batch is a load of batches.
func (w *work) batch(load string, size int) operation {
	return func(ctx context.Context, i int) (int, error) {
		request := gateway.BatchRequest{RequestID: w.requestID(load, i)}
		for k := range size {
			item, err := w.item(fmt.Sprintf("%s-%d", request.RequestID, k))
			if err != nil {
				return 0, err
			}
			request.Items = append(request.Items, item)
		}
		ctx, cancel := context.WithTimeout(ctx, operationLimit)
		defer cancel()
		result, err := w.body(i).ledger.NotariseBatch(ctx, request)
		if err != nil {
			return 0, err
		}
		return result.Count, nil
	}
}

// read is a load of reads: of the first count records of another load, as
// bodies other than their owners.
func (w *work) read(of string, count int) operation {
	return func(ctx context.Context, i int) (int, error) {
		request, err := w.request(of, i%count)
		if err != nil {
			return 0, err
		}
		ctx, cancel := context.WithTimeout(ctx, operationLimit)
		defer cancel()
		owner := w.body(i % count)
		record, err := w.body(i%count+1+i%max(len(w.bodies)-1, 1)).ledger.Read(ctx, gateway.RecordRequest{Digest: request.Digest, Body: owner.mspID})
		if err != nil {
			return 0, err
		}
		if record.RequestID != request.RequestID {
			return 0, fmt.Errorf("read another record than was notarised: %s for %s", record.RequestID, request.RequestID)
		}
		return 1, nil
	}
}

// failureKind names the class of an error for counting.
func failureKind(err error) string {
	var e *gateway.Error
	if errors.As(err, &e) {
		switch {
		case e.Validation != "":
			return string(e.Kind) + " " + e.Validation
		default:
			return string(e.Kind)
		}
	}
	return "other: " + err.Error()
}
