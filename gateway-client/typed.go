package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/psbc-lu/psbc/chaincode/registry"
)

// Typed is one register whose records' data are values of T, as encoding/json
// writes and reads them. T should write what the register's schema asks for.
type Typed[T any] struct {
	registry *Registry
	register string
}

// TypedRecord is a record beside the value that its data are.
type TypedRecord[T any] struct {
	registry.Record
	Value T
}

// Records gives typed access to a register.
func Records[T any](r *Registry, register string) Typed[T] {
	return Typed[T]{registry: r, register: register}
}

// Create is Registry.Create; Register and Data of the request are filled in.
func (t Typed[T]) Create(ctx context.Context, request registry.CreateRequest, value T, options ...RecordOption) (*registry.Outcome, error) {
	data, err := encodeValue(opCreateRecord, request.RequestID, value)
	if err != nil {
		return nil, err
	}
	request.Register, request.Data = t.register, data
	return t.registry.Create(ctx, request, options...)
}

// Amend is Registry.Amend with the whole of the data; Register and Data of the
// request are filled in.
func (t Typed[T]) Amend(ctx context.Context, request registry.AmendRequest, value T, options ...RecordOption) (*registry.Outcome, error) {
	data, err := encodeValue(opAmendRecord, request.RequestID, value)
	if err != nil {
		return nil, err
	}
	request.Register, request.Data = t.register, data
	return t.registry.Amend(ctx, request, options...)
}

// Read gives a record, brought to the register's present schema. Registry.Read
// gives its attestations too.
func (t Typed[T]) Read(ctx context.Context, id string) (*TypedRecord[T], error) {
	view, err := t.registry.Read(ctx, registry.ReadRequest{Register: t.register, ID: id, View: registry.ViewCurrent})
	if err != nil {
		return nil, err
	}
	return typedRecord[T](view.Record)
}

// Find iterates over what Registry.FindAll finds; Register of the request is
// filled in. Records are as they were written, under an older schema perhaps. An error is
// yielded last, once, with a zero record.
func (t Typed[T]) Find(ctx context.Context, request registry.FindRequest) iter.Seq2[TypedRecord[T], error] {
	request.Register = t.register
	return typedRecords[T](t.registry.FindAll(ctx, request))
}

// All iterates over all records by id, as they were written. An error is yielded
// last, once, with a zero record.
func (t Typed[T]) All(ctx context.Context) iter.Seq2[TypedRecord[T], error] {
	return typedRecords[T](t.registry.All(ctx, registry.ListRequest{Register: t.register}))
}

func typedRecords[T any](records iter.Seq2[registry.Record, error]) iter.Seq2[TypedRecord[T], error] {
	return func(yield func(TypedRecord[T], error) bool) {
		for record, err := range records {
			var typed *TypedRecord[T]
			if err == nil {
				typed, err = typedRecord[T](record)
			}
			if err != nil {
				yield(TypedRecord[T]{}, err)
				return
			}
			if !yield(*typed, nil) {
				return
			}
		}
	}
}

func typedRecord[T any](record registry.Record) (*TypedRecord[T], error) {
	typed := &TypedRecord[T]{Record: record}
	if err := json.Unmarshal(record.Data, &typed.Value); err != nil {
		return nil, &Error{Op: "read record", Kind: ErrInternal, cause: err, Message: fmt.Sprintf(
			"the data of %s in register %s, version %d, are no %T: %v", record.ID, record.Register, record.Version, typed.Value, err)}
	}
	return typed, nil
}

func encodeValue(op, requestID string, value any) (json.RawMessage, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, &Error{Op: op, Kind: ErrInvalidArgument, RequestID: requestID, Message: fmt.Sprintf("encode the %T: %v", value, err), cause: err}
	}
	return data, nil
}
