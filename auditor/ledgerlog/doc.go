// Package ledgerlog builds a channel's ledger log from its blocks, keeps it in a directory,
// serves it and proves things from it.
//
// The ledger log is a pure function of the blocks, see package evidence: for every block a
// list of [Entries], which are the leaves of a Merkle tree (RFC 6962). Every body computes
// the same tree from its own peer. [Open] makes a [Log] that grows, by [Log.Append] or by
// [Follow]; only one may be open on a directory. Any number of readers look on: [OpenReader]
// in the directory, [OpenURL] over HTTP from what [Handler] serves. All of them are a
// [Source].
//
// # The directory
//
//	tile/<L>/<N>, tile/entries/<N>   full tiles and bundles (https://c2sp.org/tlog-tiles)
//	blocks                           the log's size after each block, 8 bytes each
//	state                            how far the log is whole, and all that is not full yet
//	checkpoint                       a cosigned checkpoint
//	lock                             held by the one who writes
//
// Full tiles and bundles never change, and the state is replaced as a whole, after what it
// speaks of is durable. So a process that is killed, at whatever byte, leaves a log: that of
// the last state. What was written since is written again.
//
// There are no files for tiles and bundles that are not full. One of any width is the
// beginning of the full one, so the handler cuts it: it can then answer for every
// checkpoint, old ones too, and no file has to be cleaned away. The price is that the
// directory alone is not enough for a static web server.
//
// Should the newest files be damaged all the same, Open cuts the log back to the last block
// that is whole; the rest comes from the peer again. What is older is checked against the
// root whenever it is read. If it is damaged, a [*DamagedError] names the file; the log is
// then best removed, as the peer has all it is made from.
package ledgerlog
