#!/usr/bin/env bash
# expect.sh CHECKER PATTERN FILE.so [ARGUMENTS]: the checker finds a fault that matches, and says so by its exit code.
set -u
checker=$1 pattern=$2
shift 2
said=$("$checker" "$@")
code=$?
printf '%s\n' "$said"
[ $code -eq 1 ] || { echo "exit code $code, expected 1"; exit 1; }
grep -Eq "^FAULT $pattern" <<<"$said" || { echo "no fault matches '$pattern'"; exit 1; }
