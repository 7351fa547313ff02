//! What must hold after every step, one promise in each file.

pub mod acknowledged;
pub mod commits;
pub mod in_sync;
pub mod leaders;
pub mod logs;
pub mod recovery;
pub mod superseded;
pub mod watermark;

use super::env::Shape;
use super::world::World;
use acknowledged::Acknowledged;
use commits::Commits;
use in_sync::InSync;
use leaders::Leaders;
use logs::Logs;
use superseded::Superseded;
use watermark::Watermark;

/// A promise that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    pub rule: &'static str,
    pub what: String,
}

impl Violation {
    pub fn new(rule: &'static str, what: String) -> Violation {
        Violation { rule, what }
    }
}

pub struct Checks {
    pub acknowledged: Acknowledged,
    pub commits: Commits,
    pub in_sync: InSync,
    pub leaders: Leaders,
    pub logs: Logs,
    pub superseded: Superseded,
    pub watermark: Watermark,
}

impl Checks {
    pub fn new(shape: &Shape) -> Checks {
        let partitions = shape.assignment.len();
        Checks {
            acknowledged: Acknowledged::new(partitions),
            commits: Commits::default(),
            in_sync: InSync::new(shape),
            leaders: Leaders::default(),
            logs: Logs::default(),
            superseded: Superseded::default(),
            watermark: Watermark::new(partitions),
        }
    }

    /// Looks at everything that the step has touched.
    pub fn after_step(world: &mut World) -> Result<(), Violation> {
        let World { env, zk, machines, checks, .. } = world;
        checks.in_sync.refresh(zk)?;
        let mut looked_at = std::mem::take(&mut env.touched);
        for partition in looked_at.iter().copied() {
            checks.leaders.check(partition, machines)?;
            checks.logs.check(partition, machines)?;
            checks.watermark.check(partition, machines)?;
            checks.in_sync.check(partition, machines)?;
            checks.superseded.note(partition, machines, env.now);
        }
        for (partition, offset, value) in std::mem::take(&mut env.acknowledged) {
            checks.acknowledged.acknowledge(partition, offset, value, machines, &checks.in_sync)?;
        }
        let said = std::mem::take(&mut env.coordinated);
        for said in said {
            checks.commits.check(env.shape.produced, said, &mut env.committed, &checks.in_sync)?;
        }
        let is_judged = env.minds_successors();
        for (partition, broker) in std::mem::take(&mut env.acknowledged_alone).into_iter().filter(|_| is_judged) {
            checks.superseded.check(partition, broker, env.now, env.shape.slow_delay_ms)?;
        }
        for partition in checks.in_sync.take_changed() {
            env.touched.insert(partition);
            looked_at.insert(partition);
            checks.acknowledged.check_all(partition, machines, &checks.in_sync)?;
        }
        checks.acknowledged.check_cut(&looked_at, machines, &checks.in_sync)?;
        checks.watermark.check_in_sync(&looked_at, machines, &checks.in_sync)?;
        Ok(())
    }
}
