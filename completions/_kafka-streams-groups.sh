#compdef kafka-streams-groups.sh

autoload -U is-at-least

_kafka-streams-groups.sh() {
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
'--by-duration=[With --reset-offsets\: to the first record after this long ago, as PnDTnHnMnS.]:String: duration:_default' \
'--command-config=[A properties file for the admin client.]:String: command config property file:_default' \
'*--delete-internal-topic=[With --reset-offsets --execute\: delete this topic of the group'\''s own, too; may be repeated.]:String:_default' \
'--from-file=[With --reset-offsets\: to the offsets in this file.]:String: path to CSV file:_default' \
'*--group=[A streams group; may be repeated.]:String: group id:_default' \
'*--input-topic=[With --reset-offsets and --delete-offsets\: an input topic, or partitions of it as topic\:0,1,2.]:String: topic:_default' \
'--shift-by=[With --reset-offsets\: to so many after the committed offset, or before it if negative.]:Long: number-of-offsets:_default' \
'--state=[With --describe\: the state of the group. With --list\: show states, or only groups in these.]::String:_default' \
'--timeout=[How long to wait for answers.]:Long: timeout (ms):_default' \
'--to-datetime=[With --reset-offsets\: to the first record at or after this time, as YYYY-MM-DDTHH\:mm\:SS.sss.]:String: datetime:_default' \
'--to-offset=[With --reset-offsets\: to this offset.]:Long: offset:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--all-groups[Every streams group instead of those of --group.]' \
'--all-input-topics[With --reset-offsets and --delete-offsets\: every input topic that the group has committed offsets of.]' \
'--delete[Delete streams groups that have no members.]' \
'--delete-all-internal-topics[With --delete, or --reset-offsets --execute\: delete the groups'\'' own topics, too.]' \
'--delete-offsets[Forget the offsets that one group has committed for input topics.]' \
'--describe[Show groups\: their offsets (--offsets, the default), --members, --state or --topology.]' \
'--dry-run[With --reset-offsets\: only show the new offsets.]' \
'--execute[With --reset-offsets\: commit the new offsets.]' \
'--export[With --reset-offsets\: show the new offsets as CSV, for --from-file.]' \
'--list[List the streams groups.]' \
'--members[With --describe\: the members of the group and their tasks.]' \
'--offsets[With --describe\: how far the group lags behind in each partition.]' \
'--reset-offsets[Move the offsets of groups without members\: --dry-run shows how, --execute does it.]' \
'--to-current[With --reset-offsets\: to the committed offset, or the end without one.]' \
'--to-earliest[With --reset-offsets\: to the first record that is there.]' \
'--to-latest[With --reset-offsets\: to the end.]' \
'--topology[With --describe\: the topology, as the group'\''s clients have described it.]' \
'--verbose[With --describe\: say more.]' \
&& ret=0
}

(( $+functions[_kafka-streams-groups.sh_commands] )) ||
_kafka-streams-groups.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-streams-groups.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-streams-groups.sh" ]; then
    _kafka-streams-groups.sh "$@"
else
    compdef _kafka-streams-groups.sh kafka-streams-groups.sh
fi
