#!/bin/bash
# One data folder, served in turns by our ZooKeeper server and by Apache ZooKeeper 3.8.4, each killed with SIGKILL: all
# data, statistics and ACLs stay the same, and sessions with their ephemeral nodes move over. Wants RKAFKA (the binary)
# and Apache's jars ($CONF_CACHE/k391/libs); SEED may be given.
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/zookeeper-$SUITE.txt
V=$CACHE/py-kazoo
. "$HERE/../fetch.sh"; kazoo || exit 1
timeout $LIMIT $V/bin/python "$HERE/exchange.py" "$RKAFKA" "$CACHE/k391/libs" ${SEED:-} 2>&1 | tee $LOG | grep -v '^ok '
concluded ${PIPESTATUS[0]}
