//! Producers that ask for all in-sync replicas (mostly), and consumers that read everything from the start.

use super::env::Happening;
use super::message::{Endpoint, Message, Produce};
use super::world::World;

const PRODUCE_TIMEOUT_MS: i64 = 2_000;
const CONSUME_TIMEOUT_MS: i64 = 1_000;

pub struct Producer {
    index: u64,
    /// Counts what it has done; an alarm for an earlier turn means nothing.
    turn: u64,
    in_flight: Option<u64>,
}

impl Producer {
    pub fn new(index: usize) -> Producer {
        Producer { index: index as u64, turn: 0, in_flight: None }
    }
}

/// Reads one partition.
pub struct Consumer {
    partition: usize,
    /// What it has read so far, by offset.
    pub read: Vec<u64>,
    turn: u64,
    in_flight: Option<u64>,
}

impl Consumer {
    pub fn new(partition: usize) -> Consumer {
        Consumer { partition, read: Vec::new(), turn: 0, in_flight: None }
    }
}

impl World {
    /// Whom some broker takes for the leader; clients ask any.
    pub fn believed_leader(&mut self, partition: usize) -> Option<i32> {
        let running: Vec<i32> = self.machines.iter().filter(|(_, m)| m.process.is_some()).map(|(id, _)| *id).collect();
        let asked = self.env.random.choice(running)?;
        self.machines.get(&asked)?.process.as_ref()?.metadata.leaders[partition]
    }

    pub fn client_turn(&mut self, client: usize, turn: u64) {
        let producers = self.producers.len();
        if let Some(committer) = client.checked_sub(producers + self.consumers.len()) {
            return self.commit_or_ask(client, committer, turn);
        }
        let own_turn = if client < producers {
            &mut self.producers[client].turn
        } else {
            &mut self.consumers[client - producers].turn
        };
        if *own_turn != turn || (self.producers_rest && client < producers) {
            return;
        }
        *own_turn += 1;
        let turn = *own_turn;
        let timeout = if client < producers { self.produce(client) } else { self.consume(client) };
        self.env.after(timeout, Happening::Client { client, turn });
    }

    fn produce(&mut self, client: usize) -> i64 {
        let partition = self.env.random.usize(0..self.env.shape.produced);
        let Some(leader) = self.believed_leader(partition) else { return 300 };
        let call = self.env.call();
        let acks_all = self.env.random.u32(0..8) != 0;
        let producer = &mut self.producers[client];
        producer.in_flight = Some(call);
        // No two records are the same.
        let value = (producer.index << 32) | producer.turn;
        let produce = Produce { call, partition, value, acks_all };
        self.env.send(Endpoint::Client(client), Endpoint::Broker(leader), Message::Produce(produce));
        PRODUCE_TIMEOUT_MS
    }

    fn consume(&mut self, client: usize) -> i64 {
        let at = client - self.producers.len();
        let (partition, offset) = (self.consumers[at].partition, self.consumers[at].read.len() as i64);
        let Some(leader) = self.believed_leader(partition) else { return CONSUME_TIMEOUT_MS };
        let call = self.env.call();
        self.consumers[at].in_flight = Some(call);
        let message = Message::Consume { call, partition, offset };
        self.env.send(Endpoint::Client(client), Endpoint::Broker(leader), message);
        CONSUME_TIMEOUT_MS
    }

    pub fn client_hears(&mut self, client: usize, message: Message) {
        let producers = self.producers.len();
        let (pause, turn) = match message {
            Message::ProduceAnswer { call, result } => {
                let producer = &mut self.producers[client];
                if producer.in_flight.take_if(|own| *own == call).is_none() {
                    return;
                }
                producer.turn += 1;
                let most = if result.is_ok() { 250 } else { 500 };
                (self.env.random.i64(5..most), producer.turn)
            }
            Message::ConsumeAnswer { call, partition, offset, result } => {
                let consumer = &mut self.consumers[client - producers];
                if consumer.in_flight.take_if(|own| *own == call).is_none() {
                    return;
                }
                consumer.turn += 1;
                let records = result.unwrap_or_default();
                consumer.read.extend(records.iter().map(|record| record.value));
                self.checks.watermark.consumed(partition, offset, &records);
                (self.env.random.i64(100..500), consumer.turn)
            }
            message => return self.committer_hears(client, message),
        };
        self.env.after(pause, Happening::Client { client, turn });
    }
}
