//! One replica's files: segments, indexes, checkpoints, recovery.
