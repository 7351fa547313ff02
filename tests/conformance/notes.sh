#!/bin/bash
# The getting-started notes on our servers, with the tools of 0.8.2.2, 3.9.1 and 4.4.0 in turn.
# Wants RKAFKA (the binary). Each walk: create, list, describe, produce two lines, read them back.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd); . "$HERE/fetch.sh"; . "$HERE/servers.sh"; log4j
WORK=$(mktemp -d); trap 'stop_all; rm -rf "$WORK"' EXIT
PASSED=0; FAILED=0
ok() { if [ "$1" = 0 ]; then PASSED=$((PASSED + 1)); echo "ok   $2"; else FAILED=$((FAILED + 1)); echo "FAIL $2"; fi; }
read -r ZKPORT PORT < <(free_ports 2)
start_zookeeper ours "$WORK" "$ZKPORT" && start_broker ours "$WORK" "$PORT" "$ZKPORT" || exit 1
Z="--zookeeper localhost:$ZKPORT"; B="--bootstrap-server localhost:$PORT"; IN=$'This is a message\nThis is another message'

walk() { # walk NAME TOPIC 'create' 'list' 'produce' 'consume'
  $3 > "$WORK/out" 2>> "$WORK/err"; ok $? "$1: create"
  $4 2>> "$WORK/err" | grep -qx "$2"; ok $? "$1: list"
  $5 <<< "$IN" > "$WORK/out" 2>> "$WORK/err"; ok $? "$1: produce"
  [ "$($6 2>> "$WORK/err")" = "$IN" ]; ok $? "$1: consume from the beginning"
}
walk "0.8.2.2" test-08 "java08 kafka.admin.TopicCommand --create $Z --replication-factor 1 --partition 1 --topic test-08" \
  "java08 kafka.admin.TopicCommand --list $Z" "java08 kafka.tools.ConsoleProducer --broker-list localhost:$PORT --topic test-08" \
  "java08 kafka.tools.ConsoleConsumer $Z --topic test-08 --from-beginning --max-messages 2"
walk "3.9.1" test-39 "java39 org.apache.kafka.tools.TopicCommand --create $B --replication-factor 1 --partitions 1 --topic test-39" \
  "java39 org.apache.kafka.tools.TopicCommand --list $B" "java39 kafka.tools.ConsoleProducer $B --topic test-39" \
  "java39 org.apache.kafka.tools.consumer.ConsoleConsumer $B --topic test-39 --from-beginning --max-messages 2"
walk "4.4.0" test-44 "java44 org.apache.kafka.tools.TopicCommand --create $B --replication-factor 1 --partitions 1 --topic test-44" \
  "java44 org.apache.kafka.tools.TopicCommand --list $B" "java44 org.apache.kafka.tools.ConsoleProducer $B --topic test-44" \
  "java44 org.apache.kafka.tools.consumer.ConsoleConsumer $B --topic test-44 --from-beginning --max-messages 2"
walk "ours, old flags" test-ours8 "timeout 30 $RKAFKA topics --create $Z --replication-factor 1 --partition 1 --topic test-ours8" \
  "timeout 30 $RKAFKA topics --list $Z" "timeout 30 $RKAFKA console-producer --broker-list localhost:$PORT --topic test-ours8" \
  "timeout 30 $RKAFKA console-consumer $Z --topic test-ours8 --from-beginning --max-messages 2"
walk "ours" test-ours "timeout 30 $RKAFKA topics --create $B --replication-factor 1 --partitions 1 --topic test-ours" \
  "timeout 30 $RKAFKA topics --list $B" "timeout 30 $RKAFKA console-producer $B --topic test-ours" \
  "timeout 30 $RKAFKA console-consumer $B --topic test-ours --from-beginning --max-messages 2"
# Every generation reads what another wrote.
for reader in "java08 kafka.tools.ConsoleConsumer $Z" "java39 org.apache.kafka.tools.consumer.ConsoleConsumer $B" "java44 org.apache.kafka.tools.consumer.ConsoleConsumer $B" "timeout 30 $RKAFKA console-consumer $B"; do
  for topic in test-08 test-39 test-44 test-ours; do
    [ "$($reader --topic $topic --from-beginning --max-messages 2 2>> "$WORK/err")" = "$IN" ]; ok $? "${reader%% -*} reads $topic"
  done
done
[ "$FAILED" = 0 ] || tail -40 "$WORK/err"
echo "$PASSED passed, $FAILED failed"; [ "$FAILED" = 0 ]
