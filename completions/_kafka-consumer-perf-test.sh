#compdef kafka-consumer-perf-test.sh

autoload -U is-at-least

_kafka-consumer-perf-test.sh() {
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
'--bootstrap-server=[REQUIRED unless --broker-list is given\: brokers to start from.]:String: server to connect to:_default' \
'--broker-list=[DEPRECATED, use --bootstrap-server. Ignored if that is given.]:String: broker-list:_default' \
'--topic=[REQUIRED unless --include is given\: the topic to consume.]:String: topic:_default' \
'--include=[A regular expression\: every topic whose whole name matches is consumed.]:String: Java regex (String):_default' \
'--group=[The group to consume in; a name by chance if not given.]:String: gid:_default' \
'--fetch-size=[The most bytes of a partition at once.]:Integer: size:_default' \
'--socket-buffer-size=[The size of the socket'\''s buffer.]:Integer: size:_default' \
'--threads=[DEPRECATED AND IGNORED.]:Integer: count:_default' \
'--num-fetch-threads=[DEPRECATED AND IGNORED.]:Integer: count:_default' \
'--consumer.config=[A properties file for the consumer.]:String: config file:_default' \
'--command-config=[Today'\''s name of --consumer.config.]:String: config file:_default' \
'*--command-property=[A key=value pair for the consumer, may be repeated; goes before --command-config.]:String: prop1=val1:_default' \
'--timeout=[How long to wait for the next record.]::Long: milliseconds:_default' \
'--messages=[REQUIRED unless --num-records is given\: how many to consume.]:Long: count:_default' \
'--num-records=[Today'\''s name of --messages.]:Long: count:_default' \
'--reporting-interval=[How often a line is printed, with --show-detailed-stats.]:Long: interval_ms:_default' \
'--date-format=[How times are shown; see java.text.SimpleDateFormat.]:String: date format:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--from-latest[Begin with the newest record if the group has no offsets yet.]' \
'--print-metrics[Print the consumer'\''s metrics at the end.]' \
'--show-detailed-stats[Print a line for each interval.]' \
'--hide-header[Print no line of titles.]' \
&& ret=0
}

(( $+functions[_kafka-consumer-perf-test.sh_commands] )) ||
_kafka-consumer-perf-test.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-consumer-perf-test.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-consumer-perf-test.sh" ]; then
    _kafka-consumer-perf-test.sh "$@"
else
    compdef _kafka-consumer-perf-test.sh kafka-consumer-perf-test.sh
fi
