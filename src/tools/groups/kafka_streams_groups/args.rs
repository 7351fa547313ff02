//! What can be typed for `kafka-streams-groups`.

use crate::options::{Flag, Once, Repeated};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "List and describe streams groups, delete them, move their offsets")]
pub struct StreamsGroupsArgs {
    #[arg(long, action = SetTrue, help = "Every streams group instead of those of --group.")]
    pub all_groups: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "With --reset-offsets and --delete-offsets: every input topic that the group has committed offsets of."
    )]
    pub all_input_topics: Flag,
    #[arg(long, value_name = "String: server to connect to", help = "REQUIRED: The brokers, host:port,host:port.")]
    pub bootstrap_server: Once<String>,
    #[arg(
        long,
        value_name = "String: duration",
        help = "With --reset-offsets: to the first record after this long ago, as PnDTnHnMnS."
    )]
    pub by_duration: Once<String>,
    #[arg(long, value_name = "String: command config property file", help = "A properties file for the admin client.")]
    pub command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "Delete streams groups that have no members.")]
    pub delete: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "With --delete, or --reset-offsets --execute: delete the groups' own topics, too."
    )]
    pub delete_all_internal_topics: Flag,
    #[arg(
        long,
        action = Append,
        value_name = "String",
        help = "With --reset-offsets --execute: delete this topic of the group's own, too; may be repeated."
    )]
    pub delete_internal_topic: Repeated,
    #[arg(long, action = SetTrue, help = "Forget the offsets that one group has committed for input topics.")]
    pub delete_offsets: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Show groups: their offsets (--offsets, the default), --members, --state or --topology."
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
    #[arg(long, action = Append, value_name = "String: group id", help = "A streams group; may be repeated.")]
    pub group: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: topic",
        help = "With --reset-offsets and --delete-offsets: an input topic, or partitions of it as topic:0,1,2."
    )]
    pub input_topic: Repeated,
    #[arg(long, action = SetTrue, help = "List the streams groups.")]
    pub list: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: the members of the group and their tasks.")]
    pub members: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: how far the group lags behind in each partition.")]
    pub offsets: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Move the offsets of groups without members: --dry-run shows how, --execute does it.",
        long_help = "Move the committed offsets of streams groups that have no members. --dry-run shows the new offsets, \
                     --execute commits them, --export shows them as CSV.\n\
                     Where to: one of --to-datetime, --by-duration, --to-earliest, --to-latest, --shift-by, --from-file, \
                     --to-current, --to-offset.\n\
                     Which partitions: --all-input-topics or --input-topic, unless --from-file says it."
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
                     With --list: the states of the groups, or with a list of Empty, NotReady, Stable, Assigning, \
                     Reconciling and Dead only groups in these."
    )]
    pub state: Once<String>,
    #[arg(long, value_name = "Long: timeout (ms)", help = "How long to wait for answers.", default_value = "30000")]
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
    #[arg(long, action = SetTrue, help = "With --describe: the topology, as the group's clients have described it.")]
    pub topology: Flag,
    #[arg(long, action = SetTrue, help = "With --describe: say more.")]
    pub verbose: Flag,
}
