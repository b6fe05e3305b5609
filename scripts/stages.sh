#!/bin/sh
# Runs make targets one after the other, stops at the first failure, and prints
# how long each took.
set -eu

make=${MAKE:-make}
table=''
nl='
'
began=$(date +%s)

for stage in "$@"; do
  printf '\n== %s\n' "$stage"
  start=$(date +%s)
  status=0
  $make --no-print-directory "$stage" || status=$?
  seconds=$(($(date +%s) - start))
  if [ "$status" -ne 0 ]; then
    printf '%s\n== %s FAILED after %s s (exit %s)\n' "$table" "$stage" "$seconds" "$status" >&2
    exit 1
  fi
  table="$table$(printf '%-8s %5s s' "$stage" "$seconds")$nl"
done

printf '\n%s%-8s %5s s\n' "$table" all $(($(date +%s) - began))
