//! The order of a connection's produce requests, for those that are not written before the next one starts.

use rkafka_runtime::lock::{Mutex, Rank};
use tokio::sync::oneshot;

/// The order of one connection's produce requests.
#[derive(Debug)]
pub struct Turns {
    /// Ends when all requests so far are written. Locked for the exchange; a turn is waited for without it.
    last: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Default for Turns {
    fn default() -> Turns {
        Turns { last: Mutex::new(Rank::ProduceTurns, None) }
    }
}

/// Held until a request is written. The next one's turn comes when it is dropped.
pub struct Turn {
    /// Ends when the requests before are written; `None` if they are.
    pub before: Option<oneshot::Receiver<()>>,
    _written: oneshot::Sender<()>,
}

impl Turns {
    /// The turn of the request that starts now.
    pub fn next(&self) -> Turn {
        let (_written, next) = oneshot::channel();
        let mut before = self.last.lock().replace(next);
        if let Some(last) = &mut before
            && last.try_recv() != Err(oneshot::error::TryRecvError::Empty)
        {
            before = None;
        }
        Turn { before, _written }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_come_one_after_the_other() {
        let turns = Turns::default();
        let first = turns.next();
        assert!(first.before.is_none());
        let second = turns.next();
        let third = turns.next();
        let (mut second_before, mut third_before) = (second.before, third.before);
        assert!(second_before.as_mut().unwrap().try_recv() == Err(oneshot::error::TryRecvError::Empty));
        drop(first);
        second_before.unwrap().await.unwrap_err();
        assert!(third_before.as_mut().unwrap().try_recv() == Err(oneshot::error::TryRecvError::Empty));
        drop(second._written);
        third_before.unwrap().await.unwrap_err();
        drop(third._written);
        assert!(turns.next().before.is_none());
    }
}
