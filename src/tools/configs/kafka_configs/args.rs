//! What can be typed for `kafka-configs`.

use crate::options::{Flag, Once, Opt, Repeated};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "Show and change settings of topics, brokers, users, clients and more")]
pub struct ConfigsArgs {
    #[arg(
        long,
        value_name = "String",
        help = "Settings to make: k1=v1,k2=[v1,v2],k3=v3.",
        long_help = "Settings to make, as k1=v1,k2=[v1,v2,v2],k3=v3: square brackets are for values with commas.\n\
                     Users and clients have quotas: producer_byte_rate, consumer_byte_rate, request_percentage, \
                     controller_mutation_rate. IPs have connection_creation_rate. Users also have SCRAM-SHA-256 and \
                     SCRAM-SHA-512, as SCRAM-SHA-256=[iterations=8192,password=secret]."
    )]
    pub add_config: Once<String>,
    #[arg(long, value_name = "String", help = "A properties file with settings to make.")]
    pub add_config_file: Once<String>,
    #[arg(long, action = SetTrue, help = "Show all settings, those of files and defaults among them.")]
    pub all: Flag,
    #[arg(long, action = SetTrue, help = "Change settings.")]
    pub alter: Flag,
    #[arg(long, value_name = "String: controller to connect to", help = "KRaft controllers instead of brokers.")]
    pub bootstrap_controller: Once<String>,
    #[arg(long, value_name = "String: server to connect to", help = "The brokers, host:port,host:port.")]
    pub bootstrap_server: Once<String>,
    #[arg(long, value_name = "String", help = "The id of a broker.")]
    pub broker: Once<String>,
    #[arg(long, action = SetTrue, help = "What holds for all brokers.")]
    pub broker_defaults: Flag,
    #[arg(long, value_name = "String", help = "The id of a broker, for its log levels.")]
    pub broker_logger: Once<String>,
    #[arg(long, value_name = "String", help = "The id of a client.")]
    pub client: Once<String>,
    #[arg(long, action = SetTrue, help = "What holds for all clients.")]
    pub client_defaults: Flag,
    #[arg(long, value_name = "String", help = "The name of a subscription to client metrics.")]
    pub client_metrics: Once<String>,
    #[arg(long, value_name = "String: command config property file", help = "A properties file for the admin client.")]
    pub command_config: Once<String>,
    #[arg(long, action = Append, value_name = "String", help = "Names of settings to take away: k1,k2.")]
    pub delete_config: Repeated,
    #[arg(long, action = SetTrue, help = "Show settings.")]
    pub describe: Flag,
    #[arg(long, action = SetTrue, help = "The default of clients, users, brokers or ips.")]
    pub entity_default: Flag,
    #[arg(
        long,
        action = Append,
        value_name = "String",
        help = "The name of a topic, client, user, broker, ip, metrics subscription or group."
    )]
    pub entity_name: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String",
        help = "What it is: topics, clients, users, brokers, broker-loggers, ips, client-metrics, groups."
    )]
    pub entity_type: Repeated,
    #[arg(long, action = SetTrue, help = "Suppress console prompts; there are none.")]
    pub force: Flag,
    #[arg(long, value_name = "String", help = "The id of a group.")]
    pub group: Once<String>,
    #[arg(long, value_name = "String", help = "An IP address.")]
    pub ip: Once<String>,
    #[arg(long, action = SetTrue, help = "What holds for all IP addresses.")]
    pub ip_defaults: Flag,
    #[arg(long, value_name = "String", help = "The name of a topic.")]
    pub topic: Once<String>,
    #[arg(long, value_name = "String", help = "The name of a user.")]
    pub user: Once<String>,
    #[arg(long, action = SetTrue, help = "What holds for all users.")]
    pub user_defaults: Flag,
    #[arg(
        long,
        value_name = "String: ZooKeeper TLS configuration",
        help = "With --zookeeper: a properties file with the zookeeper.ssl settings."
    )]
    pub zk_tls_config_file: Once<String>,
    #[arg(
        long,
        value_name = "String: urls",
        help = "DEPRECATED: ZooKeeper, for SCRAM credentials and brokers that do not run.",
        long_help = "DEPRECATED: ZooKeeper (host:port,host:port/chroot) instead of brokers, for SCRAM credentials of users, \
                     and for settings of brokers while they do not run."
    )]
    pub zookeeper: Once<String>,
}

impl ConfigsArgs {
    /// The options that name a thing of one type, and the type.
    pub fn named(&self) -> [(&Once<String>, &'static str); 8] {
        [
            (&self.topic, "topics"),
            (&self.client, "clients"),
            (&self.user, "users"),
            (&self.broker, "brokers"),
            (&self.broker_logger, "broker-loggers"),
            (&self.ip, "ips"),
            (&self.client_metrics, "client-metrics"),
            (&self.group, "groups"),
        ]
    }

    /// The options that stand for the default of one type, and the type.
    pub fn defaults(&self) -> [(&Flag, &'static str); 4] {
        [
            (&self.client_defaults, "clients"),
            (&self.user_defaults, "users"),
            (&self.broker_defaults, "brokers"),
            (&self.ip_defaults, "ips"),
        ]
    }

    /// Whether any of those is given.
    pub fn has_own_flags(&self) -> bool {
        self.named().iter().any(|(option, _)| option.is_given())
            || self.defaults().iter().any(|(option, _)| option.is_given())
    }
}
