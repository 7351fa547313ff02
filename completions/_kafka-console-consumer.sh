#compdef kafka-console-consumer.sh

autoload -U is-at-least

_kafka-console-consumer.sh() {
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
'--topic=[The topic to read.]:String: topic:_default' \
'--whitelist=[DEPRECATED, use --include. Ignored if --include is given.]:String: Java regex (String):_default' \
'--include=[A regular expression\: every topic whose whole name matches is read.]:String: Java regex (String):_default' \
'--partition=[The one partition to read, from its end unless --offset says otherwise.]:Integer: partition:_default' \
'--offset=[Where to start in the partition\: an offset, '\''earliest'\'' for its start, '\''latest'\'' for its end.]:String: consume offset:_default' \
'*--command-property=[A key=value pair for the consumer, may be repeated.]:String: consumer_prop:_default' \
'--command-config=[A properties file for the consumer; --command-property goes before it.]:String: config file:_default' \
'*--consumer-property=[The old name of --command-property.]:String: consumer_prop:_default' \
'--consumer.config=[The old name of --command-config.]:String: config file:_default' \
'--formatter=[The class that shows messages.]:String: class:_default' \
'*--formatter-property=[A key=value pair for the formatter, may be repeated\: print.timestamp, print.key, print.offset, print.partition, print.headers, print.value, key.separator, line.separator, headers.separator, print.epoch, print.delivery, null.literal, key.deserializer, value.deserializer, headers.deserializer.]:String: prop:_default' \
'*--property=[The old name of --formatter-property.]:String: prop:_default' \
'--formatter-config=[A properties file for the formatter; --formatter-property goes before it.]:String: config file:_default' \
'--max-messages=[End after so many messages.]:Integer: num_messages:_default' \
'--timeout-ms=[End if no message comes for so many milliseconds.]:Long: timeout_ms:_default' \
'--bootstrap-server=[REQUIRED\: brokers to start from, HOST1\:PORT1,HOST2\:PORT2.]:String: server to connect to:_default' \
'--key-deserializer=[The class that gives keys their text.]:String: deserializer for key:_default' \
'--value-deserializer=[The class that gives values their text.]:String: deserializer for values:_default' \
'--isolation-level=[read_committed hides messages of transactions that are not committed; read_uncommitted shows all.]:String:_default' \
'--group=[The consumer group to join. Without one all partitions are read.]:String: consumer group id:_default' \
'--zookeeper=[Of times before 2.0\: finds the brokers in ZooKeeper, host\:port\[,host\:port\]\[/chroot\].]:String: urls:_default' \
'--where=[Show and count only the messages that fit\: --where '\''key ~ "^a" and value.user.id > 5 and headers.trace exists'\''. Fields\: key, value (also places in their JSON\: value.items\[0\].name), headers.NAME, topic, partition, offset, timestamp. Operators\: = != < <= > >= ~ !~ contains, in (1, 2), exists, is null, and, or, not. Times\: 2026-11-01T08\:30, -1h.]:String: condition:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--from-beginning[Start with the earliest message if the group has no offset yet, instead of the latest.]' \
'--skip-message-on-error[Go on after a message that cannot be shown, instead of ending.]' \
'--enable-systest-events[Print a line when the consumer has shut down.]' \
'--new-consumer[Of times before 2.0, when there were two consumers.]' \
&& ret=0
}

(( $+functions[_kafka-console-consumer.sh_commands] )) ||
_kafka-console-consumer.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-console-consumer.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-console-consumer.sh" ]; then
    _kafka-console-consumer.sh "$@"
else
    compdef _kafka-console-consumer.sh kafka-console-consumer.sh
fi
