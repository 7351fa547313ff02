#compdef kafka-replica-verification.sh

autoload -U is-at-least

_kafka-replica-verification.sh() {
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
'--broker-list=[REQUIRED\: brokers to start from.]:String: hostname:port,...,hostname:port:_default' \
'--fetch-size=[The most bytes of a partition at once.]:Integer: bytes:_default' \
'--max-wait-ms=[How long a broker waits for new records.]:Integer: ms:_default' \
'--topic-white-list=[DEPRECATED, use --topics-include. Ignored if that is given.]:String: Java regex (String):_default' \
'--topics-include=[The topics to verify.]:String: Java regex (String):_default' \
'--time=[Where to begin\: the end, the start, or the first record from a time on.]:Long: timestamp/-1(latest)/-2(earliest):_default' \
'--report-interval-ms=[How often the largest lag is printed.]:Long: ms:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
&& ret=0
}

(( $+functions[_kafka-replica-verification.sh_commands] )) ||
_kafka-replica-verification.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-replica-verification.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-replica-verification.sh" ]; then
    _kafka-replica-verification.sh "$@"
else
    compdef _kafka-replica-verification.sh kafka-replica-verification.sh
fi
