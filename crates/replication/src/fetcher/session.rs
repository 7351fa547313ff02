//! Pure: the number and the epoch of a fetch session with a leader (KIP-227). Which partitions the session holds is the
//! roster's to know.

use rkafka_protocol::ErrorCode;

/// The epoch of a request that begins a session, and of one outside of any.
const INITIAL_EPOCH: i32 = 0;
const FINAL_EPOCH: i32 = -1;

/// A session with one leader, as Kafka names its numbers. It begins with a full request; after that, requests and answers carry what changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FetchMetadata {
    /// 0 if the leader keeps none.
    id: i32,
    epoch: i32,
}

impl FetchMetadata {
    /// A request outside of any session.
    pub const NONE: FetchMetadata = FetchMetadata { id: 0, epoch: FINAL_EPOCH };

    /// The numbers that the next request carries.
    pub fn next(&self) -> (i32, i32) {
        (self.id, self.epoch)
    }

    /// Whether the next request has to name every partition.
    pub fn is_full(&self) -> bool {
        self.epoch <= INITIAL_EPOCH
    }

    /// Takes note of an answer's session id and error. False if the answer's partitions cannot be used.
    pub fn answered(&mut self, error: ErrorCode, id: i32) -> bool {
        match error {
            ErrorCode::NONE if id == 0 => *self = FetchMetadata::default(),
            ErrorCode::NONE if self.is_full() => *self = FetchMetadata { id, epoch: 1 },
            ErrorCode::NONE => self.epoch = self.epoch.checked_add(1).unwrap_or(1),
            ErrorCode::FETCH_SESSION_ID_NOT_FOUND => *self = FetchMetadata::default(),
            _ => self.restart(),
        }
        error == ErrorCode::NONE
    }

    /// The next request is a full one; it closes the present session on the leader's side.
    pub fn restart(&mut self) {
        self.epoch = INITIAL_EPOCH;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_begins_goes_on_and_starts_over() {
        let mut session = FetchMetadata::default();
        assert!(session.is_full() && session.next() == (0, 0));
        assert!(session.answered(ErrorCode::NONE, 9));
        assert_eq!((session.is_full(), session.next()), (false, (9, 1)));
        assert!(session.answered(ErrorCode::NONE, 9));
        assert_eq!(session.next(), (9, 2));
        assert!(!session.answered(ErrorCode::INVALID_FETCH_SESSION_EPOCH, 0));
        assert_eq!((session.is_full(), session.next()), (true, (9, 0)), "closes the old one");
        assert!(session.answered(ErrorCode::NONE, 11));
        assert!(!session.answered(ErrorCode::FETCH_SESSION_ID_NOT_FOUND, 0));
        assert_eq!(session.next(), (0, 0));
        assert!(session.answered(ErrorCode::NONE, 0));
        assert!(session.is_full(), "the leader keeps no session: every request is full");
        session = FetchMetadata { id: 9, epoch: i32::MAX };
        assert!(session.answered(ErrorCode::NONE, 9));
        assert_eq!(session.next(), (9, 1), "the epoch wraps around past 0");
    }
}
