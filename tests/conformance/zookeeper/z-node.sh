#!/bin/bash
# node-zookeeper-client, the ZooKeeper client of JavaScript, drives the server. ZK=host:port
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/$SUITE.txt; D=$CACHE/node-zookeeper; mkdir -p $D; cd $D
[ -d node_modules/node-zookeeper-client ] || { echo '{"private":true}' > package.json; timeout 200 npm install --silent --no-audit --no-fund node-zookeeper-client@1.1.3 > $LOG 2>&1 || { cat $LOG; exit 1; }; }
cp $HERE/node/client.js client.js
timeout ${LIMIT:-300} node client.js $ZK > $LOG 2>&1; STATUS=$?
cat $LOG; exit $STATUS
