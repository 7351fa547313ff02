#compdef kafka-log-dirs.sh

autoload -U is-at-least

_kafka-log-dirs.sh() {
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
'--bootstrap-server=[REQUIRED\: The brokers, host\:port,host\:port.]:String: The server(s) to use for bootstrapping:_default' \
'--broker-list=[The brokers to ask\: 0,1,2. All if not given.]:String: Broker list:_default' \
'--command-config=[A properties file for the admin client.]:String: Admin client property file:_default' \
'--topic-list=[The topics to show\: topic1,topic2. All if not given.]:String: Topic list:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--describe[REQUIRED\: Show the log directories.]' \
&& ret=0
}

(( $+functions[_kafka-log-dirs.sh_commands] )) ||
_kafka-log-dirs.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-log-dirs.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-log-dirs.sh" ]; then
    _kafka-log-dirs.sh "$@"
else
    compdef _kafka-log-dirs.sh kafka-log-dirs.sh
fi
