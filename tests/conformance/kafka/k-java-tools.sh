#!/bin/bash
# Without its four transaction checks, which come with transactions.
# Apache Kafka 3.9.1's own system-test tools (Maven Central org.apache.kafka:kafka-tools, connect-file) with exact end-to-end checks. BOOTSTRAP=host:port
. "$(dirname "$0")/lib.sh"; LOG=$LOGS/$SUITE.txt; : > $LOG; V=${V:-3.9.1}
. "$HERE/../fetch.sh"; . "$HERE/../servers.sh"
D=$CACHE/ktools-$V; jars ktools-$V || exit 1
J() { local t=$1; shift; timeout $t java -Xmx400m $QUICK -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$D/libs/*" "$@" 2>>$LOG; }
T=org.apache.kafka.tools; P=0; F=0; ok() { if [ "$1" = 0 ]; then P=$((P+1)); echo "ok   $2"; else F=$((F+1)); echo "FAIL $2"; fi; }
X=$(mktemp -d); trap 'rm -rf "$X"' EXIT; I=jt$$; N=${N:-5000}; B="--bootstrap-server $BOOTSTRAP"
J 30 $T.TopicCommand $B --create --topic $I-in --partitions 1 --replication-factor ${RF:-1} >>$LOG; ok $? "TopicCommand --create"
ID=$(J 30 $T.TopicCommand $B --describe --topic $I-in | grep -o 'TopicId: [^[:space:]]*' | cut -c10-); J 30 $T.TopicCommand $B --describe --topic-id $ID | grep -q "Topic: $I-in.TopicId: $ID"; ok $? "TopicCommand --describe --topic-id"
J 30 $T.TopicCommand $B --create --topic $I-out --partitions 1 --replication-factor ${RF:-1} >>$LOG; J 30 $T.TopicCommand $B --create --topic $I-cg --partitions 4 --replication-factor ${RF:-1} >>$LOG
J 90 $T.VerifiableProducer $B --topic $I-in --max-messages $N --acks -1 --value-prefix 7 > $X/vp; [ $(grep -c producer_send_success $X/vp) = $N ]; ok $? "VerifiableProducer: $N of $N acked"
# compute offsets acked are 0..N-1 each once
python3 - $X/vp $N <<'Q'; ok $? "acked offsets are exactly 0..N-1"
import json,sys
o=sorted(e['offset'] for e in map(json.loads,open(sys.argv[1])) if e['name']=='producer_send_success')
sys.exit(o!=list(range(int(sys.argv[2]))))
Q
J 90 $T.VerifiableConsumer $B --topic $I-in --group-id $I-g1 --max-messages $N --reset-policy earliest --verbose > $X/vc; python3 - $X/vp $X/vc <<'Q'; ok $? "VerifiableConsumer: every acked (offset,value) seen once, in order, offsets committed"
import json,sys
rd=lambda p:[json.loads(l) for l in open(p) if l.startswith('{')]
p={e['offset']:e['value'] for e in rd(sys.argv[1]) if e['name']=='producer_send_success'}
v=rd(sys.argv[2]); c=[(e['offset'],e['value']) for e in v if e['name']=='record_data']
cm=[x for e in v if e['name']=='offsets_committed' and e['success'] for x in e['offsets']]
sys.exit(not(c==sorted(p.items()) and cm and max(x['offset'] for x in cm)==len(p)))
Q
J 90 $T.VerifiableProducer $B --topic $I-cg --max-messages $N --acks -1 > $X/vp2
for k in 1 2; do J 25 $T.VerifiableConsumer $B --topic $I-cg --group-id $I-g2 --reset-policy earliest --verbose > $X/vc.$k & done; wait
python3 - $X/vp2 $X/vc.1 $X/vc.2 <<'Q'; ok $? "two VerifiableConsumers in one group: 4 partitions shared, all messages delivered at least once"
import json,sys
rd=lambda p:[json.loads(l) for l in open(p) if l.startswith('{')]
a=[e for e in rd(sys.argv[1]) if e['name']=='producer_send_success']
s=[{(e['partition'],e['offset']) for e in rd(f) if e['name']=='record_data'} for f in sys.argv[2:]]
fin=[[e for e in rd(f) if e['name']=='partitions_assigned'][-1]['partitions'] for f in sys.argv[2:]]
sys.exit(not({(e['partition'],e['offset']) for e in a}<=s[0]|s[1] and sorted(map(len,fin))==[2,2]))
Q
J 60 $T.EndToEndLatency $BOOTSTRAP $I-e2e 500 all 100 > $X/e2e; grep -q 'Percentiles' $X/e2e; ok $? "EndToEndLatency ($(grep -o 'Avg latency.*' $X/e2e))"
for c in none gzip snappy lz4 zstd; do J 60 $T.ProducerPerformance --topic $I-pp-$c --num-records 20000 --record-size 100 --throughput -1 --producer-props bootstrap.servers=$BOOTSTRAP compression.type=$c > $X/pp; grep -q '^20000 records sent' $X/pp; a=$?; J 60 $T.ConsumerPerformance $B --topic $I-pp-$c --messages 20000 --timeout 20000 > $X/cp; awk -F, 'NR==2{exit !($5==20000)}' $X/cp && [ $a = 0 ]; ok $? "ProducerPerformance/ConsumerPerformance $c 20000 = 20000"; done
# Connect standalone: file -> topic -> file
seq 1 500 | sed 's/^/line-/' > $X/src.txt
printf "bootstrap.servers=$BOOTSTRAP\nkey.converter=org.apache.kafka.connect.storage.StringConverter\nvalue.converter=org.apache.kafka.connect.storage.StringConverter\noffset.storage.file.filename=$X/off\noffset.flush.interval.ms=1000\nlisteners=http://127.0.0.1:$(free_ports 1)\nplugin.path=$D/libs\n" > $X/w.properties
printf "name=src\nconnector.class=FileStreamSource\ntasks.max=1\nfile=$X/src.txt\ntopic=$I-conn\n" > $X/s.properties; printf "name=snk$I\nconnector.class=FileStreamSink\ntasks.max=1\nfile=$X/dst.txt\ntopics=$I-conn\n" > $X/k.properties
J 50 org.apache.kafka.connect.cli.ConnectStandalone $X/w.properties $X/s.properties $X/k.properties >>$LOG & c=$!
for i in $(seq 45); do [ -f $X/dst.txt ] && [ $(wc -l < $X/dst.txt) -ge 500 ] && break; sleep 1; done; cmp -s $X/src.txt $X/dst.txt; ok $? "Connect standalone file source -> topic -> file sink, 500 lines identical"; pkill -TERM -P $c 2>/dev/null; wait $c 2>/dev/null
closing $P $F 0
