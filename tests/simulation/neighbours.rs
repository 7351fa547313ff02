//! Who can be reached from where, as the machines' kernels answer: what the watch over brokers finds when it connects. A
//! wrong suspicion is taken for true as long as it lasts.

use super::env::Env;
use super::message::Endpoint;
use super::step_clock::StepClock;
use super::world::Machine;
use parking_lot::Mutex;
use rkafka_client::Target;
use rkafka_controller::{Awaited, Listeners, Open, PATIENCE, Unopened};
use rkafka_runtime::clock::within;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Notify;

/// What others find at one machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    /// The run of the process that listens.
    run: Option<u64>,
    /// Whether it would answer.
    serves: bool,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct View {
    machines: Vec<Found>,
    parted: Vec<(Endpoint, Endpoint)>,
}

#[derive(Default)]
pub struct Neighbours {
    view: Mutex<View>,
    changed: Notify,
}

impl Neighbours {
    /// Takes in what the last step has changed; whether it has.
    pub fn look(&self, machines: &BTreeMap<i32, Machine>, env: &Env) -> bool {
        let found = machines.values().map(|machine| {
            let process = machine.process.as_ref();
            let listening = process.filter(|_| machine.suspected_until <= env.now);
            let serves = listening.is_some_and(|p| p.broker_epoch >= 0) && machine.backlog.is_none();
            Found { run: listening.map(|process| process.run), serves }
        });
        let mut view = self.view.lock();
        let is_same =
            view.machines.iter().copied().eq(found.clone()) && view.parted.iter().eq(env.cuts.values().flatten());
        if is_same {
            return false;
        }
        *view = View { machines: found.collect(), parted: env.cuts.values().flatten().copied().collect() };
        drop(view);
        self.changed.notify_waiters();
        true
    }

    /// What `from` finds at `to`; `None` if it hears nothing.
    fn find(&self, from: i32, to: i32) -> Option<Found> {
        let view = self.view.lock();
        let (a, b) = (Endpoint::Broker(from), Endpoint::Broker(to));
        if view.parted.iter().any(|pair| *pair == (a, b) || *pair == (b, a)) {
            return None;
        }
        view.machines.get(to as usize).copied()
    }

    /// Waits until what `from` finds at `to` means something.
    async fn until<T>(&self, from: i32, to: i32, means: impl Fn(Found) -> Option<T>) -> T {
        loop {
            let changed = self.changed.notified();
            if let Some(meaning) = self.find(from, to).and_then(&means) {
                return meaning;
            }
            changed.await;
        }
    }
}

/// The view of one process.
pub struct Listening {
    pub own_id: i32,
    pub neighbours: Arc<Neighbours>,
    pub clock: Arc<StepClock>,
}

impl Listeners for Listening {
    fn open<'a>(&'a self, target: &'a Target) -> Awaited<'a, Result<Box<dyn Open>, Unopened>> {
        Box::pin(async move {
            let (from, to) = (self.own_id, target.node_id);
            let run = within(&*self.clock, PATIENCE, self.neighbours.until(from, to, |found| Some(found.run))).await;
            let run = run.ok_or(Unopened::Silent)?.ok_or(Unopened::Refused)?;
            let (neighbours, clock) = (Arc::clone(&self.neighbours), Arc::clone(&self.clock));
            Ok(Box::new(Connection { from, to, run, neighbours, clock }) as Box<dyn Open>)
        })
    }
}

struct Connection {
    from: i32,
    to: i32,
    run: u64,
    neighbours: Arc<Neighbours>,
    clock: Arc<StepClock>,
}

impl Open for Connection {
    fn answers(&self) -> Awaited<'_, bool> {
        Box::pin(async {
            let means = |found: Found| match found.run == Some(self.run) {
                true => found.serves.then_some(true),
                false => Some(false),
            };
            within(&*self.clock, PATIENCE, self.neighbours.until(self.from, self.to, means)).await.unwrap_or(false)
        })
    }

    fn ended(&self) -> Awaited<'_, ()> {
        Box::pin(self.neighbours.until(self.from, self.to, |found| (found.run != Some(self.run)).then_some(())))
    }
}
