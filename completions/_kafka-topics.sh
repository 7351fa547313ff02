#compdef kafka-topics.sh

autoload -U is-at-least

_kafka-topics.sh() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'--bootstrap-server=[REQUIRED\: The brokers, host\:port,host\:port.]:String: server to connect to:_default' \
'--command-config=[Properties of the admin client.]:String: command config property file:_default' \
'*--config=[A setting of the topic to create.]:String: name=value:_default' \
'*--delete-config=[A setting to take from a topic. kafka-configs does this.]:String: name:_default' \
'--partition-size-limit-per-response=[The most partitions to ask for at a time.]:Integer: maximum number of partitions in one response.:_default' \
'--partitions=[How many partitions the topic is to have.]:Integer: # of partitions:_default' \
'--replica-assignment=[The brokers of each partition, in place of the cluster'\''s own choice.]:String: broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , broker_id_for_part2_replica1 : broker_id_for_part2_replica2 , ...:_default' \
'--replication-factor=[How many brokers keep each partition.]:Integer: replication factor:_default' \
'--topic=[The topic.]:String: topic:_default' \
'--topic-id=[With --describe\: the topic of this id.]:String: topic-id:_default' \
'--zookeeper=[DEPRECATED, in place of --bootstrap-server\: ZooKeeper, where the brokers are looked up.]:String: urls:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--alter[Change the number of partitions or the placement of new ones.]' \
'--at-min-isr-partitions[With --describe\: only partitions whose ISR is just large enough.]' \
'--create[Create a topic.]' \
'--delete[Delete topics.]' \
'--describe[Show topics and their partitions.]' \
'--exclude-internal[With --list and --describe\: leave internal topics out.]' \
'--if-exists[With --alter, --delete, --describe\: no error when the topic is not there.]' \
'--if-not-exists[With --create\: no error when the topic is there already.]' \
'--list[List topics.]' \
'--topics-with-overrides[With --describe\: only topics with settings of their own.]' \
'--unavailable-partitions[With --describe\: only partitions without a living leader.]' \
'--under-min-isr-partitions[With --describe\: only partitions whose ISR is too small.]' \
'--under-replicated-partitions[With --describe\: only partitions that lack in-sync replicas.]' \
&& ret=0
}

(( $+functions[_kafka-topics.sh_commands] )) ||
_kafka-topics.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-topics.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-topics.sh" ]; then
    _kafka-topics.sh "$@"
else
    compdef _kafka-topics.sh kafka-topics.sh
fi
