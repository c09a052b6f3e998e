#!/usr/bin/env bash
# frozen.sh CC CHECKER TRANSCRIPT GATEWAY: a plug-in built with each released header loads in today's checker and gateway and
# does what it did.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for release in frozen/*; do
    version=$(basename "$release")
    mkdir -p "$folder/$version/include/switchyard" "$folder/$version/plugins"
    cp "$release/provider.h" "$folder/$version/include/switchyard/"
    plugin=$folder/$version/plugins/minimal.so
    $1 -std=c11 -O2 -fPIC -shared -I "$folder/$version/include" -Wl,--version-script,../../sdk/cmake/plugin.map -Wl,-z,defs,-z,noexecstack \
        ../../sdk/examples/minimal.c -o "$plugin"
    "$2" "$plugin" --vectors transcript
    "$3" "$plugin" transcript/*.json | diff transcript/expected.txt -
    SQLITE_PATH=$folder/$version/db "$4" plugins --plugin-dir "$folder/$version/plugins" >"$folder/said"
    grep -q "^minimal  *loaded .*echo" "$folder/said" || { cat "$folder/said"; echo "the gateway did not load it"; exit 1; }
    echo "$version: loads and answers as it did"
done
