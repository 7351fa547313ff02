#compdef kafka-broker-api-versions.sh

autoload -U is-at-least

_kafka-broker-api-versions.sh() {
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
'--bootstrap-server=[REQUIRED\: The brokers, host\:port,host\:port.]:String: server(s) to use for bootstrapping:_default' \
'--command-config=[A properties file for the admin client.]:String: command config property file:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
&& ret=0
}

(( $+functions[_kafka-broker-api-versions.sh_commands] )) ||
_kafka-broker-api-versions.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-broker-api-versions.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-broker-api-versions.sh" ]; then
    _kafka-broker-api-versions.sh "$@"
else
    compdef _kafka-broker-api-versions.sh kafka-broker-api-versions.sh
fi
