#compdef kafka-leader-election.sh

autoload -U is-at-least

_kafka-leader-election.sh() {
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
'--admin.config=[DEPRECATED, use --command-config\: a properties file for the admin client.]:String: config file:_default' \
'--bootstrap-server=[REQUIRED\: The brokers, host\:port,host\:port.]:String: host:port:_default' \
'--command-config=[A properties file for the admin client.]:String: config file:_default' \
'--election-type=[REQUIRED\: Whom to elect\: preferred or unclean.]:[PREFERRED,UNCLEAN]: election type:_default' \
'--partition=[The partition of --topic.]:Integer: partition id:_default' \
'--path-to-json-file=[A JSON file with partitions.]:String: Path to JSON file:_default' \
'--topic=[The topic of --partition.]:String: topic name:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--all-topic-partitions[All partitions that need it.]' \
&& ret=0
}

(( $+functions[_kafka-leader-election.sh_commands] )) ||
_kafka-leader-election.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-leader-election.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-leader-election.sh" ]; then
    _kafka-leader-election.sh "$@"
else
    compdef _kafka-leader-election.sh kafka-leader-election.sh
fi
