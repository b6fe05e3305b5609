package gateway

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/google/uuid"
)

// orNewID makes a request id when the caller gave none. Version 7 begins with
// the time, so ids sort by it in logs.
func orNewID(id string) string {
	if id != "" {
		return id
	}
	if made, err := uuid.NewV7(); err == nil {
		return made.String()
	}
	return "" // refused by validation; crypto/rand does not fail in practice
}

// write submits a request and decodes what the chaincode returned.
func write[T any](ctx context.Context, c *Contract, op, function, requestID string, request any, validate func() error) (*T, error) {
	call, err := callOf(op, function, requestID, request, validate)
	if err != nil {
		return nil, err
	}
	result, err := c.submit(ctx, op, call)
	if err != nil {
		return nil, err
	}
	return decode[T](op, requestID, result.TxID, result.Payload)
}

// read evaluates a request and decodes what the chaincode returned.
func read[T any](ctx context.Context, c *Contract, op, function string, request any, validate func() error) (*T, error) {
	call, err := callOf(op, function, "", request, validate)
	if err != nil {
		return nil, err
	}
	payload, err := c.evaluate(ctx, op, call)
	if err != nil {
		return nil, err
	}
	return decode[T](op, "", "", payload)
}

func callOf(op, function, requestID string, request any, validate func() error) (Call, error) {
	if err := validate(); err != nil {
		return Call{}, refused(op, requestID, err)
	}
	argument, err := json.Marshal(request)
	if err != nil {
		return Call{}, &Error{Op: op, Kind: ErrInternal, RequestID: requestID, Message: "encode the request: " + err.Error(), cause: err}
	}
	return Call{Function: function, Arguments: []string{string(argument)}, RequestID: requestID}, nil
}

func decode[T any](op, requestID, txID string, payload []byte) (*T, error) {
	result := new(T)
	if err := json.Unmarshal(payload, result); err != nil {
		return nil, &Error{Op: op, Kind: ErrInternal, RequestID: requestID, TxID: txID, cause: err,
			Message: "the chaincode's answer cannot be read, is it of another version? " + err.Error()}
	}
	return result, nil
}

// everyPage iterates over the items of page after page, from a bookmark on. An
// error is yielded last, once, with a zero item.
func everyPage[P, T any](first string, fetch func(bookmark string) (*P, error), parts func(*P) (items []T, next string)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for bookmark := first; ; {
			page, err := fetch(bookmark)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			items, next := parts(page)
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			bookmark = next
		}
	}
}
