//! Where everything comes from that the controller's loop reacts to, and which of it comes next.

use super::command::Command;
use super::event::Event;
use super::liveness::Sign;
use rkafka_runtime::clock::Clock;
use rkafka_zookeeper_client::ZkEvent;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;
use tokio::sync::mpsc;

/// How many kinds of things there are.
const KINDS: usize = 5;

pub(super) struct Queues {
    events: mpsc::UnboundedReceiver<ZkEvent>,
    reports: mpsc::UnboundedReceiver<Event>,
    signs: mpsc::UnboundedReceiver<Sign>,
    commands: mpsc::Receiver<Command>,
    /// Which kind is looked at first.
    turn: usize,
}

/// What the loop reacts to.
pub(super) enum Next {
    /// `None`: the client is closed.
    ZooKeeper(Option<ZkEvent>),
    /// `None`: nobody holds the controller any more.
    Command(Option<Command>),
    Report(Event),
    Sign(Sign),
    /// It is time to return strayed leaderships.
    Rebalance,
}

impl Queues {
    pub fn new(
        events: mpsc::UnboundedReceiver<ZkEvent>,
        reports: mpsc::UnboundedReceiver<Event>,
        signs: mpsc::UnboundedReceiver<Sign>,
        commands: mpsc::Receiver<Command>,
    ) -> Queues {
        Queues { events, reports, signs, commands, turn: 0 }
    }

    /// Waits for what comes next. The kinds have their turns: of what is there, that comes first whose kind was taken
    /// longest ago, so that nothing waits for more than one of each other kind, however fast those come; and no dice are
    /// rolled, so that what the loop does follows from what it is given.
    pub async fn next(&mut self, clock: &dyn Clock, rebalance_at: Option<Instant>) -> Next {
        let mut rebalance = pin!(until(clock, rebalance_at));
        poll_fn(|context| {
            for place in 0..KINDS {
                let kind = (self.turn + place) % KINDS;
                let next = match kind {
                    0 => self.events.poll_recv(context).map(Next::ZooKeeper),
                    1 => there(self.signs.poll_recv(context)).map(Next::Sign),
                    2 => there(self.reports.poll_recv(context)).map(Next::Report),
                    3 => rebalance.as_mut().poll(context).map(|()| Next::Rebalance),
                    _ => self.commands.poll_recv(context).map(Next::Command),
                };
                if next.is_ready() {
                    self.turn = (kind + 1) % KINDS;
                    return next;
                }
            }
            Poll::Pending
        })
        .await
    }
}

/// Of a queue whose other end the loop holds itself, so that it never ends.
fn there<T>(polled: Poll<Option<T>>) -> Poll<T> {
    match polled {
        Poll::Ready(Some(item)) => Poll::Ready(item),
        Poll::Ready(None) | Poll::Pending => Poll::Pending,
    }
}

/// Waits until `deadline`; for ever without one.
async fn until(clock: &dyn Clock, deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => {
            let left = deadline.saturating_duration_since(clock.monotonic());
            if !left.is_zero() {
                clock.sleep(left).await;
            }
        }
        None => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_runtime::clock::SystemClock;

    #[tokio::test]
    async fn every_kind_has_its_turn() {
        let (events, event_queue) = mpsc::unbounded_channel();
        let (_reports, report_queue) = mpsc::unbounded_channel();
        let (signs, sign_queue) = mpsc::unbounded_channel();
        let (commands, command_queue) = mpsc::channel(4);
        let mut queues = Queues::new(event_queue, report_queue, sign_queue, command_queue);
        for _ in 0..4 {
            events.send(ZkEvent::Connected).unwrap();
        }
        signs.send(Sign::Gone { broker: 1, epoch: 2 }).unwrap();
        commands.send(Command::Stand).await.ok();
        commands.send(Command::Stand).await.ok();
        let due = Some(SystemClock.monotonic());
        let mut order = String::new();
        for _ in 0..8 {
            order.push(match queues.next(&SystemClock, due.filter(|_| !order.contains('r'))).await {
                Next::ZooKeeper(_) => 'z',
                Next::Command(_) => 'c',
                Next::Report(_) => 'p',
                Next::Sign(_) => 's',
                Next::Rebalance => 'r',
            });
        }
        assert_eq!(order, "zsrczczz");
        drop(commands);
        assert!(matches!(queues.next(&SystemClock, None).await, Next::Command(None)));
    }
}
