//! The controller's way to brokers: its orders lie in an outbox until the step sends them, and wait for their answers.

use crate::message::{Endpoint, Message};
use crate::process::{Ctx, Process};
use crate::step_clock::StepClock;
use crate::world::{TOPIC, TOPIC_ID};
use anyhow::{Context as _, bail};
use parking_lot::Mutex;
use rkafka_controller::{BrokerChannels, Message as Order};
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::leader_and_isr_response::{LeaderAndIsrPartitionError, LeaderAndIsrTopicError};
use rkafka_protocol::messages::stop_replica_response::StopReplicaPartitionError;
use rkafka_protocol::messages::{
    LeaderAndIsrRequest, LeaderAndIsrResponse, StopReplicaRequest, StopReplicaResponse, UpdateMetadataRequest,
    UpdateMetadataResponse,
};
use rkafka_registry::Endpoint as Address;
use rkafka_runtime::clock::within;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// `controller.socket.timeout.ms`.
const ORDER_TIMEOUT: Duration = Duration::from_millis(1_200);

/// The code of the whole, and of each partition that the order named.
type Codes = (ErrorCode, Vec<(usize, ErrorCode)>);

/// An order that waits for its answer; without one if it is dropped.
struct Waiting {
    broker: i32,
    answer: oneshot::Sender<Codes>,
}

pub struct Channels {
    clock: Arc<StepClock>,
    outbox: Mutex<Vec<(Order, Waiting)>>,
    /// By the number of their message.
    under_way: Mutex<BTreeMap<u64, Waiting>>,
}

impl Channels {
    pub fn new(clock: &Arc<StepClock>) -> Channels {
        Channels { clock: Arc::clone(clock), outbox: Mutex::default(), under_way: Mutex::default() }
    }

    async fn order(&self, broker: i32, order: Order) -> anyhow::Result<Codes> {
        let (answer, answered) = oneshot::channel();
        self.outbox.lock().push((order, Waiting { broker, answer }));
        match within(&*self.clock, ORDER_TIMEOUT, answered).await {
            Some(codes) => codes.context("the broker refuses connections"),
            None => bail!("no answer came in time"),
        }
    }

    /// Sends what the controller's tasks have put into the outbox; whether there was something.
    pub fn send(&self, ctx: &mut Ctx, from: i32) -> bool {
        let orders = std::mem::take(&mut *self.outbox.lock());
        let mut under_way = self.under_way.lock();
        under_way.retain(|_, waiting| !waiting.answer.is_closed());
        let is_any = !orders.is_empty();
        for (message, waiting) in orders {
            let call = ctx.env.call();
            let message = Message::Order { call, message };
            if ctx.env.send(Endpoint::Broker(from), Endpoint::Broker(waiting.broker), message) {
                under_way.insert(call, waiting);
            }
        }
        is_any
    }
}

impl BrokerChannels for Channels {
    fn broker_up(&self, _: i32, _: &[Address]) {}
    fn broker_down(&self, _: i32) {}

    async fn leader_and_isr(&self, broker: i32, request: LeaderAndIsrRequest) -> anyhow::Result<LeaderAndIsrResponse> {
        let (code, partitions) = self.order(broker, Order::LeaderAndIsr(request)).await?;
        let error = |(number, code): (usize, ErrorCode)| LeaderAndIsrPartitionError {
            partition_index: number as i32,
            error_code: code.0,
            ..Default::default()
        };
        let partition_errors = partitions.into_iter().map(error).collect();
        let topic = LeaderAndIsrTopicError { topic_id: TOPIC_ID, partition_errors, ..Default::default() };
        Ok(LeaderAndIsrResponse { error_code: code.0, topics: vec![topic], ..Default::default() })
    }

    async fn update_metadata(
        &self,
        broker: i32,
        request: UpdateMetadataRequest,
    ) -> anyhow::Result<UpdateMetadataResponse> {
        let (code, _) = self.order(broker, Order::UpdateMetadata(request)).await?;
        Ok(UpdateMetadataResponse { error_code: code.0, ..Default::default() })
    }

    async fn stop_replica(&self, broker: i32, request: StopReplicaRequest) -> anyhow::Result<StopReplicaResponse> {
        let (code, partitions) = self.order(broker, Order::StopReplica(request)).await?;
        let error = |(number, code): (usize, ErrorCode)| StopReplicaPartitionError {
            topic_name: TOPIC.into(),
            partition_index: number as i32,
            error_code: code.0,
            ..Default::default()
        };
        let partition_errors = partitions.into_iter().map(error).collect();
        Ok(StopReplicaResponse { error_code: code.0, partition_errors, ..Default::default() })
    }
}

impl Process {
    pub fn order_answered(&mut self, ctx: &mut Ctx, from: Endpoint, call: u64, codes: Codes) {
        let Some(controlling) = &mut self.controlling else { return };
        let Some(waiting) = controlling.channels.under_way.lock().remove(&call) else { return };
        let (id, code, partitions) = (self.id, codes.0.name(), codes.1.clone());
        if waiting.answer.send(codes).is_ok() {
            ctx.env.note(|| format!("{id} hears from {from:?}: {code} {partitions:?}"));
            controlling.tasks.is_due = true;
        }
    }
}
