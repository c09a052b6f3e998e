#!/usr/bin/env bash
# sanitized.sh TREE COMMAND...: runs the command, or skips by name where the sanitizer's tree has not been built.
tree=$1
shift
if [ ! -e "$tree/build.ninja" ]; then
    echo "skipped: $tree is not built (./dev test builds it)"
    [ "${CI:-}" != true ] || exit 1
    exit 77
fi
exec "$@"
