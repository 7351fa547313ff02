#!/bin/bash
# The same programs on Apache ZooKeeper 3.8.4 and on ours: every reply and every watch event must be the same. Wants RKAFKA
# (the binary) and Apache's jars ($CONF_CACHE/k391/libs); SEED is the first of the random programs, PROGRAMS their number.
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/zookeeper-$SUITE.txt
timeout $LIMIT python3 "$HERE/differential.py" "$RKAFKA" "$CACHE/k391/libs" --first ${SEED:-1} --programs ${PROGRAMS:-25} --steps 250 2>&1 \
  | tee $LOG | grep -v '^ok '
concluded ${PIPESTATUS[0]}
