#!/bin/bash
# Linearizability over kill -9: go-zookeeper/zk as client, porcupine as checker, see lin-crash/main.go. Starts the server
# itself: RKAFKA, or Apache ZooKeeper 3.8.4 with ZOOKEEPER=apache. SECONDS_LONG, PAUSE, SEED may be given.
. "$(dirname "$0")/lib.sh"; . "$HERE/../fetch.sh"; . "$HERE/../servers.sh"; LOG=$LOGS/$SUITE.txt
WORK=$(mktemp -d); trap 'rm -rf "$WORK"' EXIT; D=$WORK/program; cd "$WORK"
go_program $D $HERE/lin-crash go-lin || exit 1
read -r PORT < <(free_ports 1)
EXTRA_ZOOKEEPER=$'tickTime=2000\nsnapCount=1000' zookeeper_properties "$WORK" $PORT > zk.properties
if [ "${ZOOKEEPER:-ours}" = ours ]; then COMMAND=("$RKAFKA" zookeeper-server-start zk.properties)
else COMMAND=(java -Xmx400m "$LOG4J" -cp "$CACHE/k391/libs/*" org.apache.zookeeper.server.quorum.QuorumPeerMain zk.properties); PAUSE=${PAUSE:-5}; fi
timeout $LIMIT $D/lin -zk 127.0.0.1:$PORT -seconds ${SECONDS_LONG:-25} -pause ${PAUSE:-2} ${SEED:+-seed $SEED} "${COMMAND[@]}" 2>&1 | tee $LOG; STATUS=${PIPESTATUS[0]}
[ $STATUS = 0 ] || tail -20 server.log
exit $STATUS
