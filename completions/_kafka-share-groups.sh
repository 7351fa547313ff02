#compdef kafka-share-groups.sh

autoload -U is-at-least

_kafka-share-groups.sh() {
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
'--from-file=[With --reset-offsets\: to the offsets in this file, which has lines of topic,partition,offset.]:String: path to CSV file:_default' \
'*--group=[A share group; may be repeated.]:String: group id:_default' \
'--state=[With --describe\: the state of the group. With --list\: show states, or only groups in these.]::String:_default' \
'--timeout=[How long to wait for answers.]:Long: timeout (ms):_default' \
'--to-datetime=[With --reset-offsets\: to the first record at or after this time, as YYYY-MM-DDTHH\:mm\:SS.sss.]:String: datetime:_default' \
'--to-offset=[With --reset-offsets\: to this offset.]:Long: offset:_default' \
'*--topic=[With --delete-offsets\: a topic. With --reset-offsets\: a topic, or partitions of it as topic\:0,1,2.]:String: topic:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--all-groups[Every share group instead of those of --group.]' \
'--all-topics[With --reset-offsets\: every topic that the group has offsets of.]' \
'--delete[Delete share groups that have no members.]' \
'--delete-offsets[Forget where one group stands in topics.]' \
'--describe[Show groups\: their offsets (--offsets, the default), --members or --state.]' \
'--dry-run[With --reset-offsets\: only show the new offsets.]' \
'--execute[With --reset-offsets\: set the new offsets.]' \
'--export[With --reset-offsets\: show the new offsets as CSV, for --from-file.]' \
'--list[List the share groups.]' \
'--members[With --describe\: the members of the group.]' \
'--offsets[With --describe\: where the group begins in each partition, and its lag.]' \
'--reset-offsets[Move the offsets of one group without members\: --dry-run shows how, --execute does it.]' \
'--to-current[With --reset-offsets\: to where the group stands, or the end.]' \
'--to-earliest[With --reset-offsets\: to the first record that is there.]' \
'--to-latest[With --reset-offsets\: to the end.]' \
'--verbose[With --describe\: say more.]' \
&& ret=0
}

(( $+functions[_kafka-share-groups.sh_commands] )) ||
_kafka-share-groups.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-share-groups.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-share-groups.sh" ]; then
    _kafka-share-groups.sh "$@"
else
    compdef _kafka-share-groups.sh kafka-share-groups.sh
fi
