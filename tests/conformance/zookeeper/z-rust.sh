#!/bin/bash
# The Rust crate zookeeper-client drives the server: a cargo workspace of its own, built into the cache. ZK=host:port
. "$(dirname "$0")/lib.sh"; . "$HERE/../fetch.sh"; LOG=$LOGS/$SUITE.txt
need rust-client > $LOG 2>&1 || { cat $LOG; exit 1; }
RUST_BACKTRACE=0 timeout $LIMIT $CACHE/rust-client/debug/rust-client $ZK > $LOG 2>&1; STATUS=$?
cat $LOG; exit $STATUS
