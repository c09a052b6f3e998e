#!/usr/bin/env bash
# bare_host.sh CHECKER NEEDS_MORE PLUGIN...: a host without extensions (the checker has timers alone) loads today's plug-ins;
# one that needs more is refused by the name of what is missing.
set -eu
checker=$1 needs_more=$2
shift 2
for plugin in "$@"; do
    "$checker" "$plugin" || { echo "$plugin does not work in a host without extensions"; exit 1; }
done
said=$("$checker" "$needs_more") && { echo "a plug-in that needs more was accepted"; exit 1; }
grep 'needs the ability switchyard.host.not-there/1' <<<"$said"
