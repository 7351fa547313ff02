//! What goes wrong, and how each seed's cluster is made. Every seed has its own selection of faults: some bugs show only
//! where few other things go wrong.

use super::env::{Happening, Shape};
use super::message::Endpoint;
use super::process::Ctx;
use super::world::{Machine, World};
use super::zookeeper::{Call, Op};
use rkafka_registry::paths;
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// kill -9: the process is gone, the machine goes on.
    Kill,
    /// The machine is gone, and with it what was not flushed.
    LosePower,
    /// SIGSTOP, for shorter or longer than the session's timeout.
    Stop,
    /// Two brokers cannot reach each other.
    PartBrokers,
    /// A broker cannot reach ZooKeeper.
    PartFromZooKeeper,
    /// A broker can reach ZooKeeper and clients but no other broker.
    Isolate,
    /// ZooKeeper ends the session of a broker that is well.
    ExpireSession,
    /// A machine's clock jumps.
    JumpClock,
    /// `/controller` goes although the controller is well.
    DeleteController,
    /// The disk of one of a broker's log dirs; both, and the broker ends.
    FailDisk,
    /// A broker that is well is taken for dead, as if its machine refused connections.
    Suspect,
}

pub const FAULTS: [Fault; 11] = [
    Fault::Kill,
    Fault::LosePower,
    Fault::Stop,
    Fault::PartBrokers,
    Fault::PartFromZooKeeper,
    Fault::Isolate,
    Fault::ExpireSession,
    Fault::JumpClock,
    Fault::DeleteController,
    Fault::FailDisk,
    Fault::Suspect,
];

/// What a disk may refuse, as rules of `runtime::faults` say it; a write at its beginning or half done.
const REFUSED: [&str; 5] = [
    "op=write",
    "short op=write",
    "op=sync",
    "op=truncate,rename,create",
    "op=write,sync,truncate,rename,create,remove",
];
/// The longest time that anything sent before a machine lost its power is on its way: it takes longer to come back.
const REBOOT_MS: i64 = 4_000;

pub fn shape(random: &mut fastrand::Rng, coordinates: bool) -> Shape {
    let brokers = random.i32(3..=5);
    let (produced, coordinated) = (2, usize::from(coordinates));
    let assignment = (0..produced + coordinated).map(|_| {
        let mut all: Vec<i32> = (0..brokers).collect();
        random.shuffle(&mut all);
        all.truncate(3);
        all
    });
    let assignment = assignment.collect();
    let mut faults: Vec<Fault> = FAULTS.into_iter().filter(|_| random.bool()).collect();
    if faults.is_empty() {
        faults.push(Fault::Kill);
    }
    Shape {
        brokers,
        assignment,
        produced,
        loss: if random.bool() { 0 } else { random.u32(1..40) },
        delay_ms: random.i64(2..20),
        slow_delay_ms: if random.u32(0..4) == 0 { 3_000 } else { random.i64(5..800) },
        lag_ms: random.i64(800..4_000),
        session_timeout_ms: random.i64(2_000..7_000),
        takes_over: random.bool(),
        faults,
        fault_interval_ms: random.i64(300..3_500),
    }
}

impl World {
    pub fn fault(&mut self) {
        if self.env.calm {
            return;
        }
        let pause = self.env.random.i64(0..2 * self.env.shape.fault_interval_ms);
        self.env.after(pause, Happening::Fault);
        let Some(fault) = self.env.random.choice(self.env.shape.faults.clone()) else { return };
        let broker = self.env.random.i32(0..self.env.shape.brokers);
        let broker = self.interesting(broker);
        self.env.note(|| format!("fault: {fault:?} {broker}"));
        match fault {
            Fault::Kill => self.kill_for_a_while(broker, 50),
            Fault::LosePower => self.lose_power(broker),
            Fault::Stop => self.stop(broker),
            Fault::PartBrokers => {
                let other = self.env.random.i32(0..self.env.shape.brokers);
                self.cut(vec![(Endpoint::Broker(broker), Endpoint::Broker(other))]);
            }
            Fault::PartFromZooKeeper => self.cut(vec![(Endpoint::Broker(broker), Endpoint::ZooKeeper)]),
            Fault::Isolate => {
                let others = (0..self.env.shape.brokers).filter(|other| *other != broker);
                self.cut(others.map(|other| (Endpoint::Broker(broker), Endpoint::Broker(other))).collect());
            }
            Fault::ExpireSession => {
                if let Some(session) = self.machines.get(&broker).and_then(|machine| machine.session) {
                    self.zk.end_session(session);
                }
            }
            Fault::JumpClock => {
                let jump = self.env.random.i64(-20_000..20_000);
                if let Some(machine) = self.machines.get_mut(&broker) {
                    machine.skew_ms += jump;
                }
            }
            Fault::FailDisk => self.fail_disk(broker),
            Fault::Suspect => {
                let ms = self.env.random.i64(300..4_000);
                let times = if self.env.minds_successors() { 3 } else { 1 };
                if let Some(machine) = self.machines.get_mut(&broker) {
                    machine.suspected_until = self.env.now + times * ms;
                }
            }
            Fault::DeleteController => {
                let delete = Op::Delete { path: paths::CONTROLLER.into(), version: -1 };
                let session = self.zk.open_session(self.env.now);
                self.zk.call(session, &Call::Multi(vec![delete]));
            }
        }
    }

    /// Often a leader or the controller, since not much follows from others.
    fn interesting(&mut self, broker: i32) -> i32 {
        let running = self.machines.iter().filter_map(|(id, machine)| Some((*id, machine.process.as_ref()?)));
        let leads = |process: &super::process::Process| {
            process.is_controller() || process.replicas.iter().flatten().any(|replica| replica.partition.is_leader())
        };
        let leaders: Vec<i32> = running.filter(|(_, process)| leads(process)).map(|(id, _)| id).collect();
        if self.env.random.u32(0..3) == 0 { broker } else { self.env.random.choice(leaders).unwrap_or(broker) }
    }

    fn kill_for_a_while(&mut self, broker: i32, at_least_ms: i64) {
        if self.machines.get(&broker).is_none_or(|machine| machine.process.is_none()) {
            return;
        }
        self.kill(broker);
        let long = self.env.random.bool();
        let ms = at_least_ms + self.env.random.i64(0..if long { 12_000 } else { 1_000 });
        self.env.after(ms, Happening::Start { broker });
    }

    fn fail_disk(&mut self, broker: i32) {
        let hosted: Vec<usize> = (0..self.env.shape.assignment.len())
            .filter(|partition| self.env.shape.assignment[*partition].contains(&broker))
            .collect();
        let Some(partition) = self.env.random.choice(hosted.iter().copied()) else { return };
        let Some(machine) = self.machines.get_mut(&broker) else { return };
        // One that stands aside may still open its dirs again.
        let Some(process) = machine.process.as_mut().filter(|process| process.stood_aside) else { return };
        if self.env.random.u32(0..3) > 0 {
            // It shows when somebody needs it.
            let after = self.env.random.u32(0..30);
            let which = self.env.random.choice(REFUSED).unwrap_or("op=write");
            return machine.files.break_disk(partition, which, after);
        }
        process.offline.insert(partition);
        if hosted.iter().all(|partition| process.offline.contains(partition)) {
            return self.kill_for_a_while(broker, 500);
        }
        let wall_ms = self.env.now + machine.skew_ms;
        let Machine { disk, files, .. } = machine;
        process.dir_failed(&mut Ctx { env: &mut self.env, disk, files, wall_ms }, partition);
    }

    /// Its last disk has failed in the middle of a step: the process ends, unless it has ended otherwise.
    pub fn end_without_disk(&mut self, broker: i32, run: u64) {
        if self.machines.get(&broker).is_some_and(|m| m.process.as_ref().is_some_and(|process| process.run == run)) {
            self.kill_for_a_while(broker, 500);
        }
    }

    /// The power goes now, or in the middle of something that syncs.
    fn lose_power(&mut self, broker: i32) {
        let Some(machine) = self.machines.get(&broker) else { return };
        let Some(process) = &machine.process else { return };
        if self.env.random.bool() {
            return self.power_goes(broker, process.run);
        }
        machine.files.light_fuse(self.env.random.usize(..6));
        let (run, at_the_latest) = (process.run, self.env.random.i64(0..3_000));
        self.env.after(at_the_latest, Happening::PowerGoes { broker, run });
    }

    pub fn power_goes(&mut self, broker: i32, run: u64) {
        let Some(machine) = self.machines.get_mut(&broker) else { return };
        if machine.process.as_ref().is_some_and(|process| process.run == run) {
            machine.lost_power = true;
            self.kill_for_a_while(broker, REBOOT_MS);
        }
    }

    /// A machine's broker starts. If the machine has lost its power, logs may have lost what was not flushed.
    pub fn find_again(&mut self, broker: i32) {
        let Some(machine) = self.machines.get_mut(&broker) else { return };
        if std::mem::take(&mut machine.lost_power) {
            machine.files.lose_power(self.env.random.u64(..));
            machine.disk.iter_mut().flatten().for_each(|log| log.is_unsure = true);
        }
    }

    fn stop(&mut self, broker: i32) {
        let Some(machine) = self.machines.get_mut(&broker) else { return };
        let Some(process) = &machine.process else { return };
        if machine.backlog.is_some() {
            return;
        }
        machine.backlog = Some(VecDeque::new());
        let run = process.run;
        let long = self.env.random.bool();
        let most = if long { 2 * self.env.shape.session_timeout_ms } else { 1_000 };
        let ms = self.env.random.i64(50..most);
        self.env.after(ms, Happening::Continue { broker, run });
    }

    fn cut(&mut self, pairs: Vec<(Endpoint, Endpoint)>) {
        let cut = self.env.call();
        self.env.cuts.insert(cut, pairs);
        let long = self.env.random.bool();
        let ms = self.env.random.i64(100..if long { 12_000 } else { 2_000 });
        self.env.after(ms, Happening::HealNetwork { cut });
    }

    /// Ends all faults and lets everything that is down start.
    pub fn calm_down(&mut self) {
        self.env.note(|| "calm".into());
        self.env.calm = true;
        self.env.cuts.clear();
        // A disk is repaired while its broker does not run.
        let broken = self.machines.iter().filter(|(_, m)| m.process.as_ref().is_some_and(|p| !p.offline.is_empty()));
        for broker in broken.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.kill(broker);
        }
        for broker in self.machines.keys().copied().collect::<Vec<_>>() {
            let Some(machine) = self.machines.get_mut(&broker) else { continue };
            machine.skew_ms = 0;
            machine.suspected_until = 0;
            machine.files.repair();
            match &machine.process {
                None => self.env.after(10, Happening::Start { broker }),
                Some(process) => {
                    let run = process.run;
                    self.go_on(broker, run);
                }
            }
        }
    }
}
