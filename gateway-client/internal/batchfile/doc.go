// Package batchfile keeps a batch of documents' digests on disk, so that any
// document's place in the batch's Merkle tree can be shown for as long as the file is
// there.
//
// A batch file is written once, from its beginning to its end, under another name; it gets its
// own name when all of it is on the disk. So a file of that name is whole, or it has been
// damaged since. Only the answer of the ledger is added afterwards, in a place that is
// kept free for it.
//
// What the members are called, such as the files that were hashed, stands in a second file
// beside it, because it may tell about persons. The batch file can be shown without it, and
// the names can be deleted without it.
//
// Layout, where S is the length of a digest:
//
//	head     4,096 bytes: a sealed line (package durable), then zeros: whose batch it is and
//	         the request to anchor it
//	answer   4,096 bytes: a sealed line, then zeros: the anchor; zeros until there is one
//	digests  S bytes each, in the documents' order; after each 65,536 of them the 256 hashes
//	         of their pages, and after 256 such chapters the chapters' hashes
//	volumes  the hashes of every 2^24 digests
//
// A page is 256 digests. The hash of a page, a chapter or a volume is that of its node in the
// tree; only full ones are stored. A page's hash is followed by 8 bytes: where the names of its
// documents end in the other file. The position of everything follows from the number of
// digests, so that the file is written in one go, in a few kilobytes of memory, and a path is
// cut from no more than four reads.
package batchfile
