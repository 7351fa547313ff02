//! `rkafka top`: brokers, topics, partitions and groups of a running cluster, live on a screen or once as a table. It only
//! asks: offsets, sizes and groups, as any client may.

mod data;
mod figures;
mod full_screen;
mod keys;
mod model;
mod once;
mod poll;
mod sample;
mod screen;
mod session;
mod views;

use super::span;
use crate::{
    access::{admin, properties},
    block_on::{block_on, block_on_for_reader},
    options::clap_command,
    terminal::{Terminal, live, output::Format},
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use full_screen::FullScreen;
use jiff::Zoned;
use keys::{Decoder, Key};
use model::Model;
use poll::{News, Poller};
use rkafka_client::{Admin, GIVE_UP_AFTER};
use rkafka_runtime::{logging, shutdown::StopSignals};
use screen::Way;
use session::{Session, Wanted};
use std::time::Duration;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};
use views::{Of, View};

pub const TOOL: Tool = Tool {
    name: "top",
    script: "top",
    command: clap_command::<TopArgs>,
    run,
    shows: &[&data::BROKERS, &data::TOPICS, &data::PARTITIONS, &data::GROUPS],
};

/// How long the rest of a key may take after its ESC.
const KEY_PATIENCE: Duration = Duration::from_millis(50);
/// How often it is told for how long a cluster is away.
const CLOCK: Duration = Duration::from_secs(1);
/// How a tool ends that Ctrl-C ends.
const INTERRUPTED: Exit = Exit(130);

/// What can be typed.
#[derive(Debug, Args)]
#[command(
    about = "Watch brokers, topics, partitions and groups live: records and bytes a second, sizes, replicas, lags",
    after_help = "On the screen: b, t, p and g show brokers, topics, partitions and groups; Enter goes inside of a row, Esc \
                  back; the arrows select a row and the column to sort by, r turns the order; / filters; q leaves.\n\n\
                  Examples:\n  rkafka top --bootstrap-server localhost:9092\n  rkafka top --bootstrap-server \
                  localhost:9092 --show groups --interval 5s\n  rkafka top --bootstrap-server localhost:9092 --once --output json"
)]
struct TopArgs {
    #[arg(long, value_name = "HOST:PORT,...", help = "The addresses of the brokers to begin with")]
    bootstrap_server: String,
    #[arg(long, value_name = "FILE", help = "A properties file for the client")]
    command_config: Option<String>,
    #[arg(
        long,
        value_name = "SPAN",
        default_value = "1s",
        value_parser = span::parse,
        help = "The time between two looks at the cluster: 1s, 500ms, 1m"
    )]
    interval: Duration,
    #[arg(long, value_enum, default_value_t = Show::Topics, help = "What is shown at first")]
    show: Show,
    #[arg(long, help = "Print one table, with the rates between two looks, and end")]
    once: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Show {
    Brokers,
    Topics,
    Partitions,
    Groups,
}

impl Show {
    fn view(self) -> View {
        match self {
            Show::Brokers => View::Brokers,
            Show::Topics => View::Topics,
            Show::Partitions => View::Partitions(Of::All),
            Show::Groups => View::Groups,
        }
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: TopArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    if !args.once && terminal.format() != Format::Text {
        terminal.talk("rkafka top: --output is for --once");
        return Ok(Exit::FAILED);
    }
    // On the screen it is told there what is wrong; log lines would write across it.
    let level = if args.once { log::LevelFilter::Warn } else { log::LevelFilter::Off };
    logging::start(logging::Destination::Stderr, level).map_err(|reason| anyhow!(reason))?;
    if args.once {
        let shown = block_on_for_reader(show_once(&args, terminal));
        return shown.map(|()| Exit::OK).map_err(admin::explained);
    }
    block_on(watch(&args, terminal))?
}

/// A client that looks. For the screen it never gives up: a cluster that is not there yet may come.
async fn poller(args: &TopArgs) -> anyhow::Result<Poller> {
    if args.once {
        return Ok(Poller::new(admin::open(args.command_config.as_deref(), &args.bootstrap_server).await?));
    }
    let mut properties = properties::load(args.command_config.as_deref())?;
    properties.remove(GIVE_UP_AFTER);
    properties.insert("bootstrap.servers".to_owned(), args.bootstrap_server.clone());
    Ok(Poller::new(Admin::new(&properties).await?))
}

async fn show_once(args: &TopArgs, terminal: &mut Terminal) -> anyhow::Result<()> {
    let poller = poller(args).await?;
    let mut model = Model::default();
    let second = Instant::now() + args.interval;
    model.push(poller.sample().await?);
    sleep_until(second).await;
    model.push(poller.sample().await?);
    let view = args.show.view();
    let mut table = view.table(&model);
    table.sort(0, false);
    for gap in &model.sample.gaps {
        terminal.talk(gap);
    }
    if terminal.format() == Format::Text {
        return Ok(terminal.print(once::plain(&table))?);
    }
    Ok(match args.show {
        Show::Brokers => terminal.show(&data::BROKERS, data::rows(&table)),
        Show::Topics => terminal.show(&data::TOPICS, data::rows(&table)),
        Show::Partitions => terminal.show(&data::PARTITIONS, data::rows(&table)),
        Show::Groups => terminal.show(&data::GROUPS, data::rows(&table)),
    }?)
}

/// The screen until it is left.
async fn watch(args: &TopArgs, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let poller = poller(args).await?;
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let mut resized = signal(SignalKind::window_change()).context("cannot listen for changes of the terminal")?;
    let mut screen = FullScreen::open(terminal)?;
    let _away = live::keep_away();
    let mut typed = full_screen::typed().context("cannot read keys")?;
    let (tell, mut news) = mpsc::channel(1);
    let polling = tokio::spawn(poll::watch(poller, args.interval, tell));
    let mut watched = Watched::begin(args.show.view());
    let mut decoder = Decoder::default();
    let exit = loop {
        let size = screen.size();
        screen.draw(watched.lines(size), size, terminal)?;
        let keys = tokio::select! {
            bytes = typed.recv() => match bytes {
                Some(bytes) => decoder.push(&bytes),
                // The terminal has gone.
                None => break Exit::OK,
            },
            () = sleep(KEY_PATIENCE), if decoder.is_waiting() => decoder.finish().into_iter().collect(),
            told = news.recv() => {
                match told {
                    Some(told) => watched.take(told),
                    None => break Exit::FAILED,
                }
                Vec::new()
            }
            _ = resized.recv() => Vec::new(),
            () = sleep(CLOCK), if watched.lost.is_some() => Vec::new(),
            signal = signals.wait() => break Exit(signal.exit_code()),
        };
        if let Some(exit) = watched.press(&keys, size) {
            break exit;
        }
    };
    polling.abort();
    Ok(exit)
}

/// What is seen, and how it is looked at.
struct Watched {
    model: Model,
    session: Session,
    /// Since when the cluster is away, that moment as a person reads it, and why.
    lost: Option<(Instant, String, String)>,
}

impl Watched {
    fn begin(view: View) -> Watched {
        Watched { model: Model::default(), session: Session::begin(view), lost: None }
    }

    fn take(&mut self, news: News) {
        match news {
            News::Sample(sample) => {
                self.model.push(*sample);
                self.lost = None;
            }
            News::Lost(reason) => match &mut self.lost {
                Some((_, _, why)) => *why = reason,
                None => {
                    let since = Zoned::now().strftime("%H:%M:%S").to_string();
                    self.lost = Some((Instant::now(), since, reason));
                }
            },
        }
    }

    fn press(&mut self, keys: &[Key], (_, rows): (usize, usize)) -> Option<Exit> {
        keys.iter().find_map(|key| match self.session.press(*key, &self.model, screen::page(rows)) {
            Wanted::Nothing => None,
            Wanted::Leave => Some(Exit::OK),
            Wanted::Interrupt => Some(INTERRUPTED),
        })
    }

    fn lines(&self, (columns, rows): (usize, usize)) -> Vec<screen::Line> {
        let way = match &self.lost {
            Some((at, since, reason)) => {
                Way::Lost { since: since.clone(), seconds: at.elapsed().as_secs(), reason: reason.clone() }
            }
            None if self.model.is_filled => Way::Open,
            None => Way::Opening,
        };
        screen::lines(&self.model, &self.session, &way, columns, rows)
    }
}
