#!/bin/bash
# Consumer groups answer as Apache Kafka 3.9.1's do: the same scenarios in every version of the ten group APIs, compared
# line by line with what 3.9.1 answered; and its dump tool reads the records that are left in __consumer_offsets.
# Wants RKAFKA (the binary). `groups.sh --record` plays them on Apache Kafka and writes the comparison anew.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd); . "$HERE/fetch.sh"; . "$HERE/servers.sh"; log4j
WORK=$(mktemp -d); trap 'stop_all; rm -rf "$WORK"' EXIT
GOLDEN=$HERE/../golden/coordinator/groups-of-3.9.1.txt.gz
command -v javac > /dev/null || { echo "javac is missing: install it (Debian: openjdk-17-jdk-headless)" >&2; exit 1; }
export EXTRA_PROPERTIES=$'offsets.topic.num.partitions=3\ngroup.initial.rebalance.delay.ms=200\ngroup.min.session.timeout.ms=1000\ngroup.max.size=4'

play() { # play KIND: the transcript of ours or apache
  local zkport port
  read -r zkport port < <(free_ports 2)
  start_zookeeper "$1" "$WORK/$1" "$zkport" && start_broker "$1" "$WORK/$1" "$port" "$zkport" || return 1
  LOGS_OF=$WORK/$1/kafka-logs
  timeout 400 java "$LOG4J" -cp "$CACHE/k391/libs/*:$WORK" GroupTranscript localhost "$port" > "$WORK/$1.txt"
}

javac -nowarn -d "$WORK" -cp "$CACHE/k391/libs/*" "$HERE/groups/GroupTranscript.java" 2> "$WORK/javac" || { cat "$WORK/javac" >&2; exit 1; }
if [ "$1" = --record ]; then play apache && gzip -9nc "$WORK/apache.txt" > "$GOLDEN"; exit; fi
: > "$WORK/ours.txt"
play ours; status=$?
gzip -dc "$GOLDEN" > "$WORK/apache.txt"
diff "$WORK/apache.txt" "$WORK/ours.txt" | cut -c1-600
# A line that differs is one that is missed and one too many; those that are not missed have passed.
FAILED=$(diff "$WORK/apache.txt" "$WORK/ours.txt" | grep -c '^[<>]')
PASSED=$(($(wc -l < "$WORK/apache.txt") - $(diff "$WORK/apache.txt" "$WORK/ours.txt" | grep -c '^<')))
[ $status = 0 ] || FAILED=$((FAILED + 1))
stop_all
java39 kafka.tools.DumpLogSegments --offsets-decoder --deep-iteration --files "$(ls "$LOGS_OF"/__consumer_offsets-*/*.log | paste -sd,)" > "$WORK/dump" 2>&1
if [ $? = 0 ] && [ "$(grep -c '^| offset' "$WORK/dump")" -gt 100 ] && ! grep -qiE 'isvalid: false|corrupt|exception' "$WORK/dump"; then
  PASSED=$((PASSED + 1))
else
  FAILED=$((FAILED + 1)); tail -3 "$WORK/dump"
fi
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]
