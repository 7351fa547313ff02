#compdef kafka-producer-perf-test.sh

autoload -U is-at-least

_kafka-producer-perf-test.sh() {
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
'--num-records=[number of messages to produce]:NUM-RECORDS:_default' \
'--payload-delimiter=[regular expression between the messages of --payload-file]:PAYLOAD-DELIMITER:_default' \
'--throughput=[messages a second, approximately; -1 for as many as possible]:THROUGHPUT:_default' \
'*--producer-props=[producer properties such as bootstrap.servers=HOST\:PORT; they go before those of --producer.config]:PROP-NAME=PROP-VALUE:_default' \
'--producer.config=[properties file for the producer]:CONFIG-FILE:_default' \
'--bootstrap-server=[brokers to start from; goes before all properties]:BOOTSTRAP-SERVER:_default' \
'*--command-property=[today'\''s name of --producer-props]:PROP-NAME=PROP-VALUE:_default' \
'--command-config=[today'\''s name of --producer.config]:CONFIG-FILE:_default' \
'--transactional-id=[id of the transactions, if --transaction-duration-ms is positive]:TRANSACTIONAL-ID:_default' \
'--transaction-duration-ms=[how old a transaction may become before it is committed; 0 for no transactions]:TRANSACTION-DURATION:_default' \
'--warmup-records=[how many of the messages do not count for the second, steady state result]:WARMUP-RECORDS:_default' \
'--reporting-interval=[how often a line of progress is printed]:INTERVAL-MS:_default' \
'--random-seed=[where the random numbers begin]:RANDOM-SEED:_default' \
'--key-distribution=[keys of the messages\: none, range (one after the other) or random]:KEY-DISTRIBUTION:_default' \
'--record-key-range=[how many keys there are]:KEY-RANGE:_default' \
'--record-size=[message size in bytes]:RECORD-SIZE:_default' \
'--payload-file=[UTF-8 file of messages, of which one is taken by chance each time]:PAYLOAD-FILE:_default' \
'--help[show this help message and exit]' \
'--print-metrics[print the producer'\''s metrics at the end]' \
'--payload-monotonic[messages are the numbers from 0 on]' \
&& ret=0
}

(( $+functions[_kafka-producer-perf-test.sh_commands] )) ||
_kafka-producer-perf-test.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-producer-perf-test.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-producer-perf-test.sh" ]; then
    _kafka-producer-perf-test.sh "$@"
else
    compdef _kafka-producer-perf-test.sh kafka-producer-perf-test.sh
fi
