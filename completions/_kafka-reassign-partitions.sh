#compdef kafka-reassign-partitions.sh

autoload -U is-at-least

_kafka-reassign-partitions.sh() {
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
'--bootstrap-controller=[With --cancel and --list\: KRaft controllers instead of brokers.]:String: bootstrap controller to connect to:_default' \
'--bootstrap-server=[REQUIRED\: The brokers, host\:port,host\:port.]:String: Server(s) to use for bootstrapping:_default' \
'--broker-list=[With --generate\: the brokers to move to\: 0,1,2.]:String: brokerlist:_default' \
'--command-config=[A properties file for the admin client.]:String: Admin client property file:_default' \
'--reassignment-json-file=[A JSON file that says where replicas go.]:String: manual assignment json file path:_default' \
'--replica-alter-log-dirs-throttle=[With --execute\: at most so many bytes a second between the directories of a broker.]:Long: replicaAlterLogDirsThrottle:_default' \
'--throttle=[With --execute\: at most so many bytes a second between brokers.]:Long: throttle:_default' \
'--timeout=[How long to wait in ms until moves between directories begin.]:Long: timeout:_default' \
'--topics-to-move-json-file=[With --generate\: a JSON file with topics.]:String: topics to reassign json file path:_default' \
'--help[Print usage information.]' \
'--version[Display Kafka version.]' \
'--additional[With --execute\: also while others are under way; changes the throttle of those, too.]' \
'--cancel[Stop moves that are under way, and go back.]' \
'--disable-rack-aware[With --generate\: do not look at the racks of the brokers.]' \
'--disallow-replication-factor-change[With --execute\: refuse a file that gives a partition more or fewer replicas than it has.]' \
'--execute[Move what --reassignment-json-file says.]' \
'--generate[Propose where partitions could go, without moving any.]' \
'--list[List the moves that are under way.]' \
'--preserve-throttles[With --verify and --cancel\: leave throttles as they are.]' \
'--verify[Say how far the moves of --reassignment-json-file are, and end throttles when they are over.]' \
&& ret=0
}

(( $+functions[_kafka-reassign-partitions.sh_commands] )) ||
_kafka-reassign-partitions.sh_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-reassign-partitions.sh commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-reassign-partitions.sh" ]; then
    _kafka-reassign-partitions.sh "$@"
else
    compdef _kafka-reassign-partitions.sh kafka-reassign-partitions.sh
fi
