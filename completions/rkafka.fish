# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_rkafka_global_optspecs
    string join \n h/help V/version
end

function __fish_rkafka_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_rkafka_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_rkafka_using_subcommand
    set -l cmd (__fish_rkafka_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c rkafka -n "__fish_rkafka_needs_command" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_needs_command" -s V -l version -d 'Print version'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "broker-api-versions" -d 'Show which requests the brokers take'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-broker-api-versions" -d 'Show which requests the brokers take'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "client-metrics" -d 'Say which metrics clients send to the brokers'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-client-metrics" -d 'Say which metrics clients send to the brokers'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "cluster" -d 'Show a cluster\'s id and brokers, or unregister a broker'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-cluster" -d 'Show a cluster\'s id and brokers, or unregister a broker'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "completions" -d 'Print completions for a shell.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "configs" -d 'Show and change settings of topics, brokers, users, clients and more'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-configs" -d 'Show and change settings of topics, brokers, users, clients and more'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "console-consumer" -d 'Read a topic and write its messages to standard output'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-console-consumer" -d 'Read a topic and write its messages to standard output'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "console-producer" -d 'Read lines from standard input and write them to a topic'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-console-producer" -d 'Read lines from standard input and write them to a topic'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "consumer-groups" -d 'List and describe consumer groups, delete them, move their offsets'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-consumer-groups" -d 'List and describe consumer groups, delete them, move their offsets'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "consumer-perf-test" -d 'Measure how fast records can be consumed'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-consumer-perf-test" -d 'Measure how fast records can be consumed'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "context" -d 'Keep named clusters: where their servers are and how to speak with them'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "delete-records" -d 'Delete the records of partitions before an offset'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-delete-records" -d 'Delete the records of partitions before an offset'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "dev" -d 'Run ZooKeeper and one or more brokers in one process, until Ctrl-C or for one command'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "doctor" -d 'Find out what keeps this client from a cluster, and what is wrong with the cluster as clients see it'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "dump-log" -d 'Print the contents of a broker\'s files: segments, indexes, snapshots'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-dump-log" -d 'Print the contents of a broker\'s files: segments, indexes, snapshots'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "e2e-latency" -d 'Measure how long records take from producer to consumer'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-e2e-latency" -d 'Measure how long records take from producer to consumer'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "features" -d 'Show and change the features of a KRaft cluster'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-features" -d 'Show and change the features of a KRaft cluster'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "get-offsets" -d 'Print the offsets of partitions'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-get-offsets" -d 'Print the offsets of partitions'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "groups" -d 'List the groups of every type'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-groups" -d 'List the groups of every type'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-server-start" -d 'Run a broker.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-server-stop" -d 'Stop the brokers of this machine.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "leader-election" -d 'Elect leaders of partitions'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-leader-election" -d 'Elect leaders of partitions'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "link" -d 'Make Kafka\'s names, with and without .sh, links to rkafka.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "log-dirs" -d 'Show what is in the log directories of brokers'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-log-dirs" -d 'Show what is in the log directories of brokers'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "man" -d 'Write manual pages.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "mirror-maker" -d 'Copy topics from one cluster to another, as long as it runs'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-mirror-maker" -d 'Copy topics from one cluster to another, as long as it runs'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "producer-perf-test" -d 'Measure how fast records can be produced'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-producer-perf-test" -d 'Measure how fast records can be produced'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "reassign-partitions" -d 'Move partitions between brokers and log directories'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-reassign-partitions" -d 'Move partitions between brokers and log directories'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "replica-verification" -d 'Compare the replicas of topics'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-replica-verification" -d 'Compare the replicas of topics'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "run-class" -d 'Run the tool that Kafka has in a class'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-run-class" -d 'Run the tool that Kafka has in a class'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "share-groups" -d 'List and describe share groups, delete them, move their offsets'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-share-groups" -d 'List and describe share groups, delete them, move their offsets'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "streams-application-reset" -d 'Make a Kafka Streams application begin anew'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-streams-application-reset" -d 'Make a Kafka Streams application begin anew'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "streams-groups" -d 'List and describe streams groups, delete them, move their offsets'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-streams-groups" -d 'List and describe streams groups, delete them, move their offsets'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "top" -d 'Watch brokers, topics, partitions and groups live: records and bytes a second, sizes, replicas, lags'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "topics" -d 'Create, delete, describe, or change a topic.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-topics" -d 'Create, delete, describe, or change a topic.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "transactions" -d 'Show transactions and abort those that hang'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-transactions" -d 'Show transactions and abort those that hang'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "verifiable-consumer" -d 'Consume in a group and print what happens, for tests'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-verifiable-consumer" -d 'Consume in a group and print what happens, for tests'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "verifiable-producer" -d 'Send numbers and print what became of each, for tests'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "kafka-verifiable-producer" -d 'Send numbers and print what became of each, for tests'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "zookeeper-security-migration" -d 'Protect Kafka\'s nodes in ZooKeeper, or open them.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "zookeeper-server-start" -d 'Run a ZooKeeper server.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "zookeeper-server-stop" -d 'Stop the ZooKeeper servers of this machine.'
complete -c rkafka -n "__fish_rkafka_needs_command" -f -a "zookeeper-shell" -d 'Look at and change what ZooKeeper holds.'
complete -c rkafka -n "__fish_rkafka_using_subcommand broker-api-versions" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand broker-api-versions" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand broker-api-versions" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand broker-api-versions" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand broker-api-versions" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand broker-api-versions" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-broker-api-versions" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-broker-api-versions" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-broker-api-versions" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-broker-api-versions" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-broker-api-versions" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-broker-api-versions" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l interval -d 'With --alter: how often clients send, in ms.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l match -d 'With --alter: which clients.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l metrics -d 'With --alter: the beginnings of the names of metrics: m1,m2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l name -d 'The name of a subscription.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l alter -d 'Make or change a subscription.'
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l delete -d 'Delete a subscription.'
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l describe -d 'Show one subscription, or all.'
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l generate-name -d 'With --alter: make up a name.'
complete -c rkafka -n "__fish_rkafka_using_subcommand client-metrics" -l list -d 'List the names of the subscriptions.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l interval -d 'With --alter: how often clients send, in ms.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l match -d 'With --alter: which clients.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l metrics -d 'With --alter: the beginnings of the names of metrics: m1,m2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l name -d 'The name of a subscription.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l alter -d 'Make or change a subscription.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l delete -d 'Delete a subscription.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l describe -d 'Show one subscription, or all.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l generate-name -d 'With --alter: make up a name.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-client-metrics" -l list -d 'List the names of the subscriptions.'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "cluster-id" -d 'Get information about the ID of a cluster.'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "unregister" -d 'Unregister a broker.'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "unregister-controller" -d 'Unregister a controller (needs a cluster and a tool of Kafka 4.4).'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "list-endpoints" -d 'List the addresses of the brokers.'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "api-versions" -d 'Show which requests the brokers take.'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from cluster-id" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from cluster-id" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from cluster-id" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from cluster-id" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from cluster-id" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister" -s i -l id -d 'The ID of the node to unregister.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister-controller" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister-controller" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister-controller" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister-controller" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister-controller" -s i -l id -d 'The ID of the node to unregister.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from unregister-controller" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from list-endpoints" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from list-endpoints" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from list-endpoints" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from list-endpoints" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from list-endpoints" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from list-endpoints" -l include-fenced-brokers -d 'Also the brokers that are fenced (brokers of 4.0 and later).'
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from api-versions" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from api-versions" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from api-versions" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from api-versions" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand cluster; and __fish_seen_subcommand_from api-versions" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "cluster-id" -d 'Get information about the ID of a cluster.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "unregister" -d 'Unregister a broker.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "unregister-controller" -d 'Unregister a controller (needs a cluster and a tool of Kafka 4.4).'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "list-endpoints" -d 'List the addresses of the brokers.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and not __fish_seen_subcommand_from cluster-id unregister unregister-controller list-endpoints api-versions" -f -a "api-versions" -d 'Show which requests the brokers take.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from cluster-id" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from cluster-id" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from cluster-id" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from cluster-id" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from cluster-id" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister" -s i -l id -d 'The ID of the node to unregister.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister-controller" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister-controller" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister-controller" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister-controller" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister-controller" -s i -l id -d 'The ID of the node to unregister.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from unregister-controller" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from list-endpoints" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from list-endpoints" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from list-endpoints" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from list-endpoints" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from list-endpoints" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from list-endpoints" -l include-fenced-brokers -d 'Also the brokers that are fenced (brokers of 4.0 and later).'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from api-versions" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from api-versions" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from api-versions" -l config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from api-versions" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-cluster; and __fish_seen_subcommand_from api-versions" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand completions" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l add-config -d 'Settings to make: k1=v1,k2=[v1,v2],k3=v3.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l add-config-file -d 'A properties file with settings to make.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l bootstrap-controller -d 'KRaft controllers instead of brokers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l broker -d 'The id of a broker.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l broker-logger -d 'The id of a broker, for its log levels.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l client -d 'The id of a client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l client-metrics -d 'The name of a subscription to client metrics.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l delete-config -d 'Names of settings to take away: k1,k2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l entity-name -d 'The name of a topic, client, user, broker, ip, metrics subscription or group.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l entity-type -d 'What it is: topics, clients, users, brokers, broker-loggers, ips, client-metrics, groups.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l group -d 'The id of a group.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l ip -d 'An IP address.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l topic -d 'The name of a topic.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l user -d 'The name of a user.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l zk-tls-config-file -d 'With --zookeeper: a properties file with the zookeeper.ssl settings.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l zookeeper -d 'DEPRECATED: ZooKeeper, for SCRAM credentials and brokers that do not run.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l all -d 'Show all settings, those of files and defaults among them.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l alter -d 'Change settings.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l broker-defaults -d 'What holds for all brokers.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l client-defaults -d 'What holds for all clients.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l describe -d 'Show settings.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l entity-default -d 'The default of clients, users, brokers or ips.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l force -d 'Suppress console prompts; there are none.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l ip-defaults -d 'What holds for all IP addresses.'
complete -c rkafka -n "__fish_rkafka_using_subcommand configs" -l user-defaults -d 'What holds for all users.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l add-config -d 'Settings to make: k1=v1,k2=[v1,v2],k3=v3.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l add-config-file -d 'A properties file with settings to make.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l bootstrap-controller -d 'KRaft controllers instead of brokers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l broker -d 'The id of a broker.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l broker-logger -d 'The id of a broker, for its log levels.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l client -d 'The id of a client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l client-metrics -d 'The name of a subscription to client metrics.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l delete-config -d 'Names of settings to take away: k1,k2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l entity-name -d 'The name of a topic, client, user, broker, ip, metrics subscription or group.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l entity-type -d 'What it is: topics, clients, users, brokers, broker-loggers, ips, client-metrics, groups.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l group -d 'The id of a group.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l ip -d 'An IP address.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l topic -d 'The name of a topic.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l user -d 'The name of a user.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l zk-tls-config-file -d 'With --zookeeper: a properties file with the zookeeper.ssl settings.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l zookeeper -d 'DEPRECATED: ZooKeeper, for SCRAM credentials and brokers that do not run.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l all -d 'Show all settings, those of files and defaults among them.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l alter -d 'Change settings.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l broker-defaults -d 'What holds for all brokers.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l client-defaults -d 'What holds for all clients.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l describe -d 'Show settings.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l entity-default -d 'The default of clients, users, brokers or ips.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l force -d 'Suppress console prompts; there are none.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l ip-defaults -d 'What holds for all IP addresses.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-configs" -l user-defaults -d 'What holds for all users.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l topic -d 'The topic to read.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l whitelist -d 'DEPRECATED, use --include. Ignored if --include is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l include -d 'A regular expression: every topic whose whole name matches is read.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l partition -d 'The one partition to read, from its end unless --offset says otherwise.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l offset -d 'Where to start in the partition: an offset, \'earliest\' for its start, \'latest\' for its end.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l command-property -d 'A key=value pair for the consumer, may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l command-config -d 'A properties file for the consumer; --command-property goes before it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l consumer-property -d 'The old name of --command-property.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l consumer.config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l formatter -d 'The class that shows messages.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l formatter-property -d 'A key=value pair for the formatter, may be repeated: print.timestamp, print.key, print.offset, print.partition, print.headers, print.value, key.separator, line.separator, headers.separator, print.epoch, print.delivery, null.literal, key.deserializer, value.deserializer, headers.deserializer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l property -d 'The old name of --formatter-property.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l formatter-config -d 'A properties file for the formatter; --formatter-property goes before it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l max-messages -d 'End after so many messages.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l timeout-ms -d 'End if no message comes for so many milliseconds.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l bootstrap-server -d 'REQUIRED: brokers to start from, HOST1:PORT1,HOST2:PORT2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l key-deserializer -d 'The class that gives keys their text.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l value-deserializer -d 'The class that gives values their text.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l isolation-level -d 'read_committed hides messages of transactions that are not committed; read_uncommitted shows all.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l group -d 'The consumer group to join. Without one all partitions are read.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l zookeeper -d 'Of times before 2.0: finds the brokers in ZooKeeper, host:port[,host:port][/chroot].' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l where -d 'Show and count only the messages that fit: --where \'key ~ "^a" and value.user.id > 5 and headers.trace exists\'. Fields: key, value (also places in their JSON: value.items[0].name), headers.NAME, topic, partition, offset, timestamp. Operators: = != < <= > >= ~ !~ contains, in (1, 2), exists, is null, and, or, not. Times: 2026-11-01T08:30, -1h.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l from-beginning -d 'Start with the earliest message if the group has no offset yet, instead of the latest.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l skip-message-on-error -d 'Go on after a message that cannot be shown, instead of ending.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l enable-systest-events -d 'Print a line when the consumer has shut down.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-consumer" -l new-consumer -d 'Of times before 2.0, when there were two consumers.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l topic -d 'The topic to read.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l whitelist -d 'DEPRECATED, use --include. Ignored if --include is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l include -d 'A regular expression: every topic whose whole name matches is read.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l partition -d 'The one partition to read, from its end unless --offset says otherwise.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l offset -d 'Where to start in the partition: an offset, \'earliest\' for its start, \'latest\' for its end.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l command-property -d 'A key=value pair for the consumer, may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l command-config -d 'A properties file for the consumer; --command-property goes before it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l consumer-property -d 'The old name of --command-property.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l consumer.config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l formatter -d 'The class that shows messages.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l formatter-property -d 'A key=value pair for the formatter, may be repeated: print.timestamp, print.key, print.offset, print.partition, print.headers, print.value, key.separator, line.separator, headers.separator, print.epoch, print.delivery, null.literal, key.deserializer, value.deserializer, headers.deserializer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l property -d 'The old name of --formatter-property.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l formatter-config -d 'A properties file for the formatter; --formatter-property goes before it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l max-messages -d 'End after so many messages.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l timeout-ms -d 'End if no message comes for so many milliseconds.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l bootstrap-server -d 'REQUIRED: brokers to start from, HOST1:PORT1,HOST2:PORT2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l key-deserializer -d 'The class that gives keys their text.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l value-deserializer -d 'The class that gives values their text.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l isolation-level -d 'read_committed hides messages of transactions that are not committed; read_uncommitted shows all.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l group -d 'The consumer group to join. Without one all partitions are read.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l zookeeper -d 'Of times before 2.0: finds the brokers in ZooKeeper, host:port[,host:port][/chroot].' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l where -d 'Show and count only the messages that fit: --where \'key ~ "^a" and value.user.id > 5 and headers.trace exists\'. Fields: key, value (also places in their JSON: value.items[0].name), headers.NAME, topic, partition, offset, timestamp. Operators: = != < <= > >= ~ !~ contains, in (1, 2), exists, is null, and, or, not. Times: 2026-11-01T08:30, -1h.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l from-beginning -d 'Start with the earliest message if the group has no offset yet, instead of the latest.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l skip-message-on-error -d 'Go on after a message that cannot be shown, instead of ending.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l enable-systest-events -d 'Print a line when the consumer has shut down.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-consumer" -l new-consumer -d 'Of times before 2.0, when there were two consumers.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l topic -d 'REQUIRED: the topic to write to.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l bootstrap-server -d 'REQUIRED (unless --broker-list is given): brokers to start from, HOST1:PORT1,HOST2:PORT2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l compression-codec -d 'How batches are compressed: none, gzip, snappy, lz4 or zstd. Without a value: gzip.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l batch-size -d 'Bytes of one batch when sending is not synchronous. --max-partition-memory-bytes replaces it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l message-send-max-retries -d 'How often a message that could not be delivered is sent again.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l retry-backoff-ms -d 'Milliseconds between two tries.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l timeout -d 'Milliseconds that a message may wait for others to fill its batch; the producer\'s linger.ms.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l request-required-acks -d 'Which replicas must have a message before it counts as delivered: 0, 1, or -1 (all).' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l request-timeout-ms -d 'Milliseconds to wait for a broker\'s answer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l metadata-expiry-ms -d 'Milliseconds after which the cluster\'s metadata is asked for again; the producer\'s metadata.max.age.ms.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l max-block-ms -d 'Milliseconds that one message may wait for metadata or for room in the buffer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l max-memory-bytes -d 'Bytes of messages that may wait to be sent; the producer\'s buffer.memory.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l max-partition-memory-bytes -d 'Bytes of one batch; the producer\'s batch.size.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l socket-buffer-size -d 'Bytes of the TCP send buffer; the producer\'s send.buffer.bytes.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l line-reader -d 'The class that reads standard input, one message a line.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l reader-property -d 'A key=value pair for the reader of lines, may be repeated: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, ignore.error, null.marker.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l property -d 'The old name of --reader-property.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l reader-config -d 'A properties file for the reader of lines; --reader-property goes before it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l command-property -d 'A key=value pair for the producer, may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l command-config -d 'A properties file for the producer; --command-property goes before it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l producer-property -d 'The old name of --command-property.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l producer.config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l queue-size -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l queue-enqueuetimeout-ms -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l metadata-fetch-timeout-ms -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l key-serializer -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l value-serializer -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l sync -d 'Wait for the answer to each message before the next one is sent; the first failure ends the tool.'
complete -c rkafka -n "__fish_rkafka_using_subcommand console-producer" -l new-producer -d 'Of times before 0.9, without effect.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l topic -d 'REQUIRED: the topic to write to.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l bootstrap-server -d 'REQUIRED (unless --broker-list is given): brokers to start from, HOST1:PORT1,HOST2:PORT2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l compression-codec -d 'How batches are compressed: none, gzip, snappy, lz4 or zstd. Without a value: gzip.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l batch-size -d 'Bytes of one batch when sending is not synchronous. --max-partition-memory-bytes replaces it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l message-send-max-retries -d 'How often a message that could not be delivered is sent again.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l retry-backoff-ms -d 'Milliseconds between two tries.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l timeout -d 'Milliseconds that a message may wait for others to fill its batch; the producer\'s linger.ms.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l request-required-acks -d 'Which replicas must have a message before it counts as delivered: 0, 1, or -1 (all).' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l request-timeout-ms -d 'Milliseconds to wait for a broker\'s answer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l metadata-expiry-ms -d 'Milliseconds after which the cluster\'s metadata is asked for again; the producer\'s metadata.max.age.ms.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l max-block-ms -d 'Milliseconds that one message may wait for metadata or for room in the buffer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l max-memory-bytes -d 'Bytes of messages that may wait to be sent; the producer\'s buffer.memory.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l max-partition-memory-bytes -d 'Bytes of one batch; the producer\'s batch.size.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l socket-buffer-size -d 'Bytes of the TCP send buffer; the producer\'s send.buffer.bytes.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l line-reader -d 'The class that reads standard input, one message a line.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l reader-property -d 'A key=value pair for the reader of lines, may be repeated: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, ignore.error, null.marker.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l property -d 'The old name of --reader-property.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l reader-config -d 'A properties file for the reader of lines; --reader-property goes before it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l command-property -d 'A key=value pair for the producer, may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l command-config -d 'A properties file for the producer; --command-property goes before it.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l producer-property -d 'The old name of --command-property.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l producer.config -d 'The old name of --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l queue-size -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l queue-enqueuetimeout-ms -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l metadata-fetch-timeout-ms -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l key-serializer -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l value-serializer -d 'Of times before 0.9, without effect.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l sync -d 'Wait for the answer to each message before the next one is sent; the first failure ends the tool.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-console-producer" -l new-producer -d 'Of times before 0.9, without effect.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l by-duration -d 'With --reset-offsets: to the first record after this long ago, as PnDTnHnMnS.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l from-file -d 'With --reset-offsets: to the offsets in this file.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l group -d 'A group; may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l shift-by -d 'With --reset-offsets: to so many after the committed offset, or before it if negative.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l timeout -d 'How long to wait for answers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l topic -d 'With --reset-offsets and --delete-offsets: a topic, or partitions of it as topic:0,1,2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l type -d 'With --list: show types, or only groups of these, such as classic,consumer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l validate-regex -d 'Say whether this is a regular expression by which consumers can subscribe (RE2).' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l all-groups -d 'Every group instead of those of --group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l all-topics -d 'With --reset-offsets: every topic for which the group has committed offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l delete -d 'Delete groups that have no members, with their offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l delete-offsets -d 'Forget the offsets that one group has committed for topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l describe -d 'Show groups: their offsets and lag (--offsets, the default), --members or --state.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l execute -d 'With --reset-offsets: commit the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l list -d 'List the groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l members -d 'With --describe: the members of the group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l offsets -d 'With --describe: the offsets of the group and how far it lags behind.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l reset-offsets -d 'Move the offsets of groups without members: --dry-run shows how, --execute does it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l to-current -d 'With --reset-offsets: to the committed offset, or the end without one.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l to-latest -d 'With --reset-offsets: to the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-groups" -l verbose -d 'With --describe: say more, as far as there is more to say.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l by-duration -d 'With --reset-offsets: to the first record after this long ago, as PnDTnHnMnS.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l from-file -d 'With --reset-offsets: to the offsets in this file.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l group -d 'A group; may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l shift-by -d 'With --reset-offsets: to so many after the committed offset, or before it if negative.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l timeout -d 'How long to wait for answers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l topic -d 'With --reset-offsets and --delete-offsets: a topic, or partitions of it as topic:0,1,2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l type -d 'With --list: show types, or only groups of these, such as classic,consumer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l validate-regex -d 'Say whether this is a regular expression by which consumers can subscribe (RE2).' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l all-groups -d 'Every group instead of those of --group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l all-topics -d 'With --reset-offsets: every topic for which the group has committed offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l delete -d 'Delete groups that have no members, with their offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l delete-offsets -d 'Forget the offsets that one group has committed for topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l describe -d 'Show groups: their offsets and lag (--offsets, the default), --members or --state.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l execute -d 'With --reset-offsets: commit the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l list -d 'List the groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l members -d 'With --describe: the members of the group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l offsets -d 'With --describe: the offsets of the group and how far it lags behind.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l reset-offsets -d 'Move the offsets of groups without members: --dry-run shows how, --execute does it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l to-current -d 'With --reset-offsets: to the committed offset, or the end without one.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l to-latest -d 'With --reset-offsets: to the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-groups" -l verbose -d 'With --describe: say more, as far as there is more to say.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l bootstrap-server -d 'REQUIRED unless --broker-list is given: brokers to start from.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if that is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l topic -d 'REQUIRED unless --include is given: the topic to consume.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l include -d 'A regular expression: every topic whose whole name matches is consumed.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l group -d 'The group to consume in; a name by chance if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l fetch-size -d 'The most bytes of a partition at once.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l socket-buffer-size -d 'The size of the socket\'s buffer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l threads -d 'DEPRECATED AND IGNORED.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l num-fetch-threads -d 'DEPRECATED AND IGNORED.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l consumer.config -d 'A properties file for the consumer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l command-config -d 'Today\'s name of --consumer.config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l command-property -d 'A key=value pair for the consumer, may be repeated; goes before --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l timeout -d 'How long to wait for the next record.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l messages -d 'REQUIRED unless --num-records is given: how many to consume.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l num-records -d 'Today\'s name of --messages.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l reporting-interval -d 'How often a line is printed, with --show-detailed-stats.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l date-format -d 'How times are shown; see java.text.SimpleDateFormat.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l from-latest -d 'Begin with the newest record if the group has no offsets yet.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l print-metrics -d 'Print the consumer\'s metrics at the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l show-detailed-stats -d 'Print a line for each interval.'
complete -c rkafka -n "__fish_rkafka_using_subcommand consumer-perf-test" -l hide-header -d 'Print no line of titles.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l bootstrap-server -d 'REQUIRED unless --broker-list is given: brokers to start from.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if that is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l topic -d 'REQUIRED unless --include is given: the topic to consume.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l include -d 'A regular expression: every topic whose whole name matches is consumed.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l group -d 'The group to consume in; a name by chance if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l fetch-size -d 'The most bytes of a partition at once.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l socket-buffer-size -d 'The size of the socket\'s buffer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l threads -d 'DEPRECATED AND IGNORED.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l num-fetch-threads -d 'DEPRECATED AND IGNORED.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l consumer.config -d 'A properties file for the consumer.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l command-config -d 'Today\'s name of --consumer.config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l command-property -d 'A key=value pair for the consumer, may be repeated; goes before --command-config.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l timeout -d 'How long to wait for the next record.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l messages -d 'REQUIRED unless --num-records is given: how many to consume.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l num-records -d 'Today\'s name of --messages.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l reporting-interval -d 'How often a line is printed, with --show-detailed-stats.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l date-format -d 'How times are shown; see java.text.SimpleDateFormat.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l from-latest -d 'Begin with the newest record if the group has no offsets yet.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l print-metrics -d 'Print the consumer\'s metrics at the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l show-detailed-stats -d 'Print a line for each interval.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-consumer-perf-test" -l hide-header -d 'Print no line of titles.'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and not __fish_seen_subcommand_from add list show use remove" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and not __fish_seen_subcommand_from add list show use remove" -f -a "add" -d 'Add a context, or replace the one of that name'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and not __fish_seen_subcommand_from add list show use remove" -f -a "list" -d 'List the contexts'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and not __fish_seen_subcommand_from add list show use remove" -f -a "show" -d 'Show a context: the one in use, or another'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and not __fish_seen_subcommand_from add list show use remove" -f -a "use" -d 'Make a context the one in use'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and not __fish_seen_subcommand_from add list show use remove" -f -a "remove" -d 'Remove a context'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -l bootstrap-servers -d 'The servers to connect to' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -l compat -d 'The release of Kafka whose texts the tools have: 3.9 or 4.4' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -l output -d 'How tools lay out what they show' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -l properties-file -d 'A properties file for all clients' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -l property -d 'A property for all clients; may be repeated' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -l schema-registry -d 'The Schema Registry' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -l timeout -d 'How long servers that cannot be reached are tried, such as 10s' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -l use -d 'Make it the context in use; the first one is so anyway'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand context; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand delete-records" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand delete-records" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand delete-records" -l offset-json-file -d 'REQUIRED: A JSON file with partitions and offsets.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand delete-records" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand delete-records" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand delete-records" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand delete-records" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-delete-records" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-delete-records" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-delete-records" -l offset-json-file -d 'REQUIRED: A JSON file with partitions and offsets.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-delete-records" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-delete-records" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-delete-records" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-delete-records" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dev" -l port -d 'Port of the broker, the further brokers\' follow it; 0 picks free ports for all servers [default: 9092]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dev" -l brokers -d 'How many brokers to run, with ids from 0 [default: 1]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dev" -l zookeeper-port -d 'Port of the ZooKeeper server; 0 picks a free one [default: 2181, or 0 when --port is given]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dev" -l topic -d 'Create a topic before being ready; may be repeated' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dev" -l dir -d 'Keep the data there [default: a temporary folder, removed at the end]' -r -F
complete -c rkafka -n "__fish_rkafka_using_subcommand dev" -l ready-file -d 'Write the addresses there, as shell variables, once everything is ready' -r -F
complete -c rkafka -n "__fish_rkafka_using_subcommand dev" -l override -d 'Set a property of every broker; may be repeated' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dev" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand doctor" -l bootstrap-server -d 'The addresses that clients begin with' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand doctor" -l command-config -d 'The properties file of the client, which is examined, too' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand doctor" -l timeout -d 'How long the examination may take in all: 5s, 500ms, 1m' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand doctor" -l output -d 'Lay out what is shown for a program: text, json, jsonl, csv or yaml. [default: text]' -r -f -a "text\t''
json\t''
jsonl\t''
csv\t''
yaml\t''"
complete -c rkafka -n "__fish_rkafka_using_subcommand doctor" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand doctor" -s q -l quiet -d 'Leave out what is well'
complete -c rkafka -n "__fish_rkafka_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l files -d 'REQUIRED: The files to show, comma separated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l max-message-size -d 'How far into the log to look for the batch that an index names.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l max-bytes -d 'How many bytes of each log to read, at the most.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l value-decoder-class -d 'How payloads are shown: StringDecoder, LongDecoder, IntegerDecoder, or DefaultDecoder (hexadecimal) of org.apache.kafka.tools.api.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l key-decoder-class -d 'How keys are shown; as --value-decoder-class.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l print-data-log -d 'Show the records, too. Any of the decoders implies it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l deep-iteration -d 'Go through the records of each batch. --print-data-log implies it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l verify-index-only -d 'Compare an index with its log without printing the index.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l index-sanity-check -d 'Only do the check by which a starting broker decides whether an index is to be rebuilt.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l skip-record-metadata -d 'Print keys and payloads without what else a record says of itself.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l offsets-decoder -d 'The logs are of __consumer_offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l transaction-log-decoder -d 'The logs are of __transaction_state.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l cluster-metadata-decoder -d 'The logs are of KRaft\'s __cluster_metadata.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l remote-log-metadata-decoder -d 'The logs are of __remote_log_metadata.'
complete -c rkafka -n "__fish_rkafka_using_subcommand dump-log" -l share-group-state-decoder -d 'The logs are of __share_group_state.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l files -d 'REQUIRED: The files to show, comma separated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l max-message-size -d 'How far into the log to look for the batch that an index names.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l max-bytes -d 'How many bytes of each log to read, at the most.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l value-decoder-class -d 'How payloads are shown: StringDecoder, LongDecoder, IntegerDecoder, or DefaultDecoder (hexadecimal) of org.apache.kafka.tools.api.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l key-decoder-class -d 'How keys are shown; as --value-decoder-class.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l print-data-log -d 'Show the records, too. Any of the decoders implies it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l deep-iteration -d 'Go through the records of each batch. --print-data-log implies it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l verify-index-only -d 'Compare an index with its log without printing the index.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l index-sanity-check -d 'Only do the check by which a starting broker decides whether an index is to be rebuilt.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l skip-record-metadata -d 'Print keys and payloads without what else a record says of itself.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l offsets-decoder -d 'The logs are of __consumer_offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l transaction-log-decoder -d 'The logs are of __transaction_state.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l cluster-metadata-decoder -d 'The logs are of KRaft\'s __cluster_metadata.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l remote-log-metadata-decoder -d 'The logs are of __remote_log_metadata.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-dump-log" -l share-group-state-decoder -d 'The logs are of __share_group_state.'
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l bootstrap-server -d 'REQUIRED: brokers to start from.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l topic -d 'REQUIRED: the topic; created if it does not exist.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l num-records -d 'REQUIRED: how many records to send, one after the other.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l producer-acks -d 'REQUIRED: who must have a record: 1 or all.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l record-size -d 'REQUIRED: the size of a record\'s value.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l command-config -d 'A properties file for producer, consumer and admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l record-key-size -d 'The size of a record\'s key.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l num-headers -d 'How many headers it has.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l record-header-key-size -d 'The size of a header\'s key.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l record-header-size -d 'The size of a header\'s value; -1 for null.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand e2e-latency" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l bootstrap-server -d 'REQUIRED: brokers to start from.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l topic -d 'REQUIRED: the topic; created if it does not exist.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l num-records -d 'REQUIRED: how many records to send, one after the other.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l producer-acks -d 'REQUIRED: who must have a record: 1 or all.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l record-size -d 'REQUIRED: the size of a record\'s value.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l command-config -d 'A properties file for producer, consumer and admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l record-key-size -d 'The size of a record\'s key.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l num-headers -d 'How many headers it has.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l record-header-key-size -d 'The size of a header\'s key.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l record-header-size -d 'The size of a header\'s value; -1 for null.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-e2e-latency" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "describe" -d 'Describes the current active feature flags.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "upgrade" -d 'Upgrade one or more feature flags.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "downgrade" -d 'Downgrade one or more feature flags.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "disable" -d 'Disable one or more feature flags. This is the same as downgrading the version to zero.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "version-mapping" -d 'Show the features that go with a metadata version, by default with the latest. Needs no broker.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "feature-dependencies" -d 'Show what versions of features need of other features. Needs no broker.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from describe" -l node-id -d 'The node to ask. Any broker if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from describe" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l metadata -d 'The level of metadata.version to go to. For example, 3.3-IV3.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l release-version -d 'The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l feature -d 'A feature and its new level, such as metadata.version=5.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from upgrade" -l dry-run -d 'Only check whether it may be done.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l metadata -d 'The level of metadata.version to go to. For example, 3.3-IV3.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l release-version -d 'The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l feature -d 'A feature and its new level, such as metadata.version=5.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l dry-run -d 'Only check whether it may be done.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from downgrade" -l unsafe -d 'Also where metadata gets lost for good.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from disable" -l feature -d 'A feature to take out of force.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from disable" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from disable" -l unsafe -d 'Also where metadata gets lost for good.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from disable" -l dry-run -d 'Only check whether it may be done.'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from version-mapping" -l release-version -d 'The release version. The lowest is 3.3-IV3, the default is 4.4-IV2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from version-mapping" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from feature-dependencies" -l feature -d 'A feature and its level, such as metadata.version=5.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand features; and __fish_seen_subcommand_from feature-dependencies" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "describe" -d 'Describes the current active feature flags.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "upgrade" -d 'Upgrade one or more feature flags.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "downgrade" -d 'Downgrade one or more feature flags.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "disable" -d 'Disable one or more feature flags. This is the same as downgrading the version to zero.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "version-mapping" -d 'Show the features that go with a metadata version, by default with the latest. Needs no broker.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and not __fish_seen_subcommand_from describe upgrade downgrade disable version-mapping feature-dependencies" -f -a "feature-dependencies" -d 'Show what versions of features need of other features. Needs no broker.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from describe" -l node-id -d 'The node to ask. Any broker if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from describe" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from upgrade" -l metadata -d 'The level of metadata.version to go to. For example, 3.3-IV3.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from upgrade" -l release-version -d 'The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from upgrade" -l feature -d 'A feature and its new level, such as metadata.version=5.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from upgrade" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from upgrade" -l dry-run -d 'Only check whether it may be done.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from downgrade" -l metadata -d 'The level of metadata.version to go to. For example, 3.3-IV3.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from downgrade" -l release-version -d 'The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from downgrade" -l feature -d 'A feature and its new level, such as metadata.version=5.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from downgrade" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from downgrade" -l dry-run -d 'Only check whether it may be done.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from downgrade" -l unsafe -d 'Also where metadata gets lost for good.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from disable" -l feature -d 'A feature to take out of force.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from disable" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from disable" -l unsafe -d 'Also where metadata gets lost for good.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from disable" -l dry-run -d 'Only check whether it may be done.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from version-mapping" -l release-version -d 'The release version. The lowest is 3.3-IV3, the default is 4.4-IV2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from version-mapping" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from feature-dependencies" -l feature -d 'A feature and its level, such as metadata.version=5.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-features; and __fish_seen_subcommand_from feature-dependencies" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l bootstrap-server -d 'REQUIRED: brokers to start from.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l topic-partitions -d 'Topics (regular expressions) and their partitions: one, or a range whose end is not part of it. Not with --topic or --partitions.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l topic -d 'The topic, or a regular expression for topics. All topics if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l partitions -d 'Partitions, comma separated. All partitions if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l time -d 'Which offset: that of the first record at or after a time in milliseconds, or one of the names.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand get-offsets" -l exclude-internal-topics -d 'Leave Kafka\'s internal topics out.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l bootstrap-server -d 'REQUIRED: brokers to start from.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l topic-partitions -d 'Topics (regular expressions) and their partitions: one, or a range whose end is not part of it. Not with --topic or --partitions.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l topic -d 'The topic, or a regular expression for topics. All topics if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l partitions -d 'Partitions, comma separated. All partitions if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l time -d 'Which offset: that of the first record at or after a time in milliseconds, or one of the names.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-get-offsets" -l exclude-internal-topics -d 'Leave Kafka\'s internal topics out.'
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l group-type -d 'Only groups of this type: classic, consumer, share or streams.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l protocol -d 'Only groups of this protocol.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l output -d 'Lay out what is shown for a program: text, json, jsonl, csv or yaml. [default: text]' -r -f -a "text\t''
json\t''
jsonl\t''
csv\t''
yaml\t''"
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l consumer -d 'Only groups of consumers: those of type consumer, and classic ones whose protocol is consumer or empty.'
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l list -d 'List the groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l share -d 'Only share groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand groups" -l streams -d 'Only streams groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l group-type -d 'Only groups of this type: classic, consumer, share or streams.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l protocol -d 'Only groups of this protocol.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l output -d 'Lay out what is shown for a program: text, json, jsonl, csv or yaml. [default: text]' -r -f -a "text\t''
json\t''
jsonl\t''
csv\t''
yaml\t''"
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l consumer -d 'Only groups of consumers: those of type consumer, and classic ones whose protocol is consumer or empty.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l list -d 'List the groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l share -d 'Only share groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-groups" -l streams -d 'Only streams groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-server-start" -l override -d 'A setting that counts in place of the file\'s: property=value.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-server-start" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-server-start" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-server-stop" -l node-id -d 'Only the broker of this id (broker.id).' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-server-stop" -l process-role -d 'Only servers of this role; all of rkafka\'s are brokers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-server-stop" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-server-stop" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l admin.config -d 'DEPRECATED, use --command-config: a properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l election-type -d 'REQUIRED: Whom to elect: preferred or unclean.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l partition -d 'The partition of --topic.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l path-to-json-file -d 'A JSON file with partitions.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l topic -d 'The topic of --partition.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand leader-election" -l all-topic-partitions -d 'All partitions that need it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l admin.config -d 'DEPRECATED, use --command-config: a properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l election-type -d 'REQUIRED: Whom to elect: preferred or unclean.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l partition -d 'The partition of --topic.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l path-to-json-file -d 'A JSON file with partitions.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l topic -d 'The topic of --partition.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-leader-election" -l all-topic-partitions -d 'All partitions that need it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand link" -l force -d 'Replace links that lead elsewhere; files are never replaced'
complete -c rkafka -n "__fish_rkafka_using_subcommand link" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l broker-list -d 'The brokers to ask: 0,1,2. All if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l topic-list -d 'The topics to show: topic1,topic2. All if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand log-dirs" -l describe -d 'REQUIRED: Show the log directories.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l broker-list -d 'The brokers to ask: 0,1,2. All if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l topic-list -d 'The topics to show: topic1,topic2. All if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-log-dirs" -l describe -d 'REQUIRED: Show the log directories.'
complete -c rkafka -n "__fish_rkafka_using_subcommand man" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l consumer.config -d 'REQUIRED: a properties file for the consumers of the source cluster.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l producer.config -d 'REQUIRED: a properties file for the producer to the target cluster.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l num.streams -d 'How many consumers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l whitelist -d 'DEPRECATED, use --include.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l include -d 'The topics to copy.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l offset.commit.interval.ms -d 'How often what was written is committed in the source cluster.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l consumer.rebalance.listener -d 'A class of Java, which cannot be loaded here.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l rebalance.listener.args -d 'What that class is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l message.handler -d 'A class of Java, which cannot be loaded here.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l message.handler.args -d 'What that class is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l abort.on.send.failure -d 'Whether a record that cannot be written ends all, or is left out.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand mirror-maker" -l new.consumer -d 'DEPRECATED: there is no other.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l consumer.config -d 'REQUIRED: a properties file for the consumers of the source cluster.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l producer.config -d 'REQUIRED: a properties file for the producer to the target cluster.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l num.streams -d 'How many consumers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l whitelist -d 'DEPRECATED, use --include.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l include -d 'The topics to copy.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l offset.commit.interval.ms -d 'How often what was written is committed in the source cluster.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l consumer.rebalance.listener -d 'A class of Java, which cannot be loaded here.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l rebalance.listener.args -d 'What that class is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l message.handler -d 'A class of Java, which cannot be loaded here.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l message.handler.args -d 'What that class is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l abort.on.send.failure -d 'Whether a record that cannot be written ends all, or is left out.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-mirror-maker" -l new.consumer -d 'DEPRECATED: there is no other.'
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l topic -d 'produce messages to this topic' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l num-records -d 'number of messages to produce' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l payload-delimiter -d 'regular expression between the messages of --payload-file' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l throughput -d 'messages a second, approximately; -1 for as many as possible' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l producer-props -d 'producer properties such as bootstrap.servers=HOST:PORT; they go before those of --producer.config' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l producer.config -d 'properties file for the producer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l bootstrap-server -d 'brokers to start from; goes before all properties' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l command-property -d 'today\'s name of --producer-props' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l command-config -d 'today\'s name of --producer.config' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l transactional-id -d 'id of the transactions, if --transaction-duration-ms is positive' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l transaction-duration-ms -d 'how old a transaction may become before it is committed; 0 for no transactions' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l warmup-records -d 'how many of the messages do not count for the second, steady state result' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l reporting-interval -d 'how often a line of progress is printed' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l random-seed -d 'where the random numbers begin' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l key-distribution -d 'keys of the messages: none, range (one after the other) or random' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l record-key-range -d 'how many keys there are' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l record-size -d 'message size in bytes' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l payload-file -d 'UTF-8 file of messages, of which one is taken by chance each time' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l print-metrics -d 'print the producer\'s metrics at the end'
complete -c rkafka -n "__fish_rkafka_using_subcommand producer-perf-test" -l payload-monotonic -d 'messages are the numbers from 0 on'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l topic -d 'produce messages to this topic' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l num-records -d 'number of messages to produce' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l payload-delimiter -d 'regular expression between the messages of --payload-file' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l throughput -d 'messages a second, approximately; -1 for as many as possible' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l producer-props -d 'producer properties such as bootstrap.servers=HOST:PORT; they go before those of --producer.config' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l producer.config -d 'properties file for the producer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l bootstrap-server -d 'brokers to start from; goes before all properties' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l command-property -d 'today\'s name of --producer-props' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l command-config -d 'today\'s name of --producer.config' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l transactional-id -d 'id of the transactions, if --transaction-duration-ms is positive' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l transaction-duration-ms -d 'how old a transaction may become before it is committed; 0 for no transactions' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l warmup-records -d 'how many of the messages do not count for the second, steady state result' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l reporting-interval -d 'how often a line of progress is printed' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l random-seed -d 'where the random numbers begin' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l key-distribution -d 'keys of the messages: none, range (one after the other) or random' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l record-key-range -d 'how many keys there are' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l record-size -d 'message size in bytes' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l payload-file -d 'UTF-8 file of messages, of which one is taken by chance each time' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l print-metrics -d 'print the producer\'s metrics at the end'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-producer-perf-test" -l payload-monotonic -d 'messages are the numbers from 0 on'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l bootstrap-controller -d 'With --cancel and --list: KRaft controllers instead of brokers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l broker-list -d 'With --generate: the brokers to move to: 0,1,2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l reassignment-json-file -d 'A JSON file that says where replicas go.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l replica-alter-log-dirs-throttle -d 'With --execute: at most so many bytes a second between the directories of a broker.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l throttle -d 'With --execute: at most so many bytes a second between brokers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l timeout -d 'How long to wait in ms until moves between directories begin.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l topics-to-move-json-file -d 'With --generate: a JSON file with topics.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l additional -d 'With --execute: also while others are under way; changes the throttle of those, too.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l cancel -d 'Stop moves that are under way, and go back.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l disable-rack-aware -d 'With --generate: do not look at the racks of the brokers.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l disallow-replication-factor-change -d 'With --execute: refuse a file that gives a partition more or fewer replicas than it has.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l execute -d 'Move what --reassignment-json-file says.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l generate -d 'Propose where partitions could go, without moving any.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l list -d 'List the moves that are under way.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l preserve-throttles -d 'With --verify and --cancel: leave throttles as they are.'
complete -c rkafka -n "__fish_rkafka_using_subcommand reassign-partitions" -l verify -d 'Say how far the moves of --reassignment-json-file are, and end throttles when they are over.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l bootstrap-controller -d 'With --cancel and --list: KRaft controllers instead of brokers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l broker-list -d 'With --generate: the brokers to move to: 0,1,2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l reassignment-json-file -d 'A JSON file that says where replicas go.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l replica-alter-log-dirs-throttle -d 'With --execute: at most so many bytes a second between the directories of a broker.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l throttle -d 'With --execute: at most so many bytes a second between brokers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l timeout -d 'How long to wait in ms until moves between directories begin.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l topics-to-move-json-file -d 'With --generate: a JSON file with topics.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l additional -d 'With --execute: also while others are under way; changes the throttle of those, too.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l cancel -d 'Stop moves that are under way, and go back.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l disable-rack-aware -d 'With --generate: do not look at the racks of the brokers.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l disallow-replication-factor-change -d 'With --execute: refuse a file that gives a partition more or fewer replicas than it has.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l execute -d 'Move what --reassignment-json-file says.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l generate -d 'Propose where partitions could go, without moving any.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l list -d 'List the moves that are under way.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l preserve-throttles -d 'With --verify and --cancel: leave throttles as they are.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-reassign-partitions" -l verify -d 'Say how far the moves of --reassignment-json-file are, and end throttles when they are over.'
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l broker-list -d 'REQUIRED: brokers to start from.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l fetch-size -d 'The most bytes of a partition at once.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l max-wait-ms -d 'How long a broker waits for new records.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l topic-white-list -d 'DEPRECATED, use --topics-include. Ignored if that is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l topics-include -d 'The topics to verify.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l time -d 'Where to begin: the end, the start, or the first record from a time on.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l report-interval-ms -d 'How often the largest lag is printed.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand replica-verification" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l broker-list -d 'REQUIRED: brokers to start from.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l fetch-size -d 'The most bytes of a partition at once.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l max-wait-ms -d 'How long a broker waits for new records.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l topic-white-list -d 'DEPRECATED, use --topics-include. Ignored if that is given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l topics-include -d 'The topics to verify.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l time -d 'Where to begin: the end, the start, or the first record from a time on.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l report-interval-ms -d 'How often the largest lag is printed.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-replica-verification" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand run-class" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-run-class" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l from-file -d 'With --reset-offsets: to the offsets in this file, which has lines of topic,partition,offset.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l group -d 'A share group; may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l timeout -d 'How long to wait for answers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l topic -d 'With --delete-offsets: a topic. With --reset-offsets: a topic, or partitions of it as topic:0,1,2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l all-groups -d 'Every share group instead of those of --group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l all-topics -d 'With --reset-offsets: every topic that the group has offsets of.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l delete -d 'Delete share groups that have no members.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l delete-offsets -d 'Forget where one group stands in topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l describe -d 'Show groups: their offsets (--offsets, the default), --members or --state.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l execute -d 'With --reset-offsets: set the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l list -d 'List the share groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l members -d 'With --describe: the members of the group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l offsets -d 'With --describe: where the group begins in each partition, and its lag.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l reset-offsets -d 'Move the offsets of one group without members: --dry-run shows how, --execute does it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l to-current -d 'With --reset-offsets: to where the group stands, or the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l to-latest -d 'With --reset-offsets: to the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand share-groups" -l verbose -d 'With --describe: say more.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l from-file -d 'With --reset-offsets: to the offsets in this file, which has lines of topic,partition,offset.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l group -d 'A share group; may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l timeout -d 'How long to wait for answers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l topic -d 'With --delete-offsets: a topic. With --reset-offsets: a topic, or partitions of it as topic:0,1,2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l all-groups -d 'Every share group instead of those of --group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l all-topics -d 'With --reset-offsets: every topic that the group has offsets of.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l delete -d 'Delete share groups that have no members.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l delete-offsets -d 'Forget where one group stands in topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l describe -d 'Show groups: their offsets (--offsets, the default), --members or --state.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l execute -d 'With --reset-offsets: set the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l list -d 'List the share groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l members -d 'With --describe: the members of the group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l offsets -d 'With --describe: where the group begins in each partition, and its lag.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l reset-offsets -d 'Move the offsets of one group without members: --dry-run shows how, --execute does it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l to-current -d 'With --reset-offsets: to where the group stands, or the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l to-latest -d 'With --reset-offsets: to the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-share-groups" -l verbose -d 'With --describe: say more.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l application-id -d 'REQUIRED: the application\'s id, which is its group\'s, too.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l bootstrap-servers -d 'DEPRECATED, use --bootstrap-server.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l bootstrap-server -d 'Brokers to start from; localhost:9092 if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l input-topics -d 'Topics that the application reads, comma separated: their offsets are reset, to the start unless another option says where.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l intermediate-topics -d 'Topics that the application writes and reads, comma separated: their offsets are set to the end.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l internal-topics -d 'Those of the application\'s internal topics that are to be deleted, comma separated; all if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l to-offset -d 'Reset offsets to this one.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l to-datetime -d 'Reset offsets to a time, YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l by-duration -d 'Reset offsets to so long before now, PnDTnHnMnS.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l from-file -d 'Reset offsets to those of a file of lines TOPIC,PARTITION,OFFSET.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l shift-by -d 'Move offsets by so many, forward or back.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l config-file -d 'A properties file for the clients.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l command-config -d 'Today\'s name of --config-file.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l to-earliest -d 'Reset offsets to the start.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l to-latest -d 'Reset offsets to the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l force -d 'Remove members that are left in the group. Stop the application before.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-application-reset" -l dry-run -d 'Only show what would be done.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l application-id -d 'REQUIRED: the application\'s id, which is its group\'s, too.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l bootstrap-servers -d 'DEPRECATED, use --bootstrap-server.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l bootstrap-server -d 'Brokers to start from; localhost:9092 if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l input-topics -d 'Topics that the application reads, comma separated: their offsets are reset, to the start unless another option says where.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l intermediate-topics -d 'Topics that the application writes and reads, comma separated: their offsets are set to the end.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l internal-topics -d 'Those of the application\'s internal topics that are to be deleted, comma separated; all if not given.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l to-offset -d 'Reset offsets to this one.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l to-datetime -d 'Reset offsets to a time, YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l by-duration -d 'Reset offsets to so long before now, PnDTnHnMnS.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l from-file -d 'Reset offsets to those of a file of lines TOPIC,PARTITION,OFFSET.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l shift-by -d 'Move offsets by so many, forward or back.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l config-file -d 'A properties file for the clients.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l command-config -d 'Today\'s name of --config-file.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l to-earliest -d 'Reset offsets to the start.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l to-latest -d 'Reset offsets to the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l force -d 'Remove members that are left in the group. Stop the application before.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-application-reset" -l dry-run -d 'Only show what would be done.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l by-duration -d 'With --reset-offsets: to the first record after this long ago, as PnDTnHnMnS.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l delete-internal-topic -d 'With --reset-offsets --execute: delete this topic of the group\'s own, too; may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l from-file -d 'With --reset-offsets: to the offsets in this file.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l group -d 'A streams group; may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l input-topic -d 'With --reset-offsets and --delete-offsets: an input topic, or partitions of it as topic:0,1,2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l shift-by -d 'With --reset-offsets: to so many after the committed offset, or before it if negative.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l timeout -d 'How long to wait for answers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l all-groups -d 'Every streams group instead of those of --group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l all-input-topics -d 'With --reset-offsets and --delete-offsets: every input topic that the group has committed offsets of.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l delete -d 'Delete streams groups that have no members.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l delete-all-internal-topics -d 'With --delete, or --reset-offsets --execute: delete the groups\' own topics, too.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l delete-offsets -d 'Forget the offsets that one group has committed for input topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l describe -d 'Show groups: their offsets (--offsets, the default), --members, --state or --topology.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l execute -d 'With --reset-offsets: commit the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l list -d 'List the streams groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l members -d 'With --describe: the members of the group and their tasks.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l offsets -d 'With --describe: how far the group lags behind in each partition.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l reset-offsets -d 'Move the offsets of groups without members: --dry-run shows how, --execute does it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l to-current -d 'With --reset-offsets: to the committed offset, or the end without one.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l to-latest -d 'With --reset-offsets: to the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l topology -d 'With --describe: the topology, as the group\'s clients have described it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand streams-groups" -l verbose -d 'With --describe: say more.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l by-duration -d 'With --reset-offsets: to the first record after this long ago, as PnDTnHnMnS.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l command-config -d 'A properties file for the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l delete-internal-topic -d 'With --reset-offsets --execute: delete this topic of the group\'s own, too; may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l from-file -d 'With --reset-offsets: to the offsets in this file.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l group -d 'A streams group; may be repeated.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l input-topic -d 'With --reset-offsets and --delete-offsets: an input topic, or partitions of it as topic:0,1,2.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l shift-by -d 'With --reset-offsets: to so many after the committed offset, or before it if negative.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l timeout -d 'How long to wait for answers.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l all-groups -d 'Every streams group instead of those of --group.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l all-input-topics -d 'With --reset-offsets and --delete-offsets: every input topic that the group has committed offsets of.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l delete -d 'Delete streams groups that have no members.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l delete-all-internal-topics -d 'With --delete, or --reset-offsets --execute: delete the groups\' own topics, too.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l delete-offsets -d 'Forget the offsets that one group has committed for input topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l describe -d 'Show groups: their offsets (--offsets, the default), --members, --state or --topology.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l execute -d 'With --reset-offsets: commit the new offsets.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l list -d 'List the streams groups.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l members -d 'With --describe: the members of the group and their tasks.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l offsets -d 'With --describe: how far the group lags behind in each partition.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l reset-offsets -d 'Move the offsets of groups without members: --dry-run shows how, --execute does it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l to-current -d 'With --reset-offsets: to the committed offset, or the end without one.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l to-latest -d 'With --reset-offsets: to the end.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l topology -d 'With --describe: the topology, as the group\'s clients have described it.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-streams-groups" -l verbose -d 'With --describe: say more.'
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -l bootstrap-server -d 'The addresses of the brokers to begin with' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -l command-config -d 'A properties file for the client' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -l interval -d 'The time between two looks at the cluster: 1s, 500ms, 1m' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -l show -d 'What is shown at first' -r -f -a "brokers\t''
topics\t''
partitions\t''
groups\t''"
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -l output -d 'Lay out what is shown for a program: text, json, jsonl, csv or yaml. [default: text]' -r -f -a "text\t''
json\t''
jsonl\t''
csv\t''
yaml\t''"
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -l once -d 'Print one table, with the rates between two looks, and end'
complete -c rkafka -n "__fish_rkafka_using_subcommand top" -s h -l help -d 'Print help'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l command-config -d 'Properties of the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l config -d 'A setting of the topic to create.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l delete-config -d 'A setting to take from a topic. kafka-configs does this.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l partition-size-limit-per-response -d 'The most partitions to ask for at a time.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l partitions -d 'How many partitions the topic is to have.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l replica-assignment -d 'The brokers of each partition, in place of the cluster\'s own choice.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l replication-factor -d 'How many brokers keep each partition.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l topic -d 'The topic.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l topic-id -d 'With --describe: the topic of this id.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l zookeeper -d 'DEPRECATED, in place of --bootstrap-server: ZooKeeper, where the brokers are looked up.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l alter -d 'Change the number of partitions or the placement of new ones.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l at-min-isr-partitions -d 'With --describe: only partitions whose ISR is just large enough.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l create -d 'Create a topic.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l delete -d 'Delete topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l describe -d 'Show topics and their partitions.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l exclude-internal -d 'With --list and --describe: leave internal topics out.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l if-exists -d 'With --alter, --delete, --describe: no error when the topic is not there.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l if-not-exists -d 'With --create: no error when the topic is there already.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l list -d 'List topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l topics-with-overrides -d 'With --describe: only topics with settings of their own.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l unavailable-partitions -d 'With --describe: only partitions without a living leader.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l under-min-isr-partitions -d 'With --describe: only partitions whose ISR is too small.'
complete -c rkafka -n "__fish_rkafka_using_subcommand topics" -l under-replicated-partitions -d 'With --describe: only partitions that lack in-sync replicas.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l command-config -d 'Properties of the admin client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l config -d 'A setting of the topic to create.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l delete-config -d 'A setting to take from a topic. kafka-configs does this.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l partition-size-limit-per-response -d 'The most partitions to ask for at a time.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l partitions -d 'How many partitions the topic is to have.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l replica-assignment -d 'The brokers of each partition, in place of the cluster\'s own choice.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l replication-factor -d 'How many brokers keep each partition.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l topic -d 'The topic.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l topic-id -d 'With --describe: the topic of this id.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l zookeeper -d 'DEPRECATED, in place of --bootstrap-server: ZooKeeper, where the brokers are looked up.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l alter -d 'Change the number of partitions or the placement of new ones.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l at-min-isr-partitions -d 'With --describe: only partitions whose ISR is just large enough.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l create -d 'Create a topic.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l delete -d 'Delete topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l describe -d 'Show topics and their partitions.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l exclude-internal -d 'With --list and --describe: leave internal topics out.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l if-exists -d 'With --alter, --delete, --describe: no error when the topic is not there.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l if-not-exists -d 'With --create: no error when the topic is there already.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l list -d 'List topics.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l topics-with-overrides -d 'With --describe: only topics with settings of their own.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l unavailable-partitions -d 'With --describe: only partitions without a living leader.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l under-min-isr-partitions -d 'With --describe: only partitions whose ISR is too small.'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-topics" -l under-replicated-partitions -d 'With --describe: only partitions that lack in-sync replicas.'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l command-config -d 'a properties file for the admin client' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l bootstrap-server -d 'the brokers, host:port,host:port' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -s v -l version -d 'show the version of Kafka and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "list" -d 'list transactions'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "describe" -d 'describe the state of an active transactional-id'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "describe-producers" -d 'describe the states of active producers for a topic partition'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "abort" -d 'abort a hanging transaction (requires administrative privileges)'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "find-hanging" -d 'find hanging transactions'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "forceTerminateTransaction" -d 'end the open transaction of a transactional-id'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l duration-filter -d 'only transactions that have been running for longer, in milliseconds; all if negative' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l transactional-id-pattern -d 'only transactional ids that this regular expression matches (brokers of 4.1 and later)' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from list" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l transactional-id -d 'transactional id' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from describe" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l broker-id -d 'the broker whose replica is asked; the leader if not given' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l topic -d 'topic name' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l partition -d 'partition number' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from describe-producers" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l topic -d 'topic name' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l partition -d 'partition number' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l start-offset -d 'where the transaction begins; with brokers of 3.0 this is enough' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l producer-id -d 'producer id, for brokers before 3.0' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l producer-epoch -d 'producer epoch, for brokers before 3.0' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l coordinator-epoch -d 'coordinator epoch, for brokers before 3.0' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from abort" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l broker-id -d 'the broker to search' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l max-transaction-timeout -d 'how long transactions may take, in minutes' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l topic -d 'the topic to search (needed for --partition)' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l partition -d 'partition number' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from find-hanging" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l transactionalId -d 'transactional id' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l command-config -d 'a properties file for the admin client' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l bootstrap-server -d 'the brokers, host:port,host:port' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -s v -l version -d 'show the version of Kafka and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "list" -d 'list transactions'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "describe" -d 'describe the state of an active transactional-id'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "describe-producers" -d 'describe the states of active producers for a topic partition'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "abort" -d 'abort a hanging transaction (requires administrative privileges)'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "find-hanging" -d 'find hanging transactions'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and not __fish_seen_subcommand_from list describe describe-producers abort find-hanging forceTerminateTransaction" -f -a "forceTerminateTransaction" -d 'end the open transaction of a transactional-id'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from list" -l duration-filter -d 'only transactions that have been running for longer, in milliseconds; all if negative' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from list" -l transactional-id-pattern -d 'only transactional ids that this regular expression matches (brokers of 4.1 and later)' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from list" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from describe" -l transactional-id -d 'transactional id' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from describe" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from describe-producers" -l broker-id -d 'the broker whose replica is asked; the leader if not given' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from describe-producers" -l topic -d 'topic name' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from describe-producers" -l partition -d 'partition number' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from describe-producers" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from abort" -l topic -d 'topic name' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from abort" -l partition -d 'partition number' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from abort" -l start-offset -d 'where the transaction begins; with brokers of 3.0 this is enough' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from abort" -l producer-id -d 'producer id, for brokers before 3.0' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from abort" -l producer-epoch -d 'producer epoch, for brokers before 3.0' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from abort" -l coordinator-epoch -d 'coordinator epoch, for brokers before 3.0' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from abort" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from find-hanging" -l broker-id -d 'the broker to search' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from find-hanging" -l max-transaction-timeout -d 'how long transactions may take, in minutes' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from find-hanging" -l topic -d 'the topic to search (needed for --partition)' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from find-hanging" -l partition -d 'partition number' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from find-hanging" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l transactionalId -d 'transactional id' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-transactions; and __fish_seen_subcommand_from forceTerminateTransaction" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l topic -d 'consume messages of this topic' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l group-protocol -d 'the group\'s protocol: classic or consumer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l group-remote-assignor -d 'the brokers\' assignor, with the protocol consumer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l group-id -d 'the group to consume in' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l group-instance-id -d 'the name of a static member' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l max-messages -d 'how many; -1 for all until it is ended' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l session-timeout -d 'after how long without a word the member is gone' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l reset-policy -d 'where to begin: earliest, latest, or none' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l assignment-strategy -d 'how the members share partitions, with the protocol classic' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l consumer.config -d 'properties file for the consumer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l command-config -d 'today\'s name of --consumer.config' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l close-timeout -d 'how long leaving the group may take, in milliseconds' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l bootstrap-server -d 'brokers to start from' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l broker-list -d 'DEPRECATED, use --bootstrap-server' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l verbose -d 'tell of each record'
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-consumer" -l enable-autocommit -d 'let the consumer commit offsets, now and then'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l topic -d 'consume messages of this topic' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l group-protocol -d 'the group\'s protocol: classic or consumer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l group-remote-assignor -d 'the brokers\' assignor, with the protocol consumer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l group-id -d 'the group to consume in' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l group-instance-id -d 'the name of a static member' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l max-messages -d 'how many; -1 for all until it is ended' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l session-timeout -d 'after how long without a word the member is gone' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l reset-policy -d 'where to begin: earliest, latest, or none' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l assignment-strategy -d 'how the members share partitions, with the protocol classic' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l consumer.config -d 'properties file for the consumer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l command-config -d 'today\'s name of --consumer.config' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l close-timeout -d 'how long leaving the group may take, in milliseconds' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l bootstrap-server -d 'brokers to start from' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l broker-list -d 'DEPRECATED, use --bootstrap-server' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l verbose -d 'tell of each record'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-consumer" -l enable-autocommit -d 'let the consumer commit offsets, now and then'
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l topic -d 'produce messages to this topic' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l max-messages -d 'how many; -1 for as many as go until it is ended' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l throughput -d 'messages a second, approximately; -1 for as many as possible' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l acks -d 'who must have a message: 0, 1 or -1 for all' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l producer.config -d 'properties file for the producer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l command-config -d 'today\'s name of --producer.config' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l message-create-time -d 'the first message\'s time, in milliseconds since 1970; -1 stands for the present' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l value-prefix -d 'a number that stands before each value, with a dot between' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l repeating-keys -d 'keys from 0 up to this number, again and again' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l bootstrap-server -d 'brokers to start from' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l broker-list -d 'DEPRECATED, use --bootstrap-server' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand verifiable-producer" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l topic -d 'produce messages to this topic' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l max-messages -d 'how many; -1 for as many as go until it is ended' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l throughput -d 'messages a second, approximately; -1 for as many as possible' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l acks -d 'who must have a message: 0, 1 or -1 for all' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l producer.config -d 'properties file for the producer' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l command-config -d 'today\'s name of --producer.config' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l message-create-time -d 'the first message\'s time, in milliseconds since 1970; -1 stands for the present' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l value-prefix -d 'a number that stands before each value, with a dot between' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l repeating-keys -d 'keys from 0 up to this number, again and again' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l bootstrap-server -d 'brokers to start from' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l broker-list -d 'DEPRECATED, use --bootstrap-server' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l context -d 'Take servers and settings from this context (see \'rkafka context\').' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l timeout -d 'Give up on servers that cannot be reached after this time, such as 500ms, 10s or 1m. [default: 5s]' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand kafka-verifiable-producer" -l help -d 'show this help message and exit'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-security-migration" -l zookeeper.acl -d 'Whether Kafka\'s nodes in ZooKeeper become secure (the brokers\' alone) or unsecure (everybody\'s): \'secure\' or \'unsecure\'.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-security-migration" -l zookeeper.connect -d 'The ZooKeeper servers, comma separated host:port pairs, and a chroot.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-security-migration" -l zookeeper.session.timeout -d 'The session timeout in ms.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-security-migration" -l zookeeper.connection.timeout -d 'How long ZooKeeper may take to answer first, in ms.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-security-migration" -l zk-tls-config-file -d 'A properties file with the zookeeper.ssl settings of this client, and zookeeper.clientCnxnSocket.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-security-migration" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-security-migration" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-security-migration" -l enable.path.check -d 'Stop, before anything is changed below the root, if a root of Kafka\'s is missing.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-server-start" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-server-start" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-server-stop" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-server-stop" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-shell" -l zk-tls-config-file -d 'A properties file with the zookeeper.ssl settings of this client.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-shell" -l timeout -d 'The session timeout.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-shell" -l client-configuration -d 'A properties file with ZooKeeper\'s own client settings.' -r
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-shell" -l output -d 'How answers look: text, or json, an object a line.' -r -f -a "text\t''
json\t''"
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-shell" -l help -d 'Print usage information.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-shell" -l version -d 'Display Kafka version.'
complete -c rkafka -n "__fish_rkafka_using_subcommand zookeeper-shell" -l readonly -d 'Take a server that only reads, too; also -r.'
complete -c kafka-broker-api-versions.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-broker-api-versions.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-broker-api-versions.sh -l help -d 'Print usage information.'
complete -c kafka-broker-api-versions.sh -l version -d 'Display Kafka version.'
complete -c kafka-client-metrics.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-client-metrics.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-client-metrics.sh -l interval -d 'With --alter: how often clients send, in ms.' -r
complete -c kafka-client-metrics.sh -l match -d 'With --alter: which clients.' -r
complete -c kafka-client-metrics.sh -l metrics -d 'With --alter: the beginnings of the names of metrics: m1,m2.' -r
complete -c kafka-client-metrics.sh -l name -d 'The name of a subscription.' -r
complete -c kafka-client-metrics.sh -l help -d 'Print usage information.'
complete -c kafka-client-metrics.sh -l version -d 'Display Kafka version.'
complete -c kafka-client-metrics.sh -l alter -d 'Make or change a subscription.'
complete -c kafka-client-metrics.sh -l delete -d 'Delete a subscription.'
complete -c kafka-client-metrics.sh -l describe -d 'Show one subscription, or all.'
complete -c kafka-client-metrics.sh -l generate-name -d 'With --alter: make up a name.'
complete -c kafka-client-metrics.sh -l list -d 'List the names of the subscriptions.'
# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kafka_cluster.sh_global_optspecs
    string join \n help
end

function __fish_kafka_cluster.sh_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kafka_cluster.sh_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kafka_cluster.sh_using_subcommand
    set -l cmd (__fish_kafka_cluster.sh_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_needs_command" -l help -d 'show this help message and exit'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_needs_command" -f -a "cluster-id" -d 'Get information about the ID of a cluster.'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_needs_command" -f -a "unregister" -d 'Unregister a broker.'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_needs_command" -f -a "unregister-controller" -d 'Unregister a controller (needs a cluster and a tool of Kafka 4.4).'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_needs_command" -f -a "list-endpoints" -d 'List the addresses of the brokers.'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_needs_command" -f -a "api-versions" -d 'Show which requests the brokers take.'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand cluster-id" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand cluster-id" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand cluster-id" -l config -d 'The old name of --command-config.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand cluster-id" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand cluster-id" -l help -d 'show this help message and exit'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister" -l config -d 'The old name of --command-config.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister" -s i -l id -d 'The ID of the node to unregister.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister" -l help -d 'show this help message and exit'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister-controller" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister-controller" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister-controller" -l config -d 'The old name of --command-config.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister-controller" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister-controller" -s i -l id -d 'The ID of the node to unregister.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand unregister-controller" -l help -d 'show this help message and exit'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand list-endpoints" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand list-endpoints" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand list-endpoints" -l config -d 'The old name of --command-config.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand list-endpoints" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand list-endpoints" -l help -d 'show this help message and exit'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand list-endpoints" -l include-fenced-brokers -d 'Also the brokers that are fenced (brokers of 4.0 and later).'
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand api-versions" -s b -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand api-versions" -s C -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand api-versions" -l config -d 'The old name of --command-config.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand api-versions" -s c -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-cluster.sh -n "__fish_kafka_cluster.sh_using_subcommand api-versions" -l help -d 'show this help message and exit'
complete -c kafka-configs.sh -l add-config -d 'Settings to make: k1=v1,k2=[v1,v2],k3=v3.' -r
complete -c kafka-configs.sh -l add-config-file -d 'A properties file with settings to make.' -r
complete -c kafka-configs.sh -l bootstrap-controller -d 'KRaft controllers instead of brokers.' -r
complete -c kafka-configs.sh -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c kafka-configs.sh -l broker -d 'The id of a broker.' -r
complete -c kafka-configs.sh -l broker-logger -d 'The id of a broker, for its log levels.' -r
complete -c kafka-configs.sh -l client -d 'The id of a client.' -r
complete -c kafka-configs.sh -l client-metrics -d 'The name of a subscription to client metrics.' -r
complete -c kafka-configs.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-configs.sh -l delete-config -d 'Names of settings to take away: k1,k2.' -r
complete -c kafka-configs.sh -l entity-name -d 'The name of a topic, client, user, broker, ip, metrics subscription or group.' -r
complete -c kafka-configs.sh -l entity-type -d 'What it is: topics, clients, users, brokers, broker-loggers, ips, client-metrics, groups.' -r
complete -c kafka-configs.sh -l group -d 'The id of a group.' -r
complete -c kafka-configs.sh -l ip -d 'An IP address.' -r
complete -c kafka-configs.sh -l topic -d 'The name of a topic.' -r
complete -c kafka-configs.sh -l user -d 'The name of a user.' -r
complete -c kafka-configs.sh -l zk-tls-config-file -d 'With --zookeeper: a properties file with the zookeeper.ssl settings.' -r
complete -c kafka-configs.sh -l zookeeper -d 'DEPRECATED: ZooKeeper, for SCRAM credentials and brokers that do not run.' -r
complete -c kafka-configs.sh -l help -d 'Print usage information.'
complete -c kafka-configs.sh -l version -d 'Display Kafka version.'
complete -c kafka-configs.sh -l all -d 'Show all settings, those of files and defaults among them.'
complete -c kafka-configs.sh -l alter -d 'Change settings.'
complete -c kafka-configs.sh -l broker-defaults -d 'What holds for all brokers.'
complete -c kafka-configs.sh -l client-defaults -d 'What holds for all clients.'
complete -c kafka-configs.sh -l describe -d 'Show settings.'
complete -c kafka-configs.sh -l entity-default -d 'The default of clients, users, brokers or ips.'
complete -c kafka-configs.sh -l force -d 'Suppress console prompts; there are none.'
complete -c kafka-configs.sh -l ip-defaults -d 'What holds for all IP addresses.'
complete -c kafka-configs.sh -l user-defaults -d 'What holds for all users.'
complete -c kafka-console-consumer.sh -l topic -d 'The topic to read.' -r
complete -c kafka-console-consumer.sh -l whitelist -d 'DEPRECATED, use --include. Ignored if --include is given.' -r
complete -c kafka-console-consumer.sh -l include -d 'A regular expression: every topic whose whole name matches is read.' -r
complete -c kafka-console-consumer.sh -l partition -d 'The one partition to read, from its end unless --offset says otherwise.' -r
complete -c kafka-console-consumer.sh -l offset -d 'Where to start in the partition: an offset, \'earliest\' for its start, \'latest\' for its end.' -r
complete -c kafka-console-consumer.sh -l command-property -d 'A key=value pair for the consumer, may be repeated.' -r
complete -c kafka-console-consumer.sh -l command-config -d 'A properties file for the consumer; --command-property goes before it.' -r
complete -c kafka-console-consumer.sh -l consumer-property -d 'The old name of --command-property.' -r
complete -c kafka-console-consumer.sh -l consumer.config -d 'The old name of --command-config.' -r
complete -c kafka-console-consumer.sh -l formatter -d 'The class that shows messages.' -r
complete -c kafka-console-consumer.sh -l formatter-property -d 'A key=value pair for the formatter, may be repeated: print.timestamp, print.key, print.offset, print.partition, print.headers, print.value, key.separator, line.separator, headers.separator, print.epoch, print.delivery, null.literal, key.deserializer, value.deserializer, headers.deserializer.' -r
complete -c kafka-console-consumer.sh -l property -d 'The old name of --formatter-property.' -r
complete -c kafka-console-consumer.sh -l formatter-config -d 'A properties file for the formatter; --formatter-property goes before it.' -r
complete -c kafka-console-consumer.sh -l max-messages -d 'End after so many messages.' -r
complete -c kafka-console-consumer.sh -l timeout-ms -d 'End if no message comes for so many milliseconds.' -r
complete -c kafka-console-consumer.sh -l bootstrap-server -d 'REQUIRED: brokers to start from, HOST1:PORT1,HOST2:PORT2.' -r
complete -c kafka-console-consumer.sh -l key-deserializer -d 'The class that gives keys their text.' -r
complete -c kafka-console-consumer.sh -l value-deserializer -d 'The class that gives values their text.' -r
complete -c kafka-console-consumer.sh -l isolation-level -d 'read_committed hides messages of transactions that are not committed; read_uncommitted shows all.' -r
complete -c kafka-console-consumer.sh -l group -d 'The consumer group to join. Without one all partitions are read.' -r
complete -c kafka-console-consumer.sh -l zookeeper -d 'Of times before 2.0: finds the brokers in ZooKeeper, host:port[,host:port][/chroot].' -r
complete -c kafka-console-consumer.sh -l where -d 'Show and count only the messages that fit: --where \'key ~ "^a" and value.user.id > 5 and headers.trace exists\'. Fields: key, value (also places in their JSON: value.items[0].name), headers.NAME, topic, partition, offset, timestamp. Operators: = != < <= > >= ~ !~ contains, in (1, 2), exists, is null, and, or, not. Times: 2026-11-01T08:30, -1h.' -r
complete -c kafka-console-consumer.sh -l help -d 'Print usage information.'
complete -c kafka-console-consumer.sh -l version -d 'Display Kafka version.'
complete -c kafka-console-consumer.sh -l from-beginning -d 'Start with the earliest message if the group has no offset yet, instead of the latest.'
complete -c kafka-console-consumer.sh -l skip-message-on-error -d 'Go on after a message that cannot be shown, instead of ending.'
complete -c kafka-console-consumer.sh -l enable-systest-events -d 'Print a line when the consumer has shut down.'
complete -c kafka-console-consumer.sh -l new-consumer -d 'Of times before 2.0, when there were two consumers.'
complete -c kafka-console-producer.sh -l topic -d 'REQUIRED: the topic to write to.' -r
complete -c kafka-console-producer.sh -l bootstrap-server -d 'REQUIRED (unless --broker-list is given): brokers to start from, HOST1:PORT1,HOST2:PORT2.' -r
complete -c kafka-console-producer.sh -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.' -r
complete -c kafka-console-producer.sh -l compression-codec -d 'How batches are compressed: none, gzip, snappy, lz4 or zstd. Without a value: gzip.' -r
complete -c kafka-console-producer.sh -l batch-size -d 'Bytes of one batch when sending is not synchronous. --max-partition-memory-bytes replaces it.' -r
complete -c kafka-console-producer.sh -l message-send-max-retries -d 'How often a message that could not be delivered is sent again.' -r
complete -c kafka-console-producer.sh -l retry-backoff-ms -d 'Milliseconds between two tries.' -r
complete -c kafka-console-producer.sh -l timeout -d 'Milliseconds that a message may wait for others to fill its batch; the producer\'s linger.ms.' -r
complete -c kafka-console-producer.sh -l request-required-acks -d 'Which replicas must have a message before it counts as delivered: 0, 1, or -1 (all).' -r
complete -c kafka-console-producer.sh -l request-timeout-ms -d 'Milliseconds to wait for a broker\'s answer.' -r
complete -c kafka-console-producer.sh -l metadata-expiry-ms -d 'Milliseconds after which the cluster\'s metadata is asked for again; the producer\'s metadata.max.age.ms.' -r
complete -c kafka-console-producer.sh -l max-block-ms -d 'Milliseconds that one message may wait for metadata or for room in the buffer.' -r
complete -c kafka-console-producer.sh -l max-memory-bytes -d 'Bytes of messages that may wait to be sent; the producer\'s buffer.memory.' -r
complete -c kafka-console-producer.sh -l max-partition-memory-bytes -d 'Bytes of one batch; the producer\'s batch.size.' -r
complete -c kafka-console-producer.sh -l socket-buffer-size -d 'Bytes of the TCP send buffer; the producer\'s send.buffer.bytes.' -r
complete -c kafka-console-producer.sh -l line-reader -d 'The class that reads standard input, one message a line.' -r
complete -c kafka-console-producer.sh -l reader-property -d 'A key=value pair for the reader of lines, may be repeated: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, ignore.error, null.marker.' -r
complete -c kafka-console-producer.sh -l property -d 'The old name of --reader-property.' -r
complete -c kafka-console-producer.sh -l reader-config -d 'A properties file for the reader of lines; --reader-property goes before it.' -r
complete -c kafka-console-producer.sh -l command-property -d 'A key=value pair for the producer, may be repeated.' -r
complete -c kafka-console-producer.sh -l command-config -d 'A properties file for the producer; --command-property goes before it.' -r
complete -c kafka-console-producer.sh -l producer-property -d 'The old name of --command-property.' -r
complete -c kafka-console-producer.sh -l producer.config -d 'The old name of --command-config.' -r
complete -c kafka-console-producer.sh -l queue-size -d 'Of times before 0.9, without effect.' -r
complete -c kafka-console-producer.sh -l queue-enqueuetimeout-ms -d 'Of times before 0.9, without effect.' -r
complete -c kafka-console-producer.sh -l metadata-fetch-timeout-ms -d 'Of times before 0.9, without effect.' -r
complete -c kafka-console-producer.sh -l key-serializer -d 'Of times before 0.9, without effect.' -r
complete -c kafka-console-producer.sh -l value-serializer -d 'Of times before 0.9, without effect.' -r
complete -c kafka-console-producer.sh -l help -d 'Print usage information.'
complete -c kafka-console-producer.sh -l version -d 'Display Kafka version.'
complete -c kafka-console-producer.sh -l sync -d 'Wait for the answer to each message before the next one is sent; the first failure ends the tool.'
complete -c kafka-console-producer.sh -l new-producer -d 'Of times before 0.9, without effect.'
complete -c kafka-consumer-groups.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-consumer-groups.sh -l by-duration -d 'With --reset-offsets: to the first record after this long ago, as PnDTnHnMnS.' -r
complete -c kafka-consumer-groups.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-consumer-groups.sh -l from-file -d 'With --reset-offsets: to the offsets in this file.' -r
complete -c kafka-consumer-groups.sh -l group -d 'A group; may be repeated.' -r
complete -c kafka-consumer-groups.sh -l shift-by -d 'With --reset-offsets: to so many after the committed offset, or before it if negative.' -r
complete -c kafka-consumer-groups.sh -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c kafka-consumer-groups.sh -l timeout -d 'How long to wait for answers.' -r
complete -c kafka-consumer-groups.sh -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c kafka-consumer-groups.sh -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c kafka-consumer-groups.sh -l topic -d 'With --reset-offsets and --delete-offsets: a topic, or partitions of it as topic:0,1,2.' -r
complete -c kafka-consumer-groups.sh -l type -d 'With --list: show types, or only groups of these, such as classic,consumer.' -r
complete -c kafka-consumer-groups.sh -l validate-regex -d 'Say whether this is a regular expression by which consumers can subscribe (RE2).' -r
complete -c kafka-consumer-groups.sh -l help -d 'Print usage information.'
complete -c kafka-consumer-groups.sh -l version -d 'Display Kafka version.'
complete -c kafka-consumer-groups.sh -l all-groups -d 'Every group instead of those of --group.'
complete -c kafka-consumer-groups.sh -l all-topics -d 'With --reset-offsets: every topic for which the group has committed offsets.'
complete -c kafka-consumer-groups.sh -l delete -d 'Delete groups that have no members, with their offsets.'
complete -c kafka-consumer-groups.sh -l delete-offsets -d 'Forget the offsets that one group has committed for topics.'
complete -c kafka-consumer-groups.sh -l describe -d 'Show groups: their offsets and lag (--offsets, the default), --members or --state.'
complete -c kafka-consumer-groups.sh -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c kafka-consumer-groups.sh -l execute -d 'With --reset-offsets: commit the new offsets.'
complete -c kafka-consumer-groups.sh -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c kafka-consumer-groups.sh -l list -d 'List the groups.'
complete -c kafka-consumer-groups.sh -l members -d 'With --describe: the members of the group.'
complete -c kafka-consumer-groups.sh -l offsets -d 'With --describe: the offsets of the group and how far it lags behind.'
complete -c kafka-consumer-groups.sh -l reset-offsets -d 'Move the offsets of groups without members: --dry-run shows how, --execute does it.'
complete -c kafka-consumer-groups.sh -l to-current -d 'With --reset-offsets: to the committed offset, or the end without one.'
complete -c kafka-consumer-groups.sh -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c kafka-consumer-groups.sh -l to-latest -d 'With --reset-offsets: to the end.'
complete -c kafka-consumer-groups.sh -l verbose -d 'With --describe: say more, as far as there is more to say.'
complete -c kafka-consumer-perf-test.sh -l bootstrap-server -d 'REQUIRED unless --broker-list is given: brokers to start from.' -r
complete -c kafka-consumer-perf-test.sh -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if that is given.' -r
complete -c kafka-consumer-perf-test.sh -l topic -d 'REQUIRED unless --include is given: the topic to consume.' -r
complete -c kafka-consumer-perf-test.sh -l include -d 'A regular expression: every topic whose whole name matches is consumed.' -r
complete -c kafka-consumer-perf-test.sh -l group -d 'The group to consume in; a name by chance if not given.' -r
complete -c kafka-consumer-perf-test.sh -l fetch-size -d 'The most bytes of a partition at once.' -r
complete -c kafka-consumer-perf-test.sh -l socket-buffer-size -d 'The size of the socket\'s buffer.' -r
complete -c kafka-consumer-perf-test.sh -l threads -d 'DEPRECATED AND IGNORED.' -r
complete -c kafka-consumer-perf-test.sh -l num-fetch-threads -d 'DEPRECATED AND IGNORED.' -r
complete -c kafka-consumer-perf-test.sh -l consumer.config -d 'A properties file for the consumer.' -r
complete -c kafka-consumer-perf-test.sh -l command-config -d 'Today\'s name of --consumer.config.' -r
complete -c kafka-consumer-perf-test.sh -l command-property -d 'A key=value pair for the consumer, may be repeated; goes before --command-config.' -r
complete -c kafka-consumer-perf-test.sh -l timeout -d 'How long to wait for the next record.' -r
complete -c kafka-consumer-perf-test.sh -l messages -d 'REQUIRED unless --num-records is given: how many to consume.' -r
complete -c kafka-consumer-perf-test.sh -l num-records -d 'Today\'s name of --messages.' -r
complete -c kafka-consumer-perf-test.sh -l reporting-interval -d 'How often a line is printed, with --show-detailed-stats.' -r
complete -c kafka-consumer-perf-test.sh -l date-format -d 'How times are shown; see java.text.SimpleDateFormat.' -r
complete -c kafka-consumer-perf-test.sh -l help -d 'Print usage information.'
complete -c kafka-consumer-perf-test.sh -l version -d 'Display Kafka version.'
complete -c kafka-consumer-perf-test.sh -l from-latest -d 'Begin with the newest record if the group has no offsets yet.'
complete -c kafka-consumer-perf-test.sh -l print-metrics -d 'Print the consumer\'s metrics at the end.'
complete -c kafka-consumer-perf-test.sh -l show-detailed-stats -d 'Print a line for each interval.'
complete -c kafka-consumer-perf-test.sh -l hide-header -d 'Print no line of titles.'
complete -c kafka-delete-records.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-delete-records.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-delete-records.sh -l offset-json-file -d 'REQUIRED: A JSON file with partitions and offsets.' -r
complete -c kafka-delete-records.sh -l help -d 'Print usage information.'
complete -c kafka-delete-records.sh -l version -d 'Display Kafka version.'
complete -c kafka-dump-log.sh -l files -d 'REQUIRED: The files to show, comma separated.' -r
complete -c kafka-dump-log.sh -l max-message-size -d 'How far into the log to look for the batch that an index names.' -r
complete -c kafka-dump-log.sh -l max-bytes -d 'How many bytes of each log to read, at the most.' -r
complete -c kafka-dump-log.sh -l value-decoder-class -d 'How payloads are shown: StringDecoder, LongDecoder, IntegerDecoder, or DefaultDecoder (hexadecimal) of org.apache.kafka.tools.api.' -r
complete -c kafka-dump-log.sh -l key-decoder-class -d 'How keys are shown; as --value-decoder-class.' -r
complete -c kafka-dump-log.sh -l help -d 'Print usage information.'
complete -c kafka-dump-log.sh -l version -d 'Display Kafka version.'
complete -c kafka-dump-log.sh -l print-data-log -d 'Show the records, too. Any of the decoders implies it.'
complete -c kafka-dump-log.sh -l deep-iteration -d 'Go through the records of each batch. --print-data-log implies it.'
complete -c kafka-dump-log.sh -l verify-index-only -d 'Compare an index with its log without printing the index.'
complete -c kafka-dump-log.sh -l index-sanity-check -d 'Only do the check by which a starting broker decides whether an index is to be rebuilt.'
complete -c kafka-dump-log.sh -l skip-record-metadata -d 'Print keys and payloads without what else a record says of itself.'
complete -c kafka-dump-log.sh -l offsets-decoder -d 'The logs are of __consumer_offsets.'
complete -c kafka-dump-log.sh -l transaction-log-decoder -d 'The logs are of __transaction_state.'
complete -c kafka-dump-log.sh -l cluster-metadata-decoder -d 'The logs are of KRaft\'s __cluster_metadata.'
complete -c kafka-dump-log.sh -l remote-log-metadata-decoder -d 'The logs are of __remote_log_metadata.'
complete -c kafka-dump-log.sh -l share-group-state-decoder -d 'The logs are of __share_group_state.'
complete -c kafka-e2e-latency.sh -l bootstrap-server -d 'REQUIRED: brokers to start from.' -r
complete -c kafka-e2e-latency.sh -l topic -d 'REQUIRED: the topic; created if it does not exist.' -r
complete -c kafka-e2e-latency.sh -l num-records -d 'REQUIRED: how many records to send, one after the other.' -r
complete -c kafka-e2e-latency.sh -l producer-acks -d 'REQUIRED: who must have a record: 1 or all.' -r
complete -c kafka-e2e-latency.sh -l record-size -d 'REQUIRED: the size of a record\'s value.' -r
complete -c kafka-e2e-latency.sh -l command-config -d 'A properties file for producer, consumer and admin client.' -r
complete -c kafka-e2e-latency.sh -l record-key-size -d 'The size of a record\'s key.' -r
complete -c kafka-e2e-latency.sh -l num-headers -d 'How many headers it has.' -r
complete -c kafka-e2e-latency.sh -l record-header-key-size -d 'The size of a header\'s key.' -r
complete -c kafka-e2e-latency.sh -l record-header-size -d 'The size of a header\'s value; -1 for null.' -r
complete -c kafka-e2e-latency.sh -l help -d 'Print usage information.'
complete -c kafka-e2e-latency.sh -l version -d 'Display Kafka version.'
# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kafka_features.sh_global_optspecs
    string join \n help command-config= bootstrap-server= bootstrap-controller=
end

function __fish_kafka_features.sh_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kafka_features.sh_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kafka_features.sh_using_subcommand
    set -l cmd (__fish_kafka_features.sh_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -l bootstrap-server -d 'The brokers, host:port,host:port.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -l bootstrap-controller -d 'KRaft controllers; this version speaks with brokers only.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -l help -d 'show this help message and exit'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -f -a "describe" -d 'Describes the current active feature flags.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -f -a "upgrade" -d 'Upgrade one or more feature flags.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -f -a "downgrade" -d 'Downgrade one or more feature flags.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -f -a "disable" -d 'Disable one or more feature flags. This is the same as downgrading the version to zero.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -f -a "version-mapping" -d 'Show the features that go with a metadata version, by default with the latest. Needs no broker.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_needs_command" -f -a "feature-dependencies" -d 'Show what versions of features need of other features. Needs no broker.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand describe" -l node-id -d 'The node to ask. Any broker if not given.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand describe" -l help -d 'show this help message and exit'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand upgrade" -l metadata -d 'The level of metadata.version to go to. For example, 3.3-IV3.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand upgrade" -l release-version -d 'The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand upgrade" -l feature -d 'A feature and its new level, such as metadata.version=5.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand upgrade" -l help -d 'show this help message and exit'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand upgrade" -l dry-run -d 'Only check whether it may be done.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand downgrade" -l metadata -d 'The level of metadata.version to go to. For example, 3.3-IV3.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand downgrade" -l release-version -d 'The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand downgrade" -l feature -d 'A feature and its new level, such as metadata.version=5.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand downgrade" -l help -d 'show this help message and exit'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand downgrade" -l dry-run -d 'Only check whether it may be done.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand downgrade" -l unsafe -d 'Also where metadata gets lost for good.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand disable" -l feature -d 'A feature to take out of force.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand disable" -l help -d 'show this help message and exit'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand disable" -l unsafe -d 'Also where metadata gets lost for good.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand disable" -l dry-run -d 'Only check whether it may be done.'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand version-mapping" -l release-version -d 'The release version. The lowest is 3.3-IV3, the default is 4.4-IV2.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand version-mapping" -l help -d 'show this help message and exit'
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand feature-dependencies" -l feature -d 'A feature and its level, such as metadata.version=5.' -r
complete -c kafka-features.sh -n "__fish_kafka_features.sh_using_subcommand feature-dependencies" -l help -d 'show this help message and exit'
complete -c kafka-get-offsets.sh -l broker-list -d 'DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.' -r
complete -c kafka-get-offsets.sh -l bootstrap-server -d 'REQUIRED: brokers to start from.' -r
complete -c kafka-get-offsets.sh -l topic-partitions -d 'Topics (regular expressions) and their partitions: one, or a range whose end is not part of it. Not with --topic or --partitions.' -r
complete -c kafka-get-offsets.sh -l topic -d 'The topic, or a regular expression for topics. All topics if not given.' -r
complete -c kafka-get-offsets.sh -l partitions -d 'Partitions, comma separated. All partitions if not given.' -r
complete -c kafka-get-offsets.sh -l time -d 'Which offset: that of the first record at or after a time in milliseconds, or one of the names.' -r
complete -c kafka-get-offsets.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-get-offsets.sh -l help -d 'Print usage information.'
complete -c kafka-get-offsets.sh -l version -d 'Display Kafka version.'
complete -c kafka-get-offsets.sh -l exclude-internal-topics -d 'Leave Kafka\'s internal topics out.'
complete -c kafka-groups.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-groups.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-groups.sh -l group-type -d 'Only groups of this type: classic, consumer, share or streams.' -r
complete -c kafka-groups.sh -l protocol -d 'Only groups of this protocol.' -r
complete -c kafka-groups.sh -l help -d 'Print usage information.'
complete -c kafka-groups.sh -l version -d 'Display Kafka version.'
complete -c kafka-groups.sh -l consumer -d 'Only groups of consumers: those of type consumer, and classic ones whose protocol is consumer or empty.'
complete -c kafka-groups.sh -l list -d 'List the groups.'
complete -c kafka-groups.sh -l share -d 'Only share groups.'
complete -c kafka-groups.sh -l streams -d 'Only streams groups.'
complete -c kafka-server-start.sh -l override -d 'A setting that counts in place of the file\'s: property=value.' -r
complete -c kafka-server-start.sh -l help -d 'Print usage information.'
complete -c kafka-server-start.sh -l version -d 'Display Kafka version.'
complete -c kafka-server-stop.sh -l node-id -d 'Only the broker of this id (broker.id).' -r
complete -c kafka-server-stop.sh -l process-role -d 'Only servers of this role; all of rkafka\'s are brokers.' -r
complete -c kafka-server-stop.sh -l help -d 'Print usage information.'
complete -c kafka-server-stop.sh -l version -d 'Display Kafka version.'
complete -c kafka-leader-election.sh -l admin.config -d 'DEPRECATED, use --command-config: a properties file for the admin client.' -r
complete -c kafka-leader-election.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-leader-election.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-leader-election.sh -l election-type -d 'REQUIRED: Whom to elect: preferred or unclean.' -r
complete -c kafka-leader-election.sh -l partition -d 'The partition of --topic.' -r
complete -c kafka-leader-election.sh -l path-to-json-file -d 'A JSON file with partitions.' -r
complete -c kafka-leader-election.sh -l topic -d 'The topic of --partition.' -r
complete -c kafka-leader-election.sh -l help -d 'Print usage information.'
complete -c kafka-leader-election.sh -l version -d 'Display Kafka version.'
complete -c kafka-leader-election.sh -l all-topic-partitions -d 'All partitions that need it.'
complete -c kafka-log-dirs.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-log-dirs.sh -l broker-list -d 'The brokers to ask: 0,1,2. All if not given.' -r
complete -c kafka-log-dirs.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-log-dirs.sh -l topic-list -d 'The topics to show: topic1,topic2. All if not given.' -r
complete -c kafka-log-dirs.sh -l help -d 'Print usage information.'
complete -c kafka-log-dirs.sh -l version -d 'Display Kafka version.'
complete -c kafka-log-dirs.sh -l describe -d 'REQUIRED: Show the log directories.'
complete -c kafka-mirror-maker.sh -l consumer.config -d 'REQUIRED: a properties file for the consumers of the source cluster.' -r
complete -c kafka-mirror-maker.sh -l producer.config -d 'REQUIRED: a properties file for the producer to the target cluster.' -r
complete -c kafka-mirror-maker.sh -l num.streams -d 'How many consumers.' -r
complete -c kafka-mirror-maker.sh -l whitelist -d 'DEPRECATED, use --include.' -r
complete -c kafka-mirror-maker.sh -l include -d 'The topics to copy.' -r
complete -c kafka-mirror-maker.sh -l offset.commit.interval.ms -d 'How often what was written is committed in the source cluster.' -r
complete -c kafka-mirror-maker.sh -l consumer.rebalance.listener -d 'A class of Java, which cannot be loaded here.' -r
complete -c kafka-mirror-maker.sh -l rebalance.listener.args -d 'What that class is given.' -r
complete -c kafka-mirror-maker.sh -l message.handler -d 'A class of Java, which cannot be loaded here.' -r
complete -c kafka-mirror-maker.sh -l message.handler.args -d 'What that class is given.' -r
complete -c kafka-mirror-maker.sh -l abort.on.send.failure -d 'Whether a record that cannot be written ends all, or is left out.' -r
complete -c kafka-mirror-maker.sh -l help -d 'Print usage information.'
complete -c kafka-mirror-maker.sh -l version -d 'Display Kafka version.'
complete -c kafka-mirror-maker.sh -l new.consumer -d 'DEPRECATED: there is no other.'
complete -c kafka-producer-perf-test.sh -l topic -d 'produce messages to this topic' -r
complete -c kafka-producer-perf-test.sh -l num-records -d 'number of messages to produce' -r
complete -c kafka-producer-perf-test.sh -l payload-delimiter -d 'regular expression between the messages of --payload-file' -r
complete -c kafka-producer-perf-test.sh -l throughput -d 'messages a second, approximately; -1 for as many as possible' -r
complete -c kafka-producer-perf-test.sh -l producer-props -d 'producer properties such as bootstrap.servers=HOST:PORT; they go before those of --producer.config' -r
complete -c kafka-producer-perf-test.sh -l producer.config -d 'properties file for the producer' -r
complete -c kafka-producer-perf-test.sh -l bootstrap-server -d 'brokers to start from; goes before all properties' -r
complete -c kafka-producer-perf-test.sh -l command-property -d 'today\'s name of --producer-props' -r
complete -c kafka-producer-perf-test.sh -l command-config -d 'today\'s name of --producer.config' -r
complete -c kafka-producer-perf-test.sh -l transactional-id -d 'id of the transactions, if --transaction-duration-ms is positive' -r
complete -c kafka-producer-perf-test.sh -l transaction-duration-ms -d 'how old a transaction may become before it is committed; 0 for no transactions' -r
complete -c kafka-producer-perf-test.sh -l warmup-records -d 'how many of the messages do not count for the second, steady state result' -r
complete -c kafka-producer-perf-test.sh -l reporting-interval -d 'how often a line of progress is printed' -r
complete -c kafka-producer-perf-test.sh -l random-seed -d 'where the random numbers begin' -r
complete -c kafka-producer-perf-test.sh -l key-distribution -d 'keys of the messages: none, range (one after the other) or random' -r
complete -c kafka-producer-perf-test.sh -l record-key-range -d 'how many keys there are' -r
complete -c kafka-producer-perf-test.sh -l record-size -d 'message size in bytes' -r
complete -c kafka-producer-perf-test.sh -l payload-file -d 'UTF-8 file of messages, of which one is taken by chance each time' -r
complete -c kafka-producer-perf-test.sh -l help -d 'show this help message and exit'
complete -c kafka-producer-perf-test.sh -l print-metrics -d 'print the producer\'s metrics at the end'
complete -c kafka-producer-perf-test.sh -l payload-monotonic -d 'messages are the numbers from 0 on'
complete -c kafka-reassign-partitions.sh -l bootstrap-controller -d 'With --cancel and --list: KRaft controllers instead of brokers.' -r
complete -c kafka-reassign-partitions.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-reassign-partitions.sh -l broker-list -d 'With --generate: the brokers to move to: 0,1,2.' -r
complete -c kafka-reassign-partitions.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-reassign-partitions.sh -l reassignment-json-file -d 'A JSON file that says where replicas go.' -r
complete -c kafka-reassign-partitions.sh -l replica-alter-log-dirs-throttle -d 'With --execute: at most so many bytes a second between the directories of a broker.' -r
complete -c kafka-reassign-partitions.sh -l throttle -d 'With --execute: at most so many bytes a second between brokers.' -r
complete -c kafka-reassign-partitions.sh -l timeout -d 'How long to wait in ms until moves between directories begin.' -r
complete -c kafka-reassign-partitions.sh -l topics-to-move-json-file -d 'With --generate: a JSON file with topics.' -r
complete -c kafka-reassign-partitions.sh -l help -d 'Print usage information.'
complete -c kafka-reassign-partitions.sh -l version -d 'Display Kafka version.'
complete -c kafka-reassign-partitions.sh -l additional -d 'With --execute: also while others are under way; changes the throttle of those, too.'
complete -c kafka-reassign-partitions.sh -l cancel -d 'Stop moves that are under way, and go back.'
complete -c kafka-reassign-partitions.sh -l disable-rack-aware -d 'With --generate: do not look at the racks of the brokers.'
complete -c kafka-reassign-partitions.sh -l disallow-replication-factor-change -d 'With --execute: refuse a file that gives a partition more or fewer replicas than it has.'
complete -c kafka-reassign-partitions.sh -l execute -d 'Move what --reassignment-json-file says.'
complete -c kafka-reassign-partitions.sh -l generate -d 'Propose where partitions could go, without moving any.'
complete -c kafka-reassign-partitions.sh -l list -d 'List the moves that are under way.'
complete -c kafka-reassign-partitions.sh -l preserve-throttles -d 'With --verify and --cancel: leave throttles as they are.'
complete -c kafka-reassign-partitions.sh -l verify -d 'Say how far the moves of --reassignment-json-file are, and end throttles when they are over.'
complete -c kafka-replica-verification.sh -l broker-list -d 'REQUIRED: brokers to start from.' -r
complete -c kafka-replica-verification.sh -l fetch-size -d 'The most bytes of a partition at once.' -r
complete -c kafka-replica-verification.sh -l max-wait-ms -d 'How long a broker waits for new records.' -r
complete -c kafka-replica-verification.sh -l topic-white-list -d 'DEPRECATED, use --topics-include. Ignored if that is given.' -r
complete -c kafka-replica-verification.sh -l topics-include -d 'The topics to verify.' -r
complete -c kafka-replica-verification.sh -l time -d 'Where to begin: the end, the start, or the first record from a time on.' -r
complete -c kafka-replica-verification.sh -l report-interval-ms -d 'How often the largest lag is printed.' -r
complete -c kafka-replica-verification.sh -l help -d 'Print usage information.'
complete -c kafka-replica-verification.sh -l version -d 'Display Kafka version.'
complete -c kafka-run-class.sh -s h -l help -d 'Print help'
complete -c kafka-share-groups.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-share-groups.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-share-groups.sh -l from-file -d 'With --reset-offsets: to the offsets in this file, which has lines of topic,partition,offset.' -r
complete -c kafka-share-groups.sh -l group -d 'A share group; may be repeated.' -r
complete -c kafka-share-groups.sh -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c kafka-share-groups.sh -l timeout -d 'How long to wait for answers.' -r
complete -c kafka-share-groups.sh -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c kafka-share-groups.sh -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c kafka-share-groups.sh -l topic -d 'With --delete-offsets: a topic. With --reset-offsets: a topic, or partitions of it as topic:0,1,2.' -r
complete -c kafka-share-groups.sh -l help -d 'Print usage information.'
complete -c kafka-share-groups.sh -l version -d 'Display Kafka version.'
complete -c kafka-share-groups.sh -l all-groups -d 'Every share group instead of those of --group.'
complete -c kafka-share-groups.sh -l all-topics -d 'With --reset-offsets: every topic that the group has offsets of.'
complete -c kafka-share-groups.sh -l delete -d 'Delete share groups that have no members.'
complete -c kafka-share-groups.sh -l delete-offsets -d 'Forget where one group stands in topics.'
complete -c kafka-share-groups.sh -l describe -d 'Show groups: their offsets (--offsets, the default), --members or --state.'
complete -c kafka-share-groups.sh -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c kafka-share-groups.sh -l execute -d 'With --reset-offsets: set the new offsets.'
complete -c kafka-share-groups.sh -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c kafka-share-groups.sh -l list -d 'List the share groups.'
complete -c kafka-share-groups.sh -l members -d 'With --describe: the members of the group.'
complete -c kafka-share-groups.sh -l offsets -d 'With --describe: where the group begins in each partition, and its lag.'
complete -c kafka-share-groups.sh -l reset-offsets -d 'Move the offsets of one group without members: --dry-run shows how, --execute does it.'
complete -c kafka-share-groups.sh -l to-current -d 'With --reset-offsets: to where the group stands, or the end.'
complete -c kafka-share-groups.sh -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c kafka-share-groups.sh -l to-latest -d 'With --reset-offsets: to the end.'
complete -c kafka-share-groups.sh -l verbose -d 'With --describe: say more.'
complete -c kafka-streams-application-reset.sh -l application-id -d 'REQUIRED: the application\'s id, which is its group\'s, too.' -r
complete -c kafka-streams-application-reset.sh -l bootstrap-servers -d 'DEPRECATED, use --bootstrap-server.' -r
complete -c kafka-streams-application-reset.sh -l bootstrap-server -d 'Brokers to start from; localhost:9092 if not given.' -r
complete -c kafka-streams-application-reset.sh -l input-topics -d 'Topics that the application reads, comma separated: their offsets are reset, to the start unless another option says where.' -r
complete -c kafka-streams-application-reset.sh -l intermediate-topics -d 'Topics that the application writes and reads, comma separated: their offsets are set to the end.' -r
complete -c kafka-streams-application-reset.sh -l internal-topics -d 'Those of the application\'s internal topics that are to be deleted, comma separated; all if not given.' -r
complete -c kafka-streams-application-reset.sh -l to-offset -d 'Reset offsets to this one.' -r
complete -c kafka-streams-application-reset.sh -l to-datetime -d 'Reset offsets to a time, YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c kafka-streams-application-reset.sh -l by-duration -d 'Reset offsets to so long before now, PnDTnHnMnS.' -r
complete -c kafka-streams-application-reset.sh -l from-file -d 'Reset offsets to those of a file of lines TOPIC,PARTITION,OFFSET.' -r
complete -c kafka-streams-application-reset.sh -l shift-by -d 'Move offsets by so many, forward or back.' -r
complete -c kafka-streams-application-reset.sh -l config-file -d 'A properties file for the clients.' -r
complete -c kafka-streams-application-reset.sh -l command-config -d 'Today\'s name of --config-file.' -r
complete -c kafka-streams-application-reset.sh -l help -d 'Print usage information.'
complete -c kafka-streams-application-reset.sh -l version -d 'Display Kafka version.'
complete -c kafka-streams-application-reset.sh -l to-earliest -d 'Reset offsets to the start.'
complete -c kafka-streams-application-reset.sh -l to-latest -d 'Reset offsets to the end.'
complete -c kafka-streams-application-reset.sh -l force -d 'Remove members that are left in the group. Stop the application before.'
complete -c kafka-streams-application-reset.sh -l dry-run -d 'Only show what would be done.'
complete -c kafka-streams-groups.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-streams-groups.sh -l by-duration -d 'With --reset-offsets: to the first record after this long ago, as PnDTnHnMnS.' -r
complete -c kafka-streams-groups.sh -l command-config -d 'A properties file for the admin client.' -r
complete -c kafka-streams-groups.sh -l delete-internal-topic -d 'With --reset-offsets --execute: delete this topic of the group\'s own, too; may be repeated.' -r
complete -c kafka-streams-groups.sh -l from-file -d 'With --reset-offsets: to the offsets in this file.' -r
complete -c kafka-streams-groups.sh -l group -d 'A streams group; may be repeated.' -r
complete -c kafka-streams-groups.sh -l input-topic -d 'With --reset-offsets and --delete-offsets: an input topic, or partitions of it as topic:0,1,2.' -r
complete -c kafka-streams-groups.sh -l shift-by -d 'With --reset-offsets: to so many after the committed offset, or before it if negative.' -r
complete -c kafka-streams-groups.sh -l state -d 'With --describe: the state of the group. With --list: show states, or only groups in these.' -r
complete -c kafka-streams-groups.sh -l timeout -d 'How long to wait for answers.' -r
complete -c kafka-streams-groups.sh -l to-datetime -d 'With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss.' -r
complete -c kafka-streams-groups.sh -l to-offset -d 'With --reset-offsets: to this offset.' -r
complete -c kafka-streams-groups.sh -l help -d 'Print usage information.'
complete -c kafka-streams-groups.sh -l version -d 'Display Kafka version.'
complete -c kafka-streams-groups.sh -l all-groups -d 'Every streams group instead of those of --group.'
complete -c kafka-streams-groups.sh -l all-input-topics -d 'With --reset-offsets and --delete-offsets: every input topic that the group has committed offsets of.'
complete -c kafka-streams-groups.sh -l delete -d 'Delete streams groups that have no members.'
complete -c kafka-streams-groups.sh -l delete-all-internal-topics -d 'With --delete, or --reset-offsets --execute: delete the groups\' own topics, too.'
complete -c kafka-streams-groups.sh -l delete-offsets -d 'Forget the offsets that one group has committed for input topics.'
complete -c kafka-streams-groups.sh -l describe -d 'Show groups: their offsets (--offsets, the default), --members, --state or --topology.'
complete -c kafka-streams-groups.sh -l dry-run -d 'With --reset-offsets: only show the new offsets.'
complete -c kafka-streams-groups.sh -l execute -d 'With --reset-offsets: commit the new offsets.'
complete -c kafka-streams-groups.sh -l export -d 'With --reset-offsets: show the new offsets as CSV, for --from-file.'
complete -c kafka-streams-groups.sh -l list -d 'List the streams groups.'
complete -c kafka-streams-groups.sh -l members -d 'With --describe: the members of the group and their tasks.'
complete -c kafka-streams-groups.sh -l offsets -d 'With --describe: how far the group lags behind in each partition.'
complete -c kafka-streams-groups.sh -l reset-offsets -d 'Move the offsets of groups without members: --dry-run shows how, --execute does it.'
complete -c kafka-streams-groups.sh -l to-current -d 'With --reset-offsets: to the committed offset, or the end without one.'
complete -c kafka-streams-groups.sh -l to-earliest -d 'With --reset-offsets: to the first record that is there.'
complete -c kafka-streams-groups.sh -l to-latest -d 'With --reset-offsets: to the end.'
complete -c kafka-streams-groups.sh -l topology -d 'With --describe: the topology, as the group\'s clients have described it.'
complete -c kafka-streams-groups.sh -l verbose -d 'With --describe: say more.'
complete -c kafka-topics.sh -l bootstrap-server -d 'REQUIRED: The brokers, host:port,host:port.' -r
complete -c kafka-topics.sh -l command-config -d 'Properties of the admin client.' -r
complete -c kafka-topics.sh -l config -d 'A setting of the topic to create.' -r
complete -c kafka-topics.sh -l delete-config -d 'A setting to take from a topic. kafka-configs does this.' -r
complete -c kafka-topics.sh -l partition-size-limit-per-response -d 'The most partitions to ask for at a time.' -r
complete -c kafka-topics.sh -l partitions -d 'How many partitions the topic is to have.' -r
complete -c kafka-topics.sh -l replica-assignment -d 'The brokers of each partition, in place of the cluster\'s own choice.' -r
complete -c kafka-topics.sh -l replication-factor -d 'How many brokers keep each partition.' -r
complete -c kafka-topics.sh -l topic -d 'The topic.' -r
complete -c kafka-topics.sh -l topic-id -d 'With --describe: the topic of this id.' -r
complete -c kafka-topics.sh -l zookeeper -d 'DEPRECATED, in place of --bootstrap-server: ZooKeeper, where the brokers are looked up.' -r
complete -c kafka-topics.sh -l help -d 'Print usage information.'
complete -c kafka-topics.sh -l version -d 'Display Kafka version.'
complete -c kafka-topics.sh -l alter -d 'Change the number of partitions or the placement of new ones.'
complete -c kafka-topics.sh -l at-min-isr-partitions -d 'With --describe: only partitions whose ISR is just large enough.'
complete -c kafka-topics.sh -l create -d 'Create a topic.'
complete -c kafka-topics.sh -l delete -d 'Delete topics.'
complete -c kafka-topics.sh -l describe -d 'Show topics and their partitions.'
complete -c kafka-topics.sh -l exclude-internal -d 'With --list and --describe: leave internal topics out.'
complete -c kafka-topics.sh -l if-exists -d 'With --alter, --delete, --describe: no error when the topic is not there.'
complete -c kafka-topics.sh -l if-not-exists -d 'With --create: no error when the topic is there already.'
complete -c kafka-topics.sh -l list -d 'List topics.'
complete -c kafka-topics.sh -l topics-with-overrides -d 'With --describe: only topics with settings of their own.'
complete -c kafka-topics.sh -l unavailable-partitions -d 'With --describe: only partitions without a living leader.'
complete -c kafka-topics.sh -l under-min-isr-partitions -d 'With --describe: only partitions whose ISR is too small.'
complete -c kafka-topics.sh -l under-replicated-partitions -d 'With --describe: only partitions that lack in-sync replicas.'
# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kafka_transactions.sh_global_optspecs
    string join \n help v/version command-config= bootstrap-server=
end

function __fish_kafka_transactions.sh_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kafka_transactions.sh_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kafka_transactions.sh_using_subcommand
    set -l cmd (__fish_kafka_transactions.sh_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -l command-config -d 'a properties file for the admin client' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -l bootstrap-server -d 'the brokers, host:port,host:port' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -l help -d 'show this help message and exit'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -s v -l version -d 'show the version of Kafka and exit'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -f -a "list" -d 'list transactions'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -f -a "describe" -d 'describe the state of an active transactional-id'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -f -a "describe-producers" -d 'describe the states of active producers for a topic partition'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -f -a "abort" -d 'abort a hanging transaction (requires administrative privileges)'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -f -a "find-hanging" -d 'find hanging transactions'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_needs_command" -f -a "forceTerminateTransaction" -d 'end the open transaction of a transactional-id'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand list" -l duration-filter -d 'only transactions that have been running for longer, in milliseconds; all if negative' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand list" -l transactional-id-pattern -d 'only transactional ids that this regular expression matches (brokers of 4.1 and later)' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand list" -l help -d 'show this help message and exit'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand describe" -l transactional-id -d 'transactional id' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand describe" -l help -d 'show this help message and exit'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand describe-producers" -l broker-id -d 'the broker whose replica is asked; the leader if not given' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand describe-producers" -l topic -d 'topic name' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand describe-producers" -l partition -d 'partition number' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand describe-producers" -l help -d 'show this help message and exit'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand abort" -l topic -d 'topic name' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand abort" -l partition -d 'partition number' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand abort" -l start-offset -d 'where the transaction begins; with brokers of 3.0 this is enough' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand abort" -l producer-id -d 'producer id, for brokers before 3.0' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand abort" -l producer-epoch -d 'producer epoch, for brokers before 3.0' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand abort" -l coordinator-epoch -d 'coordinator epoch, for brokers before 3.0' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand abort" -l help -d 'show this help message and exit'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand find-hanging" -l broker-id -d 'the broker to search' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand find-hanging" -l max-transaction-timeout -d 'how long transactions may take, in minutes' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand find-hanging" -l topic -d 'the topic to search (needed for --partition)' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand find-hanging" -l partition -d 'partition number' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand find-hanging" -l help -d 'show this help message and exit'
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand forceTerminateTransaction" -l transactionalId -d 'transactional id' -r
complete -c kafka-transactions.sh -n "__fish_kafka_transactions.sh_using_subcommand forceTerminateTransaction" -l help -d 'show this help message and exit'
complete -c kafka-verifiable-consumer.sh -l topic -d 'consume messages of this topic' -r
complete -c kafka-verifiable-consumer.sh -l group-protocol -d 'the group\'s protocol: classic or consumer' -r
complete -c kafka-verifiable-consumer.sh -l group-remote-assignor -d 'the brokers\' assignor, with the protocol consumer' -r
complete -c kafka-verifiable-consumer.sh -l group-id -d 'the group to consume in' -r
complete -c kafka-verifiable-consumer.sh -l group-instance-id -d 'the name of a static member' -r
complete -c kafka-verifiable-consumer.sh -l max-messages -d 'how many; -1 for all until it is ended' -r
complete -c kafka-verifiable-consumer.sh -l session-timeout -d 'after how long without a word the member is gone' -r
complete -c kafka-verifiable-consumer.sh -l reset-policy -d 'where to begin: earliest, latest, or none' -r
complete -c kafka-verifiable-consumer.sh -l assignment-strategy -d 'how the members share partitions, with the protocol classic' -r
complete -c kafka-verifiable-consumer.sh -l consumer.config -d 'properties file for the consumer' -r
complete -c kafka-verifiable-consumer.sh -l command-config -d 'today\'s name of --consumer.config' -r
complete -c kafka-verifiable-consumer.sh -l close-timeout -d 'how long leaving the group may take, in milliseconds' -r
complete -c kafka-verifiable-consumer.sh -l bootstrap-server -d 'brokers to start from' -r
complete -c kafka-verifiable-consumer.sh -l broker-list -d 'DEPRECATED, use --bootstrap-server' -r
complete -c kafka-verifiable-consumer.sh -l help -d 'show this help message and exit'
complete -c kafka-verifiable-consumer.sh -l verbose -d 'tell of each record'
complete -c kafka-verifiable-consumer.sh -l enable-autocommit -d 'let the consumer commit offsets, now and then'
complete -c kafka-verifiable-producer.sh -l topic -d 'produce messages to this topic' -r
complete -c kafka-verifiable-producer.sh -l max-messages -d 'how many; -1 for as many as go until it is ended' -r
complete -c kafka-verifiable-producer.sh -l throughput -d 'messages a second, approximately; -1 for as many as possible' -r
complete -c kafka-verifiable-producer.sh -l acks -d 'who must have a message: 0, 1 or -1 for all' -r
complete -c kafka-verifiable-producer.sh -l producer.config -d 'properties file for the producer' -r
complete -c kafka-verifiable-producer.sh -l command-config -d 'today\'s name of --producer.config' -r
complete -c kafka-verifiable-producer.sh -l message-create-time -d 'the first message\'s time, in milliseconds since 1970; -1 stands for the present' -r
complete -c kafka-verifiable-producer.sh -l value-prefix -d 'a number that stands before each value, with a dot between' -r
complete -c kafka-verifiable-producer.sh -l repeating-keys -d 'keys from 0 up to this number, again and again' -r
complete -c kafka-verifiable-producer.sh -l bootstrap-server -d 'brokers to start from' -r
complete -c kafka-verifiable-producer.sh -l broker-list -d 'DEPRECATED, use --bootstrap-server' -r
complete -c kafka-verifiable-producer.sh -l help -d 'show this help message and exit'
complete -c zookeeper-security-migration.sh -l zookeeper.acl -d 'Whether Kafka\'s nodes in ZooKeeper become secure (the brokers\' alone) or unsecure (everybody\'s): \'secure\' or \'unsecure\'.' -r
complete -c zookeeper-security-migration.sh -l zookeeper.connect -d 'The ZooKeeper servers, comma separated host:port pairs, and a chroot.' -r
complete -c zookeeper-security-migration.sh -l zookeeper.session.timeout -d 'The session timeout in ms.' -r
complete -c zookeeper-security-migration.sh -l zookeeper.connection.timeout -d 'How long ZooKeeper may take to answer first, in ms.' -r
complete -c zookeeper-security-migration.sh -l zk-tls-config-file -d 'A properties file with the zookeeper.ssl settings of this client, and zookeeper.clientCnxnSocket.' -r
complete -c zookeeper-security-migration.sh -l help -d 'Print usage information.'
complete -c zookeeper-security-migration.sh -l version -d 'Display Kafka version.'
complete -c zookeeper-security-migration.sh -l enable.path.check -d 'Stop, before anything is changed below the root, if a root of Kafka\'s is missing.'
complete -c zookeeper-server-start.sh -l help -d 'Print usage information.'
complete -c zookeeper-server-start.sh -l version -d 'Display Kafka version.'
complete -c zookeeper-server-stop.sh -l help -d 'Print usage information.'
complete -c zookeeper-server-stop.sh -l version -d 'Display Kafka version.'
complete -c zookeeper-shell.sh -l zk-tls-config-file -d 'A properties file with the zookeeper.ssl settings of this client.' -r
complete -c zookeeper-shell.sh -l timeout -d 'The session timeout.' -r
complete -c zookeeper-shell.sh -l client-configuration -d 'A properties file with ZooKeeper\'s own client settings.' -r
complete -c zookeeper-shell.sh -l output -d 'How answers look: text, or json, an object a line.' -r -f -a "text\t''
json\t''"
complete -c zookeeper-shell.sh -l help -d 'Print usage information.'
complete -c zookeeper-shell.sh -l version -d 'Display Kafka version.'
complete -c zookeeper-shell.sh -l readonly -d 'Take a server that only reads, too; also -r.'
