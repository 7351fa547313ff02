//! What the controller tells a broker, applied as `broker::controller_requests` applies it.

use super::message::{Endpoint, Message};
use super::mutation::Mutation;
use super::process::{Ctx, Process};
use super::replica::Replica;
use super::world::TOPIC;
use rkafka_controller::Message as Order;
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::leader_and_isr_request::LeaderAndIsrPartitionState;
use rkafka_protocol::messages::{StopReplicaRequest, UpdateMetadataRequest};
use rkafka_replication::RoleChange;

impl Process {
    pub fn obey(&mut self, ctx: &mut Ctx, from: Endpoint, call: u64, order: Order) {
        let (broker_epoch, controller_epoch) = match &order {
            Order::LeaderAndIsr(r) => (r.broker_epoch, r.controller_epoch),
            Order::UpdateMetadata(r) => (r.broker_epoch, r.controller_epoch),
            Order::StopReplica(r) => (r.broker_epoch, r.controller_epoch),
        };
        let answer = |code, partitions| Message::OrderAnswer { call, code, partitions };
        let answer = match self.check_order(ctx, broker_epoch, controller_epoch) {
            Err(code) => answer(code, Vec::new()),
            Ok(()) => match order {
                Order::LeaderAndIsr(request) => {
                    let states = request.topic_states.iter().filter(|t| t.topic_name == TOPIC);
                    let states = states.flat_map(|t| &t.partition_states);
                    let codes = states.map(|state| {
                        let code = self.become_leader_or_follower(ctx, state).err().unwrap_or(ErrorCode::NONE);
                        (state.partition_index as usize, code)
                    });
                    answer(ErrorCode::NONE, codes.collect())
                }
                Order::UpdateMetadata(request) => {
                    self.update_metadata(ctx, &request);
                    answer(ErrorCode::NONE, Vec::new())
                }
                Order::StopReplica(request) => answer(ErrorCode::NONE, self.stop_replicas(ctx, &request)),
            },
        };
        ctx.env.send(self.endpoint(), from, answer);
    }

    fn check_order(&mut self, ctx: &Ctx, broker_epoch: i64, controller_epoch: i32) -> Result<(), ErrorCode> {
        if broker_epoch < self.broker_epoch {
            return Err(ErrorCode::STALE_BROKER_EPOCH);
        }
        if controller_epoch < self.controller_epoch && !ctx.env.has(Mutation::ObeyTheDeposed) {
            return Err(ErrorCode::STALE_CONTROLLER_EPOCH);
        }
        self.controller_epoch = controller_epoch;
        Ok(())
    }

    pub fn become_leader_or_follower(
        &mut self,
        ctx: &mut Ctx,
        request: &LeaderAndIsrPartitionState,
    ) -> Result<(), ErrorCode> {
        let number = request.partition_index as usize;
        if self.offline.contains(&number) {
            return Err(ErrorCode::KAFKA_STORAGE_ERROR);
        }
        let Some(Some(dirs)) = self.dirs.get(number) else { return Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) };
        ctx.env.touched.insert(number);
        let known = self.replicas[number].as_ref().map(|replica| replica.partition.leader_epoch().0);
        // A replica that has forgotten its epoch takes any.
        let forgets = ctx.env.has(Mutation::ObeyTheDeposed) && known.is_some_and(|known| request.leader_epoch < known);
        if known.is_none() || forgets {
            self.replicas[number] = Some(Replica::open(ctx, self.id, number, dirs, &self.host)?);
        }
        let Some(replica) = &self.replicas[number] else { return Ok(()) };
        let led = replica.partition.is_leader();
        let change = replica.partition.change(request, ctx.now())?;
        let (id, epoch) = (self.id, request.leader_epoch);
        match change {
            RoleChange::Stale => {}
            RoleChange::Leader { epoch_start } => {
                ctx.env
                    .note(|| format!("{id} leads {number} in epoch {epoch} from {epoch_start}, isr {:?}", request.isr));
                self.begins_to_lead(ctx, number, epoch);
            }
            RoleChange::Follower { leader } => {
                ctx.env.note(|| format!("{id} follows {leader} in {number} in epoch {epoch}"));
                if led && !ctx.env.has(Mutation::KeepGroups) {
                    self.ends_to_lead(ctx, number, Some(epoch));
                }
            }
        }
        self.start_fetching(ctx, number);
        Ok(())
    }

    fn update_metadata(&mut self, ctx: &mut Ctx, request: &UpdateMetadataRequest) {
        self.metadata.controller = Some(request.controller_id);
        self.host.set_live(request.live_brokers.iter().map(|broker| broker.id).collect());
        for state in request.topic_states.iter().flat_map(|t| &t.partition_states) {
            self.metadata.leaders[state.partition_index as usize] = Some(state.leader).filter(|leader| *leader >= 0);
        }
        for (number, replica) in self.replicas.iter().enumerate() {
            let Some(replica) = replica else { continue };
            replica.partition.brokers_changed(ctx.now());
            ctx.env.touched.insert(number);
        }
    }

    fn stop_replicas(&mut self, ctx: &mut Ctx, request: &StopReplicaRequest) -> Vec<(usize, ErrorCode)> {
        let mut codes = Vec::new();
        for state in request.topic_states.iter().flat_map(|t| &t.partition_states) {
            let number = state.partition_index as usize;
            if self.offline.contains(&number) {
                codes.push((number, ErrorCode::KAFKA_STORAGE_ERROR));
                continue;
            }
            let own = self.replicas[number].as_ref().map(|replica| replica.partition.leader_epoch().0);
            if state.leader_epoch >= 0 && own.is_some_and(|own| state.leader_epoch < own) {
                codes.push((number, ErrorCode::FENCED_LEADER_EPOCH));
                continue;
            }
            // The log stays open; the next order makes it a replica again.
            if self.replicas[number].as_ref().is_some_and(|replica| replica.partition.is_leader()) {
                self.ends_to_lead(ctx, number, None);
            }
            if let Some(mut replica) = self.drop_replica(number) {
                replica.partition.stop();
                self.refuse_all(ctx, &mut replica);
            }
            ctx.env.touched.insert(number);
            codes.push((number, ErrorCode::NONE));
        }
        codes
    }
}
