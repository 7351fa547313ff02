//! Drives shards: gives them requests and time, appends what they want written, tells them what became of it, and hands
//! their replies to whoever waits. One lock per partition; nothing is awaited under it, but what is decided is appended.

use super::{
    batch,
    shard::{Input, Loader, Now, Shard, Ticket, Write, WriteId},
    storage::OffsetsLog,
};
use rkafka_base::{Offset, TimestampMs};
use rkafka_protocol::{ErrorCode, record::Codec};
use rkafka_runtime::{
    clock::{Clock, within},
    disk_lane::{Access, DiskLane},
    lock::{Mutex, Rank},
    tasks::{
        essential::{self, End, Task},
        watched,
    },
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use tokio::sync::{Notify, Semaphore, oneshot};

/// The most requests of one partition that may wait for a deferred reply. Beyond it, requests are told to try again.
const MAX_WAITING: usize = 1 << 20;
/// How many partitions are loaded at once: each holds a read's worth of its log in memory.
const MAX_LOADS: usize = 4;
/// The pause before a partition is loaded again that could not be.
const RETRY_LOAD: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 1_000 });
/// A deadline that never comes.
const NEVER: i64 = i64::MAX;

/// What differs between coordinators.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// The internal topic, for log lines.
    pub topic: &'static str,
    /// How long a write may take to be committed.
    pub commit_timeout: Duration,
    /// Bytes per read while loading.
    pub load_buffer: usize,
    pub codec: Codec,
}

/// The shards of one coordinator on this broker.
pub struct Runtime<S: Shard> {
    config: RuntimeConfig,
    log: Arc<dyn OffsetsLog>,
    clock: Arc<dyn Clock>,
    /// What monotonic milliseconds are counted from.
    origin: Instant,
    /// A slot is used without it: who finds it [`State::Gone`] is too late.
    slots: Mutex<BTreeMap<i32, Arc<Slot<S>>>>,
    active: AtomicBool,
    alarm: Arc<Alarm>,
    loads: Semaphore,
}

/// One partition.
struct Slot<S: Shard> {
    partition: i32,
    /// The shard's next deadline, readable without the lock.
    deadline: AtomicI64,
    /// Held from a request to the append of what it decides, and so taken only by who may wait for the partition's disk. The
    /// log is locked under it, and never the other way round: what becomes of an append is told by another task.
    state: Mutex<State<S>>,
    /// A tick waits for the disk.
    ticking: AtomicBool,
}

enum State<S: Shard> {
    Loading {
        epoch: i32,
    },
    Active(Box<Active<S>>),
    /// Resigned; whoever still holds the slot is too late.
    Gone,
}

struct Active<S: Shard> {
    epoch: i32,
    shard: S,
    last_ticket: u64,
    waiting: HashMap<Ticket, oneshot::Sender<S::Reply>>,
}

/// Wakes the timer task when a deadline comes before the one that it sleeps for.
struct Alarm {
    armed: AtomicI64,
    notify: Notify,
}

impl<S: Shard> Runtime<S> {
    /// Starts without partitions. Must be called within a tokio runtime.
    pub fn start(config: RuntimeConfig, log: Arc<dyn OffsetsLog>, clock: Arc<dyn Clock>) -> Arc<Runtime<S>> {
        let alarm = Arc::new(Alarm { armed: AtomicI64::new(NEVER), notify: Notify::new() });
        let origin = clock.monotonic();
        let (slots, active) = (Mutex::new(Rank::CoordinatorSlots, BTreeMap::new()), AtomicBool::new(true));
        let loads = Semaphore::new(MAX_LOADS);
        let own_clock = Arc::clone(&clock);
        let runtime = Runtime { config, log, clock, origin, slots, active, alarm: Arc::clone(&alarm), loads };
        let runtime = Arc::new(runtime);
        drop(essential::spawn(Task::GroupTimer, keep_time(Arc::downgrade(&runtime), alarm, own_clock)));
        runtime
    }

    fn now(&self) -> Now {
        let TimestampMs(wall_ms) = self.clock.now();
        let since = self.clock.monotonic().saturating_duration_since(self.origin);
        Now { wall_ms, mono_ms: i64::try_from(since.as_millis()).unwrap_or(NEVER) }
    }

    fn slot(&self, partition: i32) -> Option<Arc<Slot<S>>> {
        self.slots.lock().get(&partition).cloned()
    }

    /// The partitions led here, loaded or not.
    pub fn partitions(&self) -> Vec<i32> {
        self.slots.lock().keys().copied().collect()
    }

    /// Whether any partition is still loading.
    pub(crate) fn is_loading(&self) -> bool {
        let slots: Vec<_> = self.slots.lock().values().cloned().collect();
        slots.iter().any(|s| matches!(*s.state.lock(), State::Loading { .. }))
    }

    /// Gives `request` to the partition's shard and waits for the reply, however long the protocol lets it wait.
    /// `None` if the coordinator stops meanwhile.
    pub async fn request(self: &Arc<Self>, partition: i32, request: S::Request) -> Option<S::Reply> {
        let this = Arc::clone(self);
        match self.at_disk(partition, move || this.submit(partition, request)).await {
            Ok(reply) => reply.await.ok(),
            Err(refusal) => Some(refusal),
        }
    }

    /// Does what takes a shard's lock: here if its disk is quick.
    async fn at_disk<T: Send + 'static>(&self, partition: i32, work: impl FnOnce() -> T + Send + 'static) -> T {
        match self.log.disk(partition) {
            Some(disk) => disk.run(Access::Write, work).await,
            None => work(),
        }
    }

    fn submit(self: &Arc<Self>, partition: i32, request: S::Request) -> Result<oneshot::Receiver<S::Reply>, S::Reply> {
        if !self.active.load(Ordering::Acquire) {
            return Err(S::refuse(request, ErrorCode::COORDINATOR_NOT_AVAILABLE));
        }
        let Some(slot) = self.slot(partition) else { return Err(S::refuse(request, ErrorCode::NOT_COORDINATOR)) };
        let mut state = slot.state.lock();
        let active = match &mut *state {
            State::Active(active) if active.waiting.len() < MAX_WAITING => active,
            State::Active(_) => return Err(S::refuse(request, ErrorCode::COORDINATOR_NOT_AVAILABLE)),
            State::Loading { .. } => return Err(S::refuse(request, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS)),
            State::Gone => return Err(S::refuse(request, ErrorCode::NOT_COORDINATOR)),
        };
        let (sender, receiver) = oneshot::channel();
        active.last_ticket += 1;
        let ticket = Ticket(active.last_ticket);
        let other = active.waiting.insert(ticket, sender);
        debug_assert!(other.is_none(), "{ticket:?} is nobody else's");
        self.run(&slot, active, Input::Request(ticket, request));
        Ok(receiver)
    }

    /// Lets the shard handle `input` and all that follows from it at once.
    fn run(self: &Arc<Self>, slot: &Arc<Slot<S>>, active: &mut Active<S>, input: Input<S::Request>) {
        let now = self.now();
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let effects = active.shard.handle(input, now);
            active.answer(effects.replies);
            for write in effects.writes {
                let id = write.id;
                if let Some(result) = self.write(slot, write, now) {
                    inputs.push_back(Input::Written(id, result));
                }
            }
        }
        self.arm(slot, active.shard.next_deadline());
    }

    fn arm(&self, slot: &Slot<S>, deadline: Option<i64>) {
        let deadline = deadline.unwrap_or(NEVER);
        slot.deadline.store(deadline, Ordering::SeqCst);
        if deadline < self.alarm.armed.load(Ordering::SeqCst) {
            self.alarm.notify.notify_one();
        }
    }

    /// Appends; gives the outcome if it is known at once, and otherwise sees to it that the shard hears of it.
    fn write(self: &Arc<Self>, slot: &Arc<Slot<S>>, write: Write, now: Now) -> Option<Result<Offset, ErrorCode>> {
        let batch = match batch::build(&write.records, write.base_sequence, self.config.codec, now.wall_ms) {
            Ok(batch) => batch,
            Err(e) => return Some(Err(e.code())),
        };
        let appended = match self.log.append(slot.partition, batch) {
            Ok(appended) => appended,
            Err(code) => return Some(Err(code)),
        };
        let (at, mut committed) = (appended.base_offset, appended.committed);
        if let Poll::Ready(result) = committed.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(result.map(|()| at));
        }
        let (runtime, slot, limit) = (Arc::clone(self), Arc::clone(slot), self.config.commit_timeout);
        drop(watched::spawn("waiting for a group write", async move {
            let _dying = watched::on_panic(|| runtime.abandon(&slot));
            let result = within(&*runtime.clock, limit, committed).await;
            let result = result.unwrap_or(Err(ErrorCode::REQUEST_TIMED_OUT)).map(|()| at);
            let (partition, at_disk) = (slot.partition, Arc::clone(&runtime));
            let (there, written) = (Arc::clone(&runtime), Arc::clone(&slot));
            at_disk.at_disk(partition, move || there.written(&written, write.id, result)).await;
        }));
        None
    }

    /// If the partition has been left meanwhile, its slot is gone, even if it has been elected again.
    fn written(self: &Arc<Self>, slot: &Arc<Slot<S>>, id: WriteId, result: Result<Offset, ErrorCode>) {
        if let State::Active(active) = &mut *slot.state.lock() {
            self.run(slot, active, Input::Written(id, result));
        }
    }

    fn tick(self: &Arc<Self>) -> i64 {
        let slots: Vec<_> = self.slots.lock().values().cloned().collect();
        let now_ms = self.now().mono_ms;
        for slot in slots.iter().filter(|s| s.deadline.load(Ordering::SeqCst) <= now_ms && !s.is_ticking()) {
            let disk = self.log.disk(slot.partition);
            let inside = disk.as_ref().map(|disk| disk.enter(Access::Write));
            match (&disk, inside) {
                (Some(disk), Some(None)) => self.tick_apart(slot, disk),
                _ => self.tick_one(slot),
            }
        }
        slots.iter().filter(|s| !s.is_ticking()).map(|s| s.deadline.load(Ordering::SeqCst)).min().unwrap_or(NEVER)
    }

    fn tick_one(self: &Arc<Self>, slot: &Arc<Slot<S>>) {
        if let State::Active(active) = &mut *slot.state.lock() {
            self.run(slot, active, Input::Tick);
        }
    }

    /// Ticks a shard whose disk must be waited for. The others have their ticks meanwhile.
    fn tick_apart(self: &Arc<Self>, slot: &Arc<Slot<S>>, disk: &Arc<DiskLane>) {
        slot.ticking.store(true, Ordering::SeqCst);
        let (runtime, slot, disk) = (Arc::clone(self), Arc::clone(slot), Arc::clone(disk));
        drop(watched::spawn("a tick that waits for its disk", async move {
            let _dying = watched::on_panic(|| runtime.abandon(&slot));
            let (there, ticked) = (Arc::clone(&runtime), Arc::clone(&slot));
            disk.run_apart(Access::Write, move || there.tick_one(&ticked)).await;
            slot.ticking.store(false, Ordering::SeqCst);
            runtime.alarm.notify.notify_one();
        }));
    }

    /// This broker leads `partition` since `epoch`: loads its shard in the background. `loader` starts it off.
    pub fn elected<L: Loader<Shard = S>>(self: &Arc<Self>, partition: i32, epoch: i32, loader: L) {
        let slot = {
            let mut slots = self.slots.lock();
            if let Some(slot) = slots.get(&partition) {
                slot.state.lock().raise_epoch(epoch);
                return;
            }
            let state = Mutex::new(Rank::CoordinatorShard, State::Loading { epoch });
            let (deadline, ticking) = (AtomicI64::new(NEVER), AtomicBool::new(false));
            let slot = Arc::new(Slot { partition, deadline, state, ticking });
            slots.insert(partition, Arc::clone(&slot));
            slot
        };
        let runtime = Arc::clone(self);
        drop(watched::spawn("loading a coordinator's partition", async move {
            let _dying = watched::on_panic(|| runtime.abandon(&slot));
            Arc::clone(&runtime).load(Arc::clone(&slot), loader).await;
        }));
    }

    /// Serves a partition no more, after a panic in its work: whoever waits goes away empty-handed, and its groups have no
    /// coordinator here until another leader is elected. What was acknowledged is in the log.
    fn abandon(&self, slot: &Arc<Slot<S>>) {
        {
            let mut slots = self.slots.lock();
            if slots.get(&slot.partition).is_some_and(|current| Arc::ptr_eq(current, slot)) {
                slots.remove(&slot.partition);
            }
        }
        slot.deadline.store(NEVER, Ordering::SeqCst);
        // What the panic has left of the shard is asked nothing any more.
        drop(std::mem::replace(&mut *slot.state.lock(), State::Gone));
        let topic = self.config.topic;
        log::error!(target: "kafka.coordinator.group.GroupMetadataManager", "{topic}-{} is not served here any more, after a panic", slot.partition);
    }

    async fn load<L: Loader<Shard = S>>(self: Arc<Self>, slot: Arc<Slot<S>>, mut loader: L) {
        let (topic, partition) = (self.config.topic, slot.partition);
        // Nobody closes the semaphore.
        let _turn = self.loads.acquire().await;
        let began = self.clock.monotonic();
        // With half of it, offsets that are committed would look as if they were not. What is read twice counts once.
        while let Err(e) = self.read_all(partition, &mut loader).await {
            if !matches!(*slot.state.lock(), State::Loading { .. }) {
                return;
            }
            log::error!(target: "kafka.coordinator.group.GroupMetadataManager", "Error loading {topic}-{partition}, which is \
                tried again: {e}");
            self.clock.sleep(RETRY_LOAD).await;
        }
        let now = self.now();
        let mut state = slot.state.lock();
        let State::Loading { epoch } = *state else { return };
        let (shard, effects) = loader.finish(now);
        let mut active = Active { epoch, shard, last_ticket: 0, waiting: HashMap::new() };
        active.answer(effects.replies);
        self.arm(&slot, active.shard.next_deadline());
        *state = State::Active(Box::new(active));
        log::info!(
            target: "kafka.coordinator.group.GroupMetadataManager",
            "Finished loading offsets and group metadata from {topic}-{partition} in {} milliseconds for epoch {epoch}.",
            self.clock.monotonic().saturating_duration_since(began).as_millis(),
        );
    }

    async fn read_all<L: Loader<Shard = S>>(&self, partition: i32, loader: &mut L) -> anyhow::Result<()> {
        let mut from = self.log.start_offset(partition)?;
        loop {
            let bytes = self.log.read(partition, from, self.config.load_buffer).await?;
            let complain = |at, e| {
                let topic = self.config.topic;
                log::error!(
                    target: "kafka.coordinator.group.GroupMetadataManager",
                    "The batch of {topic}-{partition} at offset {at} cannot be read and is left out: {e}",
                );
            };
            match batch::load(bytes, loader, complain)? {
                Some(next) if next > from => from = next,
                _ => return Ok(()),
            }
        }
    }

    /// This broker leads `partition` no more, as of `epoch` if it is known. A newer election stands.
    pub fn resigned(&self, partition: i32, epoch: Option<i32>) {
        let slot = {
            let mut slots = self.slots.lock();
            let Some(slot) = slots.get(&partition) else { return };
            let known = slot.state.lock().epoch();
            if epoch.zip(known).is_some_and(|(epoch, known)| epoch < known) {
                return;
            }
            slots.remove(&partition)
        };
        if let Some(slot) = slot {
            slot.leave();
        }
    }

    /// Stops: everybody who waits is answered, and nothing is served any more.
    pub fn shutdown(&self) {
        self.active.store(false, Ordering::Release);
        let slots = std::mem::take(&mut *self.slots.lock());
        slots.values().for_each(|slot| slot.leave());
        self.alarm.notify.notify_one();
    }
}

impl<S: Shard> State<S> {
    fn epoch(&self) -> Option<i32> {
        match self {
            State::Loading { epoch } => Some(*epoch),
            State::Active(active) => Some(active.epoch),
            State::Gone => None,
        }
    }

    /// The same leader has been elected again.
    fn raise_epoch(&mut self, to: i32) {
        match self {
            State::Loading { epoch } => *epoch = to.max(*epoch),
            State::Active(active) => active.epoch = to.max(active.epoch),
            State::Gone => {}
        }
        debug_assert!(self.epoch().is_none_or(|epoch| epoch >= to), "the epoch {to} is not forgotten");
    }
}

impl<S: Shard> Slot<S> {
    fn is_ticking(&self) -> bool {
        self.ticking.load(Ordering::SeqCst)
    }

    fn leave(&self) {
        self.deadline.store(NEVER, Ordering::SeqCst);
        let state = std::mem::replace(&mut *self.state.lock(), State::Gone);
        if let State::Active(active) = state {
            let Active { shard, mut waiting, .. } = *active;
            for (ticket, reply) in shard.unload().replies {
                answer(&mut waiting, ticket, reply);
            }
        }
    }
}

impl<S: Shard> Active<S> {
    fn answer(&mut self, replies: Vec<(Ticket, S::Reply)>) {
        for (ticket, reply) in replies {
            answer(&mut self.waiting, ticket, reply);
        }
    }
}

/// Hands a reply over. That nobody listens any more is fine: the client has hung up.
fn answer<P>(waiting: &mut HashMap<Ticket, oneshot::Sender<P>>, ticket: Ticket, reply: P) {
    if let Some(sender) = waiting.remove(&ticket) {
        drop(sender.send(reply));
    }
}

/// Ticks the shards when their deadlines are due, for as long as there is a runtime.
async fn keep_time<S: Shard>(runtime: Weak<Runtime<S>>, alarm: Arc<Alarm>, clock: Arc<dyn Clock>) -> End {
    loop {
        let wait = {
            let Some(runtime) = runtime.upgrade() else { return End::Asked };
            if !runtime.active.load(Ordering::Acquire) {
                return End::Asked;
            }
            // While the next deadline is being looked for, every change of one must notify.
            alarm.armed.store(NEVER, Ordering::SeqCst);
            let next = runtime.tick();
            alarm.armed.store(next, Ordering::SeqCst);
            u64::try_from(next.saturating_sub(runtime.now().mono_ms)).unwrap_or(0)
        };
        // However far away, look again once a day: the timer takes no infinity.
        let wait = Duration::from_millis(wait.min(86_400_000));
        tokio::select! {
            () = clock.sleep(wait) => {}
            () = alarm.notify.notified() => {}
        }
    }
}
