#!/bin/bash
# Debian's C client (libzookeeper-mt-dev, Apache ZooKeeper's own) drives the server. ZK=host:port
. "$(dirname "$0")/lib.sh"; . "$HERE/../fetch.sh"; LOG=$LOGS/$SUITE.txt; D=$(mktemp -d); trap 'rm -rf "$D"' EXIT
need zookeeper-c || exit 1
gcc -O1 -g -DTHREADED -Wall -Wextra -Werror -o $D/client $HERE/c/client.c -lzookeeper_mt -lpthread > $LOG 2>&1 || { cat $LOG; exit 1; }
timeout $LIMIT $D/client $ZK > $LOG 2>&1; STATUS=$?
cat $LOG; exit $STATUS
