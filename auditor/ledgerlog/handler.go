package ledgerlog

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
)

// What is served for ever the same, and what is not.
const (
	cacheForEver = "public, max-age=31536000, immutable"
	cacheNever   = "no-cache"
)

// wireBlocks is what /blocks/<N> answers.
type wireBlocks struct {
	Block uint64 `json:"block"`
	First uint64 `json:"first"` // index of the block's first entry
	Size  uint64 `json:"size"`  // of the log at the block's end
}

// Handler serves the log in a directory, which another process may be writing, as
// https://c2sp.org/tlog-tiles: /checkpoint, /tile/<L>/<N>, /tile/entries/<N>, and both of
// the latter with .p/<W>. Besides, /blocks/<N> answers where a block's entries are:
// {"block":N,"first":index,"size":entries of the log at its end}. It serves what was
// flushed, and nothing but GET and HEAD.
func Handler(dir string) http.Handler {
	s := server{&Reader{dir: dir}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /checkpoint", s.serve(s.checkpoint))
	mux.HandleFunc("GET /tile/", s.serve(s.tile))
	mux.HandleFunc("GET /blocks/{number}", s.serve(s.blocks))
	return mux
}

type server struct{ reader *Reader }

// answer is what is sent.
type answer struct {
	content            []byte
	contentType, cache string
}

// serve sends answers. Why there is none is for the log of the one who serves.
func (s server) serve(find func(view, *http.Request) (answer, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.reader.now()
		var a answer
		if err == nil {
			a, err = find(v, r)
		}
		switch {
		case errors.Is(err, ErrNotFound):
			w.Header().Set("Cache-Control", cacheNever) // it may be there soon
			http.Error(w, "not in this log, or not yet", http.StatusNotFound)
			return
		case err != nil:
			slog.ErrorContext(r.Context(), "the ledger log cannot be served", "path", r.URL.Path, "error", err)
			http.Error(w, "this log is not readable at present", http.StatusInternalServerError)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.contentType)
		h.Set("Content-Length", strconv.Itoa(len(a.content)))
		h.Set("Cache-Control", a.cache)
		h.Set("X-Content-Type-Options", "nosniff")
		if _, err := w.Write(a.content); err != nil {
			slog.DebugContext(r.Context(), "an answer was not taken", "path", r.URL.Path, "error", err)
		}
	}
}

func (server) checkpoint(v view, _ *http.Request) (answer, error) {
	signed, err := v.checkpoint()
	if err != nil {
		return answer{}, err
	}
	return answer{signed.Marshal(), "text/plain; charset=utf-8", cacheNever}, nil
}

func (server) tile(v view, r *http.Request) (answer, error) {
	id, width, ok := parseTilePath(r.URL.Path[1:])
	if !ok {
		return answer{}, notFound("%s", r.URL.Path)
	}
	content, err := v.content(id, width)
	return answer{content, "application/octet-stream", cacheForEver}, err
}

// content is a tile or bundle of that width as it is sent.
func (v view) content(id tileID, width int) ([]byte, error) {
	if id.level == entriesLevel {
		entries, err := v.bundle(id.index, width)
		return encodeBundle(entries), err
	}
	hashes, err := v.tile(id, width)
	return encodeTile(hashes), err
}

func (server) blocks(v view, r *http.Request) (answer, error) {
	number, err := strconv.ParseUint(r.PathValue("number"), 10, 64)
	if err != nil || strconv.FormatUint(number, 10) != r.PathValue("number") {
		return answer{}, notFound("block %q", r.PathValue("number"))
	}
	w := wireBlocks{Block: number}
	if w.Size, err = v.sizeAt(number); err != nil {
		return answer{}, err
	}
	if number > 0 {
		if w.First, err = v.sizeAt(number - 1); err != nil {
			return answer{}, err
		}
	}
	content, err := json.Marshal(w)
	return answer{content, "application/json", cacheForEver}, err
}
