#compdef kafka-verifiable-consumer.sh

autoload -U is-at-least

_kafka-verifiable-consumer.sh() {
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
'--topic=[consume messages of this topic]:TOPIC:_default' \
'--group-protocol=[the group'\''s protocol\: classic or consumer]:GROUP_PROTOCOL:_default' \
'--group-remote-assignor=[the brokers'\'' assignor, with the protocol consumer]:GROUP_REMOTE_ASSIGNOR:_default' \
'--group-id=[the group to consume in]:GROUP_ID:_default' \
'--group-instance-id=[the name of a static member]:GROUP_INSTANCE_ID:_default' \
'--max-messages=[how many; -1 for all until it is ended]:MAX-MESSAGES:_default' \
'--session-timeout=[after how long without a word the member is gone]:TIMEOUT_MS:_default' \
'--reset-policy=[where to begin\: earliest, latest, or none]:RESETPOLICY:_default' \
'--assignment-strategy=[how the members share partitions, with the protocol classic]:ASSIGNMENTSTRATEGY:_default' \
'--consumer.config=[properties file for the consumer]:CONFIG_FILE:_default' \
'--command-config=[today'\''s name of --consumer.config]:CONFIG_FILE:_default' \
'--close-timeout=[how long leaving the group may take, in milliseconds]:CLOSE_TIMEOUT_MS:_default' \
'--bootstrap-server=[brokers to start from]:HOST1:PORT1[,HOST2:PORT2[...]]:_default' \
'--broker-list=[DEPRECATED, use --bootstrap-server]:HOST1:PORT1[,HOST2:PORT2[...]]:_default' \
'--help[show this help message and exit]' \
'--verbose[tell of each record]' \
'--enable-autocommit[let the consumer commit offsets, now and then]' \
&& ret=0
}

(( $+functions[_kafka-verifiable-consumer.sh_commands] )) ||
_kafka-verifiable-consumer.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-verifiable-consumer.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-verifiable-consumer.sh" ]; then
    _kafka-verifiable-consumer.sh "$@"
else
    compdef _kafka-verifiable-consumer.sh kafka-verifiable-consumer.sh
fi
