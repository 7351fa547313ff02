#!/bin/bash
# kafka-metadata-shell: ours and Apache Kafka's own on the metadata logs that nodes of 3.9.1 and 4.4.0 write here: stdout and
# exit code must be the same, byte for byte, of single commands and of whole sessions. 4.4.0's shell is in no registry: the
# commands of 4.1.1's, which did not change, run on 4.4.0's image there. Wants RKAFKA (the binary).
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd); . "$HERE/fetch.sh"; . "$HERE/servers.sh"; log4j
WORK=${WORK:-$(mktemp -d)}; trap stop_all EXIT
PASSED=0 FAILED=0
ok() { PASSED=$((PASSED + 1)); echo "ok $*"; }
bad() { FAILED=$((FAILED + 1)); echo "FAIL $*"; }
declare -A JARS=([3.9]=k391 [4.4]=k440)
OLD=$CACHE/kshell-3.9.1/libs NEW=$CACHE/kshell-4.1.1/libs
declare -A SHELL_JARS=([3.9]="$OLD/*"
  [4.4]="$CACHE/k440/libs/*:$(printf '%s:' "$NEW"/{kafka-shell,jline,kafka_2.13,kafka-clients,kafka-metadata,kafka-server-common}-*.jar)")

java_of() { timeout 90 java -Xmx512m $QUICK "$LOG4J" -cp "$CACHE/${JARS[$1]}/libs/*" "${@:2}"; }
real() { timeout 60 java -Xmx256m $QUICK -cp "${SHELL_JARS[$ERA]}" org.apache.kafka.shell.MetadataShell "$@"; }
ours() { RKAFKA_COMPAT=$ERA timeout 60 "$RKAFKA" kafka-metadata-shell "$@"; }

# same NAME ARGUMENTS…: with $WORK/typed on stdin.
same() {
  local attempt status_real status_ours
  ours "${@:2}" < "$WORK/typed" > "$WORK/ours.out" 2> "$WORK/ours.err"; status_ours=$?
  # Kafka's shell may begin before it has taken in the last batch: then it is asked once more.
  for attempt in 1 2 3; do
    real "${@:2}" < "$WORK/typed" > "$WORK/real.out" 2> "$WORK/real.err"; status_real=$?
    [ $status_real = $status_ours ] && cmp -s "$WORK/real.out" "$WORK/ours.out" && { ok "$ERA: $1"; return; }
  done
  bad "$ERA: $1: ends with $status_ours, Kafka's with $status_real"
  diff "$WORK/real.out" "$WORK/ours.out" | head -20; head -3 "$WORK/ours.err"
}
one() { : > "$WORK/typed"; same "${*:2}" -s "$1" "${@:2}"; } # FILE COMMAND…
session() { grep -v '^// ' "$HERE/metadata-shell.txt" > "$WORK/typed"; same "a session on ${1##*/}" -s "$1"; }

node() { # node ERA: a node that is broker and controller; its folder is $WORK/ERA, BOOTSTRAP and SASL its listeners
  local port sasl controller
  read -r port sasl controller < <(free_ports 3)
  mkdir -p "$WORK/$1"
  cat > "$WORK/$1/server.properties" <<P
process.roles=broker,controller
node.id=1
broker.rack=r1
controller.quorum.voters=1@localhost:$controller
listeners=PLAINTEXT://localhost:$port,SASL_PLAINTEXT://localhost:$sasl,CONTROLLER://localhost:$controller
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_admin="admin";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:admin
delegation.token.secret.key=secret
log.dirs=$WORK/$1/logs
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
metadata.log.max.record.bytes.between.snapshots=2000
metadata.max.idle.interval.ms=0
P
  java_of "$1" kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c "$WORK/$1/server.properties" \
    --add-scram 'SCRAM-SHA-256=[name=boot,password=boot]' > "$WORK/$1/format" 2>&1 || { cat "$WORK/$1/format"; return 1; }
  java -Xmx512m $QUICK "$LOG4J" -cp "$CACHE/${JARS[$1]}/libs/*" kafka.Kafka "$WORK/$1/server.properties" > "$WORK/$1/node.log" 2>&1 &
  PID=$!; PIDS+=("$PID")
  wait_port "$port" "$PID" || return 1
  BOOTSTRAP=localhost:$port SASL=localhost:$sasl
}

# A node shows a change a moment after it has taken it: what takes it back again finds it then.
later() { local i; for ((i = 0; i < 100; i++)); do "$@" && return; sleep 0.1; done; return 1; }

fill() { # fill ERA: something of every kind in the node's log
  local tool="timeout 60 $RKAFKA" topic
  local at="--bootstrap-server $BOOTSTRAP" alter
  alter="$tool configs $at --alter"
  set -e
  for topic in one two.three with-dash gone; do $tool topics $at --create --topic $topic --partitions 3 --replication-factor 1 --config retention.ms=100000; done
  later $tool topics $at --alter --topic one --partitions 12
  later $tool topics $at --delete --topic gone
  $alter --entity-type topics --entity-name one --add-config max.message.bytes=1000,segment.bytes=1048576
  later $alter --entity-type topics --entity-name one --delete-config max.message.bytes
  $alter --entity-type brokers --entity-name 1 --add-config log.cleaner.threads=2
  $alter --entity-type brokers --entity-default --add-config log.retention.ms=123456
  $alter --entity-type users --entity-name 'al(i)ce' --add-config producer_byte_rate=1024,consumer_byte_rate=2048
  $alter --entity-type users --entity-name bob --entity-type clients --entity-name app --add-config request_percentage=200
  $alter --entity-type clients --entity-name app --add-config producer_byte_rate=12345678901
  $alter --entity-type clients --entity-name gone --add-config producer_byte_rate=1
  later $alter --entity-type clients --entity-name gone --delete-config producer_byte_rate
  $alter --entity-type ips --entity-name 127.0.0.9 --add-config connection_creation_rate=100
  $alter --entity-type users --entity-name bob --add-config 'SCRAM-SHA-512=[iterations=4096,password=x]'
  $alter --entity-type users --entity-name carol --add-config 'SCRAM-SHA-256=[iterations=4096,password=y]'
  later $alter --entity-type users --entity-name carol --delete-config SCRAM-SHA-256
  $tool client-metrics $at --alter --name m1 --metrics org.apache.kafka. --interval 10000
  $tool acls $at --add --allow-principal User:alice --consumer --topic one --group '*'
  $tool acls $at --add --deny-principal User:eve --operation All --topic pre --resource-pattern-type prefixed --deny-host 10.0.0.1
  $tool acls $at --add --allow-principal User:zed --operation Describe --cluster
  $tool acls $at --remove --allow-principal User:zed --operation Describe --cluster --force
  seq 5 | $tool console-producer $at --topic two.three --producer-property enable.idempotence=true
  printf '%s\n' security.protocol=SASL_PLAINTEXT sasl.mechanism=PLAIN \
    'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="admin";' > "$WORK/$1/sasl.properties"
  java_of "$1" org.apache.kafka.tools.DelegationTokenCommand --bootstrap-server "$SASL" --create --max-life-time-period -1 \
    --command-config "$WORK/$1/sasl.properties" --renewer-principal User:r1 --renewer-principal User:r2
}

for ERA in 3.9 4.4; do
  node $ERA || { bad "a node of $ERA starts"; tail -5 "$WORK/$ERA/node.log"; continue; }
  (fill $ERA) > "$WORK/$ERA/filled" 2>&1; [ $? = 0 ] || { bad "a node of $ERA is filled"; tail -5 "$WORK/$ERA/filled"; }
  LOG=$(echo "$WORK/$ERA"/logs/__cluster_metadata-0/*.log)
  # A running node keeps its log for itself.
  ours -s "$LOG" ls > "$WORK/ours.out" 2> "$WORK/ours.err"
  if [ $? = 1 ] && grep -q "Unable to lock $WORK/$ERA/logs. Please ensure" "$WORK/ours.err"; then ok "$ERA: the node is running"; else bad "$ERA: the node is running: $(cat "$WORK/ours.err")"; fi
  stop_pid "$PID"
  SNAPSHOTS=("$WORK/$ERA"/logs/__cluster_metadata-0/*.checkpoint)
  session "$LOG"
  session "${SNAPSHOTS[-1]}"
  one "$LOG" tree /
  one "$LOG" ls / /local /local/version /nope
  one "$LOG" -- cat -h
  one "$LOG" pwd
  one "$LOG" c /
  for wrong in "" "--foo" "-s" "ls -s $LOG /local --snapshot"; do : > "$WORK/typed"; same "arguments: ${wrong/$LOG/LOG}" $wrong; done
done
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]
