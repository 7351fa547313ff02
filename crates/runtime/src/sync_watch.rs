//! Who hears of each sync that the disk will make, before it does: a test that takes a machine's power away must know what
//! was on the disk by then. In a server nobody listens, and that costs one look at a word beside what waits for a disk.

use std::{fs::File, sync::OnceLock};

static LISTENER: OnceLock<fn(&File)> = OnceLock::new();

/// Has `listener` hear of every sync of the process from now on; the first one stays.
pub fn listen(listener: fn(&File)) {
    LISTENER.get_or_init(|| listener);
}

/// Whoever is about to sync a file or a directory says so here.
pub(crate) fn syncing(file: &File) {
    if let Some(listener) = LISTENER.get() {
        listener(file);
    }
}
