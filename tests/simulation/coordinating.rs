//! The product's group coordinator in a process, with its driver and its shard, over the partition that the process leads.
//! It has a runtime of its own, which ends with the process, and goes on as far as it can in each step that concerns it.

use super::env::{Env, Timer};
use super::message::{Endpoint, Message};
use super::process::{Ctx, Process};
use super::replica::Host;
use super::step_clock::StepClock;
use super::tasks::Tasks;
use parking_lot::Mutex;
use rkafka_broker::OffsetsPartitions;
use rkafka_coordinator::GroupCoordinator;
use rkafka_coordinator::group::GroupConfig;
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::OffsetCommitRequest;
use rkafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use rkafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use std::sync::Arc;
use std::time::Duration;

/// The partitions that a commit is about: each commit says the same of all.
const COMMITTED: [i32; 2] = [0, 1];
/// `offsets.commit.timeout.ms`.
const COMMIT_TIMEOUT_MS: i64 = 2_500;
/// `offsets.retention.check.interval.ms`.
const RETENTION_CHECK_MS: i64 = 3_000;
/// The coordinator itself sees to it that no write is waited for as long as this.
const FOR_EVER: Duration = Duration::from_secs(1_000_000);

/// What a coordinator has said.
#[derive(Clone, Debug)]
pub enum Coordinated {
    /// An offset is committed.
    Acknowledged { group: String, offset: i64, after: usize },
    /// No other replica has the commit in time.
    TimedOut,
    /// What is committed, of each partition, when `known` had been acknowledged before it was asked. It leads its partition
    /// in `epoch`, if it does.
    Told { group: String, offsets: Vec<i64>, known: Acknowledged, broker: i32, epoch: Option<i32> },
}

/// The offsets that were acknowledged to one group.
#[derive(Clone, Debug, Default)]
pub struct Acknowledged {
    pub offsets: Vec<i64>,
    /// So many of them were acknowledged before another one was sent that was acknowledged, too: nobody finds those any
    /// more. Of the rest, the one that came last to the coordinator may be any: the network does not keep their order.
    pub replaced: usize,
}

impl Acknowledged {
    pub fn add(&mut self, offset: i64, after: usize) {
        self.replaced = self.replaced.max(after);
        self.offsets.push(offset);
    }

    /// Whether an offset, −1 for none, may be found by whoever asks now. One that was never acknowledged may.
    pub fn may_find(&self, offset: i64) -> bool {
        !self.offsets[..self.replaced].contains(&offset) && (offset >= 0 || self.offsets.is_empty())
    }
}

/// An answer on its way out.
enum Answer {
    Commit { group: String, offset: i64, after: usize, code: ErrorCode },
    Offset { group: String, known: Acknowledged, offsets: Result<Vec<i64>, ErrorCode> },
}

/// Whom it is for, and under which number it was asked for.
type Answers = Arc<Mutex<Vec<(Endpoint, u64, Answer)>>>;

pub struct Groups {
    pub coordinator: Arc<GroupCoordinator>,
    partition: usize,
    answers: Answers,
    tasks: Tasks,
}

impl Groups {
    /// The coordinator of `partition`, the last one of its topic.
    pub fn start(host: &Host, partition: usize) -> Groups {
        let tasks = Tasks::new();
        let clock = Arc::clone(&tasks.clock);
        let log = OffsetsPartitions {
            replicas: Arc::clone(&host.replicas),
            clock: Arc::<StepClock>::clone(&clock),
            commit_timeout: FOR_EVER,
        };
        let config = GroupConfig {
            commit_timeout_ms: COMMIT_TIMEOUT_MS,
            retention_check_interval_ms: RETENTION_CHECK_MS,
            ..GroupConfig::default()
        };
        let partitions = partition as i32 + 1;
        let inside = tasks.enter();
        let coordinator = GroupCoordinator::start(config, partitions, Arc::new(log), Arc::<StepClock>::clone(&clock));
        drop(inside);
        Groups { coordinator: Arc::new(coordinator), partition, answers: Arc::default(), tasks }
    }

    fn work(&mut self, ctx: &Ctx) -> Vec<(Endpoint, u64, Answer)> {
        self.tasks.set_clock(ctx);
        self.tasks.go_on();
        std::mem::take(&mut self.answers.lock())
    }
}

impl Process {
    /// The partition is led here since `epoch`: whoever coordinates by it begins to.
    pub fn begins_to_lead(&mut self, ctx: &Ctx, partition: usize, epoch: i32) {
        if let Some(groups) = self.groups.as_mut().filter(|groups| groups.partition == partition) {
            groups.tasks.set_clock(ctx);
            groups.tasks.is_due = true;
            let _inside = groups.tasks.enter();
            groups.coordinator.elected(partition as i32, epoch);
        }
    }

    /// The partition is led here no more, as of `epoch` if it is known.
    pub fn ends_to_lead(&mut self, ctx: &Ctx, partition: usize, epoch: Option<i32>) {
        if let Some(groups) = self.groups.as_mut().filter(|groups| groups.partition == partition) {
            groups.tasks.set_clock(ctx);
            groups.tasks.is_due = true;
            let _inside = groups.tasks.enter();
            groups.coordinator.resigned(partition as i32, epoch);
        }
    }

    pub fn coordinator_waits_no_more(&mut self) {
        if let Some(groups) = &mut self.groups {
            groups.tasks.wake();
        }
    }

    pub fn asked_to_commit(&mut self, from: Endpoint, call: u64, group: String, (offset, after): (i64, usize)) {
        let Some(groups) = &mut self.groups else { return };
        let (coordinator, answers) = (Arc::clone(&groups.coordinator), Arc::clone(&groups.answers));
        groups.tasks.spawn(async move {
            let response = coordinator.commit_offsets(commit(&group, offset)).await;
            let codes = response.topics.iter().flat_map(|topic| &topic.partitions).map(|p| ErrorCode(p.error_code));
            let codes: Vec<ErrorCode> = codes.collect();
            assert_eq!(codes.len(), COMMITTED.len(), "an answer for each partition");
            let code = codes.into_iter().find(|code| *code != ErrorCode::NONE).unwrap_or(ErrorCode::NONE);
            answers.lock().push((from, call, Answer::Commit { group, offset, after, code }));
        });
    }

    pub fn asked_for_offset(&mut self, env: &Env, from: Endpoint, call: u64, group: String) {
        let Some(groups) = &mut self.groups else { return };
        let known = env.committed.get(&group).cloned().unwrap_or_default();
        let (coordinator, answers) = (Arc::clone(&groups.coordinator), Arc::clone(&groups.answers));
        groups.tasks.spawn(async move {
            let request = OffsetFetchRequestGroup { group_id: group.clone(), topics: None, ..Default::default() };
            let response = coordinator.fetch_offsets(request, false).await;
            let offsets = response.topics.iter().flat_map(|topic| &topic.partitions).map(|p| p.committed_offset);
            let offsets = match ErrorCode(response.error_code) {
                ErrorCode::NONE => Ok(offsets.collect()),
                code => Err(code),
            };
            answers.lock().push((from, call, Answer::Offset { group, known, offsets }));
        });
    }

    /// After each step that concerns the coordinator: its tasks go on, and what they have to say is sent.
    pub fn coordinate(&mut self, ctx: &mut Ctx) {
        let Some(groups) = &mut self.groups else { return };
        let partition = groups.partition;
        // One task is the coordinator's own timer.
        let waits = groups.tasks.count() > 1;
        let moves = groups.tasks.is_due || waits && ctx.env.touched.contains(&partition);
        if !moves {
            return;
        }
        let answers = groups.work(ctx);
        if let Some(ms) = groups.tasks.alarm(ctx.env) {
            ctx.env.timer(ms, self.id, self.run, Timer::Coordinate);
        }
        let replica = self.replicas[partition].as_ref();
        if let Some(replica) = replica {
            ctx.look(partition, replica.partition.log());
        }
        let epoch = replica.filter(|r| r.partition.is_leader()).map(|r| r.partition.leader_epoch().0);
        for (to, call, answer) in answers {
            let message = match answer {
                Answer::Commit { group, offset, after, code } => {
                    match code {
                        ErrorCode::NONE => {
                            ctx.env.coordinated.push(Coordinated::Acknowledged { group, offset, after });
                        }
                        ErrorCode::REQUEST_TIMED_OUT => ctx.env.coordinated.push(Coordinated::TimedOut),
                        _ => {}
                    }
                    Message::CommitAnswer { call, code }
                }
                Answer::Offset { group, known, offsets } => {
                    let result = offsets.as_ref().map(|all| all.first().copied().unwrap_or(-1)).map_err(|code| *code);
                    if let Ok(offsets) = offsets {
                        let told = Coordinated::Told { group, offsets, known, broker: self.id, epoch };
                        ctx.env.coordinated.push(told);
                    }
                    Message::OffsetAnswer { call, result }
                }
            };
            ctx.env.send(Endpoint::Broker(self.id), to, message);
        }
    }
}

fn commit(group: &str, offset: i64) -> OffsetCommitRequest {
    let partition = |partition_index: i32| OffsetCommitRequestPartition {
        partition_index,
        committed_offset: offset,
        ..Default::default()
    };
    let topic = OffsetCommitRequestTopic {
        name: "read".into(),
        partitions: COMMITTED.map(partition).to_vec(),
        ..Default::default()
    };
    OffsetCommitRequest {
        group_id: group.into(),
        generation_id_or_member_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    }
}
