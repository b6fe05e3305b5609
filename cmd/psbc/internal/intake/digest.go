package intake

import (
	"context"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/psbc-lu/psbc/chaincode/notary"
	gateway "github.com/psbc-lu/psbc/gateway-client"
)

// Digests reads in once, to its end, and returns its digest by each of the
// algorithms, in their order. Several are computed side by side.
func Digests(in io.Reader, algorithms ...notary.Algorithm) ([]notary.Digest, error) {
	digests := make([]notary.Digest, len(algorithms))
	if len(algorithms) == 1 {
		var err error
		digests[0], err = gateway.Digest(in, algorithms[0])
		return digests, err
	}

	var hashing errgroup.Group
	pipes := make([]*io.PipeWriter, len(algorithms))
	writers := make([]io.Writer, len(algorithms))
	for i, algorithm := range algorithms {
		reader, writer := io.Pipe()
		pipes[i], writers[i] = writer, writer
		hashing.Go(func() error {
			var err error
			digests[i], err = gateway.Digest(reader, algorithm)
			reader.CloseWithError(err) // so that the copy below cannot wait forever
			return err
		})
	}
	_, readErr := io.Copy(io.MultiWriter(writers...), in)
	for _, pipe := range pipes {
		pipe.CloseWithError(readErr) // nil is io.EOF
	}
	if err := hashing.Wait(); err != nil {
		return nil, err
	}
	return digests, readErr
}

// Document is one thing that a command line names, and its digest.
type Document struct {
	Name   string // as named, or found in a folder; [Stdin] for standard input
	Digest notary.Digest
}

// Hash returns the documents at paths, in their order, hashed on all cores.
// progress, which may be nil, is called once for each, from any goroutine.
func Hash(ctx context.Context, paths []string, stdin io.Reader, algorithm notary.Algorithm, progress func()) ([]Document, error) {
	documents := make([]Document, len(paths))
	err := Each(ctx, paths, func(i int, path string) error {
		return Read(ctx, path, stdin, func(in io.Reader) error {
			digests, err := Digests(in, algorithm)
			if err != nil {
				return err
			}
			documents[i] = Document{Name: path, Digest: digests[0]}
			if progress != nil {
				progress()
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return documents, nil
}
