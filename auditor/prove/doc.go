// Package prove cuts evidence from a ledger log.
//
// [Prove] finds a write in the block that has it, and its place in the log, and returns an
// [evidence.Proof] against a cosigned checkpoint. It returns none that does not hold: block,
// log and checkpoint must fit together. Whether enough bodies have cosigned the checkpoint,
// and which count, is left to [evidence.Verify].
//
// A batch of documents is one write. What the evidence of its documents has in common is
// proven and written once; a [Cutter] adds the rest, and writes a file for each.
package prove
