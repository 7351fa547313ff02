# Starts and stops servers on free ports; sourced by run and by the suites. Everything lives under $WORK.
PIDS=()
SERVERS_SH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

free_ports() { python3 "$SERVERS_SH/ports.py" "$@"; } # free_ports N [block]: N ports that were free a moment ago, or the first of N in a row

wait_for() { # wait_for FILE TEXT PID: until the log holds the text; fails when the process ends first
  local i
  for ((i = 0; i < 600; i++)); do
    grep -qF -- "$2" "$1" 2>/dev/null && return
    kill -0 "$3" 2>/dev/null || break
    sleep 0.1
  done
  echo "'$2' did not appear in $1; its last lines:" >&2
  tail -20 "$1" >&2
  return 1
}

stop_pid() { # stop_pid PID: SIGTERM, then SIGKILL after 20 s
  local i
  kill -TERM "$1" 2>/dev/null || return 0
  for ((i = 0; i < 200; i++)); do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
  kill -KILL "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  return 0
}

zookeeper_properties() { # DIR PORT
  printf 'dataDir=%s/zookeeper\nclientPort=%s\nmaxClientCnxns=0\nadmin.enableServer=false\n4lw.commands.whitelist=*\n%s\n' "$1" "$2" "${EXTRA_ZOOKEEPER:-}"
}

server_properties() { # DIR PORT ZKPORT
  printf 'broker.id=0\nlisteners=PLAINTEXT://localhost:%s\nlog.dirs=%s/kafka-logs\nzookeeper.connect=localhost:%s\n' "$2" "$1" "$3"
  printf 'offsets.topic.replication.factor=1\ngroup.initial.rebalance.delay.ms=0\nnum.partitions=1\n%s\n' "${EXTRA_PROPERTIES:-}"
}

# A tool of each release, ended by force after a while.
LOG4J="-Dlog4j.configuration=file:$CACHE/log4j.properties"
# They live for seconds: the quick compiler and the small collector cost half as much.
QUICK="-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
java39() { timeout 90 java -Xmx512m $QUICK "$LOG4J" -cp "$CACHE/k391/libs/*" "$@"; }
java44() { timeout 90 java -Xmx512m $QUICK -cp "$CACHE/k440/libs/*" "$@"; }
java08() { timeout 90 java -Xmx256m $QUICK "$LOG4J" -cp "$CACHE/k082/libs/*" "$@"; }

# start_zookeeper KIND DIR PORT, start_broker KIND DIR PORT ZKPORT; KIND is ours or apache. The pid is in $PID.
start_zookeeper() {
  mkdir -p "$2"; zookeeper_properties "$2" "$3" > "$2/zookeeper.properties"
  if [ "$1" = ours ]; then
    "$RKAFKA" zookeeper-server-start "$2/zookeeper.properties" > "$2/zookeeper.log" 2>&1 &
    PID=$!; PIDS+=("$PID"); wait_port "$3" "$PID"
  else
    java -Xmx512m $QUICK "$LOG4J" ${JAVA_ZOOKEEPER:-} -cp "$CACHE/k391/libs/*" org.apache.zookeeper.server.quorum.QuorumPeerMain "$2/zookeeper.properties" > "$2/zookeeper.log" 2>&1 &
    PID=$!; PIDS+=("$PID"); wait_port "$3" "$PID"
  fi
}

start_broker() {
  mkdir -p "$2"; server_properties "$2" "$3" "$4" > "$2/server.properties"
  if [ "$1" = ours ]; then
    "$RKAFKA" kafka-server-start "$2/server.properties" > "$2/broker.log" 2>&1 &
    PID=$!; PIDS+=("$PID"); wait_for "$2/broker.log" "started (kafka.server.KafkaServer)" "$PID"
  else
    java -Xmx1G $QUICK "$LOG4J" -cp "$CACHE/k391/libs/*" kafka.Kafka "$2/server.properties" > "$2/broker.log" 2>&1 &
    PID=$!; PIDS+=("$PID"); wait_port "$3" "$PID"
  fi
}

wait_port() { # wait_port PORT PID: until something listens there; fails when the process ends first
  local i
  for ((i = 0; i < 600; i++)); do
    (exec 3<> "/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  echo "nothing listens on port $1" >&2; return 1
}

stop_all() { local p; for p in "${PIDS[@]}"; do stop_pid "$p"; done; PIDS=(); }
