//! One replica's files: segments, indexes, checkpoints, recovery.
//!
//! The layout on disk is Kafka's, byte for byte, so that a log dir can be handed from one to the other. [`Log`] owns a
//! partition's directory, [`LogDirs`] owns the directories of `log.dirs`. Nothing here runs by itself: the broker calls
//! the maintenance passes, and passes in the time.
//!
//! | file | what it does |
//! |---|---|
//! | `partition_log`, `view`, `append`, `read`, `truncate`, `timestamps`, `maintain` | [`Log`], one file per kind of operation |
//! | `load`, `load_epochs`, `rebuild`, `segment_recover`, `dir_listing` | opening a directory, and checking it after a crash |
//! | `segment`, `offset_index`, `time_index`, `txn_index`, `index_file`, `batch_scan` | one segment's files |
//! | `open_files`, `segment_files` | which of these files are open |
//! | `batch`, `producer_state`, `producer_check`, `leader_epochs`, `recovery`, `roll`, `retention` | what is decided, without a file in sight |
//! | `producer_snapshot`, `checkpoint`, `partition_metadata`, `meta_properties`, `file_names`, `fsync` | formats, names, and waiting for the disk |
//! | `future` | moving a log into another log dir |
//! | `log_dirs`, `home`, `load_all`, `shutdown`, `dir_lock`, `deletion` | [`LogDirs`] |

mod append;
mod atomic_file;
mod batch;
mod batch_scan;
mod checkpoint;
mod config;
mod deletion;
mod dir_listing;
mod dir_lock;
mod error;
mod file_names;
mod fsync;
mod future;
mod home;
mod index_file;
mod leader_epochs;
mod load;
mod load_all;
mod load_epochs;
mod log_dirs;
mod maintain;
mod meta_properties;
mod offset_index;
mod open_files;
mod partition_log;
mod partition_metadata;
mod producer_check;
mod producer_snapshot;
mod producer_state;
mod read;
mod rebuild;
mod recovery;
mod retention;
mod roll;
mod segment;
mod segment_files;
mod segment_recover;
mod shutdown;
mod time_index;
mod timestamps;
mod truncate;
mod txn_index;
mod types;
mod view;

pub use config::LogConfig;
pub use error::LogError;
pub use future::{Destination, MoveProgress};
pub use leader_epochs::LeaderEpochs;
pub use load::OpenLog;
pub use load_all::LoadOptions;
pub use log_dirs::{LogDirDescription, LogDirs};
pub use partition_log::{Log, SegmentInfo};
pub use shutdown::CLEAN_SHUTDOWN;
pub use types::{
    AbortedTxn, AppendOrigin, Appended, EARLIEST_LOCAL_TIMESTAMP, EARLIEST_TIMESTAMP, EpochEndOffset,
    LATEST_TIERED_TIMESTAMP, LATEST_TIMESTAMP, MAX_TIMESTAMP, OffsetAndTimestamp, ReadData,
};

#[cfg(test)]
mod tests;
