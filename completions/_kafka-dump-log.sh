#compdef kafka-dump-log.sh

autoload -U is-at-least

_kafka-dump-log.sh() {
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
'--files=[REQUIRED\: The files to show, comma separated.]:String: file1, file2, ...:_default' \
'--max-message-size=[How far into the log to look for the batch that an index names.]:Integer: size:_default' \
'--max-bytes=[How many bytes of each log to read, at the most.]:Integer: size:_default' \
'--value-decoder-class=[How payloads are shown\: StringDecoder, LongDecoder, IntegerDecoder, or DefaultDecoder (hexadecimal) of org.apache.kafka.tools.api.]::String:_default' \
'--key-decoder-class=[How keys are shown; as --value-decoder-class.]::String:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--print-data-log[Show the records, too. Any of the decoders implies it.]' \
'--deep-iteration[Go through the records of each batch. --print-data-log implies it.]' \
'--verify-index-only[Compare an index with its log without printing the index.]' \
'--index-sanity-check[Only do the check by which a starting broker decides whether an index is to be rebuilt.]' \
'--skip-record-metadata[Print keys and payloads without what else a record says of itself.]' \
'--offsets-decoder[The logs are of __consumer_offsets.]' \
'--transaction-log-decoder[The logs are of __transaction_state.]' \
'--cluster-metadata-decoder[The logs are of KRaft'\''s __cluster_metadata.]' \
'--remote-log-metadata-decoder[The logs are of __remote_log_metadata.]' \
'--share-group-state-decoder[The logs are of __share_group_state.]' \
&& ret=0
}

(( $+functions[_kafka-dump-log.sh_commands] )) ||
_kafka-dump-log.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-dump-log.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-dump-log.sh" ]; then
    _kafka-dump-log.sh "$@"
else
    compdef _kafka-dump-log.sh kafka-dump-log.sh
fi
