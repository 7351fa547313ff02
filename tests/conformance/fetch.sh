# Gets the judges by package name; sourced by run. What is there already is not fetched again.
CACHE=${CONF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rkafka-judges}
mkdir -p "$CACHE"

# jars NAME: the jars of one Apache Kafka release into $CACHE/NAME/libs
jars() {
  local dir=$CACHE/$1 dependencies
  [ -f "$dir/complete" ] && return
  case $1 in
    k391) dependencies="org.apache.kafka:kafka_2.13:3.9.1 org.apache.kafka:kafka-tools:3.9.1 org.slf4j:slf4j-reload4j:1.7.36 org.xerial.snappy:snappy-java:1.1.10.5 io.dropwizard.metrics:metrics-core:4.2.25" ;;
    k411) dependencies="org.apache.kafka:kafka_2.13:4.1.1 org.apache.kafka:kafka-tools:4.1.1 org.xerial.snappy:snappy-java:1.1.10.5" ;;
    curator) dependencies="org.apache.curator:curator-recipes:5.7.1 org.apache.curator:curator-x-discovery:5.7.1 org.slf4j:slf4j-reload4j:1.7.36" ;;
    # The newest of 3.8 that Maven's central has; it runs on 3.8.4.
    zookeeper-metrics) dependencies="org.apache.zookeeper:zookeeper-prometheus-metrics:3.8.3" ;;
    k082) dependencies="org.apache.kafka:kafka_2.11:0.8.2.2 org.slf4j:slf4j-log4j12:1.6.1" ;;
  esac
  mkdir -p "$dir"
  {
    echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
    echo '<groupId>judges</groupId><artifactId>jars</artifactId><version>1</version><dependencies>'
    local d
    for d in $dependencies; do
      IFS=: read -r group artifact version <<< "$d"
      echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version></dependency>"
    done
    echo '</dependencies></project>'
  } > "$dir/pom.xml"
  (cd "$dir" && timeout 500 mvn -q -B dependency:copy-dependencies -DoutputDirectory=libs) || { echo "cannot fetch the jars of $1" >&2; return 1; }
  touch "$dir/complete"
}

# packages NAME...: Debian packages, for the commands that are missing
packages() {
  local missing=() p
  for p in "$@"; do command -v "$p" > /dev/null || missing+=("$p"); done
  [ ${#missing[@]} = 0 ] && return
  apt-get update -qq > /dev/null 2>&1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" > "$CACHE/apt.log" 2>&1 || { cat "$CACHE/apt.log" >&2; return 1; }
}

log4j() {
  [ -f "$CACHE/log4j.properties" ] || cat > "$CACHE/log4j.properties" <<'L'
log4j.rootLogger=WARN, E
log4j.appender.E=org.apache.log4j.ConsoleAppender
log4j.appender.E.target=System.err
log4j.appender.E.layout=org.apache.log4j.PatternLayout
log4j.appender.E.layout.ConversionPattern=[%d] %p %m (%c)%n
L
}

# power: the Python clients that write while a machine loses its power, into $CACHE/py-power
power() {
  local v=$CACHE/py-power want="confluent-kafka==2.16.1 kazoo==2.11.0"
  [ "$(cat "$v/complete" 2> /dev/null)" = "$want" ] && return
  python3 -m venv "$v" && timeout 400 "$v/bin/pip" -q install $want && echo "$want" > "$v/complete"
}

# kazoo: it, what its tests want, and what our Python suites want, into $CACHE/py-kazoo. kazoo's harness makes its
# certificates with calls that newer pyOpenSSL has no more.
kazoo() {
  local v=$CACHE/py-kazoo want="kazoo==2.11.0 pytest pytest-timeout objgraph pure-sasl mock pyopenssl==24.2.1 pyjks gevent eventlet"
  [ "$(cat "$v/complete" 2> /dev/null)" = "$want" ] && return
  python3 -m venv "$v" && timeout 400 "$v/bin/pip" -q install $want && echo "$want" > "$v/complete"
}
