//! Pure: the records of one batch that are refused, of which so many are named, and all are counted.

use super::{ProduceError, RecordFault};
use crate::ErrorCode;

/// How many of them the message of a refused batch repeats, as in Kafka.
const SHOWN: usize = 3;

/// What was found so far.
pub struct Faults {
    named: Vec<RecordFault>,
    /// How many more may be named.
    room: usize,
    total: usize,
    bad_timestamp: bool,
}

impl Faults {
    /// No faults yet; at most `room` are to be named.
    pub fn new(room: usize) -> Faults {
        Faults { named: Vec::new(), room, total: 0, bad_timestamp: false }
    }

    /// Notes a fault. The message is only made if the record is going to be named.
    pub fn add(&mut self, batch_index: i32, code: ErrorCode, message: impl FnOnce() -> String) {
        self.total += 1;
        self.bad_timestamp |= code == ErrorCode::INVALID_TIMESTAMP;
        if self.named.len() < self.room {
            self.named.push(RecordFault { batch_index, message: message() });
        }
    }

    /// How many are named.
    pub fn named(&self) -> usize {
        self.named.len()
    }

    /// The refusal, if there is a fault (`LogValidator.processRecordErrors`).
    pub fn refusal(self) -> Result<(), ProduceError> {
        if self.total == 0 {
            return Ok(());
        }
        if self.bad_timestamp {
            let message = "One or more records have been rejected due to invalid timestamp".into();
            return Err(ProduceError { code: ErrorCode::INVALID_TIMESTAMP, message, record_errors: self.named });
        }
        let shown = self.named.iter().take(SHOWN);
        let shown: Vec<String> =
            shown.map(|f| format!("RecordError(batchIndex={}, message='{}')", f.batch_index, f.message)).collect();
        let message = format!(
            "One or more records have been rejected due to {} record errors in total, and only showing the first three \
             errors at most: [{}]",
            self.total,
            shown.join(", ")
        );
        Err(ProduceError { code: ErrorCode::INVALID_RECORD, message, record_errors: self.named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_counted_and_costs_no_message() {
        let mut faults = Faults::new(2);
        for index in 0..1_000_000 {
            faults.add(index, ErrorCode::INVALID_RECORD, || {
                assert!(index < 2);
                "no key".into()
            });
        }
        let error = faults.refusal().unwrap_err();
        assert_eq!((error.code, error.record_errors.len()), (ErrorCode::INVALID_RECORD, 2));
        assert!(error.message.contains("due to 1000000 record errors in total"), "{}", error.message);
        let mut faults = Faults::new(0);
        faults.add(0, ErrorCode::INVALID_RECORD, || unreachable!());
        faults.add(1, ErrorCode::INVALID_TIMESTAMP, || unreachable!());
        let error = faults.refusal().unwrap_err();
        assert_eq!((error.code, error.record_errors), (ErrorCode::INVALID_TIMESTAMP, vec![]));
        assert_eq!(Faults::new(9).refusal(), Ok(()));
    }
}
