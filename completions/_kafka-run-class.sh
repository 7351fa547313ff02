#compdef kafka-run-class.sh

autoload -U is-at-least

_kafka-run-class.sh() {
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
'-h[Print help]' \
'--help[Print help]' \
'*::words:_default' \
&& ret=0
}

(( $+functions[_kafka-run-class.sh_commands] )) ||
_kafka-run-class.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-run-class.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-run-class.sh" ]; then
    _kafka-run-class.sh "$@"
else
    compdef _kafka-run-class.sh kafka-run-class.sh
fi
