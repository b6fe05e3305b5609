package ledgerlog

// Build is what Follow does with the blocks.
var Build = build

// EncodeBundle and ParseBundle are the format of bundles.
var (
	EncodeBundle = encodeBundle
	ParseBundle  = parseBundle
)

// ParseTilePath returns the path of what it parsed.
func ParseTilePath(path string) (string, bool) {
	id, width, ok := parseTilePath(path)
	return id.partialPath(width), ok
}

// ParseState says whether a state is whole, and how it is written.
func ParseState(raw []byte) ([]byte, error) {
	s, err := parseState(raw)
	if err != nil {
		return nil, err
	}
	return s.encode()
}
