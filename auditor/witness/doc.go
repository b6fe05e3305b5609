// Package witness watches over the ledger log for one body: it cosigns the checkpoints
// that agree with what the body's own peer has committed, and no others.
//
// A witness promises two things with each cosignature: that its own log has this root at
// this size, and that it never cosigned, and never will, anything that is not consistent
// with it. So it keeps the largest checkpoint that it signed, durably and before it signs,
// and signs no smaller one and no other root, whatever happens to it in between. All else
// that it knows it reads from the ledger again.
//
// What to do is decided by core, which is pure; Run feeds it with blocks and does what it
// says.
package witness
