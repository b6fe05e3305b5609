package rows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// readLines reads a JSON object from each line. Empty lines are passed over.
func readLines(in io.Reader, b *builder) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		bounded := newBudget(in)
		reader := bufio.NewReader(bounded)
		number := 0
		for line := 1; ; line++ {
			bounded.reset()
			content, err := reader.ReadBytes('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				yield(Row{}, fmt.Errorf("line %d: %w", line, err))
				return
			}
			ended := err != nil
			if line == 1 {
				content = bytes.TrimPrefix(content, []byte("\ufeff"))
			}
			if content = bytes.TrimSpace(content); len(content) > 0 {
				number++
				row := b.row(number, line)
				err := b.fromObject(&row, content)
				if !yieldRow(yield, row, err) {
					return
				}
			}
			if ended {
				return
			}
		}
	}
}

// readArray reads the objects of one JSON array, each when it is asked for.
func readArray(in io.Reader, b *builder) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		bounded := newBudget(skipMark(in))
		decoder := json.NewDecoder(bounded)
		start, err := decoder.Token()
		if err != nil {
			yield(Row{}, arrayError(decoder, err))
			return
		}
		if start != json.Delim('[') {
			yield(Row{}, errors.New("is not a JSON array; for a JSON object on each line say --format jsonl"))
			return
		}
		for number := 1; decoder.More(); number++ {
			bounded.reset()
			var raw json.RawMessage
			if err := decoder.Decode(&raw); err != nil {
				yield(Row{}, arrayError(decoder, err))
				return
			}
			row := b.row(number, 0)
			err := b.fromObject(&row, raw)
			if !yieldRow(yield, row, err) {
				return
			}
		}
		bounded.reset()
		if _, err := decoder.Token(); err != nil {
			yield(Row{}, arrayError(decoder, err))
			return
		}
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			yield(Row{}, errors.New("there is text after the JSON array"))
		}
	}
}

// skipMark passes over the byte order mark that some programs begin a file with.
func skipMark(in io.Reader) io.Reader {
	const mark = "\ufeff"
	buffered := bufio.NewReader(in)
	if start, err := buffered.Peek(len(mark)); err == nil && string(start) == mark {
		_, _ = buffered.Discard(len(mark)) // peeked at, so it is there
	}
	return buffered
}

func arrayError(decoder *json.Decoder, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("is not JSON (at byte %d)", syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the JSON array is incomplete (at byte %d)", decoder.InputOffset())
	}
	return err
}
