//! One replica's files: segments, indexes, checkpoints, recovery.
//!
//! The layout on disk is Kafka's, byte for byte, so that a log dir can be handed from one to the other. [`Log`] owns a
//! partition's directory, [`LogDirs`] owns the directories of `log.dirs`. Nothing here runs by itself: the broker calls
//! the maintenance passes, and passes in the time.
//!
//! The doors (`Log` and `LogDirs` are cheap handles, to be cloned; all methods take `&self` and may be called from any thread):
//!
//! ```text
//! Log::append_as_leader(now, leader_epoch, origin, assign: FnOnce(next_offset) -> Result<Records, E>) -> Result<Appended, E>   (E: From<LogError>)
//! Log::append_as_follower(now, &Records) -> Result<Appended, LogError>
//! Log::read(start, max_bytes, min_one_message, upper_bound) -> Result<ReadData, LogError>
//! Log::aborted_transactions(start, upper_bound) -> Result<Vec<AbortedTxn>, LogError>
//! Log::offset_for_timestamp(timestamp) -> Result<Option<OffsetAndTimestamp>, LogError>
//! Log::end_offset_for_epoch(epoch) -> EpochEndOffset;  latest_epoch();  assign_epoch_start(epoch, start)
//! Log::log_start(), log_end(), high_watermark(), set_high_watermark(offset), last_stable_offset(), recovery_point(), size()
//! Log::truncate_to(offset), truncate_fully_and_start_at(offset), delete_records(offset, now), roll(now), flush(now)
//! Log::apply_retention(now), expire_producers(now), set_config(config), topic_id(), assign_topic_id(uuid), dir(), segments()
//! LogDirs::open(LogDirsConfig, now) (locks, checks), load(now), get(&tp), get_or_create(&tp, topic_id, config, now), delete(&tp, now)
//! LogDirs::checkpoint(..), delete_due(now), shutdown(now), sizes()
//! ```

mod config;
mod error;
mod file_names;
mod types;

pub use config::LogConfig;
pub use error::LogError;
pub use types::{
    AbortedTxn, AppendOrigin, Appended, EARLIEST_LOCAL_TIMESTAMP, EARLIEST_TIMESTAMP, EpochEndOffset,
    LATEST_TIERED_TIMESTAMP, LATEST_TIMESTAMP, MAX_TIMESTAMP, OffsetAndTimestamp, ReadData,
};
