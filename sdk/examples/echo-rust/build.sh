#!/bin/sh
# build.sh OUT.so: compiles the plug-in with rustc alone; no crates are needed.
set -eu
exec "${RUSTC:-rustc}" --edition 2021 --crate-type cdylib --crate-name echo_rust -C opt-level=2 -C strip=debuginfo \
    -C link-arg=-Wl,-z,noexecstack -C link-arg=-Wl,--build-id "$(dirname "$0")/echo.rs" -o "$1"
