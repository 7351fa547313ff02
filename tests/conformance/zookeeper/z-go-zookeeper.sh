#!/bin/bash
# go-zookeeper/zk v1.0.4's own tests. ZK=host:port -> through loopback proxies (zkproxy.py stands in for zkServer.sh).
# ZKSERVER_CMD="my-binary zookeeper" instead: the suite itself starts/stops `$ZKSERVER_CMD zoo.cfg` (also 3-node ensembles).
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/$SUITE.json
. "$HERE/../fetch.sh"
need go-zk || exit 1; cd $CACHE/go-zk; BIN=$(mktemp -d); trap 'rm -rf "$BIN"' EXIT
# These two want an ensemble of three and fail against one Apache ZooKeeper 3.8.4 behind the proxies too: SKIP= to see.
SKIP=${SKIP-ClientClusterFailover|NoQuorum}
if [ -n "$ZKSERVER_CMD" ]; then printf '#!/bin/sh\nexec %s "$2"\n' "$ZKSERVER_CMD"; else printf '#!/bin/sh\nexec python3 %s "$@"\n' "$HERE/zkproxy.py"; fi > $BIN/zkServer.sh; chmod +x $BIN/zkServer.sh
ZK=$ZK ZOOKEEPER_BIN_PATH=$BIN timeout $LIMIT go test -json -count=1 -timeout $((LIMIT - 30))s -run "${RUN:-.}" ${SKIP:+-skip "$SKIP"} github.com/go-zookeeper/zk > $LOG 2>$LOG.err; STATUS=$?
read -r P F K < <(gosum $LOG)
# What does not build, or panics, may fail no test by name.
if [ $STATUS != 0 ] && [ "$F" = 0 ]; then echo "FAIL go test ended with status $STATUS"; tail -20 $LOG.err; F=1; fi
closing $P $F $K
