//! The one thing that everybody in a simulated cluster touches: true time, the seed's randomness, the network, and what
//! is to happen later. Nothing else in the simulation knows the time or rolls dice.

use super::coordinating::{Acknowledged, Coordinated};
use super::message::{Endpoint, Envelope, Message};
use super::mutation::Mutation;
use super::neighbours::Neighbours;
use super::trace::Trace;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Happening {
    Deliver(Envelope),
    Timer {
        broker: i32,
        run: u64,
        timer: Timer,
    },
    Client {
        client: usize,
        turn: u64,
    },
    ZooKeeperTick,
    /// Look who could not notice anything.
    LivenessTick,
    Fault,
    /// The machine's process starts.
    Start {
        broker: i32,
    },
    /// A stopped process goes on.
    Continue {
        broker: i32,
        run: u64,
    },
    HealNetwork {
        cut: u64,
    },
    /// A machine's power fails, unless it has failed in a sync before.
    PowerGoes {
        broker: i32,
        run: u64,
    },
}

/// What a broker process has set itself an alarm for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timer {
    Connect,
    ZkTimeout {
        token: u64,
    },
    Register,
    /// Look again who counts on the broker.
    StandAside,
    /// The controller has waited for this moment, or may have something to notice.
    Control,
    /// Look whether ZooKeeper answers the controller.
    ZkSilence,
    ReachZooKeeper,
    Fetch {
        partition: usize,
        turn: u64,
    },
    HeldFetch {
        partition: usize,
        call: u64,
    },
    Resume {
        call: u64,
    },
    CheckInSync,
    Alter {
        call: u64,
    },
    LookAgain {
        partition: usize,
    },
    Checkpoint,
    Flush,
    /// Look whether somebody else leads in this broker's place.
    LostLeadership,
    /// The group coordinator has waited for this moment.
    Coordinate,
}

pub struct Scheduled {
    at: i64,
    order: u64,
    happening: Happening,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}
impl Eq for Scheduled {}
impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// What is different from seed to seed.
#[derive(Clone, Debug)]
pub struct Shape {
    pub brokers: i32,
    pub assignment: Vec<Vec<i32>>,
    /// Producers write to so many partitions; the one after them, if any, is the group coordinator's.
    pub produced: usize,
    /// Of a thousand messages, how many are lost.
    pub loss: u32,
    /// The usual delay of a message, and of one in twenty.
    pub delay_ms: i64,
    pub slow_delay_ms: i64,
    /// `replica.lag.time.max.ms`.
    pub lag_ms: i64,
    pub session_timeout_ms: i64,
    /// A restarted broker takes its own registration over at once, instead of waiting for its session to expire.
    pub takes_over: bool,
    /// Which kinds of faults happen.
    pub faults: Vec<super::faults::Fault>,
    /// The mean time between faults.
    pub fault_interval_ms: i64,
}

impl Shape {
    /// The partition of the group coordinator.
    pub fn offsets(&self) -> Option<usize> {
        (self.produced < self.assignment.len()).then_some(self.produced)
    }
}

/// Whether consumers commit offsets. It takes twice as long: so they do under every third seed, and rules that have nothing
/// to do with them are broken without them.
pub fn coordinates(seed: u64, mutation: Option<Mutation>) -> bool {
    mutation.map_or(seed.is_multiple_of(3), |mutation| mutation == Mutation::KeepGroups)
}

pub struct Env {
    pub now: i64,
    pub random: fastrand::Rng,
    pub shape: Shape,
    pub mutation: Option<Mutation>,
    pub trace: Trace,
    queue: BinaryHeap<Reverse<Scheduled>>,
    order: u64,
    next_call: u64,
    /// Pairs that cannot reach each other, by the fault that parted them.
    pub cuts: BTreeMap<u64, Vec<(Endpoint, Endpoint)>>,
    /// What the machines' kernels say to those who connect.
    pub neighbours: Arc<Neighbours>,
    /// The run of each broker whose process lives.
    pub running: BTreeMap<i32, u64>,
    /// Until when nothing overtakes on a pair's connection, where order matters.
    arrivals: BTreeMap<(Endpoint, Endpoint), i64>,
    /// Partitions of which something has changed in this step.
    pub touched: BTreeSet<usize>,
    /// Partition, offset and value of what leaders have acknowledged in this step to producers who asked for all.
    pub acknowledged: Vec<(usize, i64, u64)>,
    /// Partition and leader of what was acknowledged in this step to producers who asked for the leader only.
    pub acknowledged_alone: Vec<(usize, i32)>,
    /// What coordinators have said in this step.
    pub coordinated: Vec<Coordinated>,
    /// By group, what coordinators have acknowledged in earlier steps.
    pub committed: BTreeMap<String, Acknowledged>,
    /// How many disks have failed in the middle of something.
    pub failed_disks: usize,
    /// No more faults: everything heals.
    pub calm: bool,
}

impl Env {
    pub fn new(shape: Shape, mutation: Option<Mutation>, random: fastrand::Rng) -> Env {
        Env {
            now: 1_000_000,
            random,
            shape,
            mutation,
            trace: Trace::new(),
            queue: BinaryHeap::new(),
            order: 0,
            next_call: 0,
            cuts: BTreeMap::new(),
            neighbours: Arc::default(),
            running: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            touched: BTreeSet::new(),
            acknowledged: Vec::new(),
            acknowledged_alone: Vec::new(),
            coordinated: Vec::new(),
            committed: BTreeMap::new(),
            failed_disks: 0,
            calm: false,
        }
    }

    pub fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Whether leaders look for successors. The other rules are broken without that, since it would
    /// cover some of them up.
    pub fn looks_for_successors(&self) -> bool {
        self.mutation.is_none()
    }

    /// Whether the controller returns leaderships to preferred replicas. It covers up what stays as it is otherwise.
    pub fn returns_leaderships(&self) -> bool {
        self.mutation.is_none() && self.shape.lag_ms % 2 == 0
    }

    /// Whether suspicions last long and leaders that were replaced are to notice.
    pub fn minds_successors(&self) -> bool {
        self.mutation.is_none_or(|mutation| mutation == Mutation::WaitForTheWord)
    }

    /// A fresh number for a request.
    pub fn call(&mut self) -> u64 {
        self.next_call += 1;
        self.next_call
    }

    pub fn after(&mut self, ms: i64, happening: Happening) {
        self.order += 1;
        self.queue.push(Reverse(Scheduled { at: self.now + ms.max(0), order: self.order, happening }));
    }

    pub fn timer(&mut self, ms: i64, broker: i32, run: u64, timer: Timer) {
        self.after(ms, Happening::Timer { broker, run, timer });
    }

    /// How many things were ever put off; what [`Self::withdraw`] takes.
    pub fn mark(&self) -> (u64, usize) {
        (self.order, self.acknowledged.len())
    }

    /// What `broker` has said since `mark` was never said: its machine lost its power before.
    pub fn withdraw(&mut self, broker: i32, mark: (u64, usize)) {
        let said = |s: &Scheduled| {
            let from_it = |e: &Envelope| e.from == Endpoint::Broker(broker);
            s.order > mark.0 && matches!(&s.happening, Happening::Deliver(envelope) if from_it(envelope))
        };
        self.queue.retain(|Reverse(scheduled)| !said(scheduled));
        self.acknowledged.truncate(mark.1);
        self.coordinated.clear();
    }

    /// Moves the time to the next happening and takes it.
    pub fn next(&mut self) -> Option<Happening> {
        let Reverse(next) = self.queue.pop()?;
        self.now = self.now.max(next.at);
        Some(next.happening)
    }

    pub fn is_cut(&self, a: Endpoint, b: Endpoint) -> bool {
        a != b && self.cuts.values().flatten().any(|pair| *pair == (a, b) || *pair == (b, a))
    }

    fn delay(&mut self) -> i64 {
        let slow = self.random.u32(0..20) == 0;
        let most = if slow && !self.calm { self.shape.slow_delay_ms } else { self.shape.delay_ms };
        1 + self.random.i64(0..most.max(1))
    }

    /// Sends a message that others may overtake. False if the receiver refuses connections.
    pub fn send(&mut self, from: Endpoint, to: Endpoint, message: Message) -> bool {
        let delay = self.delay();
        self.transmit(from, to, message, delay)
    }

    /// Sends on a connection that keeps the order, as a session with ZooKeeper does.
    pub fn send_in_order(&mut self, from: Endpoint, to: Endpoint, message: Message) -> bool {
        let free_at = self.arrivals.get(&(from, to)).copied().unwrap_or(0);
        let arrival = (self.now + self.delay()).max(free_at);
        self.arrivals.insert((from, to), arrival);
        self.transmit(from, to, message, arrival - self.now)
    }

    fn transmit(&mut self, from: Endpoint, to: Endpoint, message: Message, delay: i64) -> bool {
        let to_run = match to {
            Endpoint::Broker(id) => match self.running.get(&id) {
                Some(run) => *run,
                // A refusal travels only where the network does.
                None => return self.is_cut(from, to),
            },
            _ => 0,
        };
        // A broker reaches itself without a network.
        let is_lost = !self.calm
            && from != to
            && self.random.u32(0..1000) < self.shape.loss
            && to != Endpoint::ZooKeeper
            && from != Endpoint::ZooKeeper;
        if is_lost || self.is_cut(from, to) {
            return true;
        }
        self.after(delay, Happening::Deliver(Envelope { from, to, to_run, message }));
        true
    }

    pub fn note(&mut self, what: impl FnOnce() -> String) {
        let now = self.now;
        self.trace.note(now, what);
    }
}
