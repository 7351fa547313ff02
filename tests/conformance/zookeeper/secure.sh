#!/bin/bash
# TLS, client certificates and SASL, judged by Apache's Java client, kazoo, an Apache Kafka 3.9.1 broker and openssl, and our
# shell judged by Apache's server. Wants RKAFKA (the binary) and Apache's jars ($CONF_CACHE/k391/libs); SERVER=apache runs the
# server's part on Apache ZooKeeper 3.8.4, which proves the judge.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd); . "$HERE/fetch.sh"; log4j; jars k391 && kazoo || exit 1
timeout "${LIMIT:-500}" "$CACHE/py-kazoo/bin/python" "$HERE/zookeeper/secure.py" "$RKAFKA" "$CACHE/k391/libs" "$CACHE/log4j.properties" "${SERVER:-ours}"
