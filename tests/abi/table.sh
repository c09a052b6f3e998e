#!/usr/bin/env bash
# table.sh CC CXX: today's header is clean as C and C++, holds every row of every released table, and a table's generator
# still writes the table from the frozen header.
set -eu
cd "$(dirname "$0")"
include=../../sdk/include
warnings="-Wall -Wextra -Wpedantic -Wconversion -Werror -fsyntax-only"
$1 -std=c11 -Wpadded $warnings -x c $include/switchyard/provider.h
$2 -std=c++17 -Wpadded $warnings -x c++ $include/switchyard/provider.h
$2 -std=c++20 $warnings -x c++ $include/switchyard/provider.h
for table in table_*.c; do
    version=$(basename "$table" .c | sed 's/table_//; s/_/./')
    $1 -std=c11 $warnings -I $include "$table"
    CC=$1 ./generate.py "frozen/$version/provider.h" table | diff - "$table"
    echo "today's header holds the $(grep -c '^[A-Z]*(' "$table") rows of $version"
done
