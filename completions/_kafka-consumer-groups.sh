#compdef kafka-consumer-groups.sh

autoload -U is-at-least

_kafka-consumer-groups.sh() {
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
'--from-file=[With --reset-offsets\: to the offsets in this file.]:String: path to CSV file:_default' \
'*--group=[A group; may be repeated.]:String: consumer group:_default' \
'--shift-by=[With --reset-offsets\: to so many after the committed offset, or before it if negative.]:Long: number-of-offsets:_default' \
'--state=[With --describe\: the state of the group. With --list\: show states, or only groups in these.]::String:_default' \
'--timeout=[How long to wait for answers.]:Long: timeout (ms):_default' \
'--to-datetime=[With --reset-offsets\: to the first record at or after this time, as YYYY-MM-DDTHH\:mm\:SS.sss.]:String: datetime:_default' \
'--to-offset=[With --reset-offsets\: to this offset.]:Long: offset:_default' \
'*--topic=[With --reset-offsets and --delete-offsets\: a topic, or partitions of it as topic\:0,1,2.]:String: topic:_default' \
'--type=[With --list\: show types, or only groups of these, such as classic,consumer.]::String:_default' \
'--validate-regex=[Say whether this is a regular expression by which consumers can subscribe (RE2).]:String: regex:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--all-groups[Every group instead of those of --group.]' \
'--all-topics[With --reset-offsets\: every topic for which the group has committed offsets.]' \
'--delete[Delete groups that have no members, with their offsets.]' \
'--delete-offsets[Forget the offsets that one group has committed for topics.]' \
'--describe[Show groups\: their offsets and lag (--offsets, the default), --members or --state.]' \
'--dry-run[With --reset-offsets\: only show the new offsets.]' \
'--execute[With --reset-offsets\: commit the new offsets.]' \
'--export[With --reset-offsets\: show the new offsets as CSV, for --from-file.]' \
'--list[List the groups.]' \
'--members[With --describe\: the members of the group.]' \
'--offsets[With --describe\: the offsets of the group and how far it lags behind.]' \
'--reset-offsets[Move the offsets of groups without members\: --dry-run shows how, --execute does it.]' \
'--to-current[With --reset-offsets\: to the committed offset, or the end without one.]' \
'--to-earliest[With --reset-offsets\: to the first record that is there.]' \
'--to-latest[With --reset-offsets\: to the end.]' \
'--verbose[With --describe\: say more, as far as there is more to say.]' \
&& ret=0
}

(( $+functions[_kafka-consumer-groups.sh_commands] )) ||
_kafka-consumer-groups.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-consumer-groups.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-consumer-groups.sh" ]; then
    _kafka-consumer-groups.sh "$@"
else
    compdef _kafka-consumer-groups.sh kafka-consumer-groups.sh
fi
