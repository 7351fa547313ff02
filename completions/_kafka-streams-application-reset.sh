#compdef kafka-streams-application-reset.sh

autoload -U is-at-least

_kafka-streams-application-reset.sh() {
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
'--application-id=[REQUIRED\: the application'\''s id, which is its group'\''s, too.]:String: id:_default' \
'--bootstrap-servers=[DEPRECATED, use --bootstrap-server.]:String: urls:_default' \
'--bootstrap-server=[Brokers to start from; localhost\:9092 if not given.]:String: server to connect to:_default' \
'*--input-topics=[Topics that the application reads, comma separated\: their offsets are reset, to the start unless another option says where.]:String: list:_default' \
'*--intermediate-topics=[Topics that the application writes and reads, comma separated\: their offsets are set to the end.]:String: list:_default' \
'*--internal-topics=[Those of the application'\''s internal topics that are to be deleted, comma separated; all if not given.]:String: list:_default' \
'--to-offset=[Reset offsets to this one.]:Long:_default' \
'--to-datetime=[Reset offsets to a time, YYYY-MM-DDTHH\:mm\:SS.sss.]:String:_default' \
'--by-duration=[Reset offsets to so long before now, PnDTnHnMnS.]:String:_default' \
'--from-file=[Reset offsets to those of a file of lines TOPIC,PARTITION,OFFSET.]:String:_default' \
'--shift-by=[Move offsets by so many, forward or back.]:Long: number-of-offsets:_default' \
'--config-file=[A properties file for the clients.]:String: file name:_default' \
'--command-config=[Today'\''s name of --config-file.]:String: file name:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--to-earliest[Reset offsets to the start.]' \
'--to-latest[Reset offsets to the end.]' \
'--force[Remove members that are left in the group. Stop the application before.]' \
'--dry-run[Only show what would be done.]' \
&& ret=0
}

(( $+functions[_kafka-streams-application-reset.sh_commands] )) ||
_kafka-streams-application-reset.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-streams-application-reset.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-streams-application-reset.sh" ]; then
    _kafka-streams-application-reset.sh "$@"
else
    compdef _kafka-streams-application-reset.sh kafka-streams-application-reset.sh
fi
