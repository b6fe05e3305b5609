// Command bench measures the network that is up, as its applications see it:
// every operation goes through the gateway client, with the signed identities of
// all bodies in turn.
//
// In one run it measures
//
//   - what one submit takes on an idle network;
//   - a surge: thousands of notarisations with hundreds in flight, and counts
//     afterwards what of it is on the ledger: nothing may be lost or doubled;
//   - rates: single notarisations, the same requests through the least chaincode
//     that writes at all (the substrate's limit), batches, and reads. Rounds of what
//     is compared alternate, so that what slows the machine for a while slows both;
//     the first two first alone, and then again beside the others, on a ledger that the
//     batches fill;
//   - evidence: verifying it, cutting it from a batch file and writing it, the ledger log built
//     from the channel's blocks, digests into a batch file beside appends to Tessera's
//     storage, and hashing beside sha256sum;
//   - CPU time and memory of every node meanwhile.
//
// Evidence needs no network: -only evidence measures it alone, with blocks that are made up.
//
// It prints a table, and writes JSON below the network's run directory. What
// it notarises stays on the ledger. Exit codes: 0 measured; 1 failed, or the
// ledger does not hold what it should, or with -check a target was missed; 2 wrong
// usage.
package main
