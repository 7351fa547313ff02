#compdef kafka-transactions.sh

autoload -U is-at-least

_kafka-transactions.sh() {
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
'--command-config=[a properties file for the admin client]:FILE:_default' \
'--bootstrap-server=[the brokers, host\:port,host\:port]:host:port:_default' \
'--help[show this help message and exit]' \
'-v[show the version of Kafka and exit]' \
'--version[show the version of Kafka and exit]' \
":: :_kafka-transactions.sh_commands" \
"*::: :->kafka-transactions" \
&& ret=0
    case $state in
    (kafka-transactions)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:kafka-transactions.sh-command-$line[1]:"
        case $line[1] in
            (list)
_arguments "${_arguments_options[@]}" : \
'--duration-filter=[only transactions that have been running for longer, in milliseconds; all if negative]:DURATION_FILTER:_default' \
'--transactional-id-pattern=[only transactional ids that this regular expression matches (brokers of 4.1 and later)]:TRANSACTIONAL_ID_PATTERN:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(describe)
_arguments "${_arguments_options[@]}" : \
'--transactional-id=[transactional id]:TRANSACTIONAL_ID:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(describe-producers)
_arguments "${_arguments_options[@]}" : \
'--broker-id=[the broker whose replica is asked; the leader if not given]:BROKER_ID:_default' \
'--topic=[topic name]:TOPIC:_default' \
'--partition=[partition number]:PARTITION:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(abort)
_arguments "${_arguments_options[@]}" : \
'--topic=[topic name]:TOPIC:_default' \
'--partition=[partition number]:PARTITION:_default' \
'--start-offset=[where the transaction begins; with brokers of 3.0 this is enough]:START_OFFSET:_default' \
'--producer-id=[producer id, for brokers before 3.0]:PRODUCER_ID:_default' \
'--producer-epoch=[producer epoch, for brokers before 3.0]:PRODUCER_EPOCH:_default' \
'--coordinator-epoch=[coordinator epoch, for brokers before 3.0]:COORDINATOR_EPOCH:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(find-hanging)
_arguments "${_arguments_options[@]}" : \
'--broker-id=[the broker to search]:BROKER_ID:_default' \
'--max-transaction-timeout=[how long transactions may take, in minutes]:MAX_TRANSACTION_TIMEOUT:_default' \
'--topic=[the topic to search (needed for --partition)]:TOPIC:_default' \
'--partition=[partition number]:PARTITION:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(forceTerminateTransaction)
_arguments "${_arguments_options[@]}" : \
'--transactionalId=[transactional id]:TRANSACTIONALID:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
        esac
    ;;
esac
}

(( $+functions[_kafka-transactions.sh_commands] )) ||
_kafka-transactions.sh_commands() {
    local commands; commands=(
'list:list transactions' \
'describe:describe the state of an active transactional-id' \
'describe-producers:describe the states of active producers for a topic partition' \
'abort:abort a hanging transaction (requires administrative privileges)' \
'find-hanging:find hanging transactions' \
'forceTerminateTransaction:end the open transaction of a transactional-id' \
    )
    _describe -t commands 'kafka-transactions.sh commands' commands "$@"
}
(( $+functions[_kafka-transactions.sh__subcmd__abort_commands] )) ||
_kafka-transactions.sh__subcmd__abort_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-transactions.sh abort commands' commands "$@"
}
(( $+functions[_kafka-transactions.sh__subcmd__describe_commands] )) ||
_kafka-transactions.sh__subcmd__describe_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-transactions.sh describe commands' commands "$@"
}
(( $+functions[_kafka-transactions.sh__subcmd__describe-producers_commands] )) ||
_kafka-transactions.sh__subcmd__describe-producers_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-transactions.sh describe-producers commands' commands "$@"
}
(( $+functions[_kafka-transactions.sh__subcmd__find-hanging_commands] )) ||
_kafka-transactions.sh__subcmd__find-hanging_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-transactions.sh find-hanging commands' commands "$@"
}
(( $+functions[_kafka-transactions.sh__subcmd__forceTerminateTransaction_commands] )) ||
_kafka-transactions.sh__subcmd__forceTerminateTransaction_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-transactions.sh forceTerminateTransaction commands' commands "$@"
}
(( $+functions[_kafka-transactions.sh__subcmd__list_commands] )) ||
_kafka-transactions.sh__subcmd__list_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-transactions.sh list commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-transactions.sh" ]; then
    _kafka-transactions.sh "$@"
else
    compdef _kafka-transactions.sh kafka-transactions.sh
fi
