#!/bin/sh
# Checks shell scripts: with shellcheck where it is installed, else their syntax.
set -eu

if command -v shellcheck >/dev/null 2>&1; then
  shellcheck "$@"
  exit 0
fi

echo "shellcheck is not installed: only the scripts' syntax is checked"
for file in "$@"; do
  case $(head -n 1 "$file") in
    *bash*) bash -n "$file" ;;
    *) sh -n "$file" ;;
  esac
done
