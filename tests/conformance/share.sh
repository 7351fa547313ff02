#!/bin/bash
# The tools of share groups and streams groups: ours and Apache Kafka 4.4.0's own, on the same 4.4.0 broker (KRaft, one
# process): stdout and exit code of each call must be the same, but for the names of Java classes before a message. And a
# share group of two of our members, of which one is killed. Wants RKAFKA (the binary).
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd); . "$HERE/fetch.sh"; . "$HERE/servers.sh"; log4j
WORK=${WORK:-$(mktemp -d)}; trap stop_all EXIT
PASSED=0 FAILED=0
TOOLS=org.apache.kafka.tools
SHARE=$TOOLS.consumer.group.ShareGroupCommand STREAMS=$TOOLS.streams.StreamsGroupCommand
declare -A CLASSES=([share-groups]=$SHARE [streams-groups]=$STREAMS [groups]=$TOOLS.GroupsCommand
  [console-share-consumer]=$TOOLS.consumer.ConsoleShareConsumer [share-consumer-perf-test]=$TOOLS.ShareConsumerPerformance
  [verifiable-share-consumer]=$TOOLS.VerifiableShareConsumer)

ok() { PASSED=$((PASSED + 1)); echo "ok $*"; }
bad() { FAILED=$((FAILED + 1)); echo "FAIL $*"; }
check() { if [ "$1" = "$2" ]; then ok "$3"; else bad "$3: $(printf '%q, wanted %q' "$1" "$2" | cut -c1-600)"; fi; }

# Without the classes of Java's exceptions, the times of events and of runs, the names of the two groups of a pair, and the
# offsets of an acknowledgement, which Kafka's has in the order of a hash.
plain() {
  sed -E ':again; s/(^|[ :])(java|org)\.[A-Za-z.]+(Exception|Error): /\1/; t again' |
    sed -E 's/"timestamp":[0-9]+/"timestamp":0/; s/(real|ours)-/pair-/g; s/[0-9]{4}-[0-9-]+ [0-9:]+/TIME/g; /offsets_acknowledged/s/"offsets":\[[0-9,]+\]//'
}
# What a tool says itself; what it logs, Kafka's has no place for here.
said() { plain | grep -vE '^(SLF4J|\[TIME,|org\.apache\.kafka\.[A-Za-z.]+Exception$)' | head -1; }
# Kafka's tools run in one JVM (differential/ToolServer.java), each as if in one of its own: starting one takes a second.
start_tools() {
  mkdir -p "$WORK/classes" && javac -nowarn -d "$WORK/classes" "$HERE/differential/ToolServer.java" 2> "$WORK/javac.err" || { cat "$WORK/javac.err"; return 1; }
  mkfifo "$WORK/requests" "$WORK/answers"
  java -Xmx512m $QUICK -Djava.security.manager=allow --add-opens=java.base/java.lang=ALL-UNNAMED -cp "$WORK/classes" ToolServer "$CACHE/k440/libs" < "$WORK/requests" > "$WORK/answers" 2> "$WORK/tools.err" &
  PIDS+=("$!")
  exec 8> "$WORK/requests" 9< "$WORK/answers"
}
real() {
  # Its last words come from a hook of the JVM's own.
  [ "$1" != verifiable-share-consumer ] || { java44 "${CLASSES[$1]}" --bootstrap-server "$BOOTSTRAP" "${@:2}"; return; }
  local request="r ${CLASSES[$1]} 90000 -" word code out err
  for word in --bootstrap-server "$BOOTSTRAP" "${@:2}"; do
    word=$(printf %s "$word" | base64 -w0)
    request+=" ${word:--}"
  done
  echo "$request" >&8
  read -t 120 -r _ code out err <&9 || { echo "the JVM of Kafka's tools does not answer: $(tail -3 "$WORK/tools.err")" >&2; return 255; }
  base64 -d <<< "${out#-}"; base64 -d <<< "${err#-}" >&2
  return "$code"
}
ours() { timeout 90 "$RKAFKA" "$1" --bootstrap-server "$BOOTSTRAP" "${@:2}"; }

# pair TOOL ARGUMENTS…: both print the same; @ in an argument is real- for one and ours- for the other.
pair() {
  local status_real status_ours first
  real "${@//@/real-}" > "$WORK/real.out" 2> "$WORK/real.err"; status_real=$?
  ours "${@//@/ours-}" > "$WORK/ours.out" 2> "$WORK/ours.err"; status_ours=$?
  plain < "$WORK/real.out" > "$WORK/real.txt"; plain < "$WORK/ours.out" > "$WORK/ours.txt"
  if [ $status_real != $status_ours ] || ! cmp -s "$WORK/real.txt" "$WORK/ours.txt"; then
    bad "$*: ends with $status_ours, Kafka's with $status_real"
    diff "$WORK/real.txt" "$WORK/ours.txt" | head -20; head -3 "$WORK/ours.err"
  # What is only said on stderr begins alike.
  elif [ ! -s "$WORK/real.txt" ] && first=$(said < "$WORK/real.err") && [ "$first" != "$(said < "$WORK/ours.err")" ]; then
    bad "$*: says $(said < "$WORK/ours.err"), Kafka's $first"
  else
    ok "$*"
  fi
}

start_kraft() { # a 4.4.0 broker that is its own controller; BOOTSTRAP
  local port controller
  read -r port controller < <(free_ports 2)
  mkdir -p "$WORK/kraft"
  cat > "$WORK/kraft/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:$controller
listeners=PLAINTEXT://localhost:$port,CONTROLLER://localhost:$controller
advertised.listeners=PLAINTEXT://localhost:$port
controller.listener.names=CONTROLLER
log.dirs=$WORK/kraft/logs
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=3
group.share.min.record.lock.duration.ms=1000
group.share.record.lock.duration.ms=2000
group.share.min.heartbeat.interval.ms=500
group.share.heartbeat.interval.ms=500
group.share.min.session.timeout.ms=2000
group.share.session.timeout.ms=3000
P
  java44 kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c "$WORK/kraft/server.properties" > "$WORK/kraft/format" 2>&1 || { cat "$WORK/kraft/format"; return 1; }
  java -Xmx768m $QUICK -cp "$CACHE/k440/libs/*" kafka.Kafka "$WORK/kraft/server.properties" > "$WORK/kraft/broker.log" 2>&1 &
  PID=$!; PIDS+=("$PID")
  wait_port "$port" "$PID" || return 1
  BOOTSTRAP=localhost:$port
}

until_true() { local i; for ((i = 0; i < 300; i++)); do "$@" && return; sleep 0.2; done; return 1; }
topic() { ours topics --create --topic "$1" --partitions "$2" > /dev/null 2>&1; }
from_start() { ours configs --alter --entity-type groups --entity-name "$1" --add-config share.auto.offset.reset=earliest > /dev/null 2>&1 ||
  java44 $TOOLS.ConfigCommand --bootstrap-server "$BOOTSTRAP" --alter --entity-type groups --entity-name "$1" --add-config share.auto.offset.reset=earliest > /dev/null 2>&1; }
records() { seq "$2" "$3" | sed 's/.*/k&:v&/' | ours console-producer --topic "$1" --property parse.key=true --property key.separator=: > /dev/null; }

start_tools || { bad "Kafka's tools start"; echo "$PASSED passed, $FAILED failed"; exit 1; }
start_kraft || { bad "a broker of 4.4.0 starts"; echo "$PASSED passed, $FAILED failed"; exit 1; }
topic k1 2 && records k1 1 9 || bad "topics and records"
topic one 1 && records one 1 6
for group in real-a ours-a real-c ours-c real-p ours-p; do from_start $group; done

# The console consumer reads what Kafka's reads, and acknowledges it.
pair console-share-consumer --topic one --group @c --max-messages 2 --timeout-ms 20000
pair console-share-consumer --topic one --group @c --max-messages 1 --timeout-ms 20000 --release --formatter-property print.key=true --formatter-property print.offset=true
pair console-share-consumer --topic one --group @c --max-messages 1 --timeout-ms 20000 --formatter-property print.delivery=true --formatter-property print.partition=true
pair console-share-consumer --topic one --group @c --max-messages 1 --timeout-ms 20000 --reject --formatter-property print.delivery=true
pair console-share-consumer --topic one --group @c --max-messages 5 --timeout-ms 4000
pair console-share-consumer --topic one --group @c --timeout-ms 2000
for wrong in "--topic one --reject --release" "--topic one --property a=b --formatter-property a=b" "--group x" \
  "--topic one --consumer-property a=b --command-property a=b" "--topic one --consumer-config x --command-config y"; do
  pair console-share-consumer $wrong
done

# Share groups: what was read above, and two groups that are read by one member each.
for kind in real ours; do $kind console-share-consumer --topic k1 --group $kind-a --max-messages 9 --timeout-ms 20000 2> /dev/null | sort > "$WORK/$kind.read"; done
check "$(cat "$WORK/ours.read")" "$(cat "$WORK/real.read")" "all records of two partitions"
pair share-groups --list
pair share-groups --list --state
pair share-groups --list --state empty,stable
pair groups --list
pair groups --list --share
for view in "" --verbose --offsets --members --state "--state --verbose" "--members --verbose"; do pair share-groups --describe --group @a $view; done
pair share-groups --describe --all-groups
pair share-groups --describe --group nope
pair share-groups --describe --group @a --group @c --state
for target in --to-earliest --to-latest --to-current "--to-offset 3" "--to-offset 999" "--to-datetime 2020-01-01T00:00:00.000" "--to-datetime 2099-01-01T00:00:00.000"; do
  pair share-groups --reset-offsets --group @a --topic k1 $target --dry-run
  pair share-groups --reset-offsets --group @a --all-topics $target --execute --export
done
pair share-groups --reset-offsets --group @a --topic k1:1 --to-offset 2 --execute
pair share-groups --describe --group @a
printf 'k1,0,1\nk1,1,2\n' > "$WORK/plan.csv"
pair share-groups --reset-offsets --group @a --from-file "$WORK/plan.csv" --execute
pair share-groups --reset-offsets --group @a --topic nope --to-latest --dry-run
pair share-groups --reset-offsets --group @a --topic k1:7 --to-latest --dry-run
pair share-groups --reset-offsets --group @a --topic k1:x --to-latest --dry-run
pair share-groups --describe --group @a --verbose
pair share-groups --delete-offsets --group @a --topic k1 --topic nope
pair share-groups --delete-offsets --group nope --topic k1
pair share-groups --describe --group @a
pair share-groups --delete --group @a --group nope
pair share-groups --delete --group @a
for wrong in "" "--list --describe --group x" "--describe" "--describe --group x --members --state" "--delete" "--delete --group x --topic k1" \
  "--delete-offsets --group x" "--reset-offsets --group x" "--reset-offsets --group x --dry-run" "--reset-offsets --group x --topic k1 --dry-run" \
  "--reset-offsets --group x --dry-run --execute" "--reset-offsets --dry-run" "--describe --group x --all-groups" "--describe --all-groups --topic x"; do
  pair share-groups $wrong
done

# A member of ours in the group, seen by both.
"$RKAFKA" console-share-consumer --bootstrap-server "$BOOTSTRAP" --topic k1 --group held > "$WORK/held.out" 2>&1 &
MEMBER=$!; PIDS+=("$MEMBER")
is_stable() { ours share-groups --list --state stable 2> /dev/null | grep -q '^held '; }
if until_true is_stable; then
  for view in --members "--members --verbose" --state "--state --verbose"; do pair share-groups --describe --group held $view; done
  pair share-groups --delete --group held
  pair share-groups --reset-offsets --group held --topic k1 --to-latest --dry-run
  pair share-groups --delete-offsets --group held --topic k1
else
  bad "our member joins: $(head -3 "$WORK/held.out")"
fi
kill -TERM "$MEMBER"; wait "$MEMBER"; check $? 143 "SIGTERM ends the member"
is_empty() { ours share-groups --list --state empty 2> /dev/null | grep -q '^held '; }
if until_true is_empty; then ok "it has left the group"; else bad "it has left the group"; fi

# Events, and performance: the same columns and counts.
for group in {real,ours}-{v,w,n,o}; do from_start $group; done
pair verifiable-share-consumer --topic one --group-id @v --max-messages 6 --offset-reset-strategy earliest --verbose --acknowledgement-mode sync
pair verifiable-share-consumer --topic one --group-id @w --max-messages 6 --offset-reset-strategy earliest --acknowledgement-mode sync --ack-pattern accept,reject
pair verifiable-share-consumer --topic one --group-id @n --max-messages 9 --offset-reset-strategy earliest --acknowledgement-mode sync --ack-pattern accept,renew
pair verifiable-share-consumer --topic one --group-id @o --max-messages 9 --offset-reset-strategy earliest --verbose --acknowledgement-mode sync --ack-pattern renew,accept,renew,reject
check "$(ours verifiable-share-consumer --topic one --group-id x --ack-pattern accept 2>&1 | tail -1)" "verifiable-share-consumer: error: --ack-pattern requires --acknowledgement-mode to be 'sync' or 'async', not 'auto'" "a pattern wants a mode"
figures() { "$1" share-consumer-perf-test --topic one --group "$1-p" --num-records "$2" --timeout 4000 "${@:3}" 2> /dev/null | sed -E 's/[0-9-]+ [0-9:]+/T/g; s/, [0-9.]+, ([0-9]+), [0-9]+$/, R, \1, MS/; s/0\.0000, [0-9.]+, /M, R, /'; }
check "$(figures ours 6)" "$(figures real 6)" "share-consumer-perf-test: titles and counts"
pair share-consumer-perf-test --topic one
pair share-consumer-perf-test --topic one --messages 1 --num-records 1
pair share-consumer-perf-test --num-records 1

# Two members, of which one is killed: nothing is acknowledged twice, nothing is left over.
RECORDS=4000
topic many 3; from_start crowd
member() { "$RKAFKA" verifiable-share-consumer --bootstrap-server "$BOOTSTRAP" --topic many --group-id crowd --acknowledgement-mode sync --command-config "$WORK/small.properties" > "$WORK/$1.events" 2> "$WORK/$1.err" & }
printf 'max.poll.records=20\nshare.acquire.mode=record_limit\n' > "$WORK/small.properties"
member first; FIRST=$!; member second; SECOND=$!; PIDS+=("$FIRST" "$SECOND")
records many 1 $((RECORDS / 2))
has_read() { [ "$(grep -c offsets_acknowledged "$WORK/$1.events")" -ge "$2" ]; }
until_true has_read first 3 && until_true has_read second 3 || bad "both members get records"
records many $((RECORDS / 2 + 1)) $RECORDS &
PRODUCING=$!
kill -KILL "$FIRST"; wait "$FIRST" 2> /dev/null; wait $PRODUCING
no_lag() { ours share-groups --describe --group crowd 2> /dev/null | awk '/^crowd/ { if ($5 != 0) exit 1; n++ } END { exit n != 3 }'; }
if until_true no_lag; then ok "nothing is left to be delivered"; else bad "nothing is left to be delivered: $(ours share-groups --describe --group crowd)"; fi
check "$(python3 "$HERE/share/verdict.py" $RECORDS "$WORK/first.events" "$WORK/second.events")" "each once" "a share group of two members of which one is killed"
kill -TERM "$SECOND"; wait "$SECOND"; check $? 143 "SIGTERM ends a member"
check "$(tail -1 "$WORK/second.events" | grep -o '"name":"[a-z_]*"')" '"name":"shutdown_complete"' "its last words"

# Streams groups: an application of Apache Kafka's, running and ended.
topic in.1 2 && topic out.1 1 && records in.1 1 20
mkfifo "$WORK/alive"
java -Xmx256m $QUICK -cp "$CACHE/kstreams-4.4.0/libs/*" "$HERE/share/StreamsGroup.java" "$BOOTSTRAP" app in.1 out.1 "$WORK/state" < "$WORK/alive" > "$WORK/app.out" 2> "$WORK/app.err" &
APP=$!; PIDS+=("$APP")
exec 7> "$WORK/alive"
runs() { grep -qx RUNNING "$WORK/app.out"; }
has_read_all() { ours streams-groups --describe --group app --verbose 2> /dev/null | awk '/in\.1/ { if ($7 != 0) exit 1; n++ } END { exit n != 2 }'; }
if until_true runs && until_true has_read_all; then
  pair groups --list --streams
  pair streams-groups --list
  pair streams-groups --list --state
  for view in "" --verbose --members "--members --verbose" --state "--state --verbose" --topology; do pair streams-groups --describe --group app $view; done
  pair streams-groups --describe --all-groups --members
  pair streams-groups --reset-offsets --group app --all-input-topics --to-earliest --dry-run
  pair streams-groups --delete --group app
  pair streams-groups --delete-offsets --group app --input-topic in.1
else
  bad "the application runs: $(tail -3 "$WORK/app.err")"
fi
exec 7>&-; wait "$APP"
is_over() { ours streams-groups --list --state empty 2> /dev/null | grep -q '^app '; }
if until_true is_over; then
  for view in "" --members --state "--state --verbose"; do pair streams-groups --describe --group app $view; done
  for target in --to-earliest --to-latest --to-current "--to-offset 2" "--shift-by -1" "--by-duration PT0S" "--to-datetime 2020-01-01T00:00:00.000"; do
    pair streams-groups --reset-offsets --group app --all-input-topics $target --dry-run
    pair streams-groups --reset-offsets --group app --input-topic in.1 $target --dry-run --export
  done
  printf 'in.1,0,1\nin.1,1,2\n' > "$WORK/plan.csv"
  pair streams-groups --reset-offsets --group app --from-file "$WORK/plan.csv" --dry-run
  pair streams-groups --reset-offsets --group app --input-topic in.1:0 --to-offset 1 --execute
  pair streams-groups --reset-offsets --group app --input-topic out.1 --to-latest --dry-run
  pair streams-groups --reset-offsets --group app --input-topic nope --to-latest --dry-run
  pair streams-groups --delete-offsets --group app --input-topic in.1:1
  pair streams-groups --delete-offsets --group app --input-topic in.1:1 --input-topic nope
  ours streams-groups --reset-offsets --group app --input-topic in.1:0 --to-offset 2 --execute > /dev/null 2>&1
  pair streams-groups --reset-offsets --group app --all-input-topics --to-current --dry-run
else
  bad "the application has left its group"
fi
pair streams-groups --describe --group nope
pair streams-groups --delete --group nope
check "$(ours streams-groups --delete --group app --delete-all-internal-topics 2> /dev/null)" "$(printf "Deletion of requested streams groups ('app') was successful.\nDeletion of associated internal topics of the streams groups ('app') was successful.")" "a group and its topics are deleted"
check "$(ours topics --list | grep -c '^app-')" 0 "its topics have gone"
for wrong in "" "--describe" "--delete" "--delete --group x --input-topic t" "--delete-offsets --group x" "--reset-offsets --group x" \
  "--reset-offsets --group x --dry-run" "--list --dry-run" "--describe --group x --members --topology" "--delete --group x --delete-internal-topic t"; do
  pair streams-groups $wrong
done

# A broker without such groups, ours: the tools say so.
unset ZK; read -r ZKPORT PORT < <(free_ports 2)
if start_zookeeper ours "$WORK/old" "$ZKPORT" && start_broker ours "$WORK/old" "$PORT" "$ZKPORT"; then
  BOOTSTRAP=localhost:$PORT
  check "$(ours share-groups --list 2>&1)" "" "no share groups"
  check "$(ours streams-groups --list 2>&1)" "" "no streams groups"
  pair share-groups --describe --group g
  pair streams-groups --describe --group g
  pair share-groups --reset-offsets --group g --topic t --to-earliest --dry-run
  says() { if grep -qF "$1" "$WORK/said"; then ok "$2 names what the broker lacks"; else bad "$2: $(head -3 "$WORK/said")"; fi; }
  LACKS="The cluster does not support the share group protocol using ShareGroupHeartbeat API version 1 or later"
  ours console-share-consumer --topic t --timeout-ms 5000 > "$WORK/said" 2>&1; says "$LACKS" console-share-consumer
  ours share-consumer-perf-test --topic t --num-records 1 --timeout 5000 > "$WORK/said" 2>&1; says "$LACKS" share-consumer-perf-test
  ours verifiable-share-consumer --topic t --group-id g > "$WORK/said" 2>&1; says "$LACKS" verifiable-share-consumer
else
  bad "servers of ours start"
fi
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]
