# Gets the judges by package name; sourced by the suites. What is there already is not fetched again, and what several
# want at once is fetched by one of them.
CACHE=${CONF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rkafka-judges}
JUDGES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$CACHE"

# made NAME STAMP COMMAND...: $CACHE/NAME, made in it by the command unless it is there, of that stamp and complete
made() {
  local dir=$CACHE/$1
  is_made "$dir" "$2" || (flock 9; is_made "$dir" "$2" || make_in "$dir" "${@:2}" 9>&-) 9> "$dir.lock"
}
is_made() { [ -f "$1/complete" ] && [ "$(cat "$1/complete")" = "$2" ]; }
make_in() { # DIR STAMP COMMAND...
  mkdir -p "$1"; rm -f "$1/complete"
  (cd "$1" && "${@:3}") > "$1/log" 2>&1 || { echo "cannot make $1: ${*:3}"; tail -20 "$1/log"; return 1; } >&2
  [ -z "$2" ] && touch "$1/complete" || echo "$2" > "$1/complete"
}

# need NAME: one of the judges, as the suites name them
need() {
  case $1 in
    kcat) packages kcat ;;
    zookeeper-c) [ -f /usr/include/zookeeper/zookeeper.h ] || packages libzookeeper-mt-dev ;;
    py-power) power ;;
    py-kazoo) kazoo ;;
    go-lin) go_module go-lin github.com/anishathalye/porcupine@v1.3.1 github.com/go-zookeeper/zk@v1.0.4 ;;
    go-zk) go_module go-zk github.com/go-zookeeper/zk@v1.0.4 ;;
    node-zookeeper) made "$1" node-zookeeper-client@1.1.3 node_package node-zookeeper-client@1.1.3 ;;
    # Cargo's own lock, and its own judgement of what is new.
    rust-client) CARGO_TARGET_DIR=$CACHE/rust-client timeout ${BUILD_LIMIT:-900} cargo build -q --locked --manifest-path "$JUDGES/zookeeper/rust-client/Cargo.toml" ;;
    faults-driver) (cd "$JUDGES/../.." && timeout ${BUILD_LIMIT:-900} cargo test -q --workspace --no-run --test faults) ;;
    *) jars "$1" ;;
  esac
}

# jars NAME: the jars of one release into $CACHE/NAME/libs
jars() {
  local dependencies
  case $1 in
    k391) dependencies="org.apache.kafka:kafka_2.13:3.9.1 org.apache.kafka:kafka-tools:3.9.1 org.slf4j:slf4j-reload4j:1.7.36 org.xerial.snappy:snappy-java:1.1.10.5 io.dropwizard.metrics:metrics-core:4.2.25" ;;
    k440) dependencies="org.apache.kafka:kafka_2.13:4.4.0 org.apache.kafka:kafka-tools:4.4.0" ;;
    # 4.4.0 has none in Maven's central.
    kshell-3.9.1 | kshell-4.1.1) dependencies="org.apache.kafka:kafka-shell:${1#kshell-}" ;;
    kstreams-4.4.0) dependencies="org.apache.kafka:kafka-streams:4.4.0" ;;
    curator) dependencies="org.apache.curator:curator-recipes:5.7.1 org.apache.curator:curator-x-discovery:5.7.1 org.slf4j:slf4j-reload4j:1.7.36" ;;
    # The newest of 3.8 that Maven's central has; it runs on 3.8.4.
    zookeeper-metrics) dependencies="org.apache.zookeeper:zookeeper-prometheus-metrics:3.8.3" ;;
    k082) dependencies="org.apache.kafka:kafka_2.11:0.8.2.2 org.slf4j:slf4j-log4j12:1.6.1" ;;
    # Apache Kafka's own system tests.
    ktools-3.9.1) dependencies="org.apache.kafka:kafka-tools:3.9.1 org.apache.kafka:connect-runtime:3.9.1 org.apache.kafka:connect-file:3.9.1 org.apache.kafka:kafka-streams:3.9.1 org.apache.kafka:kafka-streams:3.9.1:test org.apache.kafka:kafka-clients:3.9.1:test org.slf4j:slf4j-simple:1.7.36" ;;
    *) echo "no judge is called $1" >&2; return 1 ;;
  esac
  made "$1" "$dependencies" copy_jars $dependencies
}
copy_jars() { # GROUP:ARTIFACT:VERSION[:CLASSIFIER]...
  local d group artifact version classifier
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    echo '<groupId>judges</groupId><artifactId>jars</artifactId><version>1</version><dependencies>'
    for d in "$@"; do
      IFS=: read -r group artifact version classifier <<< "$d"
      echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version>${classifier:+<classifier>$classifier</classifier>}</dependency>"
    done
    echo '</dependencies></project>'
  } > pom.xml
  rm -rf new
  # One at a time: Maven's own folder knows no locks.
  flock "$CACHE/maven.lock" timeout 500 mvn -q -B dependency:copy-dependencies -DoutputDirectory=new || return 1
  # One binding for slf4j.
  [ ! -f new/slf4j-simple-1.7.36.jar ] || rm -f new/slf4j-reload4j*
  rm -rf libs && mv new libs
}

# packages NAME...: Debian packages, for the commands that are missing
packages() {
  command -v "$@" > /dev/null || (
    flock 9
    { apt-get update -qq; DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"; } > "$CACHE/apt.log" 2>&1 9>&- || { cat "$CACHE/apt.log" >&2; exit 1; }
  ) 9> "$CACHE/apt.lock"
}

log4j() { [ -f "$CACHE/log4j.properties" ] || made log4j "" log4j_properties; }
log4j_properties() {
  cat > new <<'L'
log4j.rootLogger=WARN, E
log4j.appender.E=org.apache.log4j.ConsoleAppender
log4j.appender.E.target=System.err
log4j.appender.E.layout=org.apache.log4j.PatternLayout
log4j.appender.E.layout.ConversionPattern=[%d] %p %m (%c)%n
L
  mv new "$CACHE/log4j.properties"
}

# power: the Python clients that write while a machine loses its power, into $CACHE/py-power
power() {
  local want="confluent-kafka==2.16.1 kazoo==2.11.0"
  made py-power "$want" python_packages $want
}

# kazoo: it, what its tests want, and what our Python suites want, into $CACHE/py-kazoo. kazoo's harness makes its
# certificates with calls that newer pyOpenSSL has no more.
kazoo() {
  local want="kazoo==2.11.0 pytest pytest-timeout objgraph pure-sasl mock pyopenssl==24.2.1 pyjks gevent eventlet"
  made py-kazoo "$want" python_packages $want
}
python_packages() { python3 -m venv . && timeout 600 bin/pip -q install "$@"; }

node_package() { echo '{"private":true}' > package.json; timeout 300 npm install --silent --no-audit --no-fund "$@"; }

# go_module NAME MODULE@VERSION...: a go.mod and go.sum with these, and what is in them built once, into $CACHE/NAME
go_module() { made "$1" "${*:2} tests" get_modules "${@:2}"; }
get_modules() {
  local names=("${@%@*}")
  rm -f go.mod go.sum *.go
  go mod init judges && { echo 'package judges'; printf 'import _ "%s"\n' "${names[@]}"; } > t.go && timeout 500 go get -t "$@" && go build "${names[@]}" && go test -count=1 -run '^$' "${names[@]: -1}"
}
# go_program DIR SOURCES NAME: the program with these sources, built into DIR/lin on the modules of NAME
go_program() { need "$3" && mkdir -p "$1" && cp "$2"/*.go "$CACHE/$3"/go.mod "$CACHE/$3"/go.sum "$1" && (cd "$1" && go build -o lin .); }
