//! How fast replicas may be moved (KIP-73): a limit for what leaders send to replicas that catch up, and one for what
//! followers fetch. Only replicas that the topic's settings name count, and in-sync ones are never held back.

use rkafka_base::{BrokerId, TimestampMs};
use rkafka_runtime::lock::{Mutex, Rank};
use std::{
    collections::VecDeque,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// No limit.
const UNLIMITED: i64 = i64::MAX;

/// Both limits of a broker.
pub struct Throttles {
    /// `leader.replication.throttled.rate`.
    pub leader: Throttle,
    /// `follower.replication.throttled.rate`.
    pub follower: Throttle,
}

impl Throttles {
    /// Measures over `windows` windows of `seconds` each (`replication.quota.window.*`); no limit yet.
    pub fn new(windows: usize, seconds: i64) -> Throttles {
        let throttle = || Throttle {
            limit: AtomicI64::new(UNLIMITED),
            windows: Mutex::new(Rank::ThrottleWindows, Windows::new(windows, seconds * 1000)),
        };
        Throttles { leader: throttle(), follower: throttle() }
    }
}

/// One limit, and what has gone through lately.
pub struct Throttle {
    /// Bytes per second.
    limit: AtomicI64,
    windows: Mutex<Windows>,
}

impl Throttle {
    /// Sets the limit in bytes per second; `None` lifts it.
    pub fn set(&self, limit: Option<i64>) {
        self.limit.store(limit.unwrap_or(UNLIMITED), Ordering::Relaxed);
    }

    /// Whether there is a limit at all.
    pub fn is_on(&self) -> bool {
        self.limit.load(Ordering::Relaxed) != UNLIMITED
    }

    /// Notes bytes that went through.
    pub fn record(&self, bytes: usize, now: TimestampMs) {
        self.windows.lock().record(bytes as u64, now.0);
    }

    /// How long nothing more may go through; `None` if it may.
    pub fn wait(&self, now: TimestampMs) -> Option<Duration> {
        let limit = self.limit.load(Ordering::Relaxed);
        if limit == UNLIMITED {
            return None;
        }
        let ms = self.windows.lock().wait_ms(u64::try_from(limit).unwrap_or(0), now.0);
        (ms > 0).then(|| Duration::from_millis(ms))
    }
}

/// Whether a topic's list of throttled replicas (`partition:broker`, or `*` for all) names a replica.
pub fn names_replica(list: &[String], partition: i32, broker: BrokerId) -> bool {
    let is_it = |one: &String| match one.trim().split_once(':') {
        Some((p, b)) => p.parse() == Ok(partition) && b.parse() == Ok(broker.0),
        None => one.trim() == "*",
    };
    list.iter().any(is_it)
}

/// Bytes by time, over the last few windows.
struct Windows {
    count: usize,
    length_ms: i64,
    /// Where each window begins, and its bytes; oldest first.
    bytes: VecDeque<(i64, u64)>,
}

impl Windows {
    fn new(count: usize, length_ms: i64) -> Windows {
        Windows { count: count.max(1), length_ms: length_ms.max(1), bytes: VecDeque::new() }
    }

    fn record(&mut self, bytes: u64, now_ms: i64) {
        self.drop_old(now_ms);
        match self.bytes.back_mut() {
            Some((began, sum)) if now_ms - *began < self.length_ms => *sum += bytes,
            _ => self.bytes.push_back((now_ms, bytes)),
        }
    }

    fn drop_old(&mut self, now_ms: i64) {
        let span = self.length_ms.saturating_mul(i64::try_from(self.count).unwrap_or(i64::MAX));
        // A clock that was set back must not keep windows for ever.
        self.bytes.retain(|(began, _)| (0..span).contains(&(now_ms - began)));
    }

    /// Until when the rate is above `limit` bytes per second, if nothing comes meanwhile.
    fn wait_ms(&mut self, limit: u64, now_ms: i64) -> u64 {
        self.drop_old(now_ms);
        let Some((began, _)) = self.bytes.front().copied() else { return 0 };
        let sum: u64 = self.bytes.iter().map(|(_, bytes)| bytes).sum();
        let elapsed = u64::try_from((now_ms - began).max(self.length_ms)).unwrap_or(0);
        let span = u64::try_from(self.length_ms).unwrap_or(1).saturating_mul(self.count as u64);
        let needed = sum.saturating_mul(1000).checked_div(limit).unwrap_or(span);
        needed.min(span).saturating_sub(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_has_to_wait() {
        let throttle = Throttles::new(11, 1).leader;
        let wait = |ms| throttle.wait(TimestampMs(ms)).map(|w| w.as_millis());
        throttle.record(1_000_000, TimestampMs(0));
        assert_eq!(wait(0), None, "no limit");
        throttle.set(Some(200_000));
        assert_eq!(wait(0), Some(4_000), "five seconds' worth, and a window counts whole");
        assert_eq!((wait(3_000), wait(5_000)), (Some(2_000), None));
        throttle.record(1_000_000, TimestampMs(5_000));
        assert_eq!(wait(5_000), Some(5_000));
        assert_eq!(wait(11_000), None, "the first window is forgotten");
        throttle.set(Some(0));
        assert!(wait(11_000).is_some());
        throttle.set(None);
        assert_eq!(wait(11_000), None);
    }

    #[test]
    fn lists_name_replicas() {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        assert!(names_replica(&list("0:1,3:2"), 3, BrokerId(2)));
        assert!(!names_replica(&list("0:1,3:2"), 3, BrokerId(1)));
        assert!(names_replica(&list("*"), 7, BrokerId(9)));
        assert!(!names_replica(&[], 0, BrokerId(0)) && !names_replica(&list("x:y,"), 0, BrokerId(0)));
    }
}
