#!/usr/bin/env bash
# recordings.sh CHECKER FILE.so FOLDER: the checker over recorded provider exchanges, or skipped by name where they are not here.
set -eu
if [ -z "$3" ] || [ ! -d "$3" ]; then
    echo "skipped: the recordings are not here; SWITCHYARD_VECTORS names their folder"
    [ -z "${SWITCHYARD_REQUIRE_VECTORS:-}" ] || exit 1
    exit 77
fi
exec "$1" "$2" --vectors "$3"
