//! Pure: how one replica follows its leader: what it asks for next, and what it makes of the answer (`AbstractFetcherThread`
//! of Kafka's core).
//!
//! A follower never trusts its own log beyond what its leader confirms: every question carries the epoch of the last record
//! that it has, and the leader answers with the point where the two logs part ways, if they do (KIP-595). Only then come
//! records. A log that knows no epochs (of an old format, or empty) is cut to its high watermark first instead.

use rkafka_base::{LeaderEpoch, Offset};
use rkafka_log::EpochEndOffset;
use rkafka_protocol::ErrorCode;

/// The first wait after an error, in milliseconds; it doubles up to `replica.fetch.backoff.ms`. Kafka waits for all of it
/// at once, which would hold up every change of leader by a second: a new leader often hears later than its followers.
pub(crate) const FIRST_BACKOFF_MS: i64 = 10;

/// What a follower must know of its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogView {
    pub start: Offset,
    pub end: Offset,
    pub high_watermark: Offset,
    /// The epoch of the newest record; `None` if no epoch is known.
    pub latest_epoch: Option<LeaderEpoch>,
}

/// What is asked of the leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The leader's epoch, as this follower knows it.
    pub leader_epoch: LeaderEpoch,
    pub offset: Offset,
    /// The epoch of the record before `offset`; −1 if not known.
    pub last_epoch: LeaderEpoch,
}

/// What the leader said of one partition, without the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub error: ErrorCode,
    /// Where the leader's log parts from ours, if it does.
    pub diverging: Option<EpochEndOffset>,
}

/// What is to be done about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The answer is to a question that is not ours any more.
    Ignore,
    /// Append the records, if any, and take the leader's offsets; then [`FetchState::appended`].
    Append,
    /// Drop what lies from this offset on; then [`FetchState::truncated`].
    Truncate(Offset),
    /// Ask the leader for its log end, then [`FetchState::leader_ends_at`].
    AskLogEnd,
    /// Ask again when [`FetchState::ready_at_ms`] has come.
    Wait,
    /// The controller will say more; until then there is nothing to ask.
    Stop,
}

/// What is to be done once the leader has said where its log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeyondEnd {
    /// The leader's log is shorter: an unclean election lost records. Drop what lies from this offset on.
    Truncate(Offset),
    /// The leader may have deleted what we lack: ask where its log starts, then [`FetchState::leader_starts_at`].
    AskLogStart,
}

/// One partition's fetching, under one leader epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchState {
    leader_epoch: LeaderEpoch,
    offset: Offset,
    last_epoch: LeaderEpoch,
    failures: u32,
    ready_at_ms: i64,
    stopped: bool,
}

impl FetchState {
    /// Begins to follow the leader of `leader_epoch`. If an offset comes with it, what lies from there on must be dropped
    /// before the first question.
    pub fn begin(leader_epoch: LeaderEpoch, log: &LogView) -> (FetchState, Option<Offset>) {
        let (offset, cut) = match log.latest_epoch {
            Some(_) => (log.end, None),
            None => (log.high_watermark, Some(log.high_watermark).filter(|high| *high < log.end)),
        };
        let last_epoch = log.latest_epoch.unwrap_or(LeaderEpoch::NONE);
        let state = FetchState { leader_epoch, offset, last_epoch, failures: 0, ready_at_ms: 0, stopped: false };
        (state, cut)
    }

    pub fn leader_epoch(&self) -> LeaderEpoch {
        self.leader_epoch
    }

    /// Where the next record goes.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// When the next question may be asked; 0 if there is no wait.
    pub fn ready_at_ms(&self) -> i64 {
        self.ready_at_ms
    }

    /// How many errors came in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// The controller has to speak before this goes on.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// What to ask now, if anything.
    pub fn question(&self, now_ms: i64) -> Option<Question> {
        let ready = !self.stopped && self.ready_at_ms <= now_ms;
        ready.then_some(Question { leader_epoch: self.leader_epoch, offset: self.offset, last_epoch: self.last_epoch })
    }

    /// What an answer to `asked` means. `end_of` tells where an epoch ends in our log.
    pub fn answered(
        &mut self,
        asked: &Question,
        answer: &Answer,
        log: &LogView,
        end_of: impl Fn(LeaderEpoch) -> EpochEndOffset,
    ) -> Step {
        if self.stopped || asked.leader_epoch != self.leader_epoch || asked.offset != self.offset {
            return Step::Ignore;
        }
        match answer.error {
            ErrorCode::NONE => match answer.diverging {
                Some(leader) => {
                    let cut = truncation(leader, log, end_of);
                    debug_assert!(cut.0 >= 0, "the logs part ways at {cut}: {leader:?} with {log:?}");
                    Step::Truncate(cut)
                }
                None => Step::Append,
            },
            ErrorCode::OFFSET_OUT_OF_RANGE => Step::AskLogEnd,
            // A newer leader is there; the controller is about to tell.
            ErrorCode::FENCED_LEADER_EPOCH => self.stop(),
            _ => Step::Wait,
        }
    }

    /// Records were appended, or there were none: the log is now as `log` says.
    pub fn appended(&mut self, log: &LogView) {
        self.moved(log);
        (self.failures, self.ready_at_ms) = (0, 0);
    }

    /// The log was cut, or began anew.
    pub fn truncated(&mut self, log: &LogView, now_ms: i64, max_backoff_ms: i64) {
        let before = (self.offset, self.last_epoch);
        self.moved(log);
        if before == (self.offset, self.last_epoch) {
            // The same question would bring the same answer at once.
            self.failed(now_ms, max_backoff_ms);
        }
    }

    fn moved(&mut self, log: &LogView) {
        self.offset = log.end;
        self.last_epoch = log.latest_epoch.unwrap_or(LeaderEpoch::NONE);
    }

    /// Our offset is not in the leader's log, which ends at `end`.
    pub fn leader_ends_at(&self, end: Offset) -> BeyondEnd {
        if end < self.offset { BeyondEnd::Truncate(end) } else { BeyondEnd::AskLogStart }
    }

    /// The leader's log starts at `start`. If our log ends before that, it has to begin anew there.
    pub(crate) fn leader_starts_at(&self, start: Offset) -> Option<Offset> {
        Some(start).filter(|start| *start > self.offset)
    }

    /// Something went wrong; the next question has to wait.
    pub fn failed(&mut self, now_ms: i64, max_backoff_ms: i64) {
        let doubled = FIRST_BACKOFF_MS.saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        self.ready_at_ms = now_ms.saturating_add(doubled.min(max_backoff_ms.max(1)));
        debug_assert!(self.ready_at_ms > now_ms, "after a failure there is a wait: {} at {now_ms}", self.ready_at_ms);
    }

    /// The next question has to wait, though nothing is wrong.
    pub(crate) fn hold_until(&mut self, ready_at_ms: i64) {
        self.ready_at_ms = ready_at_ms;
    }

    /// Nothing is asked any more until the controller begins a new epoch.
    pub fn stop(&mut self) -> Step {
        self.stopped = true;
        Step::Stop
    }
}

/// Where a follower's log is to be cut whose leader says that they part ways at the end of `leader`'s epoch. If the follower
/// does not know that epoch, it goes back to the end of an older one, and asks again.
fn truncation(leader: EpochEndOffset, log: &LogView, end_of: impl Fn(LeaderEpoch) -> EpochEndOffset) -> Offset {
    if leader.end_offset.0 < 0 {
        return log.high_watermark;
    }
    if leader.leader_epoch == LeaderEpoch::NONE {
        return leader.end_offset.min(log.end);
    }
    let own = end_of(leader.leader_epoch);
    if own == EpochEndOffset::UNDEFINED {
        leader.end_offset.min(log.end)
    } else if own.leader_epoch != leader.leader_epoch {
        own.end_offset.min(log.end)
    } else {
        own.end_offset.min(leader.end_offset).min(log.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const E: LeaderEpoch = LeaderEpoch(7);

    fn log(end: i64, high: i64, epoch: Option<i32>) -> LogView {
        LogView {
            start: Offset(0),
            end: Offset(end),
            high_watermark: Offset(high),
            latest_epoch: epoch.map(LeaderEpoch),
        }
    }

    fn none(_: LeaderEpoch) -> EpochEndOffset {
        EpochEndOffset::UNDEFINED
    }

    fn ends(epoch: i32, end: i64) -> EpochEndOffset {
        EpochEndOffset { leader_epoch: LeaderEpoch(epoch), end_offset: Offset(end) }
    }

    fn error(error: ErrorCode) -> Answer {
        Answer { error, diverging: None }
    }

    fn diverging(epoch: i32, end: i64) -> Answer {
        Answer { error: ErrorCode::NONE, diverging: Some(ends(epoch, end)) }
    }

    #[test]
    fn it_begins_at_the_log_end_or_without_epochs_at_the_high_watermark() {
        let (state, cut) = FetchState::begin(E, &log(20, 15, Some(5)));
        let question = Question { leader_epoch: E, offset: Offset(20), last_epoch: LeaderEpoch(5) };
        assert_eq!((state.question(0), cut), (Some(question), None), "by epoch, not by high watermark");
        let (state, cut) = FetchState::begin(E, &log(20, 15, None));
        let question = Question { leader_epoch: E, offset: Offset(15), last_epoch: LeaderEpoch::NONE };
        assert_eq!((state.question(0), cut), (Some(question), Some(Offset(15))));
        assert_eq!(FetchState::begin(E, &log(0, 0, None)).1, None);
    }

    #[test]
    fn answers_to_older_questions_change_nothing() {
        let (mut state, _) = FetchState::begin(E, &log(20, 15, Some(5)));
        let asked = state.question(0).unwrap();
        for other in [
            Question { leader_epoch: LeaderEpoch(6), ..asked },
            Question { leader_epoch: LeaderEpoch(8), ..asked },
            Question { offset: Offset(19), ..asked },
        ] {
            let step = state.answered(&other, &error(ErrorCode::NONE), &log(20, 15, Some(5)), none);
            assert_eq!(step, Step::Ignore, "{other:?}");
        }
        let step = state.answered(&asked, &error(ErrorCode::NONE), &log(20, 15, Some(5)), none);
        assert_eq!(step, Step::Append);
        state.appended(&log(30, 15, Some(7)));
        assert_eq!(state.answered(&asked, &error(ErrorCode::NONE), &log(30, 15, Some(7)), none), Step::Ignore);
        assert_eq!(state.question(0).map(|q| (q.offset.0, q.last_epoch.0)), Some((30, 7)));
    }

    #[test]
    fn logs_that_part_ways_are_cut_where_they_do() {
        let view = log(20, 15, Some(5));
        let (mut state, _) = FetchState::begin(E, &view);
        let asked = state.question(0).unwrap();
        let mut cut = |answer: Answer, own: EpochEndOffset| state.answered(&asked, &answer, &view, |_| own);
        assert_eq!(cut(diverging(5, 17), ends(5, 20)), Step::Truncate(Offset(17)), "the leader has less of the epoch");
        assert_eq!(cut(diverging(4, 30), ends(4, 12)), Step::Truncate(Offset(12)), "we have less of it");
        assert_eq!(cut(diverging(4, 18), ends(2, 9)), Step::Truncate(Offset(9)), "we do not know it");
        assert_eq!(cut(diverging(4, 18), EpochEndOffset::UNDEFINED), Step::Truncate(Offset(18)));
        assert_eq!(cut(diverging(-1, 18), ends(4, 3)), Step::Truncate(Offset(18)));
        assert_eq!(cut(diverging(-1, -1), ends(4, 3)), Step::Truncate(Offset(15)), "unknown: the high watermark");
        state.truncated(&log(17, 15, Some(5)), 0, 1000);
        assert_eq!(state.question(0).map(|q| (q.offset.0, q.last_epoch.0)), Some((17, 5)));
        state.truncated(&log(17, 15, Some(5)), 0, 1000);
        assert_eq!(state.question(0), None, "no progress is not tried again at once");
    }

    #[test]
    fn offsets_out_of_the_leaders_range() {
        let view = log(20, 15, Some(5));
        let (mut state, _) = FetchState::begin(E, &view);
        let asked = state.question(0).unwrap();
        assert_eq!(state.answered(&asked, &error(ErrorCode::OFFSET_OUT_OF_RANGE), &view, none), Step::AskLogEnd);
        assert_eq!(state.leader_ends_at(Offset(12)), BeyondEnd::Truncate(Offset(12)));
        assert_eq!(state.leader_ends_at(Offset(100)), BeyondEnd::AskLogStart);
        assert_eq!(state.leader_starts_at(Offset(90)), Some(Offset(90)));
        assert_eq!(state.leader_starts_at(Offset(20)), None);
        state.truncated(&log(90, 90, None), 0, 1000);
        assert_eq!(state.question(0).map(|q| (q.offset.0, q.last_epoch.0)), Some((90, -1)));
    }

    #[test]
    fn errors_wait_longer_and_longer_and_a_fenced_epoch_ends_it() {
        let view = log(20, 15, Some(5));
        let (mut state, _) = FetchState::begin(E, &view);
        let asked = state.question(0).unwrap();
        for wait in [10, 20, 40, 80, 160, 320, 500, 500] {
            let code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
            assert_eq!(state.answered(&asked, &error(code), &view, none), Step::Wait);
            state.failed(1000, 500);
            assert_eq!(state.ready_at_ms(), 1000 + wait);
            assert!(state.question(999 + wait).is_none() && state.question(1000 + wait).is_some());
        }
        state.appended(&view);
        assert_eq!((state.failures(), state.ready_at_ms()), (0, 0));
        assert_eq!(state.answered(&asked, &error(ErrorCode::FENCED_LEADER_EPOCH), &view, none), Step::Stop);
        assert!(state.is_stopped() && state.question(i64::MAX).is_none());
        assert_eq!(state.answered(&asked, &error(ErrorCode::NONE), &view, none), Step::Ignore);
    }
}
