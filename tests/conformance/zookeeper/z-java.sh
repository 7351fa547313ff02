#!/bin/bash
# Programs on Apache ZooKeeper's Java client: z-java.sh MAIN JARS, where JARS ($CONF_CACHE/JARS/libs) has the client, and
# Curator for Recipes. ZK=host:port; ONLY=part of a check's name
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/java-$1.txt; L=$CACHE/$2/libs; D=$(mktemp -d); trap 'rm -rf "$D"' EXIT
echo log4j.rootLogger=OFF > $D/log4j.properties
javac -nowarn -cp "$L/*" -d $D -sourcepath $HERE/java $HERE/java/$1.java > $LOG 2>&1 || { cat $LOG; exit 1; }
timeout $LIMIT java -Xmx400m -Dlog4j.configuration=file:$D/log4j.properties -cp "$D:$L/*" $1 $ZK > $LOG 2>&1; STATUS=$?
cat $LOG; exit $STATUS
