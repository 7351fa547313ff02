#compdef kafka-verifiable-producer.sh

autoload -U is-at-least

_kafka-verifiable-producer.sh() {
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
'--topic=[produce messages to this topic]:TOPIC:_default' \
'--max-messages=[how many; -1 for as many as go until it is ended]:MAX-MESSAGES:_default' \
'--throughput=[messages a second, approximately; -1 for as many as possible]:THROUGHPUT:_default' \
'--acks=[who must have a message\: 0, 1 or -1 for all]:ACKS:_default' \
'--producer.config=[properties file for the producer]:CONFIG_FILE:_default' \
'--command-config=[today'\''s name of --producer.config]:CONFIG_FILE:_default' \
'--message-create-time=[the first message'\''s time, in milliseconds since 1970; -1 stands for the present]:CREATETIME:_default' \
'--value-prefix=[a number that stands before each value, with a dot between]:VALUE-PREFIX:_default' \
'--repeating-keys=[keys from 0 up to this number, again and again]:REPEATING-KEYS:_default' \
'--bootstrap-server=[brokers to start from]:HOST1:PORT1[,HOST2:PORT2[...]]:_default' \
'--broker-list=[DEPRECATED, use --bootstrap-server]:HOST1:PORT1[,HOST2:PORT2[...]]:_default' \
'--help[show this help message and exit]' \
&& ret=0
}

(( $+functions[_kafka-verifiable-producer.sh_commands] )) ||
_kafka-verifiable-producer.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-verifiable-producer.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-verifiable-producer.sh" ]; then
    _kafka-verifiable-producer.sh "$@"
else
    compdef _kafka-verifiable-producer.sh kafka-verifiable-producer.sh
fi
