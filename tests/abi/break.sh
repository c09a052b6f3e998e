#!/usr/bin/env bash
# break.sh CC KIND: a deliberate break of the header; green when the table refuses it, and for the reason that it should.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/switchyard"
header=$folder/switchyard/provider.h
cp ../../sdk/include/switchyard/provider.h "$header"
case $2 in
    swap)      sed -i -z 's/    swy_given_t id;\n    swy_given_t name;/    swy_given_t name;\n    swy_given_t id;/' "$header"
               expected='offset of .*swy_delta_t.*id' ;;
    type)      sed -i 's/int64_t retry_after;/uint64_t retry_after;/' "$header"
               expected='type of .*swy_fail_t.*retry_after' ;;
    parameter) sed -i 's/(\*timer_start)(void \*context, uint64_t id, uint32_t delay)/(*timer_start)(void *context, uint64_t id, uint64_t delay)/' "$header"
               expected='type of .*swy_actions_t.*timer_start' ;;
    constant)  sed -i 's/#define SWY_CAUSE_QUOTA 3u/#define SWY_CAUSE_QUOTA 30u/' "$header"
               expected='value of .*SWY_CAUSE_QUOTA' ;;
    padding)   # two bytes that no member names: neither size nor offset tells
               sed -i -z 's/uint32_t count_count;\n    uint32_t reserved;/uint32_t count_count;\n    uint16_t reserved;/' "$header"
               expected='type of .*swy_usage_t.*reserved' ;;
    *)         echo "no break '$2'"; exit 2 ;;
esac
if cmp -s "$header" ../../sdk/include/switchyard/provider.h; then echo "the break '$2' changed nothing: the header has moved on"; exit 1; fi
$1 -std=c11 -fsyntax-only "$header"
if $1 -std=c11 -fsyntax-only -I "$folder" table_0_1.c 2>"$folder/said"; then echo "the table let '$2' pass"; exit 1; fi
grep -m1 "$expected" "$folder/said" || { cat "$folder/said"; echo "refused, but not for '$expected'"; exit 1; }
