package queue

import "time"

// segment is a file of lines.
type segment struct {
	path  string
	first int // sequence number of its first line
}

// place is where a group lies.
type place struct {
	segment *segment
	offset  int64
	length  int64
}

// entry says where lines are, and since when.
type entry struct {
	place
	first int // sequence number of the first line
	count int
	at    time.Time
}

// index knows where the lines are that wait: first up to, and not with, next.
type index struct {
	first, next int
	bytes       int64
	entries     []entry
	segments    []*segment // all that exist, oldest first
}

// add takes over a group that follows the others. bytes counts those of its lines
// that wait.
func (x *index) add(e entry, bytes int64) {
	if n := len(x.segments); n == 0 || x.segments[n-1] != e.segment {
		x.segments = append(x.segments, e.segment)
	}
	x.next = e.first + e.count
	x.bytes += bytes
	if x.next > x.first {
		x.entries = append(x.entries, e)
	}
}

// take leaves out the lines before first, which have this many bytes.
func (x *index) take(first int, bytes int64) {
	x.first = first
	x.bytes -= bytes
	done := 0
	for done < len(x.entries) && x.entries[done].first+x.entries[done].count <= first {
		done++
	}
	x.entries = x.entries[done:]
	if len(x.entries) == 0 {
		x.entries = nil // lets go of the array
	}
}

// spent are the segments of which no line waits, less the last one.
func (x *index) spent() []*segment {
	spent := 0
	for spent+1 < len(x.segments) && x.segments[spent+1].first <= x.first {
		spent++
	}
	return x.segments[:spent]
}
