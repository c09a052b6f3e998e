#!/usr/bin/env bash
# recordings_present.sh FOLDER: says whether recorded provider exchanges are there to be replayed.
count=0
[ -z "$1" ] || [ ! -d "$1" ] || count=$(find "$1" -mindepth 2 -name '*.json' | wc -l)
echo "$count recorded exchanges in '${1:-no folder}'"
[ "$count" -eq 0 ] || exit 0
[ -z "${SWITCHYARD_REQUIRE_VECTORS:-}" ] || { echo "they were required (--require-vectors)"; exit 1; }
echo "skipped: the recordings are not here; SWITCHYARD_VECTORS names their folder"
exit 77
