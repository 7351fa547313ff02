//! Pure: ping (11): the header alone; receiving it has renewed the session.

use rkafka_jute::ZkError;

pub fn serve() -> Result<(), ZkError> {
    Ok(())
}
