#!/usr/bin/env bash
# tutorial.sh BUILD_FOLDER: what sdk/README.md tells a stranger works as it stands there: its first provider builds by its
# CMakeLists.txt from the installed SDK; its second one passes the checker on our own exchanges.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
readme=$here/../../sdk/README.md
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

block() # LANGUAGE N: the N-th block of that language
{
    awk -v open="\`\`\`$1" -v wanted="$2" '$0 == open { n++; on = n == wanted; next } /^```/ { on = 0 } on' "$readme"
}

cmake --install "$1" --component sdk --prefix "$folder/prefix" >/dev/null
mkdir "$folder/hello" "$folder/compatible"
block cpp 1 >"$folder/hello/hello.cpp"
block cmake 1 >"$folder/hello/CMakeLists.txt"
{
    echo '#include <switchyard/provider.hpp>'
    block cpp 2
    echo 'SWITCHYARD_PROVIDER(Compatible, "compatible", "Compatible", SWY_OP_CHAT)'
} >"$folder/compatible/compatible.cpp"
sed 's/hello/compatible/g; s/Hello/Compatible/' "$folder/hello/CMakeLists.txt" >"$folder/compatible/CMakeLists.txt"
for name in hello compatible; do
    { cmake -S "$folder/$name" -B "$folder/$name/build" -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_BUILD_TYPE=Release &&
        cmake --build "$folder/$name/build"; } >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
    "$folder/prefix/bin/switchyard-plugin-check" "$folder/$name/build/plugins/$name.so" --vectors "$here/../exchanges"
done
