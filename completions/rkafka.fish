function __rkafka_complete
    set -l found (rkafka complete fish -- (commandline -opc) (commandline -ct) 2>/dev/null)
    if test "$found[1]" = __files__
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
for __rkafka_name in rkafka kafka-acls kafka-acls.sh kafka-broker-api-versions kafka-broker-api-versions.sh kafka-client-metrics kafka-client-metrics.sh kafka-cluster kafka-cluster.sh kafka-configs kafka-configs.sh kafka-console-consumer kafka-console-consumer.sh kafka-console-producer kafka-console-producer.sh kafka-console-share-consumer kafka-console-share-consumer.sh kafka-consumer-groups kafka-consumer-groups.sh kafka-consumer-perf-test kafka-consumer-perf-test.sh kafka-delegation-tokens kafka-delegation-tokens.sh kafka-delete-records kafka-delete-records.sh kafka-dump-log kafka-dump-log.sh kafka-e2e-latency kafka-e2e-latency.sh kafka-features kafka-features.sh kafka-get-offsets kafka-get-offsets.sh kafka-groups kafka-groups.sh kafka-server-start kafka-server-start.sh kafka-server-stop kafka-server-stop.sh kafka-leader-election kafka-leader-election.sh kafka-log-dirs kafka-log-dirs.sh kafka-metadata-quorum kafka-metadata-quorum.sh kafka-metadata-shell kafka-metadata-shell.sh kafka-mirror-maker kafka-mirror-maker.sh kafka-producer-perf-test kafka-producer-perf-test.sh kafka-reassign-partitions kafka-reassign-partitions.sh kafka-replica-verification kafka-replica-verification.sh kafka-run-class kafka-run-class.sh kafka-share-consumer-perf-test kafka-share-consumer-perf-test.sh kafka-share-groups kafka-share-groups.sh kafka-storage kafka-storage.sh kafka-streams-application-reset kafka-streams-application-reset.sh kafka-streams-groups kafka-streams-groups.sh kafka-topics kafka-topics.sh kafka-transactions kafka-transactions.sh kafka-verifiable-consumer kafka-verifiable-consumer.sh kafka-verifiable-producer kafka-verifiable-producer.sh kafka-verifiable-share-consumer kafka-verifiable-share-consumer.sh zookeeper-security-migration zookeeper-security-migration.sh zookeeper-server-start zookeeper-server-start.sh zookeeper-server-stop zookeeper-server-stop.sh zookeeper-shell zookeeper-shell.sh
    complete -c $__rkafka_name -f -a '(__rkafka_complete)'
end
set -e __rkafka_name
