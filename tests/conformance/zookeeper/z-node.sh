#!/bin/bash
# node-zookeeper-client, the ZooKeeper client of JavaScript, drives the server. ZK=host:port
. "$(dirname "$0")/lib.sh"; . "$HERE/../fetch.sh"; LOG=$LOGS/$SUITE.txt
need node-zookeeper || exit 1
NODE_PATH=$CACHE/node-zookeeper/node_modules timeout $LIMIT node $HERE/node/client.js $ZK > $LOG 2>&1; STATUS=$?
cat $LOG; exit $STATUS
