//! Pure: how often a session has lost its servers of late, and what follows: when to try again, and what to say of it.
//!
//! A server that takes the session and drops it again, over and over, must not be asked thousands of times a second, nor
//! fill the log.

use std::time::Duration;

/// A connection that lasts this long was a good one: what was lost before it is forgotten.
const STEADY: Duration = Duration::from_secs(1);
/// The first and the longest pause between connections that do not last.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// How long further losses are counted before they are told of again.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// The losses since the last connection that lasted.
#[derive(Debug, Default)]
pub(super) struct Losses {
    in_a_row: u32,
    unsaid: u64,
    said_at: Option<Duration>,
}

/// What follows from a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Loss {
    /// How long to wait before the next attempt.
    pub pause: Duration,
    /// `Some` if it is to be told, with the number of losses before it that were not.
    pub say: Option<u64>,
}

impl Losses {
    /// Notes the end of a connection that lasted for `lived`, `now` after any fixed moment.
    pub fn note(&mut self, lived: Duration, now: Duration) -> Loss {
        self.in_a_row = if lived >= STEADY { 1 } else { self.in_a_row.saturating_add(1) };
        let first = self.in_a_row == 1;
        let is_due = first || self.said_at.is_none_or(|said| now.saturating_sub(said) >= SAY_AGAIN);
        let say = is_due.then_some(self.unsaid);
        if is_due {
            (self.unsaid, self.said_at) = (0, Some(now));
        } else {
            self.unsaid += 1;
        }
        // The first is repaired at once: a server that restarts must not cost its clients any time.
        let doublings = self.in_a_row.saturating_sub(2).min(16);
        let pause = if first { Duration::ZERO } else { PAUSE.0.saturating_mul(1 << doublings).min(PAUSE.1) };
        Loss { pause, say }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_losses_are_paced_and_told_once() {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        let mut losses = Losses::default();
        assert_eq!(losses.note(s(100), s(0)), Loss { pause: s(0), say: Some(0) });
        assert_eq!(losses.note(ms(1), s(1)), Loss { pause: ms(20), say: None });
        assert_eq!(losses.note(ms(1), s(1)), Loss { pause: ms(40), say: None });
        for _ in 0..100 {
            losses.note(ms(999), s(2));
        }
        assert_eq!(losses.note(ms(1), s(60)), Loss { pause: s(1), say: Some(102) });
        assert_eq!(losses.note(ms(1), s(61)), Loss { pause: s(1), say: None });
        assert_eq!(losses.note(s(2), s(62)), Loss { pause: s(0), say: Some(1) }, "another server, another story");
    }
}
