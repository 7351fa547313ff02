#!/bin/bash
# Transactions against Apache Kafka's brokers, 3.9.1 (partitions named by the producer) and 4.4.0 (transaction.version 2): our
# mirror and copy are killed again and again while they write, and kcat reads what was committed: every record of the source
# once and in order. A mirror that slept is fenced. The performance tool's transactions. Wants RKAFKA (the binary).
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd); . "$HERE/fetch.sh"; . "$HERE/servers.sh"; log4j
WORK=${WORK:-$(mktemp -d)}; trap stop_all EXIT
PASSED=0 FAILED=0
RECORDS=${RECORDS:-60000} KILLS=${KILLS:-8} RATE=${RATE:-4000}

ok() { PASSED=$((PASSED + 1)); echo "ok $*"; }
bad() { FAILED=$((FAILED + 1)); echo "FAIL $*"; }
check() { if [ "$1" = "$2" ]; then ok "$3"; else bad "$3: $(printf '%q, wanted %q' "$1" "$2" | cut -c1-600)"; fi; }

OF_TRANSACTIONS=$'transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\ntransaction.state.log.num.partitions=3\noffsets.topic.num.partitions=3\n'

start_4_4() { # DIR PORT CONTROLLER_PORT: a broker of 4.4.0 that is its own controller
  mkdir -p "$1"
  cat > "$1/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:$3
listeners=PLAINTEXT://localhost:$2,CONTROLLER://localhost:$3
advertised.listeners=PLAINTEXT://localhost:$2
controller.listener.names=CONTROLLER
log.dirs=$1/logs
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
$OF_TRANSACTIONS
P
  java44 kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c "$1/server.properties" > "$1/format" 2>&1 || { cat "$1/format"; return 1; }
  run_4_4 "$1" "$2"
}

run_4_4() { # DIR PORT
  java -Xmx768m $QUICK -cp "$CACHE/k440/libs/*" kafka.Kafka "$1/server.properties" >> "$1/broker.log" 2>&1 &
  PID=$!; PIDS+=("$PID"); BROKER=$PID; wait_port "$2" "$PID"
}

# All records of a topic by partition, in order. A consumer that reads to the ends as they are now.
contents() { # BOOTSTRAP TOPIC ISOLATION
  timeout 60 kcat -b "$1" -C -t "$2" -o beginning -e -q -X isolation.level="$3" -f '%p %k %s\n' 2> /dev/null | sort -s -n -k1,1
}
ends() { # BOOTSTRAP TOPIC: of its three partitions, together
  local p; for p in 0 1 2; do kcat -Q -b "$1" -t "$2:$p:-1" 2> /dev/null; done | awk '{ n += $NF } END { print n + 0 }'
}
count() { contents "$@" | wc -l; }
has_all() { [ "$(count "$1" "$2" read_committed)" -ge "$3" ]; }
writes_on() { [ "$(ends "$1" "$2")" -gt "$3" ]; } # BOOTSTRAP TOPIC BEFORE
until_true() { local i; for ((i = 0; i < 120; i++)); do "$@" && return; sleep 0.25; done; return 1; }

mirror() { # BOOTSTRAP TOPIC LOG: MIRROR
  "$RKAFKA" mirror "$2" --from-server "$SOURCE" --to-server "$1" --exactly-once --compression lz4 >> "$3" 2>&1 &
  MIRROR=$!; PIDS+=("$MIRROR")
}
die() { kill -KILL "$1" 2> /dev/null; wait "$1" 2> /dev/null; }

produce() { # TOPIC FROM TO: numbers under keys
  seq "$2" "$3" | sed 's/.*/k&:v&/' | timeout 60 "$RKAFKA" console-producer --bootstrap-server "$SOURCE" --topic "$1" --property parse.key=true --property key.separator=: > /dev/null
}

killed_again_and_again() { # NAME BOOTSTRAP TOPIC
  local i j log=$WORK/$1.mirror before committed all
  for ((i = 0; i < KILLS; i++)); do
    before=$(ends "$2" "$3")
    mirror "$2" "$3" "$log"
    # Not before it writes.
    for ((j = 0; j < 50; j++)); do [ "$(ends "$2" "$3")" -gt "$before" ] && break; sleep 0.1; done
    sleep "0.$((i * 7 % 10))"
    kill -0 "$MIRROR" 2> /dev/null || { bad "$1: the mirror ends by itself: $(tail -3 "$log")"; return; }
    die "$MIRROR"
  done
  mirror "$2" "$3" "$log"
  until_true has_all "$2" "$3" "$RECORDS" || bad "$1: $(count "$2" "$3" read_committed) of $RECORDS records come: $(tail -3 "$log")"
  kill -TERM "$MIRROR"; wait "$MIRROR"; check $? 143 "$1: SIGTERM ends the mirror"
  contents "$SOURCE" "$3" read_committed > "$WORK/$1.source"; contents "$2" "$3" read_committed > "$WORK/$1.target"
  committed=$(wc -l < "$WORK/$1.target")
  all=$(count "$2" "$3" read_uncommitted)
  if cmp -s "$WORK/$1.source" "$WORK/$1.target"; then
    ok "$1: $committed records, each once and in order, after $KILLS kills; $((all - committed)) more were in transactions that were aborted"
  else
    bad "$1: $committed records of $(wc -l < "$WORK/$1.source"), $(sort "$WORK/$1.target" | uniq -d | wc -l) of them twice, $(sort "$WORK/$1.source" "$WORK/$1.target" | uniq -u | wc -l) lost"
    diff "$WORK/$1.source" "$WORK/$1.target" | head -10
  fi
  if [ "$all" -gt "$committed" ]; then ok "$1: kills have met open transactions"; else bad "$1: no kill has met an open transaction, which proves nothing"; fi
}

# One that was stopped for a while, while another has taken over.
a_sleeper_is_fenced() { # NAME BOOTSTRAP TOPIC
  local first log=$WORK/$1.sleeper status
  produce "$3" 1 500
  mirror "$2" "$3" "$log"; first=$MIRROR
  until_true has_all "$2" "$3" 500 || bad "$1: the first mirror copies: $(tail -3 "$log")"
  kill -STOP "$first"
  produce "$3" 501 1000
  mirror "$2" "$3" "$log.second"
  until_true has_all "$2" "$3" 1000 || bad "$1: the second mirror goes on: $(tail -3 "$log.second")"
  kill -CONT "$first"
  produce "$3" 1001 1500
  until_true has_all "$2" "$3" 1500 || bad "$1: the second mirror stays: $(tail -3 "$log.second")"
  for ((i = 0; i < 100; i++)); do kill -0 "$first" 2> /dev/null || break; sleep 0.1; done
  kill -0 "$first" 2> /dev/null && { bad "$1: the sleeper ends"; die "$first"; }
  wait "$first"; status=$?
  check "$status" 1 "$1: the sleeper ends with 1"
  if grep -q "was fenced" "$log"; then ok "$1: it says that it was fenced"; else bad "$1: it says: $(tail -3 "$log")"; fi
  kill -TERM "$MIRROR"; wait "$MIRROR"
  check "$(contents "$2" "$3" read_committed | cksum)" "$(contents "$SOURCE" "$3" read_committed | cksum)" "$1: what it had read is there once"
}

# A record that the target does not take: the transaction is aborted, and nothing hangs.
a_record_is_refused() { # NAME BOOTSTRAP TOPIC STATE
  local log=$WORK/$1.refused
  "$RKAFKA" topics --create --topic "$3" --partitions 3 --config max.message.bytes=2000 --bootstrap-server "$2" > /dev/null
  produce "$3" 1 300
  printf 'long:%s\n' "$(head -c 6000 /dev/urandom | base64 -w0)" | "$RKAFKA" console-producer --bootstrap-server "$SOURCE" --topic "$3" --property parse.key=true --property key.separator=: > /dev/null
  produce "$3" 301 600
  timeout 40 "$RKAFKA" mirror "$3" --from-server "$SOURCE" --to-server "$2" --exactly-once > "$log" 2>&1; check $? 1 "$1: a record that is too long ends the mirror"
  if grep -q "larger than" "$log"; then ok "$1: it says why"; else bad "$1: it says: $(tail -3 "$log")"; fi
  check "$("$RKAFKA" transactions --bootstrap-server "$2" list | awk -v id="/$3\$" '$1 ~ id { print $4 }')" "$4" "$1: its transaction was aborted"
  "$RKAFKA" configs --alter --entity-type topics --entity-name "$3" --add-config max.message.bytes=1000000 --bootstrap-server "$2" > /dev/null
  mirror "$2" "$3" "$log"
  until_true has_all "$2" "$3" 601 || bad "$1: the mirror goes on: $(tail -3 "$log")"
  kill -TERM "$MIRROR"; wait "$MIRROR"
  check "$(contents "$2" "$3" read_committed | cksum)" "$(contents "$SOURCE" "$3" read_committed | cksum)" "$1: nothing is lost or there twice"
}

# The target's only broker, in the middle of transactions: the mirror waits for it.
the_target_is_killed() { # NAME BOOTSTRAP TOPIC RECORDS
  local i load log=$WORK/$1.bounced
  "$RKAFKA" producer-perf-test --topic "$3" --num-records "$4" --payload-monotonic --throughput 1500 --producer-props bootstrap.servers="$SOURCE" linger.ms=5 > "$log.load" 2>&1 &
  load=$!; PIDS+=("$load")
  mirror "$2" "$3" "$log"
  until_true has_all "$2" "$3" 500 || bad "$1: the mirror copies: $(tail -3 "$log")"
  for i in 1 2; do
    { die "$BROKER"; } 2> /dev/null
    run_4_4 "$WORK/new" "$PORT44" || bad "$1: the broker starts again"
    until_true writes_on "$2" "$3" "$(ends "$2" "$3")" || bad "$1: the mirror writes on: $(tail -3 "$log")"
  done
  wait "$load"
  until_true has_all "$2" "$3" "$4" || bad "$1: the mirror goes on: $(tail -3 "$log")"
  kill -TERM "$MIRROR"; wait "$MIRROR"; check $? 143 "$1: the mirror has lived through the target's kills"
  check "$(contents "$2" "$3" read_committed | cksum)" "$(contents "$SOURCE" "$3" read_committed | cksum)" "$1: each record is there once"
}

a_copy_is_resumed() { # NAME BOOTSTRAP FROM TO
  local pid i log=$WORK/$1.copy status=1 options=(--exactly-once --rename "$3=$4")
  for ((i = 0; i < 12 && status != 0; i++)); do
    "$RKAFKA" copy "$3" --from-server "$SOURCE" --to-server "$2" "${options[@]}" >> "$log" 2>&1 &
    pid=$!; PIDS+=("$pid")
    sleep "$((i / 4)).$((1 + i % 4 * 2))"; [ $i -lt 11 ] && kill -KILL "$pid" 2> /dev/null
    wait "$pid" 2> /dev/null; status=$?
    options=(--exactly-once --resume --rename "$3=$4")
  done
  check "$status" 0 "$1: a copy that was killed is resumed ($i times; the last one $(tail -1 "$log"))"
  check "$(contents "$2" "$4" read_committed | cksum)" "$(contents "$SOURCE" "$3" read_committed | cksum)" "$1: the copy has each record once"
}

performance() { # NAME BOOTSTRAP
  local n=20000 said
  ours() { timeout 60 "$RKAFKA" "$@"; }
  ours topics --create --topic perf --partitions 3 --bootstrap-server "$2" > /dev/null
  said=$(ours producer-perf-test --topic perf --num-records $n --payload-monotonic --throughput 10000 --transactional-id perf --transaction-duration-ms 100 --producer-props bootstrap.servers="$2" 2>&1)
  check "$(tail -1 <<< "$said" | grep -o '^[0-9]* records sent')" "$n records sent" "$1: producer-perf-test in transactions"
  check "$(contents "$2" perf read_committed | awk '{ print $NF }' | sort -n | uniq | wc -l) $(count "$2" perf read_committed)" "$n $n" "$1: all of it is committed, once"
  check "$(java39 org.apache.kafka.tools.TransactionsCommand --bootstrap-server "$2" describe --transactional-id perf 2> /dev/null | awk 'NR == 2 { print $5 }')" CompleteCommit "$1: Kafka's tool sees the end"
}

read -r ZKPORT PORT ZK39 PORT39 PORT44 CONTROLLER < <(free_ports 6)
start_zookeeper ours "$WORK/source" "$ZKPORT" && start_broker ours "$WORK/source" "$PORT" "$ZKPORT" &&
  start_zookeeper ours "$WORK/old" "$ZK39" && EXTRA_PROPERTIES=$OF_TRANSACTIONS start_broker apache "$WORK/old" "$PORT39" "$ZK39" &&
  start_4_4 "$WORK/new" "$PORT44" "$CONTROLLER" || { bad "the servers start"; echo "$PASSED passed, $FAILED failed"; exit 1; }
SOURCE=localhost:$PORT OLD=localhost:$PORT39 NEW=localhost:$PORT44
for topic in load nap.1 nap.2 long.1 long.2 bounced; do "$RKAFKA" topics --create --topic $topic --partitions 3 --bootstrap-server "$SOURCE" > /dev/null || bad "$topic is created"; done

# Under load: records come while the mirrors are killed.
"$RKAFKA" producer-perf-test --topic load --num-records "$RECORDS" --payload-monotonic --throughput "$RATE" --producer-props bootstrap.servers="$SOURCE" linger.ms=5 > "$WORK/load" 2>&1 &
LOAD=$!; PIDS+=("$LOAD")
both() { # NAME BOOTSTRAP N STATE: what is seen to of each release
  killed_again_and_again "$1" "$2" load
  a_sleeper_is_fenced "$1" "$2" "nap.$3"
  a_record_is_refused "$1" "$2" "long.$3" "$4"
  a_copy_is_resumed "$1" "$2" load copied
  performance "$1" "$2"
}
(
  PASSED=0 FAILED=0 PIDS=()
  both 4.4.0 "$NEW" 2 CompleteAbort
  the_target_is_killed 4.4.0 "$NEW" bounced 12000
  echo "$PASSED $FAILED" > "$WORK/counts"
  stop_all
) &
OTHER=$!
# The epoch is raised after the abort.
both 3.9.1 "$OLD" 1 Empty
wait $OTHER; read -r p f < "$WORK/counts"; PASSED=$((PASSED + p)) FAILED=$((FAILED + f))
wait $LOAD
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]
