// Package block reads Fabric's blocks: [Decode] turns a block, as a peer delivers it, into
// types that say what an auditor asks of it. Who made which transaction, what became of it,
// and what it wrote, in the order in which the ledger log lists writes.
//
// It is pure, and believes nothing that it can compute: hashes of header and data are its
// own. Signatures it leaves to the peer that committed the block.
package block
