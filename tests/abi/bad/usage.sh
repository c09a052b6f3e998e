#!/usr/bin/env bash
# usage.sh CHECKER GOOD.so VECTORS: exit codes, the summary in the last line, the JSON report, files that are no plug-ins.
set -u
checker=$1 good=$2 vectors=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failed=0
expect() # CODE PATTERN ARGUMENTS...
{
    local code=$1 pattern=$2 said
    shift 2
    said=$("$checker" "$@" 2>&1)
    local got=$?
    if [ $got -ne "$code" ] || ! grep -Eq -- "$pattern" <<<"$said"; then
        echo "switchyard-plugin-check $*: exit code $got, expected $code and '$pattern' in:"
        printf '%s\n' "$said"
        failed=1
    fi
}
mkdir "$folder/empty" "$folder/images"
echo 'a text' >"$folder/text.so"
head -c 9000 "$good" >"$folder/truncated.so"
: >"$folder/nothing.so"
sed 's/"operation": "chat"/"operation": "images"/' "$vectors/words.json" >"$folder/images/words.json"
expect 2 usage:
expect 2 usage: "$good" --unknown
expect 2 usage: "$good" "$good"
expect 2 usage: "$good" --vectors "$folder/not-there"
expect 2 'cannot read' "$folder/not-there.so"
expect 0 usage: --help
expect 0 '0 faults; 6 recordings replayed in [0-9]+ runs, 0 skipped$' "$good" --vectors "$vectors"
expect 0 '"ok":true,.*"replayed":6,' "$good" --vectors "$vectors" --json
expect 1 'not-elf: the file is no shared object' "$folder/text.so"
expect 1 'not-elf: the file is no shared object' "$folder/nothing.so"
expect 1 'truncated: the file is cut off' "$folder/truncated.so"
expect 1 '"ok":false,.*"check":"structure"' "$folder/text.so" --json
expect 1 'nothing in this folder was replayed' "$good" --vectors "$folder/empty"
expect 1 '1 skipped \(operation images.generations not declared by echo: 1\)$' "$good" --vectors "$folder/images"
expect 1 '"reason":"operation images.generations not declared by echo"' "$good" --vectors "$folder/images" --json
exit $failed
