#!/bin/bash
# An Apache Kafka 3.9.1 broker on our ZooKeeper server: it registers, creates topics, takes and gives records, keeps
# group offsets, survives a kill -9 of ZooKeeper; then Apache ZooKeeper 3.8.4 takes over the data folder with the broker
# still running, and ours takes it back. Wants RKAFKA (the binary).
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd); . "$HERE/fetch.sh"; . "$HERE/servers.sh"; log4j
WORK=$(mktemp -d); trap 'stop_all; rm -rf "$WORK"' EXIT
PASSED=0; FAILED=0
ok() { if [ "$1" = 0 ]; then PASSED=$((PASSED + 1)); echo "ok   $2"; else FAILED=$((FAILED + 1)); echo "FAIL $2"; fi; }
N=5000; seq 1 $N > "$WORK/in"
read -r ZKPORT PORT < <(free_ports 2)
DIR=$WORK/data
topics() { java39 org.apache.kafka.tools.TopicCommand --bootstrap-server localhost:$PORT "$@" 2>> "$WORK/err"; }
produce() { java39 kafka.tools.ConsoleProducer --bootstrap-server localhost:$PORT --topic "$1" < "$WORK/in" 2>> "$WORK/err"; }
consume() { java39 org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server localhost:$PORT --topic "$1" --from-beginning --max-messages $N --timeout-ms 60000 2>> "$WORK/err" | sort -n | cmp -s - "$WORK/in"; }
works() { # works TOPIC WHEN
  topics --create --topic "$1" --partitions 3 --replication-factor 1 | grep -q "Created topic $1"; ok $? "topic $1 is created $2"
  produce "$1"; ok $? "records go in $2"
  consume "$1"; ok $? "and come out $2"
}
# A broker without its session for a moment is fine; one that exits is not.
broker_lives() { kill -0 "$BROKER" 2>/dev/null; ok $? "the broker lives on $1"; }

start_zookeeper ours "$DIR" "$ZKPORT"; ok $? "our ZooKeeper server starts"; ZKPID=$PID
start_broker apache "$DIR" "$PORT" "$ZKPORT"; ok $? "an Apache Kafka 3.9.1 broker starts on it"; BROKER=$PID
works t1 "on our server"
kill -KILL "$ZKPID"; wait "$ZKPID" 2>/dev/null
start_zookeeper ours "$DIR" "$ZKPORT"; ok $? "our server comes back after kill -9"; ZKPID=$PID
works t2 "after kill -9 of our server"
broker_lives "through that"
stop_pid "$ZKPID"
start_zookeeper apache "$DIR" "$ZKPORT"; ok $? "Apache ZooKeeper 3.8.4 starts on our files"; ZKPID=$PID
works t3 "on Apache ZooKeeper with our files"
[ "$(topics --list | grep -c '^t[123]$')" = 3 ]; ok $? "it has every topic"
grep -qiE 'digest|mismatch|corrupt' "$DIR/zookeeper.log"; [ $? != 0 ]; ok $? "and finds no digest wrong"
broker_lives "through that too"
stop_pid "$ZKPID"
start_zookeeper ours "$DIR" "$ZKPORT"; ok $? "our server starts on Apache ZooKeeper's files"; ZKPID=$PID
works t4 "back on our server"
[ "$(topics --list | grep -c '^t[1234]$')" = 4 ]; ok $? "nothing is lost"
broker_lives "to the end"
stop_pid "$BROKER"; stop_pid "$ZKPID"
[ "$FAILED" = 0 ] || { tail -20 "$WORK/err"; tail -5 "$DIR"/*.log; }
echo "$PASSED passed, $FAILED failed"; [ "$FAILED" = 0 ]
