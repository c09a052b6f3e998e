#!/usr/bin/env bash
# out_of_tree.sh BUILD_FOLDER: installs the SDK alone and builds the C++ example from it, far from this tree; the installed
# checker takes the result. Also as C, by one compiler call.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cmake --install "$1" --component sdk --prefix "$folder/prefix" >/dev/null
cp -r "$folder/prefix/share/switchyard/sdk/examples/echo" "$folder/echo"
started=$(date +%s%N)
cmake -S "$folder/echo" -B "$folder/build" -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_BUILD_TYPE=Release >"$folder/log" || { cat "$folder/log"; exit 1; }
cmake --build "$folder/build" >"$folder/log" || { cat "$folder/log"; exit 1; }
"$folder/prefix/bin/switchyard-plugin-check" "$folder/build/echo.so" --vectors "$(dirname "$0")/transcript"
echo "built and checked in $((($(date +%s%N) - started) / 1000000)) ms"
cc -std=c11 -O2 -fPIC -shared -I "$folder/prefix/include" -Wl,--version-script,"$folder/prefix/share/cmake/SwitchyardSdk/plugin.map" \
    "$folder/prefix/share/switchyard/sdk/examples/minimal.c" -o "$folder/minimal.so"
"$folder/prefix/bin/switchyard-plugin-check" "$folder/minimal.so"
