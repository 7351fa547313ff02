#compdef kafka-cluster.sh

autoload -U is-at-least

_kafka-cluster.sh() {
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
'--help[show this help message and exit]' \
":: :_kafka-cluster.sh_commands" \
"*::: :->kafka-cluster" \
&& ret=0
    case $state in
    (kafka-cluster)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:kafka-cluster.sh-command-$line[1]:"
        case $line[1] in
            (cluster-id)
_arguments "${_arguments_options[@]}" : \
'-b+[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'--bootstrap-server=[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'-C+[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--bootstrap-controller=[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--config=[The old name of --command-config.]:CONFIG:_default' \
'-c+[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--command-config=[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(unregister)
_arguments "${_arguments_options[@]}" : \
'-b+[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'--bootstrap-server=[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'-C+[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--bootstrap-controller=[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--config=[The old name of --command-config.]:CONFIG:_default' \
'-c+[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--command-config=[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'-i+[The ID of the node to unregister.]:ID:_default' \
'--id=[The ID of the node to unregister.]:ID:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(unregister-controller)
_arguments "${_arguments_options[@]}" : \
'-b+[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'--bootstrap-server=[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'-C+[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--bootstrap-controller=[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--config=[The old name of --command-config.]:CONFIG:_default' \
'-c+[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--command-config=[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'-i+[The ID of the node to unregister.]:ID:_default' \
'--id=[The ID of the node to unregister.]:ID:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(list-endpoints)
_arguments "${_arguments_options[@]}" : \
'-b+[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'--bootstrap-server=[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'-C+[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--bootstrap-controller=[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--config=[The old name of --command-config.]:CONFIG:_default' \
'-c+[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--command-config=[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--help[show this help message and exit]' \
'--include-fenced-brokers[Also the brokers that are fenced (brokers of 4.0 and later).]' \
&& ret=0
;;
(api-versions)
_arguments "${_arguments_options[@]}" : \
'-b+[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'--bootstrap-server=[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'-C+[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--bootstrap-controller=[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--config=[The old name of --command-config.]:CONFIG:_default' \
'-c+[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--command-config=[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
        esac
    ;;
esac
}

(( $+functions[_kafka-cluster.sh_commands] )) ||
_kafka-cluster.sh_commands() {
    local commands; commands=(
'cluster-id:Get information about the ID of a cluster.' \
'unregister:Unregister a broker.' \
'unregister-controller:Unregister a controller (needs a cluster and a tool of Kafka 4.4).' \
'list-endpoints:List the addresses of the brokers.' \
'api-versions:Show which requests the brokers take.' \
    )
    _describe -t commands 'kafka-cluster.sh commands' commands "$@"
}
(( $+functions[_kafka-cluster.sh__subcmd__api-versions_commands] )) ||
_kafka-cluster.sh__subcmd__api-versions_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-cluster.sh api-versions commands' commands "$@"
}
(( $+functions[_kafka-cluster.sh__subcmd__cluster-id_commands] )) ||
_kafka-cluster.sh__subcmd__cluster-id_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-cluster.sh cluster-id commands' commands "$@"
}
(( $+functions[_kafka-cluster.sh__subcmd__list-endpoints_commands] )) ||
_kafka-cluster.sh__subcmd__list-endpoints_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-cluster.sh list-endpoints commands' commands "$@"
}
(( $+functions[_kafka-cluster.sh__subcmd__unregister_commands] )) ||
_kafka-cluster.sh__subcmd__unregister_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-cluster.sh unregister commands' commands "$@"
}
(( $+functions[_kafka-cluster.sh__subcmd__unregister-controller_commands] )) ||
_kafka-cluster.sh__subcmd__unregister-controller_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-cluster.sh unregister-controller commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-cluster.sh" ]; then
    _kafka-cluster.sh "$@"
else
    compdef _kafka-cluster.sh kafka-cluster.sh
fi
