//! Pure: sync (9). A lone server has nothing to catch up with.

use rkafka_jute::{Output, Record as _, SyncRequest, SyncResponse, ZkError};

pub fn serve(request: SyncRequest, output: &mut Output) -> Result<(), ZkError> {
    SyncResponse { path: request.path }.write(output);
    Ok(())
}
