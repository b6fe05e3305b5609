// Package queue keeps lines on disk until somebody has taken them in numbered
// batches. What Add has returned for survives a crash and a loss of power; a batch
// that was handed out has the same number and the same lines for ever.
//
// A queue is a directory of its own:
//
//	lock                        held by the process that uses the queue
//	state                       one line: the next batch's number, and its extent once it is cut
//	00000000000000000001.lines  a segment, named after its first line's sequence number
//
// A segment only grows. Its first line says which lines begin here; it is there from
// the start, or there is no file. Every other line is a group: the lines that one
// write, and one flush to disk, made durable together, with the time of that. Lines
// of the file carry checksums. Nothing follows a group before it is on disk, so a
// crash can only break the very last line of the last segment, which nobody was told
// was there: it is cut off. Any other damage is an error that names file and line.
package queue
