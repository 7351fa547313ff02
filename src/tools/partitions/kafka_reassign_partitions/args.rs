//! What can be typed for `kafka-reassign-partitions`.

use crate::options::{Flag, OWN, Once};
use clap::{ArgAction::SetTrue, Args};

#[derive(Debug, Args)]
#[command(about = "Move partitions between brokers and log directories")]
pub struct ReassignArgs {
    #[arg(
        long,
        action = SetTrue,
        help = "With --execute: also while others are under way; changes the throttle of those, too."
    )]
    pub additional: Flag,
    #[arg(
        long,
        value_name = "String: bootstrap controller to connect to",
        help = "With --cancel and --list: KRaft controllers instead of brokers."
    )]
    pub bootstrap_controller: Once<String>,
    #[arg(
        long,
        value_name = "String: Server(s) to use for bootstrapping",
        help = "REQUIRED: The brokers, host:port,host:port."
    )]
    pub bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: brokerlist", help = "With --generate: the brokers to move to: 0,1,2.")]
    pub broker_list: Once<String>,
    #[arg(long, action = SetTrue, help = "Stop moves that are under way, and go back.")]
    pub cancel: Flag,
    #[arg(long, value_name = "String: Admin client property file", help = "A properties file for the admin client.")]
    pub command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "With --generate: do not look at the racks of the brokers.")]
    pub disable_rack_aware: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "With --execute: refuse a file that gives a partition more or fewer replicas than it has."
    )]
    pub disallow_replication_factor_change: Flag,
    #[arg(long, action = SetTrue, help = "Move what --reassignment-json-file says.")]
    pub execute: Flag,
    #[arg(long, action = SetTrue, help = "Propose where partitions could go, without moving any.")]
    pub generate: Flag,
    #[arg(long, action = SetTrue, help = "List the moves that are under way.")]
    pub list: Flag,
    #[arg(long, action = SetTrue, help = "With --verify and --cancel: leave throttles as they are.")]
    pub preserve_throttles: Flag,
    #[arg(
        long,
        value_name = "String: manual assignment json file path",
        help = "A JSON file that says where replicas go.",
        long_help = "A JSON file that says where replicas go:\n{\"partitions\":\n  [{\"topic\": \"foo\",\n    \"partition\": 1,\n    \
                     \"replicas\": [1,2,3],\n    \"log_dirs\": [\"dir1\",\"dir2\",\"dir3\"] }],\n\"version\":1\n}\nlog_dirs may be \
                     left out; it has one entry a replica, \"any\" or an absolute path on that broker."
    )]
    pub reassignment_json_file: Once<String>,
    #[arg(
        long,
        value_name = "Long: replicaAlterLogDirsThrottle",
        help = "With --execute: at most so many bytes a second between the directories of a broker.",
        default_value = "-1"
    )]
    pub replica_alter_log_dirs_throttle: Once<i64>,
    #[arg(
        long,
        value_name = "Long: throttle",
        help = "With --execute: at most so many bytes a second between brokers.",
        default_value = "-1"
    )]
    pub throttle: Once<i64>,
    #[arg(
        long,
        value_name = "Long: timeout",
        help = "How long to wait in ms until moves between directories begin.",
        default_value = "10000"
    )]
    pub timeout: Once<i64>,
    #[arg(
        long,
        value_name = "String: topics to reassign json file path",
        help = "With --generate: a JSON file with topics.",
        long_help = "With --generate: a JSON file with topics:\n{\"topics\":\n  [{\"topic\": \"foo\"},{\"topic\": \"foo1\"}],\n\
                     \"version\":1\n}"
    )]
    pub topics_to_move_json_file: Once<String>,
    #[arg(
        long,
        action = SetTrue,
        help = "Say how far the moves of --reassignment-json-file are, and end throttles when they are over."
    )]
    pub verify: Flag,
    #[arg(
        long,
        action = SetTrue,
        help_heading = OWN,
        help = "With --execute and --verify: wait until all moves of the file are over, say how far they are, then verify, \
                which ends throttles. Exit code 1 if a replica is not where the file wants it."
    )]
    pub wait: Flag,
}
