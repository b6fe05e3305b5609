// Package ledgertest is an in-memory ledger that behaves as Hyperledger Fabric
// does, for the unit tests of chaincode.
//
// # How it works, and why
//
// The stub under test is Fabric's own. A [Ledger] does not implement
// shim.ChaincodeStubInterface: it plays the peer. For every body it runs the
// real shim (shim.StartInProc, fabric-chaincode-go v2) over an in-process
// stream, and answers the chaincode protocol: GET_STATE, PUT_STATE,
// WRITE_BATCH_STATE, GET_STATE_BY_RANGE and so on. Key rules, composite keys,
// write batches, iterators and argument handling are therefore Fabric's code,
// not a copy of it, and only what happens inside a peer is ours: the
// simulation, the endorsement, the ordering into blocks, the validation and the
// commit. Those follow Fabric 3.1 (core/chaincode, core/endorser,
// core/ledger/kvledger/txmgmt, core/common/validation/statebased) down to the
// error texts, and package ledgertest/conformance holds them to it: the same
// suite runs against this ledger and against a real network.
//
// # What it does
//
//   - Simulate, order, validate, commit: a transaction never reads its own
//     writes; they are visible after the commit of a valid transaction only.
//   - Each body has a peer. A transaction is simulated at every endorser and
//     the results must be the same bytes, so chaincode that is not
//     deterministic is found out.
//   - MVCC and phantom read conflicts, within a block and across blocks.
//   - Endorsement at the level of the chaincode, a collection and a key.
//   - Private data: explicit collections and the implicit ones of each body,
//     readable at members' peers only, hashes everywhere, deletion and purge.
//   - History, paged queries (in evaluations only), events, transient data,
//     callers with real X.509 certificates and Fabric CA attributes.
//   - Chaincode that calls other chaincode on the same channel.
//   - Real blocks: [Ledger.Block] returns what a peer would deliver.
//
// # What it does not do
//
// There is no CouchDB (rich queries fail as they do on LevelDB), no
// BlockToLive of collections, no INIT, no second channel, and no orderer:
// [Ledger.Commit] makes one block of what it is given. Signatures are made but
// not checked again. Private data of explicit collections reaches every member at
// once, and no peer ever waits for what it lacks. Range reads are kept in full in the read set, where Fabric keeps a Merkle summary of more
// than fifty.
//
// # Use
//
//	ledger := ledgertest.New(t, chaincode)
//	ctie := ledger.Client("CTIEMSP", ledgertest.WithAttribute("psbc.notary", "true"))
//	result, err := ctie.Submit("Notarise", request)
//	payload, err := ctie.Evaluate("Read", query)
//
// Call options (transient data, time, endorsers) come from [Client.With]. To
// provoke conflicts, endorse first and commit later:
//
//	a, err := ctie.Endorse("Transfer", "x")
//	b, err := sigi.Endorse("Transfer", "x")
//	codes := ledger.Commit(a, b) // VALID, MVCC_READ_CONFLICT
//
// Everything is deterministic: keys, nonces, transaction ids and the default
// clock are the same in every run. Never use the keys outside tests.
package ledgertest
