//! Whole clusters under faults, with the product's own code: `Partition` over `Log` with its files, what fetchers make of
//! answers, and the controller with its loop. What is around them is modelled: ZooKeeper, the network, power, clocks, clients
//! (docs/adr/0008-simulation.md). A seed says everything that happens; after every step all promises are checked.
//!
//! `SEED=17 cargo test --test simulation` replays one seed with a trace; `SEEDS=5000` runs more than the usual number.

mod checks;
mod clients;
mod committers;
mod controlling;
mod coordinating;
mod disk;
mod env;
mod faults;
mod following;
mod leading;
mod lost_leadership;
mod message;
mod mutation;
mod neighbours;
mod orders;
mod panics;
#[path = "../../crates/log/src/tests/power_cut/disk.rs"]
mod power_cut;
mod process;
mod proposals;
mod replica;
mod session;
mod step_clock;
mod tasks;
mod trace;
mod world;
mod zookeeper;

use checks::Violation;
use mutation::Mutation;
use std::sync::atomic::{AtomicU64, Ordering};
use world::{Story, World};

/// How many seeds run unless `SEEDS` says otherwise.
const USUAL_SEEDS: u64 = 220;
/// What a seed breaks in which something has panicked.
pub const NO_PANIC: &str = "no panic";
/// How many run twice, to see that they do the same.
const SEEDS_TRACED: u64 = 4;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs `seeds` on all processors; the results of each seed in order.
fn run_all<T: Send>(
    seeds: impl Iterator<Item = u64>,
    run: impl Fn(u64) -> Result<T, String> + Sync,
) -> Vec<(u64, Result<T, String>)> {
    let seeds: Vec<u64> = seeds.collect();
    let next = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut results: Vec<(u64, Result<T, String>)> = std::thread::scope(|scope| {
        let worker = || {
            let mut done = Vec::new();
            while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed) as usize) {
                done.push((*seed, run(*seed)));
            }
            done
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    results.sort_by_key(|(seed, _)| *seed);
    results
}

fn run(seed: u64, mutation: Option<Mutation>) -> Result<Story, String> {
    in_world(seed, mutation, |world| {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| world.run()));
        let outcome = outcome.unwrap_or_else(|_| Err(Violation::new(NO_PANIC, "see above".into())));
        outcome.map_err(|Violation { rule, what }| {
            format!(
                "{}after {} steps: {rule}: {what}\n  replay: SEED={seed} cargo test --test simulation",
                world.env.trace.text(),
                world.steps
            )
        })
    })
}

fn in_world<T>(seed: u64, mutation: Option<Mutation>, work: impl FnOnce(&mut World) -> T) -> T {
    rkafka_runtime::sync_watch::listen(power_cut::syncing);
    panics::watch();
    // Waits have timers, which never ring: nobody drives this clock.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let _inside = runtime.enter();
    work(&mut World::new(seed, mutation))
}

/// Everything that happens under a seed, and all that the replicas of every machine hold at the end.
fn whole_trace(seed: u64) -> String {
    in_world(seed, None, |world| {
        world.env.trace.keep_all();
        let outcome = world.run().map(|story| (story.steps, story.acknowledged, story.commits, story.leaders));
        let logs = world.machines.values().map(|machine| &machine.disk);
        format!("{}{outcome:?}\n{:?}\n", world.env.trace.text(), logs.collect::<Vec<_>>())
    })
}

/// No order of a hash map, no wall clock and no thread has a say in what happens: otherwise a failure could not be replayed.
#[test]
fn one_seed_gives_one_trace() {
    let seeds = 0..SEEDS_TRACED;
    let twice = run_all(seeds.clone().chain(seeds), |seed| Ok(whole_trace(seed)));
    let traces: Vec<String> = twice.into_iter().filter_map(|(_, trace): (u64, Result<_, String>)| trace.ok()).collect();
    for pair in traces.chunks(2) {
        let [first, second] = pair else { unreachable!("each seed runs twice") };
        let parting = first.lines().zip(second.lines()).position(|(first, second)| first != second);
        let tell = |at: usize| (first.lines().nth(at), second.lines().nth(at));
        assert!(first == second, "two runs of a seed part at line {parting:?}: {:?}", parting.map(tell));
    }
    let different: std::collections::BTreeSet<&String> = traces.iter().collect();
    assert_eq!(different.len(), traces.len() / 2, "two seeds tell the same story");
}

#[test]
fn clusters_keep_their_promises() {
    let results = match number("SEED") {
        Some(seed) => vec![(seed, run(seed, None))],
        None => run_all(0..number("SEEDS").unwrap_or(USUAL_SEEDS), |seed| run(seed, None)),
    };
    let failures: Vec<&String> = results.iter().filter_map(|(_, result)| result.as_ref().err()).collect();
    for failure in &failures {
        println!("{failure}");
    }
    assert!(failures.is_empty(), "{} of {} seeds fail", failures.len(), results.len());
    let stories: Vec<&Story> = results.iter().filter_map(|(_, result)| result.as_ref().ok()).collect();
    let sum = |of: fn(&Story) -> usize| stories.iter().map(|story| of(story)).sum::<usize>();
    println!(
        "{} steps, {} records and {} offsets acknowledged, {} commits timed out, {} leaderships, {} failed disks",
        sum(|s| s.steps),
        sum(|s| s.acknowledged),
        sum(|s| s.commits),
        sum(|s| s.commits_timed_out),
        sum(|s| s.leaders),
        sum(|s| s.failed_disks)
    );
}

/// Each rule that is broken on purpose is noticed within as many seeds. `MUTATION=DropTruncation` tries one.
#[test]
fn broken_rules_are_noticed() {
    let only = std::env::var("MUTATION").ok();
    let wanted = |mutation: Mutation| only.as_ref().is_none_or(|only| *only == format!("{mutation:?}"));
    let mut missed = Vec::new();
    for trial in mutation::TRIALS.iter().filter(|trial| wanted(trial.mutation)) {
        let found = AtomicU64::new(u64::MAX);
        let results = run_all(trial.near..trial.near + trial.within, |seed| {
            // One seed that notices is enough.
            if found.load(Ordering::Relaxed) != u64::MAX {
                return Ok(None);
            }
            let result = run(seed, Some(trial.mutation));
            // A panic is nobody's notice: it may be the simulation's own.
            let noticed = result.err().filter(|what| !what.contains(NO_PANIC));
            if noticed.is_some() {
                found.fetch_min(seed, Ordering::Relaxed);
            }
            Ok(noticed)
        });
        match results.iter().find_map(|(seed, result)| Some((seed, result.as_ref().ok()?.as_ref()?))) {
            Some((seed, what)) => {
                let line = what.lines().find(|line| line.starts_with("after")).unwrap_or_default();
                println!("{:?}: seed {seed} {line}", trial.mutation);
            }
            None => missed.push(trial.mutation),
        }
    }
    assert!(missed.is_empty(), "not noticed: {missed:?}");
}
