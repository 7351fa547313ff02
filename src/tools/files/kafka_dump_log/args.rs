//! What can be typed for `kafka-dump-log`.

use super::decoder::TEXT_CLASS;
use crate::options::{Flag, Once};
use clap::{ArgAction::SetTrue, Args};

#[derive(Debug, Args)]
#[command(about = "Print the contents of a broker's files: segments, indexes, snapshots")]
pub struct DumpArgs {
    #[arg(long, value_name = "String: file1, file2, ...", help = "REQUIRED: The files to show, comma separated.")]
    pub files: Once<String>,
    #[arg(long, action = SetTrue, help = "Show the records, too. Any of the decoders implies it.")]
    pub print_data_log: Flag,
    #[arg(long, action = SetTrue, help = "Go through the records of each batch. --print-data-log implies it.")]
    pub deep_iteration: Flag,
    #[arg(long, action = SetTrue, help = "Compare an index with its log without printing the index.")]
    pub verify_index_only: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Only do the check by which a starting broker decides whether an index is to be rebuilt."
    )]
    pub index_sanity_check: Flag,
    #[arg(
        long,
        value_name = "Integer: size",
        default_value = "5242880",
        help = "How far into the log to look for the batch that an index names."
    )]
    pub max_message_size: Once<i32>,
    #[arg(
        long,
        value_name = "Integer: size",
        default_value = "2147483647",
        help = "How many bytes of each log to read, at the most."
    )]
    pub max_bytes: Once<i32>,
    #[arg(long, action = SetTrue, help = "Print keys and payloads without what else a record says of itself.")]
    pub skip_record_metadata: Flag,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "String",
        default_value = TEXT_CLASS,
        help = "How payloads are shown: StringDecoder, LongDecoder, IntegerDecoder, or DefaultDecoder (hexadecimal) of \
                org.apache.kafka.tools.api."
    )]
    pub value_decoder_class: Once<String>,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "String",
        default_value = TEXT_CLASS,
        help = "How keys are shown; as --value-decoder-class."
    )]
    pub key_decoder_class: Once<String>,
    #[arg(long, action = SetTrue, help = "The logs are of __consumer_offsets.")]
    pub offsets_decoder: Flag,
    #[arg(long, action = SetTrue, help = "The logs are of __transaction_state.")]
    pub transaction_log_decoder: Flag,
    #[arg(long, action = SetTrue, help = "The logs are of KRaft's __cluster_metadata.")]
    pub cluster_metadata_decoder: Flag,
    #[arg(long, action = SetTrue, help = "The logs are of __remote_log_metadata.")]
    pub remote_log_metadata_decoder: Flag,
    #[arg(long, action = SetTrue, help = "The logs are of __share_group_state.")]
    pub share_group_state_decoder: Flag,
}
