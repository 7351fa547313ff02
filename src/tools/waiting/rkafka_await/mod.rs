//! `rkafka await`: waits until a cluster is in some state, instead of a loop that sleeps.
//!
//! It looks again and again, more rarely as time goes on, and keeps its connections between looks. What may pass while
//! brokers start (a refused connection, a missing topic, no coordinator) is "not yet"; what no waiting helps against ends
//! it with [`UNKNOWN`].

mod args;
mod look;
mod records;
mod verdict;

use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    options::clap_command,
    terminal::{
        Terminal,
        live::Live,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::Context;
use args::{AwaitArgs, Start, What};
use look::Look;
use records::Test;
use rkafka_client::{ClientConfig, ClientKind, GIVE_UP_AFTER, Properties};
use rkafka_runtime::clock::{Clock, SystemClock};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use verdict::Verdict;

pub const TOOL: Tool =
    Tool { name: "await", script: "await", command: clap_command::<AwaitArgs>, run, shows: &[&SHOWN] };

const SHOWN: Shape<3> = Shape::single(
    "await",
    [
        Field::boolean("met", "Whether it is so."),
        Field::text("what", "What there is, or what is missing."),
        Field::integer("waitedMs", "How long it was waited for, in milliseconds."),
    ],
);

/// It is not so in time.
const NOT_MET: Exit = Exit(1);
/// The options are wrong, or no waiting tells whether it is so.
const UNKNOWN: Exit = Exit(2);
/// The pause after the first look; each further one is half as long again, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_millis(500);
/// How long one request may take: a broker that starts may take a connection and not answer.
const REQUEST: Duration = Duration::from_secs(5);
/// How long the one look of `--timeout 0s` may take.
const ONE_LOOK: Duration = Duration::from_secs(10);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: AwaitArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(Exit::OK) => return Ok(Exit::OK),
        Err(_) => return Ok(UNKNOWN),
    };
    let began = Instant::now();
    let waited = prepare(&args).and_then(|look| block_on(wait(look, args.timeout, terminal.live()))?);
    if let Ok(verdict) = &waited
        && terminal.format() != Format::Text
    {
        let (met, what) = match verdict {
            Verdict::Met(what) => (true, what.as_str()),
            Verdict::Missing(what) => (false, what.as_str()),
        };
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        terminal.show(&SHOWN, [[met.into(), what.into(), ms.into()]])?;
    }
    match waited {
        Ok(Verdict::Met(what)) => {
            if terminal.err_is_screen() {
                terminal.talk(what);
            }
            Ok(Exit::OK)
        }
        Ok(Verdict::Missing(what)) => {
            terminal.talk(format_args!("await: not so within {:?}: {what}", args.timeout));
            Ok(NOT_MET)
        }
        Err(error) => {
            terminal.talk(format_args!("await: {error:#}"));
            Ok(UNKNOWN)
        }
    }
}

/// Looks at everything that was typed before anything is asked of a cluster.
fn prepare(args: &AwaitArgs) -> anyhow::Result<Look> {
    let servers = args.bootstrap_server.as_deref().context("which cluster? Say --bootstrap-server HOST:PORT")?;
    let mut typed = properties::load(args.command_config.as_deref())?;
    typed.insert("bootstrap.servers".to_owned(), servers.to_owned());
    // Servers that cannot be reached are what is waited for.
    typed.remove(GIVE_UP_AFTER);
    // Once a wait is over its broker may be there, so it is not asked much more rarely than we look.
    let (first, most) = (FIRST_PAUSE.as_millis().to_string(), LAST_PAUSE.as_millis().to_string());
    for (name, value) in [("reconnect.backoff.ms", first), ("reconnect.backoff.max.ms", most)] {
        typed.entry(name.to_owned()).or_insert(value);
    }
    let mut config =
        ClientConfig::read(ClientKind::Admin, &typed, "rkafka-await").map_err(|error| with_hint(&error))?;
    config.request_timeout = config.request_timeout.min(REQUEST);
    config.connection_setup_timeout = config.connection_setup_timeout.min(REQUEST);
    Ok(Look::new(config, condition(&args.what, typed)?))
}

fn condition(what: &What, properties: Properties) -> anyhow::Result<look::Condition> {
    let now_ms = SystemClock.now().0;
    Ok(match what {
        What::Brokers { count } => look::Condition::Brokers(usize::try_from(*count)?),
        What::Topic { topic, partitions } => look::Condition::Topic(topic.as_str().into(), *partitions),
        What::Group { group, lag, state } => look::Condition::Group { group: group.clone(), lag: *lag, state: *state },
        What::LeaderChange { topic, partition, from } => {
            look::Condition::LeaderChange { topic: topic.as_str().into(), partition: *partition, from: *from }
        }
        What::Records { count, topic, expression, matching, from } => {
            let test = Test::new(expression.as_deref(), matching.clone(), now_ms)?;
            let start = Start::read(from, now_ms).map_err(anyhow::Error::msg)?;
            look::Condition::Records(Box::new(records::Count::new(topic, *count, test, start, properties)))
        }
    })
}

/// Looks until it is so, or `patience` has passed: then what was missing last.
///
/// Errors: what no waiting helps against.
async fn wait(mut look: Look, patience: Duration, live: Live) -> anyhow::Result<Verdict> {
    let began = Instant::now();
    let deadline = began + patience;
    let last_look = if patience.is_zero() { ONE_LOOK } else { LAST_PAUSE };
    let mut missing = look.nothing_seen();
    let mut pause = FIRST_PAUSE;
    let mut is_last = patience.is_zero();
    loop {
        let end = if is_last { Instant::now() + last_look } else { deadline };
        match timeout_at(end, look.once()).await {
            Ok(Ok(Verdict::Met(what))) => return Ok(Verdict::Met(what)),
            Ok(Ok(Verdict::Missing(what))) => missing = what,
            Ok(Err(error)) if verdict::may_pass(&error) => missing = verdict::not_yet(&error),
            Ok(Err(error)) => return Err(with_hint(&error)),
            // What was being looked at may have got further meanwhile.
            Err(_) => return Ok(Verdict::Missing(look.so_far().unwrap_or(missing))),
        }
        if is_last {
            return Ok(Verdict::Missing(missing));
        }
        live.say(&format!("{missing} ({} s)", began.elapsed().as_secs()));
        is_last = Instant::now() + pause >= deadline;
        if is_last || look.wants_pauses() {
            sleep(pause.min(deadline.saturating_duration_since(Instant::now()))).await;
            pause = (pause + pause / 2).min(LAST_PAUSE);
        }
    }
}
