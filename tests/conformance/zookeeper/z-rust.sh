#!/bin/bash
# The Rust crate zookeeper-client drives the server: a cargo workspace of its own, built into the cache. ZK=host:port
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/$SUITE.txt
CARGO_TARGET_DIR=$CACHE/rust-client timeout ${BUILD_LIMIT:-500} cargo build -q --locked --manifest-path $HERE/rust-client/Cargo.toml > $LOG 2>&1 || { cat $LOG; exit 1; }
RUST_BACKTRACE=0 timeout ${LIMIT:-300} $CACHE/rust-client/debug/rust-client $ZK > $LOG 2>&1; STATUS=$?
cat $LOG; exit $STATUS
