#!/bin/sh
# Runs every test that needs no network, under the race detector where it works; those of
# the module that checks our logs with others' software as well.
set -eu

go=${GO:-go}
race=''
# The detector needs cgo, a C compiler with its headers, and a supported
# platform; building the package that needs them all is the one sure test.
if why=$($go build -race runtime/cgo 2>&1); then
  race='-race'
else
  echo "the race detector is not available here, testing without it: $(printf '%s' "$why" | head -n 1)"
fi

all=$($go list ./...)
packages=$(printf '%s\n' "$all" | grep -v '/test/e2e')
# A program under the detector waits for a second when it ends; the tests of the
# command line run hundreds.
GORACE="atexit_sleep_ms=10 ${GORACE:-}"
export GORACE
# shellcheck disable=SC2086 # both are lists of words
$go test $race -timeout 15m $packages

cd test/tessera
$go vet ./...
exec $go test -timeout 5m ./...
