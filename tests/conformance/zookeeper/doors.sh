#!/bin/bash
# The doors for operators: every four-letter word, AdminServer command and Prometheus figure on Apache ZooKeeper 3.8.4 and on
# ours, side by side; snapshot and restore beside ZooKeeper 3.9. Wants RKAFKA (the binary) and the jars in $CONF_CACHE
# (k391, zookeeper-metrics, curator).
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/zookeeper-$SUITE.txt
timeout $LIMIT python3 "$HERE/doors.py" "$RKAFKA" "$CACHE/k391/libs" "$CACHE/zookeeper-metrics/libs" "$CACHE/curator/libs" 2>&1 \
  | tee $LOG | grep -v '^ok '
concluded ${PIPESTATUS[0]}
