#!/bin/bash
# One suite by name, in this process: `run` calls it, with a folder of its own in WORK and ports of its own in CONF_PORTS.
#   suites.sh NAME              runs it; its closing line is "N passed, M failed"
#   suites.sh --needs NAME…     what these want to have been fetched or built
#   suites.sh --make NEED       fetches or builds that
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/fetch.sh"; . "$HERE/servers.sh"
export CONF_CACHE=$CACHE

# What a suite wants beside the shell's own and Java's commands; see need in fetch.sh.
needs() {
  case $1 in
    notes) echo k082 k391 k440 ;;
    share) echo k440 kstreams-4.4.0 ;;
    metadata-shell) echo k391 k440 kshell-3.9.1 kshell-4.1.1 ;;
    kcat) echo kcat ;;
    kraft) echo k440 ;;
    exactly-once) echo kcat k391 k440 ;;
    era) echo k082 ;;
    java-tools) echo ktools-3.9.1 ;;
    differential | differential-own) echo kcat k391 k440 ;;
    cli-own | cli-44-own) ;;
    power-cut | stall) echo k391 py-power ;;
    kazoo | zookeeper-exchange | zookeeper-secure) echo k391 py-kazoo ;;
    zookeeper-crash) echo py-kazoo ;;
    go-zookeeper) echo go-zk ;;
    curator) echo curator ;;
    node-client) echo node-zookeeper ;;
    c-client) echo zookeeper-c ;;
    rust-client) echo rust-client ;;
    zookeeper-doors) echo k391 curator zookeeper-metrics ;;
    linearizable | linearizable-crash) echo go-lin ;;
    console-producer) echo k391 faults-driver ;;
    cluster-descriptors) echo kcat ;;
    cluster-notes) echo kcat k082 k391 ;;
    cluster-* | zookeeper-brokers) echo kcat k391 ;;
    *) echo k391 ;;
  esac
}

servers() { # a fresh pair of our servers; BOOTSTRAP and ZK
  local zkport port
  read -r zkport port < <(free_ports 2)
  start_zookeeper ours "$WORK/servers" "$zkport" && start_broker ours "$WORK/servers" "$port" "$zkport" || return 1
  export BOOTSTRAP=localhost:$port ZK=localhost:$zkport
}

zookeeper() { # a fresh ZooKeeper server alone, with what the suites ask for; ZK. ZOOKEEPER=apache: Apache ZooKeeper 3.8.4
  local zkport
  local EXTRA_ZOOKEEPER=$'tickTime=2000\nextendedTypesEnabled=true\nznode.container.checkIntervalMs=1000'
  # Apache ZooKeeper reads this one from no file.
  local JAVA_ZOOKEEPER=-Dznode.container.checkIntervalMs=1000
  read -r zkport < <(free_ports 1)
  start_zookeeper "${ZOOKEEPER:-ours}" "$WORK/servers" "$zkport" || return 1
  export ZK=localhost:$zkport
}

suite_notes() { "$HERE/notes.sh"; }
suite_interchange() { "$HERE/interchange.sh"; }
suite_groups() { "$HERE/groups.sh"; }
suite_kcat() { servers && "$HERE/kafka/k-kcat.sh"; }
suite_exactly_once() { "$HERE/exactly-once.sh"; }
suite_era() { servers && "$HERE/kafka/k-era-0.8.2.sh"; }
suite_java_tools() { servers && "$HERE/kafka/k-java-tools.sh"; }
replay() { # replay OPTIONS: the recorded cases
  python3 "$HERE/cli/replay.py" --rkafka "$RKAFKA" --jobs 6 "$@" \
    --tool kafka-topics --tool kafka-console-producer --tool kafka-console-consumer --tool kafka-server-start --tool zookeeper-server-start \
    --tool zookeeper-shell --tool kafka-dump-log --tool kafka-producer-perf-test --tool kafka-consumer-perf-test \
    --tool kafka-e2e-latency --tool kafka-verifiable-producer --tool kafka-verifiable-consumer --tool kafka-replica-verification \
    --tool kafka-streams-application-reset --tool kafka-consumer-groups --tool kafka-delete-records --tool kafka-log-dirs \
    --tool kafka-leader-election --tool kafka-broker-api-versions --tool kafka-reassign-partitions --tool kafka-client-metrics \
    --tool kafka-cluster --tool kafka-features --tool kafka-delegation-tokens --tool kafka-storage
}
# Our tools against Apache Kafka's servers; its own cluster of three. Some of them ask for what our brokers do not have.
suite_cli() {
  replay --client-only --real39 "$CACHE/k391/libs" --tool kafka-configs --tool kafka-transactions --tool kafka-acls --tool kafka-metadata-quorum
}
# Our tools against three brokers of ours.
suite_cli_own() { replay; }
# The same with the texts of 4.4. Its tools were recorded against servers of 3.9.1, so nothing newer is needed.
replay_44() { RKAFKA_COMPAT=4.4 python3 "$HERE/cli/replay.py" --rkafka "$RKAFKA" --jobs 6 --cases "$HERE/cli/cases-4.4.jsonl" --era 4.4 "$@"; }
suite_cli_44() { replay_44 --client-only --real39 "$CACHE/k391/libs"; }
# Our brokers have no ACLs yet.
suite_cli_44_own() {
  local tools=(topics console-producer console-consumer consumer-groups configs producer-perf-test consumer-perf-test e2e-latency groups
    get-offsets leader-election cluster reassign-partitions features broker-api-versions verifiable-producer verifiable-consumer)
  replay_44 "${tools[@]/#/--tool=kafka-}"
}
suite_share() { "$HERE/share.sh"; }
suite_kraft() { "$HERE/kraft.sh"; }
suite_metadata_shell() { "$HERE/metadata-shell.sh"; }
# Every tool beside Apache's of the same release, on Apache Kafka's servers and on ours.
suite_differential() { python3 "$HERE/differential/differential.py"; }
suite_differential_own() { python3 "$HERE/differential/differential.py" --servers ours; }
suite_kazoo() { "$HERE/zookeeper/z-kazoo.sh"; }
suite_go_zookeeper() { zookeeper && "$HERE/zookeeper/z-go-zookeeper.sh"; }
suite_java_client() { zookeeper && "$HERE/zookeeper/z-java.sh" Client k391; }
suite_curator() { zookeeper && "$HERE/zookeeper/z-java.sh" Recipes curator; }
suite_node_client() { zookeeper && "$HERE/zookeeper/z-node.sh"; }
suite_c_client() { zookeeper && "$HERE/zookeeper/z-c.sh"; }
suite_rust_client() { zookeeper && "$HERE/zookeeper/z-rust.sh"; }
suite_zookeeper_broker() { "$HERE/zookeeper/real-broker.sh"; }
suite_zookeeper_differential() { "$HERE/zookeeper/differential.sh"; }
suite_zookeeper_brokers() { python3 "$HERE/cluster/restarts.py" "${ZOOKEEPER:-ours}"; }
suite_zookeeper_doors() { "$HERE/zookeeper/doors.sh"; }
suite_zookeeper_exchange() { "$HERE/zookeeper/exchange.sh"; }
suite_zookeeper_shell() { python3 "$HERE/zookeeper/shell.py" "$RKAFKA" "$CACHE/k391/libs"; }
suite_zookeeper_migration() { python3 "$HERE/zookeeper/security_migration.py" "$RKAFKA" "$CACHE/k391/libs"; }
suite_zookeeper_secure() { "$HERE/zookeeper/secure.sh"; }
suite_zookeeper_crash() { "$HERE/zookeeper/crash.sh"; }
# Three brokers. `mixed.py aaa apache`, `roll.py apache apache`, `ensemble.py aaa` and `notes_of_three.py --brokers apache
# --zookeeper apache` run the same on Apache's software alone: what fails there too is the suite's fault.
suite_cluster_notes() { python3 "$HERE/cluster/notes_of_three.py"; }
suite_cluster_apache() { python3 "$HERE/cluster/notes_of_three.py" --brokers apache --zookeeper ours --tools 39 --victims 1; }
suite_cluster_mixed() { python3 "$HERE/cluster/mixed.py" aao ours aoo apache aoo ours aao apache; }
suite_cluster_roll() { python3 "$HERE/cluster/roll.py" apache; }
suite_cluster_descriptors() { python3 "$HERE/cluster/descriptors.py"; }
suite_cluster_ensemble() { python3 "$HERE/cluster/ensemble.py"; }
# A test of ours, which kills and freezes Apache's brokers under our console producer, in rounds of which each is right or not.
suite_console_producer() {
  local rounds=4
  export APACHE_KAFKA=$CACHE/k391/libs CONSOLE_ROUNDS=$rounds FAULTS_LOGS=$CONF_LOGS
  mkdir -p "$CONF_LOGS"
  (cd "$HERE/../.." && cargo test -q --workspace --test faults console:: -- --nocapture) || { echo "0 passed, 1 failed"; return 1; }
  echo "$rounds passed, 0 failed"
}
# Every part of it.
suite_power_cut() { "$HERE/faults/powercut.sh"; }
suite_stall() { "$HERE/faults/stall.sh"; }
suite_linearizable_crash() { "$HERE/zookeeper/z-linearizable-crash.sh"; }
suite_linearizable() { zookeeper && "$HERE/zookeeper/z-linearizable.sh"; }

case $1 in
  --needs) shift; for suite in "$@"; do needs "$suite"; done | tr ' ' '\n' | sort -u; exit ;;
  --make) need "$2"; exit ;;
esac
log4j
for n in $(needs "$1"); do need "$n" || { echo "$n, which $1 wants, cannot be had"; exit 1; }; done
trap stop_all EXIT
"suite_${1//-/_}"
