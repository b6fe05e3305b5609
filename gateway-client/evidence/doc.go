// Package evidence is what a verifier needs, and nothing else: the entries of the ledger
// log, the evidence files that are cut from it, and [Verify], which checks one offline.
//
// The ledger log is a pure function of a channel's committed blocks: one [BlockEntry] for
// every block, then one [WriteEntry] for every write of every valid transaction. Entries
// are the leaves of a Merkle tree (RFC 6962) whose roots the bodies' witnesses cosign. A
// [WriteEntry] tells nothing: it commits to a [Detail] under a salt of its own. Evidence
// shows one detail with its salt, its place in the tree, and a checkpoint of the tree with
// a quorum's cosignatures, in the format https://c2sp.org/tlog-proof.
//
// The package is pure: it reads no file, no clock and no network, and it builds for
// browsers (GOOS=js GOARCH=wasm). Whom to believe is a file too, a [Policy]
// (https://c2sp.org/tlog-policy).
//
// Across versions: evidence that verifies today verifies for ever. What is read may grow by
// further members and versions, never change its meaning.
package evidence
