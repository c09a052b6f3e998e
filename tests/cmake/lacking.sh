#!/usr/bin/env bash
# lacking.sh TOOL ...: stands in a test for a tool that is not here: skipped by name, or red where nothing may be skipped.
echo "skipped: there is no $1 here (./dev test installs it)"
[ "${CI:-}" != true ] || exit 1
exit 77
