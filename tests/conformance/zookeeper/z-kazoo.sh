#!/bin/bash
# kazoo 2.11.0's whole test suite (the PyPI wheel ships it), threads, gevent and eventlet, by its own harness, which
# starts and stops the server itself, with SASL users and TLS (kazoo_v3.py mends its certificates). For ours a script stands in for `java`; with
# ZOOKEEPER=apache it is the real one. One server alone: what that cannot do fails on Apache ZooKeeper 3.8.4 too, and is
# listed below. RKAFKA is the binary.
. "$(dirname "$0")/lib.sh"; . "$HERE/../fetch.sh"; . "$HERE/../servers.sh"
V=$CACHE/py-kazoo; kazoo || exit 1
T=$($V/bin/python -c 'import kazoo,os;print(os.path.dirname(kazoo.__file__))')/tests
# An ensemble of three is asked for: its reconfiguration, and what is left of it when two are gone. KNOWN= to see them.
KNOWN=${KNOWN-TestReconfig TestReadOnlyMode}
WORK=$(mktemp -d); trap 'rm -rf "$WORK"' EXIT
if [ "${ZOOKEEPER:-ours}" = ours ]; then
  printf '#!/bin/bash\nfor a; do case $a in -D*) O="$O $a" ;; esac; done\nJVMFLAGS=$O exec %q zookeeper-server-start "${!#}"\n' "$RKAFKA" > "$WORK/java"
  chmod +x "$WORK/java"; export PATH=$WORK:$PATH
fi
# Three hosts are three proxies to one server here: kazoo_external.py.
proxied() { env ZK=127.0.0.1:$1 ZOOKEEPER_VERSION=3.8.4 PYTHONPATH=$HERE timeout $LIMIT $V/bin/python -m pytest -p kazoo_external "${OPTIONS[@]}" --junitxml="$WORK/hosts.xml" -k update_host_list $T/test_client.py $T/test_gevent_handler.py $T/test_eventlet_handler.py; }
suite() { # NAME OFFSET ARGUMENTS...: one part of the suite on ports of its own
  local name=$1 offset=$2; shift 2
  ZOOKEEPER_CLUSTER_SIZE=1 ZOOKEEPER_PORT_OFFSET=$offset ZOOKEEPER_VERSION=3.8.4 ZOOKEEPER_CLASSPATH="$CACHE/k391/libs/*" \
    PYTHONPATH=$HERE timeout $LIMIT $V/bin/python -m pytest -p kazoo_v3 "${OPTIONS[@]}" --junitxml="$WORK/$name.xml" -k "not update_host_list ${KNOWN:+and not ${KNOWN// / and not }}" "$@" > "$LOGS/kazoo-$name.log" 2>&1
}
OPTIONS=(-p no:cacheprovider --timeout "${TT:-60}" -q -rfEs)
cd "$WORK"
PORTS=${PORTS:-$(free_ports 60 block)}
declare -A STATUS PARTS
suite threads $PORTS $T --ignore $T/test_gevent_handler.py --ignore $T/test_eventlet_handler.py & PARTS[threads]=$!
suite gevent $((PORTS + 20)) $T/test_gevent_handler.py & PARTS[gevent]=$!
suite eventlet $((PORTS + 40)) $T/test_eventlet_handler.py & PARTS[eventlet]=$!
EXTRA_ZOOKEEPER=tickTime=2000
read -r PORT < <(free_ports 1); start_zookeeper ${ZOOKEEPER:-ours} "$WORK/hosts" $PORT && proxied $PORT > "$LOGS/kazoo-hosts.log" 2>&1; STATUS[hosts]=$?
stop_all
for part in "${!PARTS[@]}"; do wait ${PARTS[$part]}; STATUS[$part]=$?; done
LOG=$LOGS/kazoo-threads.log; TOTAL=(0 0 0)
for part in threads gevent eventlet hosts; do
  read -r p f k <<< "$(jsum "$WORK/$part.xml")"
  # Nothing was selected, or pytest itself failed.
  if [ $f = 0 ] && { [ $p = 0 ] || [ ${STATUS[$part]} != 0 ]; }; then f=1; echo "FAIL $part: pytest ended with status ${STATUS[$part]}"; tail -5 "$LOGS/kazoo-$part.log"; fi
  echo "$part: $p passed, $f failed, $k skipped"
  TOTAL=($((TOTAL[0] + p)) $((TOTAL[1] + f)) $((TOTAL[2] + k)))
done
closing "${TOTAL[@]}"
