#compdef kafka-get-offsets.sh

autoload -U is-at-least

_kafka-get-offsets.sh() {
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
'--broker-list=[DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.]:String: HOST1:PORT1,...,HOST3:PORT3:_default' \
'--bootstrap-server=[REQUIRED\: brokers to start from.]:String: HOST1:PORT1,...,HOST3:PORT3:_default' \
'--topic-partitions=[Topics (regular expressions) and their partitions\: one, or a range whose end is not part of it. Not with --topic or --partitions.]:String: topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3:_default' \
'--topic=[The topic, or a regular expression for topics. All topics if not given.]:String: topic:_default' \
'--partitions=[Partitions, comma separated. All partitions if not given.]:String: partition ids:_default' \
'--time=[Which offset\: that of the first record at or after a time in milliseconds, or one of the names.]:String: <timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered:_default' \
'--command-config=[A properties file for the admin client.]:String: config file:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--exclude-internal-topics[Leave Kafka'\''s internal topics out.]' \
&& ret=0
}

(( $+functions[_kafka-get-offsets.sh_commands] )) ||
_kafka-get-offsets.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-get-offsets.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-get-offsets.sh" ]; then
    _kafka-get-offsets.sh "$@"
else
    compdef _kafka-get-offsets.sh kafka-get-offsets.sh
fi
