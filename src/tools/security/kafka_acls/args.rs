//! What can be typed.

use crate::options::{Flag, Once, Repeated};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Show, add and remove ACLs: who may do what with which topic, group and so on")]
pub struct AclsArgs {
    #[arg(long, action = SetTrue, help = "Add ACLs.")]
    pub add: Flag,
    #[arg(
        long,
        action = Append,
        value_name = "String: allow-host",
        help = "A host from which those of --allow-principal are let in. Unless it is given: all (*)."
    )]
    pub allow_host: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: allow-principal",
        help = "Who is allowed, as type:name. User:* is everybody."
    )]
    pub allow_principal: Repeated,
    #[arg(
        long,
        value_name = "String: authorizer",
        help = "DEPRECATED: The authorizer's class, instead of brokers; it is kafka.security.authorizer.AclAuthorizer, which \
                keeps ACLs in ZooKeeper."
    )]
    pub authorizer: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: authorizer-properties",
        help = "DEPRECATED: A property of the authorizer, key=value, such as zookeeper.connect=localhost:2181. ACLs are then \
                read and written in ZooKeeper, without a broker."
    )]
    pub authorizer_properties: Repeated,
    #[arg(
        long,
        value_name = "String: controller to connect to",
        help = "The KRaft controllers, host:port,host:port, instead of brokers."
    )]
    pub bootstrap_controller: Once<String>,
    #[arg(long, value_name = "String: server to connect to", help = "The brokers, host:port,host:port.")]
    pub bootstrap_server: Once<String>,
    #[arg(long, action = SetTrue, help = "ACLs of the cluster.")]
    pub cluster: Flag,
    #[arg(
        long,
        value_name = "String: command-config",
        num_args = 0..=1,
        help = "A properties file for the admin client."
    )]
    pub command_config: Once<String>,
    #[arg(
        long,
        action = SetTrue,
        help = "What a consumer needs: READ and DESCRIBE of topics, READ of groups."
    )]
    pub consumer: Flag,
    #[arg(
        long,
        action = Append,
        value_name = "String: delegation-token",
        help = "ACLs of a delegation token; * is every one."
    )]
    pub delegation_token: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: deny-host",
        help = "A host from which those of --deny-principal are refused. Unless it is given: all (*)."
    )]
    pub deny_host: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: deny-principal",
        help = "Who is refused, as type:name, whatever else allows it. Who is not allowed is refused anyway, so it is needed \
                only for exceptions from what is allowed."
    )]
    pub deny_principal: Repeated,
    #[arg(long, action = SetTrue, help = "Ask nothing: the answer is yes.")]
    pub force: Flag,
    #[arg(long, action = Append, value_name = "String: group", help = "ACLs of a consumer group; * is every one.")]
    pub group: Repeated,
    #[arg(
        long,
        action = SetTrue,
        help = "With --producer: the producer is idempotent (one that may use a transactional id is so anyway)."
    )]
    pub idempotent: Flag,
    #[arg(long, action = SetTrue, help = "List ACLs, of all resources or of those that are named.")]
    pub list: Flag,
    #[arg(
        long,
        action = Append,
        default_value = "All",
        value_name = "String",
        help = "What is allowed or denied, in whatever case: Read, Write, Create, Delete, Alter, Describe, ClusterAction, \
                DescribeConfigs, AlterConfigs, IdempotentWrite, CreateTokens, DescribeTokens, TwoPhaseCommit, or All."
    )]
    pub operation: Repeated,
    #[arg(
        long,
        action = Append,
        num_args = 0..=1,
        value_name = "String: principal",
        help = "With --list: only the ACLs of this principal, type:name. It may stand several times."
    )]
    pub principal: Repeated,
    #[arg(
        long,
        action = SetTrue,
        help = "What a producer needs: WRITE, DESCRIBE and CREATE of topics."
    )]
    pub producer: Flag,
    #[arg(long, action = SetTrue, help = "Remove ACLs.")]
    pub remove: Flag,
    #[arg(
        long,
        default_value = "LITERAL",
        value_name = "ANY|MATCH|LITERAL|PREFIXED",
        help = "How the names of resources are meant: LITERAL as they are, PREFIXED as beginnings. To list or remove also \
                ANY, both of exactly the name, and MATCH, all that have a say about a resource of the name: careful with \
                --remove."
    )]
    pub resource_pattern_type: Once<String>,
    #[arg(long, action = Append, value_name = "String: topic", help = "ACLs of a topic; * is every one.")]
    pub topic: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: transactional-id",
        help = "ACLs of a transactional id; * is every one."
    )]
    pub transactional_id: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: user-principal",
        help = "ACLs of a user, type:name: who may create and describe tokens for it."
    )]
    pub user_principal: Repeated,
    #[arg(
        long,
        value_name = "String: Authorizer ZooKeeper TLS configuration",
        help = "DEPRECATED: A properties file that says how to speak TLS with ZooKeeper (zookeeper.ssl.client.enable and so \
                on, also with 'authorizer.' before), for --authorizer-properties."
    )]
    pub zk_tls_config_file: Once<String>,
}
