#compdef kafka-console-producer.sh

autoload -U is-at-least

_kafka-console-producer.sh() {
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
'--topic=[REQUIRED\: the topic to write to.]:String: topic:_default' \
'--bootstrap-server=[REQUIRED (unless --broker-list is given)\: brokers to start from, HOST1\:PORT1,HOST2\:PORT2.]:String: server to connect to:_default' \
'--broker-list=[DEPRECATED, use --bootstrap-server. Ignored if --bootstrap-server is given.]:String: broker-list:_default' \
'--compression-codec=[How batches are compressed\: none, gzip, snappy, lz4 or zstd. Without a value\: gzip.]::String: compression-codec:_default' \
'--batch-size=[Bytes of one batch when sending is not synchronous. --max-partition-memory-bytes replaces it.]:Integer: size:_default' \
'--message-send-max-retries=[How often a message that could not be delivered is sent again.]:Integer:_default' \
'--retry-backoff-ms=[Milliseconds between two tries.]:Long:_default' \
'--timeout=[Milliseconds that a message may wait for others to fill its batch; the producer'\''s linger.ms.]:Long: timeout_ms:_default' \
'--request-required-acks=[Which replicas must have a message before it counts as delivered\: 0, 1, or -1 (all).]:String: request required acks:_default' \
'--request-timeout-ms=[Milliseconds to wait for a broker'\''s answer.]:Integer: request timeout ms:_default' \
'--metadata-expiry-ms=[Milliseconds after which the cluster'\''s metadata is asked for again; the producer'\''s metadata.max.age.ms.]:Long: metadata expiration interval:_default' \
'--max-block-ms=[Milliseconds that one message may wait for metadata or for room in the buffer.]:Long: max block on send:_default' \
'--max-memory-bytes=[Bytes of messages that may wait to be sent; the producer'\''s buffer.memory.]:Long: total memory in bytes:_default' \
'--max-partition-memory-bytes=[Bytes of one batch; the producer'\''s batch.size.]:Integer: memory in bytes per partition:_default' \
'--socket-buffer-size=[Bytes of the TCP send buffer; the producer'\''s send.buffer.bytes.]:Integer: size:_default' \
'--line-reader=[The class that reads standard input, one message a line.]:String: reader_class:_default' \
'*--reader-property=[A key=value pair for the reader of lines, may be repeated\: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator, ignore.error, null.marker.]:String: prop:_default' \
'*--property=[The old name of --reader-property.]:String: prop:_default' \
'--reader-config=[A properties file for the reader of lines; --reader-property goes before it.]:String: config file:_default' \
'*--command-property=[A key=value pair for the producer, may be repeated.]:String: producer_prop:_default' \
'--command-config=[A properties file for the producer; --command-property goes before it.]:String: config file:_default' \
'*--producer-property=[The old name of --command-property.]:String: producer_prop:_default' \
'--producer.config=[The old name of --command-config.]:String: config file:_default' \
'--queue-size=[Of times before 0.9, without effect.]:Integer: queue_size:_default' \
'--queue-enqueuetimeout-ms=[Of times before 0.9, without effect.]:Integer: queue enqueuetimeout ms:_default' \
'--metadata-fetch-timeout-ms=[Of times before 0.9, without effect.]:Long: metadata fetch timeout:_default' \
'--key-serializer=[Of times before 0.9, without effect.]:String: encoder_class:_default' \
'--value-serializer=[Of times before 0.9, without effect.]:String: encoder_class:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--sync[Wait for the answer to each message before the next one is sent; the first failure ends the tool.]' \
'--new-producer[Of times before 0.9, without effect.]' \
&& ret=0
}

(( $+functions[_kafka-console-producer.sh_commands] )) ||
_kafka-console-producer.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-console-producer.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-console-producer.sh" ]; then
    _kafka-console-producer.sh "$@"
else
    compdef _kafka-console-producer.sh kafka-console-producer.sh
fi
