#compdef kafka-server-start.sh

autoload -U is-at-least

_kafka-server-start.sh() {
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
'*--override=[A setting that counts in place of the file'\''s\: property=value.]:String:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'::file -- The settings file.:_default' \
&& ret=0
}

(( $+functions[_kafka-server-start.sh_commands] )) ||
_kafka-server-start.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-server-start.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-server-start.sh" ]; then
    _kafka-server-start.sh "$@"
else
    compdef _kafka-server-start.sh kafka-server-start.sh
fi
