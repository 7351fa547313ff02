#compdef kafka-features.sh

autoload -U is-at-least

_kafka-features.sh() {
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
'--command-config=[A properties file for the admin client.]:COMMAND_CONFIG:_default' \
'--bootstrap-server=[The brokers, host\:port,host\:port.]:BOOTSTRAP_SERVER:_default' \
'--bootstrap-controller=[KRaft controllers; this version speaks with brokers only.]:BOOTSTRAP_CONTROLLER:_default' \
'--help[show this help message and exit]' \
":: :_kafka-features.sh_commands" \
"*::: :->kafka-features" \
&& ret=0
    case $state in
    (kafka-features)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:kafka-features.sh-command-$line[1]:"
        case $line[1] in
            (describe)
_arguments "${_arguments_options[@]}" : \
'--node-id=[The node to ask. Any broker if not given.]:NODE_ID:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(upgrade)
_arguments "${_arguments_options[@]}" : \
'--metadata=[The level of metadata.version to go to. For example, 3.3-IV3.]:METADATA:_default' \
'--release-version=[The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0.]:RELEASE_VERSION:_default' \
'*--feature=[A feature and its new level, such as metadata.version=5.]:FEATURE:_default' \
'--help[show this help message and exit]' \
'--dry-run[Only check whether it may be done.]' \
&& ret=0
;;
(downgrade)
_arguments "${_arguments_options[@]}" : \
'--metadata=[The level of metadata.version to go to. For example, 3.3-IV3.]:METADATA:_default' \
'--release-version=[The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0.]:RELEASE_VERSION:_default' \
'*--feature=[A feature and its new level, such as metadata.version=5.]:FEATURE:_default' \
'--help[show this help message and exit]' \
'--dry-run[Only check whether it may be done.]' \
'--unsafe[Also where metadata gets lost for good.]' \
&& ret=0
;;
(disable)
_arguments "${_arguments_options[@]}" : \
'*--feature=[A feature to take out of force.]:FEATURE:_default' \
'--help[show this help message and exit]' \
'--unsafe[Also where metadata gets lost for good.]' \
'--dry-run[Only check whether it may be done.]' \
&& ret=0
;;
(version-mapping)
_arguments "${_arguments_options[@]}" : \
'--release-version=[The release version. The lowest is 3.3-IV3, the default is 4.4-IV2.]:RELEASE_VERSION:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
(feature-dependencies)
_arguments "${_arguments_options[@]}" : \
'*--feature=[A feature and its level, such as metadata.version=5.]:FEATURE:_default' \
'--help[show this help message and exit]' \
&& ret=0
;;
        esac
    ;;
esac
}

(( $+functions[_kafka-features.sh_commands] )) ||
_kafka-features.sh_commands() {
    local commands; commands=(
'describe:Describes the current active feature flags.' \
'upgrade:Upgrade one or more feature flags.' \
'downgrade:Downgrade one or more feature flags.' \
'disable:Disable one or more feature flags. This is the same as downgrading the version to zero.' \
'version-mapping:Show the features that go with a metadata version, by default with the latest. Needs no broker.' \
'feature-dependencies:Show what versions of features need of other features. Needs no broker.' \
    )
    _describe -t commands 'kafka-features.sh commands' commands "$@"
}
(( $+functions[_kafka-features.sh__subcmd__describe_commands] )) ||
_kafka-features.sh__subcmd__describe_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-features.sh describe commands' commands "$@"
}
(( $+functions[_kafka-features.sh__subcmd__disable_commands] )) ||
_kafka-features.sh__subcmd__disable_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-features.sh disable commands' commands "$@"
}
(( $+functions[_kafka-features.sh__subcmd__downgrade_commands] )) ||
_kafka-features.sh__subcmd__downgrade_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-features.sh downgrade commands' commands "$@"
}
(( $+functions[_kafka-features.sh__subcmd__feature-dependencies_commands] )) ||
_kafka-features.sh__subcmd__feature-dependencies_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-features.sh feature-dependencies commands' commands "$@"
}
(( $+functions[_kafka-features.sh__subcmd__upgrade_commands] )) ||
_kafka-features.sh__subcmd__upgrade_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-features.sh upgrade commands' commands "$@"
}
(( $+functions[_kafka-features.sh__subcmd__version-mapping_commands] )) ||
_kafka-features.sh__subcmd__version-mapping_commands() {
    local commands; commands=()
    _describe -t commands 'kafka-features.sh version-mapping commands' commands "$@"
}

if [ "$funcstack[1]" = "_kafka-features.sh" ]; then
    _kafka-features.sh "$@"
else
    compdef _kafka-features.sh kafka-features.sh
fi
