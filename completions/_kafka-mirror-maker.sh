#compdef kafka-mirror-maker.sh

autoload -U is-at-least

_kafka-mirror-maker.sh() {
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
'--consumer.config=[REQUIRED\: a properties file for the consumers of the source cluster.]:String: config file:_default' \
'--producer.config=[REQUIRED\: a properties file for the producer to the target cluster.]:String: config file:_default' \
'--num.streams=[How many consumers.]:Integer: Number of threads:_default' \
'--whitelist=[DEPRECATED, use --include.]:String: Java regex (String):_default' \
'--include=[The topics to copy.]:String: Java regex (String):_default' \
'--offset.commit.interval.ms=[How often what was written is committed in the source cluster.]:Integer: offset commit interval in millisecond:_default' \
'--consumer.rebalance.listener=[A class of Java, which cannot be loaded here.]:String: A custom rebalance listener of type ConsumerRebalanceListener:_default' \
'--rebalance.listener.args=[What that class is given.]:String: Arguments passed to custom rebalance listener constructor as a string.:_default' \
'--message.handler=[A class of Java, which cannot be loaded here.]:String: A custom message handler of type MirrorMakerMessageHandler:_default' \
'--message.handler.args=[What that class is given.]:String: Arguments passed to message handler constructor.:_default' \
'--abort.on.send.failure=[Whether a record that cannot be written ends all, or is left out.]:String: Stop the entire mirror maker when a send failure occurs:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--new.consumer[DEPRECATED\: there is no other.]' \
&& ret=0
}

(( $+functions[_kafka-mirror-maker.sh_commands] )) ||
_kafka-mirror-maker.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-mirror-maker.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-mirror-maker.sh" ]; then
    _kafka-mirror-maker.sh "$@"
else
    compdef _kafka-mirror-maker.sh kafka-mirror-maker.sh
fi
