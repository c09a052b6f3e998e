#!/usr/bin/env bash
# run.sh TREE NAME SECONDS: runs the fuzz target NAME of a tree from its kept corpus; red if it finds anything. The kept corpus is not
# changed. What breaks the target is left in TREE/findings, with the command that replays it. To renew the corpus:
# TREE/tests/fuzz_NAME -merge=1 tests/fuzz/corpus/NAME FOLDER
set -euo pipefail
tree=$1 name=$2 seconds=$3
kept=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/corpus/$name
target=$tree/tests/fuzz_$name
[ -x "$target" ] || { echo "$target is not built (cmake --build $tree --target fuzz_$name)"; exit 1; }
found=$tree/findings/$name
mkdir -p "$found"
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
echo "corpus: $(find "$kept" -type f 2>/dev/null | wc -l) inputs"
"$target" "$fresh" "$kept" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$found/" \
    >"$found/log" 2>&1 || { tail -40 "$found/log"; exit 1; }
grep -E '^stat::number_of_executed_units|^Done ' "$found/log"
