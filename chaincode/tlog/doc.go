// Package tlog speaks the formats of transparency logs that bodies and outsiders share:
// checkpoints (https://c2sp.org/tlog-checkpoint), the cosignatures on them
// (https://c2sp.org/tlog-cosignature) and the policies that say which cosignatures are
// enough (https://c2sp.org/tlog-policy).
//
// It is pure: chaincode checks cosignatures with it while a transaction is endorsed, and
// evidence is verified with it offline. It is stricter than the formats where they leave
// room: what it reads, it writes back byte for byte.
package tlog
