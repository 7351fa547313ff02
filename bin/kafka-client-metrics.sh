#!/bin/sh
# Runs rkafka: the one in $RKAFKA, or next to this file, or built from this directory's sources, or in the path.
case $0 in */*) base=${0%/*}/.. ;; *) base=.. ;; esac
export LOG_DIR="${LOG_DIR:-$base/logs}"
for rkafka in "$RKAFKA" "$base/bin/rkafka" "$base/target/dist/rkafka" "$base/target/release/rkafka" \
    "$base/target/quick/rkafka" "$base/target/debug/rkafka"; do
    if [ -x "$rkafka" ]; then exec "$rkafka" kafka-client-metrics "$@"; fi
done
if command -v rkafka >/dev/null; then exec rkafka kafka-client-metrics "$@"; fi
echo "$0: cannot find rkafka: build it (cargo build --release), put it into the path, or set RKAFKA to its file" >&2
exit 1
