//! The product's controller in a process, with its loop, its lines to brokers and its watch over them. Its doors (ZooKeeper,
//! the way to brokers, their listeners, the clock) open into the simulation.

mod channels;
mod operations;
mod wire;

use crate::env::{Env, Timer};
use crate::message::{Endpoint, Message};
use crate::mutation::Mutation;
use crate::neighbours::Listening;
use crate::process::{Ctx, Process};
use crate::proposals::VERSION;
use crate::tasks::Tasks;
use crate::zookeeper::SessionId;
use channels::Channels;
use parking_lot::Mutex;
use rkafka_controller::{Controller, ControllerSettings, Surroundings};
use rkafka_protocol::messages::{AlterPartitionRequest, AlterPartitionResponse};
use rkafka_runtime::clock::Clock;
use rkafka_zookeeper_client::ZkClient;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use wire::Wire;

/// `leader.imbalance.check.interval.seconds`, in the clusters that look for strayed leaderships.
const REBALANCE: Duration = Duration::from_secs(6);

/// Answers on their way out: to whom, and under which number it was asked.
type Answers = Arc<Mutex<Vec<(Endpoint, u64, AlterPartitionResponse)>>>;

pub struct Controlling {
    controller: Controller,
    wire: Wire,
    channels: Arc<Channels>,
    answers: Answers,
    /// The epoch of its term, as it was last told in the trace.
    told: Option<i32>,
    pub tasks: Tasks,
}

fn settings(broker_id: i32, env: &Env) -> ControllerSettings {
    ControllerSettings {
        broker_id,
        inter_broker_listener: "PLAINTEXT".into(),
        delete_topic_enable: true,
        unclean_leader_election_enable: false,
        leader_imbalance_per_broker_percentage: 10,
        leader_rebalance_interval: env.returns_leaderships().then_some(REBALANCE),
        internal_topic_factors: BTreeMap::new(),
        fast_failover: true,
    }
}

impl Controlling {
    fn start(ctx: &Ctx, id: i32, session: SessionId) -> Controlling {
        let tasks = Tasks::new();
        tasks.set_clock(ctx);
        let clock = Arc::clone(&tasks.clock);
        let (zk, far) = ZkClient::with_far_side();
        let mut wire = Wire::new(far);
        wire.begin(session);
        let channels = Arc::new(Channels::new(&clock));
        let neighbours = Arc::clone(&ctx.env.neighbours);
        let listeners = Arc::new(Listening { own_id: id, neighbours, clock: Arc::clone(&clock) });
        let around = Surroundings { channels: Arc::clone(&channels), listeners, clock: clock as Arc<dyn Clock> };
        let inside = tasks.enter();
        let controller = Controller::start(settings(id, ctx.env), zk, around);
        drop(inside);
        Controlling { controller, wire, channels, answers: Arc::default(), told: None, tasks }
    }
}

impl Process {
    pub fn is_controller(&self) -> bool {
        self.controlling.as_ref().is_some_and(|controlling| controlling.controller.is_active())
    }

    /// The broker is registered under `session`.
    pub fn stand(&mut self, ctx: &Ctx, session: SessionId) {
        match &mut self.controlling {
            None => self.controlling = Some(Controlling::start(ctx, self.id, session)),
            Some(_) if ctx.env.has(Mutation::StandOnce) => {}
            Some(controlling) => {
                let controller = controlling.controller.clone();
                controlling.tasks.spawn(async move { controller.stand().await });
            }
        }
    }

    pub fn controls_under(&mut self, session: SessionId) {
        if let Some(controlling) = &mut self.controlling {
            controlling.wire.begin(session);
            controlling.tasks.is_due = true;
        }
    }

    pub fn controls_no_more(&mut self) {
        if let Some(controlling) = &mut self.controlling {
            controlling.wire.expire();
            controlling.tasks.is_due = true;
        }
    }

    /// Has the controller answer a request; false if there is none yet.
    pub fn ask_controller(&mut self, from: Endpoint, call: u64, request: AlterPartitionRequest) -> bool {
        let Some(controlling) = &mut self.controlling else { return false };
        let (controller, answers) = (controlling.controller.clone(), Arc::clone(&controlling.answers));
        controlling.tasks.spawn(async move {
            let response = controller.alter_partition(request, VERSION).await;
            answers.lock().push((from, call, response));
        });
        true
    }

    pub fn controller_is_due(&mut self) {
        if let Some(controlling) = &mut self.controlling {
            controlling.tasks.wake();
        }
    }

    /// After each step that concerns the controller: its tasks go on as far as they can, and what they want done is begun.
    pub fn control(&mut self, ctx: &mut Ctx) {
        let (id, run) = (self.id, self.run);
        let Some(controlling) = self.controlling.as_mut().filter(|controlling| controlling.tasks.is_due) else {
            return;
        };
        controlling.tasks.set_clock(ctx);
        loop {
            controlling.tasks.go_on();
            let refused = controlling.channels.send(ctx, id);
            let expired = controlling.wire.pump(ctx, id, run);
            if !refused && !expired {
                break;
            }
        }
        assert!(!controlling.controller.has_ended(), "the controller of {id} goes on");
        if let Some(ms) = controlling.tasks.alarm(ctx.env) {
            ctx.env.timer(ms, id, run, Timer::Control);
        }
        let epoch = controlling.controller.status().borrow().active_epoch;
        if std::mem::replace(&mut controlling.told, epoch) != epoch {
            ctx.env.note(|| match epoch {
                Some(epoch) => format!("{id} is controller in epoch {epoch}"),
                None => format!("{id} is controller no more"),
            });
        }
        for (to, call, response) in std::mem::take(&mut *controlling.answers.lock()) {
            ctx.env.send(Endpoint::Broker(id), to, Message::AlterAnswer { call, response });
        }
    }
}
