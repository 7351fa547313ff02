#!/bin/bash
# kill -9 in a loop: every acknowledged write is there after the restart; and with the end of the newest log cut off at
# a random byte the server starts with a prefix of what was written, reports the cut, and goes on. Wants RKAFKA (the
# binary); ROUNDS and SEED may be given.
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/$SUITE.txt
V=$CACHE/py-kazoo
. "$HERE/../fetch.sh"; kazoo || exit 1
timeout $LIMIT $V/bin/python "$HERE/crash.py" "$RKAFKA" ${ROUNDS:-20} ${SEED:-} 2>&1 | tee $LOG | grep -v '^ok '
concluded ${PIPESTATUS[0]}
