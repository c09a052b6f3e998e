#!/usr/bin/env bash
# witness.sh CC: abidiff finds nothing between the released header and today's, and finds a break. Needs abigail-tools.
set -eu
cd "$(dirname "$0")"
command -v abidiff >/dev/null && command -v readelf >/dev/null || { echo "skipped: abidiff (abigail-tools) or readelf is not here"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/frozen/switchyard" "$folder/broken/switchyard"
cp frozen/0.1/provider.h "$folder/frozen/switchyard/"
sed -i 's/int64_t retry_after;/uint64_t retry_after;/' "$folder/frozen/switchyard/provider.h" && mv "$folder/frozen/switchyard/provider.h" "$folder/broken/switchyard/"
cp frozen/0.1/provider.h "$folder/frozen/switchyard/"
build() { "$2" -std=c11 -g -fPIC -shared -I "$1" witness.c -o "$3"; }
build "$folder/frozen" "$1" "$folder/released.so"
build ../../sdk/include "$1" "$folder/today.so"
build "$folder/broken" "$1" "$folder/broken.so"
# Without debug information abidiff compares names alone and is silently green.
for object in released today broken; do
    readelf -S "$folder/$object.so" | grep -q '\.debug_info' || { echo "$object.so has no .debug_info"; exit 1; }
done
abidiff "$folder/released.so" "$folder/today.so" || { echo "the ABI has moved"; exit 1; }
if abidiff "$folder/released.so" "$folder/broken.so" >/dev/null; then echo "abidiff does not see a changed type"; exit 1; fi
echo "abidiff sees $(grep -c '^extern' witness.c) records: unchanged"
