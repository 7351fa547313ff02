//! Consumers that commit where they are, without a group's rebalances, and ask now and then where they were.

use super::env::{Happening, Shape};
use super::message::{Endpoint, Message};
use super::world::World;
use rkafka_coordinator::partition_for;

const TIMEOUT_MS: i64 = 2_000;
/// How many there are.
const COUNT: usize = 2;

/// One consumer, which is a group by itself.
pub struct Committer {
    group: String,
    turn: u64,
    in_flight: Option<u64>,
    /// What it has committed last, or tried to.
    offset: i64,
}

/// Those whose groups belong to the coordinator's partition.
pub fn all(shape: &Shape) -> Vec<Committer> {
    let Some(partition) = shape.offsets() else { return Vec::new() };
    let names = (0..).map(|n| format!("g{n}"));
    let own = names.filter(|name| partition_for(name, partition as i32 + 1) == partition as i32);
    own.take(COUNT).map(|group| Committer { group, turn: 0, in_flight: None, offset: 0 }).collect()
}

impl World {
    pub fn commit_or_ask(&mut self, client: usize, committer: usize, turn: u64) {
        if self.committers[committer].turn != turn {
            return;
        }
        let coordinator = self.env.shape.offsets().and_then(|partition| self.believed_leader(partition));
        let asks = self.producers_rest || self.env.random.u32(0..4) == 0;
        let own = &mut self.committers[committer];
        own.turn += 1;
        let turn = own.turn;
        let mut pause = 300;
        if let Some(broker) = coordinator {
            let call = self.env.call();
            own.in_flight = Some(call);
            let group = own.group.clone();
            let message = if asks {
                Message::AskOffset { call, group }
            } else {
                own.offset += 1;
                let after = self.env.committed.get(&group).map_or(0, |known| known.offsets.len());
                Message::Commit { call, group, offset: own.offset, after }
            };
            self.env.send(Endpoint::Client(client), Endpoint::Broker(broker), message);
            pause = TIMEOUT_MS;
        }
        self.env.after(pause, Happening::Client { client, turn });
    }

    pub fn committer_hears(&mut self, client: usize, message: Message) {
        let (call, is_ok) = match message {
            Message::CommitAnswer { call, code } => (call, code.0 == 0),
            Message::OffsetAnswer { call, result } => (call, result.is_ok()),
            _ => return,
        };
        let own = &mut self.committers[client - self.producers.len() - self.consumers.len()];
        if own.in_flight.take_if(|own| *own == call).is_none() {
            return;
        }
        own.turn += 1;
        let turn = own.turn;
        let pause = self.env.random.i64(20..if is_ok { 400 } else { 600 });
        self.env.after(pause, Happening::Client { client, turn });
    }
}
