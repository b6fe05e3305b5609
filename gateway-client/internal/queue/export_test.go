package queue

// File is what a queue writes its segments through.
type File = file

// OpenThrough opens a queue that writes its segments through what through makes of
// the real files.
func OpenThrough(dir string, options Options, through func(File) File) (*Queue, error) {
	return open(dir, options, func(path string) (file, error) {
		opened, err := openFile(path)
		if err != nil {
			return nil, err
		}
		return through(opened), nil
	})
}

// ParseSegment returns the lines of each group.
func ParseSegment(content []byte, first int, torn bool) ([][][]byte, int64, error) {
	groups, valid, err := parseSegment(content, first, torn)
	lines := make([][][]byte, len(groups))
	for i, g := range groups {
		lines[i] = g.lines
	}
	return lines, valid, err
}

// What tests make files with.
var (
	SealHeader = sealHeader
	SealGroup  = sealGroup
	Segment    = segmentName
)

// Reserved is the bytes of lines that are being added.
func (q *Queue) Reserved() int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.reserved
}
