#!/bin/bash
# The files are Kafka's and ZooKeeper's: what our servers wrote, Apache's start on and serve, and the reverse; and
# Apache Kafka's dump tool reads our segments and indexes without complaint. Wants RKAFKA (the binary).
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd); . "$HERE/fetch.sh"; . "$HERE/servers.sh"; log4j
WORK=$(mktemp -d); trap 'stop_all; rm -rf "$WORK"' EXIT
PASSED=0; FAILED=0
ok() { if [ "$1" = 0 ]; then PASSED=$((PASSED + 1)); echo "ok   $2"; else FAILED=$((FAILED + 1)); echo "FAIL $2"; fi; }
N=20000; seq 1 $N | sed 's/^/line /' > "$WORK/in"
# Small segments and a dense index, so that there is something to check.
export EXTRA_PROPERTIES=$'log.segment.bytes=100000\nlog.index.interval.bytes=512'

fill() { # fill PORT: the topics t-none … t-zstd and a committed group offset, written by Apache Kafka's client
  local codec
  for codec in none gzip snappy lz4 zstd; do
    java39 kafka.tools.ConsoleProducer --bootstrap-server localhost:$1 --topic "t-$codec" --compression-codec $codec < "$WORK/in" 2>> "$WORK/err" || return 1
  done
  java39 org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server localhost:$1 --topic t-none --group g1 --from-beginning --max-messages 100 > "$WORK/g1" 2>> "$WORK/err"
}

check() { # check WHO PORT: every record of every topic, in order, and the group goes on where it stood
  local codec
  for codec in none gzip snappy lz4 zstd; do
    java39 org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server localhost:$2 --topic "t-$codec" --from-beginning --max-messages $N 2>> "$WORK/err" | cmp -s - "$WORK/in"
    ok $? "$1 serves all of t-$codec"
  done
  [ "$(java39 org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server localhost:$2 --topic t-none --group g1 --max-messages 1 2>> "$WORK/err")" = "line 101" ]
  ok $? "$1 knows the offsets of group g1"
}

both() { # both FIRST SECOND HOW: FIRST writes, is stopped (clean) or killed (kill), SECOND starts on its files
  local dir=$WORK/$1-$3 zkport port
  read -r zkport port < <(free_ports 2)
  start_zookeeper "$1" "$dir" "$zkport"; local zk=$PID
  start_broker "$1" "$dir" "$port" "$zkport"; local broker=$PID
  fill "$port"; ok $? "fill $1"
  if [ "$3" = clean ]; then stop_pid "$broker"; stop_pid "$zk"; else kill -KILL "$broker" "$zk"; wait "$broker" "$zk" 2>/dev/null; fi
  [ "$1" = ours ] && dump "$dir/kafka-logs" "$3"
  start_zookeeper "$2" "$dir" "$zkport"; zk=$PID
  # A killed broker's registration lives until its session expires; Apache Kafka refuses to start before that.
  [ "$3" = kill ] && [ "$2" = apache ] && session_gone "$zkport"
  start_broker "$2" "$dir" "$port" "$zkport"; local up=$?; broker=$PID
  ok $up "$2 starts on what $1 wrote ($3)"; [ $up = 0 ] || { tail -5 "$dir/broker.log"; return; }
  check "$2 ($3 stop of $1)" "$port"
  stop_pid "$broker"; stop_pid "$zk"
}

session_gone() { # session_gone ZKPORT: until no broker is registered
  local i
  for ((i = 0; i < 60; i++)); do
    java39 org.apache.zookeeper.ZooKeeperMain -server "localhost:$1" ls /brokers/ids 2>/dev/null | grep -qx '\[\]' && return
    sleep 1
  done
}

dump() { # dump LOGDIR HOW: segments, indexes and snapshots through Apache Kafka's own reader
  local files indexes out=$WORK/dump
  files=$(ls "$1"/t-*/*.log | paste -sd,); indexes=$(ls "$1"/t-*/*.index "$1"/t-*/*.timeindex | paste -sd,)
  java39 kafka.tools.DumpLogSegments --deep-iteration --value-decoder-class kafka.serializer.DefaultDecoder --files "$files" > "$out" 2>&1
  [ $? = 0 ] && ! grep -qiE 'mismatch|isvalid: false|corrupt|exception|found .* invalid bytes' "$out" && [ "$(grep -c '^| offset' "$out")" -ge $((5 * N)) ]
  ok $? "dump-log --deep-iteration reads our segments ($2)"
  # A killed broker leaves the active segment's indexes longer than their entries, as Apache Kafka does.
  if [ "$2" = clean ]; then
    java39 kafka.tools.DumpLogSegments --index-sanity-check --files "$indexes" > "$out" 2>&1
    [ $? = 0 ] && [ "$(grep -c 'passed sanity check' "$out")" -ge 10 ] && ! grep -qiE 'mismatch|corrupt|exception' "$out"
    ok $? "dump-log --index-sanity-check passes our indexes"
  fi
  java39 kafka.tools.DumpLogSegments --verify-index-only --files "$indexes" > "$out" 2>&1
  [ $? = 0 ] && ! grep -qiE 'mismatch|non-secutive|corrupt|exception' "$out"
  ok $? "dump-log --verify-index-only finds our indexes true ($2)"
  java39 kafka.tools.DumpLogSegments --offsets-decoder --files "$(ls "$1"/__consumer_offsets-*/*.log | paste -sd,)" > "$out" 2>&1
  grep -q 'group=g1' "$out" || grep -q '"group":"g1"' "$out"; ok $? "dump-log --offsets-decoder reads our __consumer_offsets ($2)"
}

both ours apache clean
both ours apache kill
both apache ours clean
both apache ours kill
[ "$FAILED" = 0 ] || tail -40 "$WORK/err"
echo "$PASSED passed, $FAILED failed"; [ "$FAILED" = 0 ]
