#compdef kafka-client-metrics.sh

autoload -U is-at-least

_kafka-client-metrics.sh() {
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
'--interval=[With --alter\: how often clients send, in ms.]:String: push interval:_default' \
'*--match=[With --alter\: which clients.]:String: k1=v1,k2=v2:_default' \
'*--metrics=[With --alter\: the beginnings of the names of metrics\: m1,m2.]:String: m1,m2:_default' \
'--name=[The name of a subscription.]:String: name:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--alter[Make or change a subscription.]' \
'--delete[Delete a subscription.]' \
'--describe[Show one subscription, or all.]' \
'--generate-name[With --alter\: make up a name.]' \
'--list[List the names of the subscriptions.]' \
&& ret=0
}

(( $+functions[_kafka-client-metrics.sh_commands] )) ||
_kafka-client-metrics.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-client-metrics.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-client-metrics.sh" ]; then
    _kafka-client-metrics.sh "$@"
else
    compdef _kafka-client-metrics.sh kafka-client-metrics.sh
fi
