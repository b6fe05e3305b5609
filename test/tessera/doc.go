// Package tessera is a module of its own, so that what Tessera depends on stays out of
// ours. It holds what others' software says of our logs, and what it does on the same
// machine:
//
//   - fsck, the official command of github.com/transparency-dev/tessera, as it is;
//   - cmd/fsck-verdict, the same check without a terminal, which tells by its exit code
//     whether the log is whole;
//   - cmd/tessera-append, which measures appends to Tessera's POSIX storage.
//
// make fsck-tools builds them into bin/tools.
package tessera
