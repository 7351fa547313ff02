//! What can be typed for `kafka-consumer-groups`.

use crate::options::{Flag, Once, Repeated};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "List and describe consumer groups, delete them, move their offsets")]
pub struct GroupsArgs {
    #[arg(long, action = SetTrue, help = "Every group instead of those of --group.")]
    pub all_groups: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: every topic for which the group has committed offsets.")]
    pub all_topics: Flag,
    #[arg(
        long,
        value_name = "String: server to connect to",
        help = "REQUIRED: The brokers, host:port,host:port.",
        long_help = "REQUIRED, except with --validate-regex: The brokers to ask first, as host:port,host:port."
    )]
    pub bootstrap_server: Once<String>,
    #[arg(
        long,
        value_name = "String: duration",
        help = "With --reset-offsets: to the first record after this long ago, as PnDTnHnMnS."
    )]
    pub by_duration: Once<String>,
    #[arg(long, value_name = "String: command config property file", help = "A properties file for the admin client.")]
    pub command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "Delete groups that have no members, with their offsets.")]
    pub delete: Flag,
    #[arg(long, action = SetTrue, help = "Forget the offsets that one group has committed for topics.")]
    pub delete_offsets: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Show groups: their offsets and lag (--offsets, the default), --members or --state."
    )]
    pub describe: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: only show the new offsets.")]
    pub dry_run: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: commit the new offsets.")]
    pub execute: Flag,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: show the new offsets as CSV, for --from-file.")]
    pub export: Flag,
    #[arg(
        long,
        value_name = "String: path to CSV file",
        help = "With --reset-offsets: to the offsets in this file.",
        long_help = "With --reset-offsets: to the offsets in this file, which has lines of topic,partition,offset for one \
                     --group, and else of group,topic,partition,offset."
    )]
    pub from_file: Once<String>,
    #[arg(long, action = Append, value_name = "String: consumer group", help = "A group; may be repeated.")]
    pub group: Repeated,
    #[arg(long, action = SetTrue, help = "List the groups.")]
    pub list: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: the members of the group.")]
    pub members: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: the offsets of the group and how far it lags behind.")]
    pub offsets: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Move the offsets of groups without members: --dry-run shows how, --execute does it.",
        long_help = "Move the committed offsets of groups that have no members. --dry-run (the default) shows the new \
                     offsets, --execute commits them, --export shows them as CSV.\n\
                     Where to: one of --to-datetime, --by-duration, --to-earliest, --to-latest, --shift-by, --from-file, \
                     --to-current, --to-offset.\n\
                     Which partitions: --all-topics or --topic, unless --from-file says it."
    )]
    pub reset_offsets: Flag,
    #[arg(
        long,
        value_name = "Long: number-of-offsets",
        help = "With --reset-offsets: to so many after the committed offset, or before it if negative."
    )]
    pub shift_by: Once<i64>,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "String",
        help = "With --describe: the state of the group. With --list: show states, or only groups in these.",
        long_help = "With --describe: the state of the group.\n\
                     With --list: the states of the groups, or with a list such as stable,empty only groups in these."
    )]
    pub state: Once<String>,
    #[arg(long, value_name = "Long: timeout (ms)", help = "How long to wait for answers.", default_value = "5000")]
    pub timeout: Once<i64>,
    #[arg(long, action = SetTrue, help = "With --reset-offsets: to the committed offset, or the end without one.")]
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
        help = "With --reset-offsets and --delete-offsets: a topic, or partitions of it as topic:0,1,2."
    )]
    pub topic: Repeated,
    #[arg(
        long = "type",
        num_args = 0..=1,
        value_name = "String",
        help = "With --list: show types, or only groups of these, such as classic,consumer."
    )]
    pub kind: Once<String>,
    #[arg(
        long,
        value_name = "String: regex",
        help = "Say whether this is a regular expression by which consumers can subscribe (RE2)."
    )]
    pub validate_regex: Once<String>,
    #[arg(long, action = SetTrue, help = "With --describe: say more, as far as there is more to say.")]
    pub verbose: Flag,
}
