#!/usr/bin/env bash
# transcripts.sh TRANSCRIPT PLUGIN: what an example does with each request of ours, action by action.
set -eu
cd "$(dirname "$0")"
[ -e "$2" ] || { echo "skipped: $(basename "$2") was not built (rustc is not here)"; [ "${CI:-}" != true ] || exit 1; exit 77; }
"$1" "$2" transcript/*.json | diff transcript/expected.txt - && echo "$(grep -c '^==' transcript/expected.txt) exchanges as expected"
