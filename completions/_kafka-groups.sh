#compdef kafka-groups.sh

autoload -U is-at-least

_kafka-groups.sh() {
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
'--command-config=[A properties file for the admin client.]:String: command config property file:_default' \
'--group-type=[Only groups of this type\: classic, consumer, share or streams.]:String: type:_default' \
'--protocol=[Only groups of this protocol.]:String: protocol:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--consumer[Only groups of consumers\: those of type consumer, and classic ones whose protocol is consumer or empty.]' \
'--list[List the groups.]' \
'--share[Only share groups.]' \
'--streams[Only streams groups.]' \
&& ret=0
}

(( $+functions[_kafka-groups.sh_commands] )) ||
_kafka-groups.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-groups.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-groups.sh" ]; then
    _kafka-groups.sh "$@"
else
    compdef _kafka-groups.sh kafka-groups.sh
fi
