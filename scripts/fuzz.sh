#!/bin/sh
# Runs every fuzz target of the module for FUZZTIME. A module without any fuzz
# target fails: then this script no longer finds them.
set -eu

go=${GO:-go}
fuzztime=${FUZZTIME:-5s}
count=0

# Only packages whose tests name a fuzz target are built to list them.
# shellcheck disable=SC2016 # $dir is the template's
files=$($go list -f '{{$dir := .Dir}}{{range .TestGoFiles}}{{$dir}}/{{.}}
{{end}}{{range .XTestGoFiles}}{{$dir}}/{{.}}
{{end}}' ./...)
directories=$(printf '%s\n' "$files" | while IFS= read -r file; do
  if [ -n "$file" ] && grep -q '^func Fuzz' "$file"; then dirname "$file"; fi
done | sort -u)

for directory in $directories; do
  listing=$(cd "$directory" && $go test -list '^Fuzz' .)
  for target in $(printf '%s\n' "$listing" | grep '^Fuzz' || true); do
    echo "fuzz $target in ${directory#"$PWD"/} for $fuzztime"
    (cd "$directory" && $go test -run '^$' -fuzz "^$target\$" -fuzztime "$fuzztime" -timeout 10m .)
    count=$((count + 1))
  done
done

if [ "$count" -eq 0 ]; then
  echo 'no fuzz target was found: a test that tests nothing must fail' >&2
  exit 1
fi
echo "$count fuzz targets ran for $fuzztime each"
