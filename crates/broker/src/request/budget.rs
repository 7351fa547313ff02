//! Pure: how large a reply may grow while it is gathered.
//!
//! Some replies are far longer than what asks for them: a few bytes name a broker, a group or a topic, and its settings,
//! members or offsets come back. A handler of such an API takes each part off a budget before it gathers the next.

use crate::api_error::ApiError;
use rkafka_protocol::ErrorCode;

/// The most that one reply may hold, in bytes of memory: the settings of some 10,000 topics with all that there is to
/// say of them. Whoever wants more asks in parts.
pub const MAX_REPLY: usize = 256 << 20;

/// What a reply may still hold.
#[derive(Debug)]
pub struct ReplyBudget {
    left: usize,
}

impl ReplyBudget {
    /// What a reply begins with.
    pub fn of_a_reply() -> ReplyBudget {
        ReplyBudget { left: MAX_REPLY }
    }

    /// Takes a part off the budget. INVALID_REQUEST if there is not as much left; smaller parts may still fit.
    pub fn take(&mut self, bytes: usize) -> Result<(), ApiError> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| {
            let message = format!("The answer would be longer than {MAX_REPLY} bytes. Ask for less at a time.");
            ApiError::new(ErrorCode::INVALID_REQUEST, message)
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_and_takes_nothing() {
        let mut budget = ReplyBudget::of_a_reply();
        assert_eq!(budget.take(MAX_REPLY - 10), Ok(()));
        assert_eq!(budget.take(11).unwrap_err().code, ErrorCode::INVALID_REQUEST);
        assert_eq!(budget.take(10), Ok(()));
        assert!(budget.take(1).is_err());
    }
}
