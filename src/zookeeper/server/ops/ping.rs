//! Pure: ping (11): the header alone; receiving it has renewed the session.

use crate::zookeeper::jute::ZkError;

pub fn serve() -> Result<(), ZkError> {
    Ok(())
}
