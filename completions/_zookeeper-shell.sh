#compdef zookeeper-shell.sh

autoload -U is-at-least

_zookeeper-shell.sh() {
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
'--zk-tls-config-file=[A properties file with the zookeeper.ssl settings of this client.]:String: ZooKeeper TLS configuration:_default' \
'--timeout=[The session timeout.]:Integer: ms:_default' \
'--client-configuration=[A properties file with ZooKeeper'\''s own client settings.]:String: file:_default' \
'--output=[How answers look\: text, or json, an object a line.]:String: format:(text json)' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--readonly[Take a server that only reads, too; also -r.]' \
'::server -- The ZooKeeper servers, comma separated.:_default' \
'*::command -- One command, such as\: get -s /brokers/ids/0. Without, commands are read from stdin.:_default' \
&& ret=0
}

(( $+functions[_zookeeper-shell.sh_commands] )) ||
_zookeeper-shell.sh_commands() {
    local commands; commands=()
    _describe -t commands 'zookeeper-shell.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_zookeeper-shell.sh" ]; then
    _zookeeper-shell.sh "$@"
else
    compdef _zookeeper-shell.sh zookeeper-shell.sh
fi
