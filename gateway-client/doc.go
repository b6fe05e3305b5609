// Package gateway is the client library of the public-sector ledger: it signs
// for one identity of one public body, talks to that body's own Fabric peers,
// and offers the ledger's applications as typed Go calls.
//
// # What to use when
//
//   - [Connect] with a [Profile] gives a [Client]; it is safe for concurrent use
//     and is meant to live as long as the program.
//   - [Client.Notary] notarises documents and reads notarisations. [Digest]
//     computes a document's digest; the document itself never leaves its owner.
//   - [Client.Registry] defines public registers and keeps their records, as JSON or,
//     with [Records], as values of a Go type. [Registry.ImportStream] imports any
//     number of records and can be taken up again after a crash; [Registry.Watch]
//     follows what changes, without a gap.
//   - [Client.Trail] keeps audit trails. A [Recorder] appends an application's events
//     to one, over crashes and outages; [NewTrailHandler] and [TrailMiddleware] make
//     events of log records and of HTTP requests, and [PseudonymKeys] of people
//     pseudonyms.
//   - [Client.Contract] submits to, and evaluates, any other chaincode on the
//     channel with the same guarantees.
//   - Package gatewaytest gives an application's own tests a real Client on an
//     in-memory ledger.
//
// # What is promised about writes
//
// A write is a transaction that is endorsed, sent to the ordering service and
// committed by every peer. The library reports success only after the body's own
// peer has committed the transaction as valid. Each write carries a request id,
// made by the library (UUID version 7) unless the caller gives one, and the
// chaincode answers a repeated request with the record as it stands. From that
// follows, as far as Fabric allows, that a write happens exactly once:
//
//   - Nothing was sent to ordering yet (endorsing failed because a peer was
//     unreachable or overloaded): the proposal is made anew, with backoff.
//   - The transaction was sent, and the answer was lost, late or "unavailable":
//     its outcome is asked for by its transaction id. Only when it has not been
//     committed within [Timeouts].Commit is the same signed transaction sent
//     again; a transaction id commits as valid at most once.
//   - The transaction was committed as invalid because of a concurrent change
//     (MVCC or phantom read conflict; once also an endorsement policy failure,
//     which is what peers call some conflicts): a new proposal with the same
//     request id.
//   - The outcome cannot be learnt in time: the error matches [ErrOutcomeUnknown]
//     and names transaction and request. Repeating the call with that request id
//     is safe; [Client.TransactionStatus] asks again.
//
// An operation ends with its context. One exception, which saves callers from
// needless unknowns: when the context's deadline passes after the transaction was
// sent, its status is asked for once more, for at most [Timeouts].Grace.
//
// # What is not promised
//
// Reads are answered by the body's own peer as of the last block it committed.
// They are only as trustworthy as that peer; evidence for third parties is
// another package's matter. Times in records are claimed by the writing client.
//
// # Errors
//
// Every error of an operation is an [*Error] (of an import stream, an [*ImportError]
// around one) and matches one of the kinds
// ([ErrNotFound], [ErrAlreadyExists] …) with errors.Is. Errors caused by the
// caller's context also match [context.Canceled] or [context.DeadlineExceeded].
//
// # Observability
//
// Logging goes to a [log/slog.Logger] ([WithLogger]); transient data, private
// details and keys are never logged. Traces and metrics use the OpenTelemetry
// API and do nothing until the application installs providers. Each operation is
// a span, each phase (endorse, submit, status, evaluate) a child span. Metrics:
//
//	psbc.gateway.operations            counter    operation, outcome
//	psbc.gateway.operation.duration    histogram  operation, outcome (seconds)
//	psbc.gateway.phase.duration        histogram  phase, outcome (seconds)
//	psbc.gateway.submits               counter    transactions sent to ordering, resent ones included
//	psbc.gateway.retries               counter    operation, reason
//	psbc.gateway.recorder.queued       gauge      trail, source (events that wait)
//	psbc.gateway.recorder.queued.size  gauge      trail, source (bytes of them)
//	psbc.gateway.recorder.lag          gauge      trail, source (seconds the oldest has waited)
//	psbc.gateway.recorder.appended     counter    trail, source (events on the ledger)
//
// outcome is "ok" or the kind of the error in snake case, such as "not_found".
package gateway
