#!/bin/sh
# The first five minutes: a four-body network on this machine, and one document's
# life on it. It may be run again at any time; every run notarises a new document.
set -eu
cd "$(dirname "$0")/.."

make=${MAKE:-make}
number=0
work=$(mktemp -d)

# finish leaves nothing behind but the network, and names the step that failed.
finish() {
  status=$?
  rm -rf "$work"
  if [ "$status" -ne 0 ]; then
    printf '\nThe demo ended in step %s with exit code %s.\n' "$number" "$status" >&2
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

step() {
  number=$((number + 1))
  printf '\n%s. %s\n' "$number" "$1"
}

# show prints a command as a reader would type it.
show() {
  printf '   $'
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:=-]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
}

# run runs a command that must succeed.
run() {
  show "$@"
  "$@"
}

# answers runs a command that must end with the given exit code: 0 is yes, 3 is no,
# any other ends the demo. Another body's copy of the ledger may be a moment behind
# the one that was written to, so it asks again for up to ten seconds.
answers() {
  expected=$1
  shift
  show "$@"
  tries=0
  while
    status=0
    answer=$("$@" 2>&1) || status=$?
    tries=$((tries + 1))
    [ "$status" -ne "$expected" ] && [ "$tries" -lt 10 ]
  do
    sleep 1
  done
  printf '%s\n' "$answer"
  if [ "$status" -ne "$expected" ]; then
    printf '   expected exit code %s, got %s\n' "$expected" "$status" >&2
    exit 1
  fi
  if [ "$status" -eq 3 ]; then
    echo '   (exit code 3: the answer is no)'
  fi
}

step 'Build the command-line tool'
run "$make" --no-print-directory build

step 'Start the network: CTIE, SIGI, MinDigital, CourDesComptes. The first start builds Fabric'
run bin/psbc network up

step 'A document. Nothing but its digest will leave this machine'
document=$work/permit.txt
{
  cat examples/permit.txt
  printf '\nReference: demo %s-%s\n' "$(date -u +%Y%m%dT%H%M%SZ)" "$$"
} >"$document"
run cat "$document"

step 'CTIE notarises it. Three of the four bodies must endorse that'
run bin/psbc notary notarise "$document" --as CTIE --type building-permit

step 'SIGI verifies it, on its own copy of the ledger'
answers 0 bin/psbc notary verify "$document" --as SIGI

step 'Evidence for those who are not on the ledger: a quorum of the bodies has cosigned it'
run bin/psbc evidence get "$document" --as CTIE -o "$work/permit.tlog-proof"
run bin/psbc evidence policy --as SIGI -o "$work/psbc.policy"

step 'One changed byte, and it is another document'
forged=$work/forged.txt
sed 's/2 storeys/9 storeys/' "$document" >"$forged"
if cmp -s "$document" "$forged"; then
  echo 'the forged document is the same as the true one' >&2
  exit 1
fi
answers 3 bin/psbc notary verify "$forged" --as SIGI

step 'CTIE revokes its notarisation'
run bin/psbc notary revoke "$document" --as CTIE --reason issued-in-error

step 'Now SIGI gets another answer for the true document'
answers 3 bin/psbc notary verify "$document" --as SIGI

step 'Nothing is forgotten'
answers 0 bin/psbc notary history "$document" --as SIGI --body CTIE

step 'The network goes down. The evidence holds all the same; that it was revoked since, only a fresh look tells'
run bin/psbc network down
answers 0 bin/psbc evidence verify "$document" "$work/permit.tlog-proof" --policy "$work/psbc.policy"

step 'It does not hold for the forged document'
answers 3 bin/psbc evidence verify "$forged" "$work/permit.tlog-proof" --policy "$work/psbc.policy"

cat <<'END'

That was a document's life on a ledger that no single body controls. Try:

  make up                                           start the network again; it goes on where it was
  bin/psbc network status                           the nodes, and whether all peers agree
  bin/psbc notary notarise README.md --as SIGI      notarise a file of your own
  bin/psbc notary verify README.md --as MinDigital
  bin/psbc evidence get README.md --as SIGI         evidence of it: docs/evidence.md tells what it proves
  bin/psbc notary list --body CTIE
  bin/psbc --help                                   everything else
  make bench                                        measure it on this machine
END
