#compdef kafka-e2e-latency.sh

autoload -U is-at-least

_kafka-e2e-latency.sh() {
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
'--bootstrap-server=[REQUIRED\: brokers to start from.]:String: bootstrap-server:_default' \
'--topic=[REQUIRED\: the topic; created if it does not exist.]:String: topic-name:_default' \
'--num-records=[REQUIRED\: how many records to send, one after the other.]:Integer: count:_default' \
'--producer-acks=[REQUIRED\: who must have a record\: 1 or all.]:String: producer-acks:_default' \
'--record-size=[REQUIRED\: the size of a record'\''s value.]:Integer: bytes:_default' \
'--command-config=[A properties file for producer, consumer and admin client.]::String: config-file:_default' \
'--record-key-size=[The size of a record'\''s key.]::Integer: bytes:_default' \
'--num-headers=[How many headers it has.]::Integer: count:_default' \
'--record-header-key-size=[The size of a header'\''s key.]::Integer: bytes:_default' \
'--record-header-size=[The size of a header'\''s value; -1 for null.]::Integer: bytes:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'::words:_default' \
&& ret=0
}

(( $+functions[_kafka-e2e-latency.sh_commands] )) ||
_kafka-e2e-latency.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-e2e-latency.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-e2e-latency.sh" ]; then
    _kafka-e2e-latency.sh "$@"
else
    compdef _kafka-e2e-latency.sh kafka-e2e-latency.sh
fi
