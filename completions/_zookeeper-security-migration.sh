#compdef zookeeper-security-migration.sh

autoload -U is-at-least

_zookeeper-security-migration.sh() {
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
'--zookeeper.acl=[Whether Kafka'\''s nodes in ZooKeeper become secure (the brokers'\'' alone) or unsecure (everybody'\''s)\: '\''secure'\'' or '\''unsecure'\''.]:String:_default' \
'--zookeeper.connect=[The ZooKeeper servers, comma separated host\:port pairs, and a chroot.]:String:_default' \
'--zookeeper.session.timeout=[The session timeout in ms.]:Integer:_default' \
'--zookeeper.connection.timeout=[How long ZooKeeper may take to answer first, in ms.]:Integer:_default' \
'--zk-tls-config-file=[A properties file with the zookeeper.ssl settings of this client, and zookeeper.clientCnxnSocket.]:String: ZooKeeper TLS configuration:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--enable.path.check[Stop, before anything is changed below the root, if a root of Kafka'\''s is missing.]' \
&& ret=0
}

(( $+functions[_zookeeper-security-migration.sh_commands] )) ||
_zookeeper-security-migration.sh_commands() {
    local commands; commands=()
    _describe -t commands 'zookeeper-security-migration.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_zookeeper-security-migration.sh" ]; then
    _zookeeper-security-migration.sh "$@"
else
    compdef _zookeeper-security-migration.sh zookeeper-security-migration.sh
fi
