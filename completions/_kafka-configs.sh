#compdef kafka-configs.sh

autoload -U is-at-least

_kafka-configs.sh() {
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
'--add-config=[Settings to make\: k1=v1,k2=\[v1,v2\],k3=v3.]:String:_default' \
'--add-config-file=[A properties file with settings to make.]:String:_default' \
'--bootstrap-controller=[KRaft controllers instead of brokers.]:String: controller to connect to:_default' \
'--bootstrap-server=[The brokers, host\:port,host\:port.]:String: server to connect to:_default' \
'--broker=[The id of a broker.]:String:_default' \
'--broker-logger=[The id of a broker, for its log levels.]:String:_default' \
'--client=[The id of a client.]:String:_default' \
'--client-metrics=[The name of a subscription to client metrics.]:String:_default' \
'--command-config=[A properties file for the admin client.]:String: command config property file:_default' \
'*--delete-config=[Names of settings to take away\: k1,k2.]:String:_default' \
'*--entity-name=[The name of a topic, client, user, broker, ip, metrics subscription or group.]:String:_default' \
'*--entity-type=[What it is\: topics, clients, users, brokers, broker-loggers, ips, client-metrics, groups.]:String:_default' \
'--group=[The id of a group.]:String:_default' \
'--ip=[An IP address.]:String:_default' \
'--topic=[The name of a topic.]:String:_default' \
'--user=[The name of a user.]:String:_default' \
'--zk-tls-config-file=[With --zookeeper\: a properties file with the zookeeper.ssl settings.]:String: ZooKeeper TLS configuration:_default' \
'--zookeeper=[DEPRECATED\: ZooKeeper, for SCRAM credentials and brokers that do not run.]:String: urls:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--all[Show all settings, those of files and defaults among them.]' \
'--alter[Change settings.]' \
'--broker-defaults[What holds for all brokers.]' \
'--client-defaults[What holds for all clients.]' \
'--describe[Show settings.]' \
'--entity-default[The default of clients, users, brokers or ips.]' \
'--force[Suppress console prompts; there are none.]' \
'--ip-defaults[What holds for all IP addresses.]' \
'--user-defaults[What holds for all users.]' \
&& ret=0
}

(( $+functions[_kafka-configs.sh_commands] )) ||
_kafka-configs.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-configs.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-configs.sh" ]; then
    _kafka-configs.sh "$@"
else
    compdef _kafka-configs.sh kafka-configs.sh
fi
