#!/bin/bash
# At a node of Apache Kafka 4.4.0 in KRaft mode: our tools at its controller beside Apache's own, and what --output shows of
# quotas, credentials and transactions, held against docs/output.md. Wants RKAFKA (the binary).
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd); . "$HERE/fetch.sh"; . "$HERE/servers.sh"; log4j
WORK=${WORK:-$(mktemp -d)}; trap stop_all EXIT
export RKAFKA_COMPAT=4.4
PASSED=0 FAILED=0
TOOLS=org.apache.kafka.tools
declare -A CLASSES=([kafka-cluster]=$TOOLS.ClusterTool [kafka-features]=$TOOLS.FeatureCommand [kafka-configs]=$TOOLS.ConfigCommand
  [kafka-reassign-partitions]=$TOOLS.reassign.ReassignPartitionsCommand [kafka-metadata-quorum]=$TOOLS.MetadataQuorumCommand
  [kafka-acls]=$TOOLS.AclCommand)

ok() { PASSED=$((PASSED + 1)); echo "ok $*"; }
bad() { FAILED=$((FAILED + 1)); echo "FAIL $*"; }

# Without the stack traces (which begin with the message once more) and the classes of Java's exceptions.
plain() { grep -vE '^(SLF4J|	at |Caused by: )' | sed -E ':again; s/(^|[ :])(java|org)\.[A-Za-z.]+(Exception|Error): /\1/; t again' | uniq; }

pair() { # pair TOOL ARGUMENTS…: both say the same and end with the same code
  local real ours status_real status_ours
  java44 "${CLASSES[$1]}" "${@:2}" > "$WORK/real.out" 2>&1; status_real=$?
  timeout 60 "$RKAFKA" "$@" > "$WORK/ours.out" 2>&1; status_ours=$?
  real=$(plain < "$WORK/real.out"); ours=$(plain < "$WORK/ours.out")
  if [ "$status_real" = "$status_ours" ] && [ "$real" = "$ours" ]; then
    ok "$*"
  else
    bad "$*: ends with $status_ours, Kafka's with $status_real"; diff <(echo "$real") <(echo "$ours") | head -20
  fi
}

shows() { # shows SHAPE ROWS ARGUMENTS…: at least so many rows, with the fields that docs/output.md names for the shape
  local shape=$1 rows=$2 said; shift 2
  if timeout 60 "$RKAFKA" "$@" --output json > "$WORK/shown.json" 2> "$WORK/shown.err" &&
    said=$(python3 "$HERE/shape.py" "$HERE/../../docs/output.md" "$shape" "$rows" < "$WORK/shown.json" 2>&1); then
    ok "$shape"
  else
    bad "$shape: ${said:-$(cat "$WORK/shown.err")}"
  fi
}

start_kraft() { # one process, broker and controller, on files that our own tool formatted; SERVERS and CONTROLLERS
  local port controller
  read -r port controller < <(free_ports 2)
  mkdir -p "$WORK/kraft"
  cat > "$WORK/kraft/server.properties" <<P
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:$controller
listeners=PLAINTEXT://localhost:$port,CONTROLLER://localhost:$controller
advertised.listeners=PLAINTEXT://localhost:$port,CONTROLLER://localhost:$controller
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$WORK/kraft/logs
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=3
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
P
  "$RKAFKA" kafka-storage format --standalone -t "$("$RKAFKA" kafka-storage random-uuid)" -c "$WORK/kraft/server.properties" || return 1
  java -Xmx1G $QUICK -cp "$CACHE/k440/libs/*" kafka.Kafka "$WORK/kraft/server.properties" > "$WORK/kraft/broker.log" 2>&1 &
  PID=$!; PIDS+=("$PID")
  SERVERS=localhost:$port CONTROLLERS=localhost:$controller
  "$RKAFKA" await brokers 1 --bootstrap-server "$SERVERS" --timeout 60s
}

start_kraft || { echo "0 passed, 1 failed"; exit 1; }
C=(--bootstrap-controller "$CONTROLLERS") B=(--bootstrap-server "$SERVERS")

pair kafka-cluster cluster-id "${C[@]}"
pair kafka-cluster list-endpoints "${C[@]}"
pair kafka-cluster list-endpoints "${C[@]}" --include-fenced-brokers
pair kafka-cluster api-versions "${C[@]}"
pair kafka-features "${C[@]}" describe
pair kafka-configs "${C[@]}" --describe --entity-type brokers --entity-name 1
pair kafka-configs "${C[@]}" --alter --entity-type brokers --entity-name 1 --add-config log.cleaner.threads=2
pair kafka-configs "${C[@]}" --describe --entity-type brokers
pair kafka-configs "${C[@]}" --alter --entity-type brokers --entity-name 1 --delete-config log.cleaner.threads
pair kafka-configs "${C[@]}" --describe --entity-type topics
pair kafka-configs "${C[@]}" --describe --entity-type topics --entity-name nope
pair kafka-configs "${C[@]}" --describe --entity-type users --entity-name u
pair kafka-configs "${C[@]}" --alter --entity-type users --entity-name u --add-config producer_byte_rate=10
pair kafka-reassign-partitions "${C[@]}" --list
pair kafka-acls "${C[@]}" --list
pair kafka-metadata-quorum "${B[@]}" remove-controller --controller-id 3 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAw --dry-run --unregister

"$RKAFKA" kafka-configs "${B[@]}" --alter --entity-type users --entity-name u --add-config producer_byte_rate=9
"$RKAFKA" kafka-configs "${B[@]}" --alter --entity-type users --entity-name u --add-config 'SCRAM-SHA-256=[password=p]'
shows "configs --describe of users, clients and ips" 2 kafka-configs "${B[@]}" --describe --entity-type users
"$RKAFKA" kafka-topics "${B[@]}" --create --topic t --partitions 1 --replication-factor 1
java44 $TOOLS.ProducerPerformance --topic t --num-records 10 --record-size 10 --throughput -1 --transactional-id x --transaction-duration-ms 1000 "${B[@]}" > "$WORK/producer.out" 2>&1
shows "transactions list" 1 kafka-transactions "${B[@]}" list
shows "transactions describe" 1 kafka-transactions "${B[@]}" describe --transactional-id x
shows "transactions describe-producers" 1 kafka-transactions "${B[@]}" describe-producers --topic t --partition 0
shows "transactions find-hanging" 0 kafka-transactions "${B[@]}" find-hanging --broker-id 1
shows "metadata-quorum describe --status" 1 kafka-metadata-quorum "${B[@]}" describe --status
shows "metadata-quorum describe --replication" 1 kafka-metadata-quorum "${B[@]}" describe --replication
"$RKAFKA" kafka-acls "${B[@]}" --add --allow-principal User:a --operation Read --topic t > "$WORK/acls.out" 2>&1
shows "acls --list" 1 kafka-acls "${B[@]}" --list
shows "features describe" 3 kafka-features "${B[@]}" describe

echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]
