//! What can be typed for `kafka-share-groups`.

use crate::options::{Flag, Once, Repeated};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "List and describe share groups, delete them, move their offsets")]
pub struct ShareGroupsArgs {
    #[arg(long, action = SetTrue, help = "Every share group instead of those of --group.")]
    pub all_groups: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: every topic that the group has offsets of.")]
    pub all_topics: Flag,
    #[arg(long, value_name = "String: server to connect to", help = "REQUIRED: The brokers, host:port,host:port.")]
    pub bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: command config property file", help = "A properties file for the admin client.")]
    pub command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "Delete share groups that have no members.")]
    pub delete: Flag,
    #[arg(long, action = SetTrue, help = "Forget where one group stands in topics.")]
    pub delete_offsets: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Show groups: their offsets (--offsets, the default), --members or --state."
    )]
    pub describe: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: only show the new offsets.")]
    pub dry_run: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: set the new offsets.")]
    pub execute: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: show the new offsets as CSV, for --from-file.")]
    pub export: Flag,
    #[arg(
        long,
        value_name = "String: path to CSV file",
        help = "With --reset-offsets: to the offsets in this file, which has lines of topic,partition,offset."
    )]
    pub from_file: Once<String>,
    #[arg(long, action = Append, value_name = "String: group id", help = "A share group; may be repeated.")]
    pub group: Repeated,
    #[arg(long, action = SetTrue, help = "List the share groups.")]
    pub list: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: the members of the group.")]
    pub members: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: where the group begins in each partition, and its lag.")]
    pub offsets: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Move the offsets of one group without members: --dry-run shows how, --execute does it.",
        long_help = "Move the offsets of one share group that has no members. --dry-run shows the new offsets, --execute \
                     sets them, --export shows them as CSV.\n\
                     Where to: one of --to-datetime, --to-earliest, --to-latest, --from-file, --to-current, --to-offset.\n\
                     Which partitions: --all-topics or --topic, unless --from-file says it."
    )]
    pub reset_offsets: Flag,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "String",
        help = "With --describe: the state of the group. With --list: show states, or only groups in these.",
        long_help = "With --describe: the state of the group.\n\
                     With --list: the states of the groups, or with a list of Empty, Stable and Dead only groups in these."
    )]
    pub state: Once<String>,
    #[arg(long, value_name = "Long: timeout (ms)", help = "How long to wait for answers.", default_value = "30000")]
    pub timeout: Once<i64>,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: to where the group stands, or the end.")]
    pub to_current: Flag,
    #[arg(
        long,
        value_name = "String: datetime",
        help = "With --reset-offsets: to the first record at or after this time, as YYYY-MM-DDTHH:mm:SS.sss."
    )]
    pub to_datetime: Once<String>,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: to the first record that is there.")]
    pub to_earliest: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: to the end.")]
    pub to_latest: Flag,
    #[arg(long, value_name = "Long: offset", help = "With --reset-offsets: to this offset.")]
    pub to_offset: Once<i64>,
    #[arg(
        long,
        action = Append,
        value_name = "String: topic",
        help = "With --delete-offsets: a topic. With --reset-offsets: a topic, or partitions of it as topic:0,1,2."
    )]
    pub topic: Repeated,
    #[arg(long, action = SetTrue, help = "With --describe: say more.")]
    pub verbose: Flag,
}
