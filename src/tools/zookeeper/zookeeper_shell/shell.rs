//! A shell: a session with ZooKeeper, what was typed in it, and the way from a line to an answer on the screen.

use super::{
    answer::{Answer, Stream},
    arguments::Output,
    commands,
    events::Told,
    failure::Failure,
    words,
};
use crate::terminal::Terminal;
use rkafka_zookeeper_client::{ClientOptions, ZkClient, ZkConnect, ZkError, ZkEvent, ZkOptions, ZkState};
use std::{collections::VecDeque, io, time::Duration};
use tokio::sync::mpsc;

/// How many operations may be on the wire.
const MAX_IN_FLIGHT: usize = 100;
/// How long a server may take to answer the end of a session.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// How sessions are begun.
pub struct Settings {
    pub timeout: Duration,
    pub client: ClientOptions,
    pub output: Output,
}

/// One shell.
pub struct Shell {
    settings: Settings,
    /// The connect string as it was typed; the prompt shows it.
    host: String,
    client: ZkClient,
    events: mpsc::UnboundedReceiver<ZkEvent>,
    /// Events that the shell itself tells.
    own_events: VecDeque<Told>,
    pub print_watches: bool,
    /// What was typed, by number; [`None`] where a number was never used.
    pub history: Vec<String>,
    /// Whether `quit` was typed.
    pub ended: bool,
    exit: u8,
}

impl Shell {
    /// Begins a session; does not wait for a server.
    pub fn start(host: &str, settings: Settings) -> anyhow::Result<Shell> {
        let (client, events) = begin(host, &settings)?;
        Ok(Shell {
            settings,
            host: host.to_owned(),
            client,
            events,
            own_events: VecDeque::new(),
            print_watches: true,
            history: Vec::new(),
            ended: false,
            exit: 0,
        })
    }

    pub fn client(&self) -> &ZkClient {
        &self.client
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// How a shell that ends now exits.
    pub fn exit(&self) -> u8 {
        self.exit
    }

    /// `[zk: localhost:2181(CONNECTED) 0] `.
    pub fn prompt(&self) -> String {
        format!("[zk: {}({}) {}] ", self.host, self.client.state(), self.history.len())
    }

    /// Begins another session, with `host`, after the end of the one there is.
    pub async fn connect(&mut self, host: &str) -> Result<(), Failure> {
        let (client, events) = begin(host, &self.settings).map_err(|error| Failure::new(format!("{error:#}")))?;
        self.close().await;
        self.host = host.to_owned();
        (self.client, self.events) = (client, events);
        Ok(())
    }

    /// Ends the session, if there is one.
    pub async fn close(&mut self) {
        if self.client.state().is_alive() {
            self.gather_events();
            // A session that cannot be closed ends by its timeout.
            let _ = tokio::time::timeout(CLOSE_TIMEOUT, self.client.close()).await;
            self.gather_events();
            self.own_events.push_back(Told::CLOSED);
        }
    }

    /// Does what one typed line says; nothing, if it is empty.
    pub async fn execute(&mut self, line: &str, terminal: &mut Terminal) -> io::Result<()> {
        if line.is_empty() {
            return Ok(());
        }
        self.history.push(line.to_owned());
        self.run(&words::split(line), terminal).await
    }

    /// Does one command and prints what it says.
    pub async fn run(&mut self, words: &[String], terminal: &mut Terminal) -> io::Result<()> {
        let Some(name) = words.first() else { return Ok(()) };
        let mut answer = Answer::default();
        let outcome = commands::process(self, words, &mut answer).await;
        if !self.ended {
            self.exit = outcome.as_ref().err().map_or(0, |failure| failure.exit);
        }
        self.print_events(terminal)?;
        match self.settings.output {
            Output::Json => terminal.line(answer.into_json(name, outcome.as_ref().map(drop)))?,
            Output::Text => {
                if outcome.as_ref().is_err_and(|failure| failure.code == Some(ZkError::CONNECTION_LOSS)) {
                    answer.talk(format!("Cannot reach ZooKeeper at {}: {}", self.host, self.client.last_failure()));
                }
                print(answer, outcome.err(), terminal)?;
            }
        }
        terminal.flush()
    }

    /// Waits until there is a connection, or an attempt to have one has failed, but not for ever.
    pub async fn wait_for_server(&mut self, limit: Duration) {
        if let Ok(told) = tokio::time::timeout(limit, self.next_event()).await {
            self.own_events.push_back(told);
        }
    }

    /// Waits for the next event; forever once the session has ended.
    pub async fn next_event(&mut self) -> Told {
        loop {
            match self.events.recv().await {
                Some(event) => {
                    if let Some(told) = self.told(event) {
                        return told;
                    }
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Prints the events that have come.
    pub fn print_events(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        self.gather_events();
        for told in std::mem::take(&mut self.own_events) {
            self.print_event(&told, terminal)?;
        }
        Ok(())
    }

    pub fn print_event(&self, told: &Told, terminal: &mut Terminal) -> io::Result<()> {
        if let Some(text) = self.event_text(told) {
            terminal.print(text)?;
        }
        Ok(())
    }

    /// How an event is shown, if events are.
    pub fn event_text(&self, told: &Told) -> Option<String> {
        self.print_watches.then(|| match self.settings.output {
            Output::Json => format!("{}\n", told.json()),
            Output::Text => told.text(),
        })
    }

    fn gather_events(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            if let Some(told) = self.told(event) {
                self.own_events.push_back(told);
            }
        }
    }

    /// `None` for the loss of a server that follows from the end of a session.
    fn told(&self, event: ZkEvent) -> Option<Told> {
        let state = self.client.state();
        if event == ZkEvent::Disconnected && state == ZkState::Closed {
            return None;
        }
        Some(Told::of(event, state == ZkState::ConnectedReadOnly))
    }
}

fn begin(host: &str, settings: &Settings) -> anyhow::Result<(ZkClient, mpsc::UnboundedReceiver<ZkEvent>)> {
    let connect: ZkConnect = host.parse()?;
    let mut options = ZkOptions::new(connect, settings.timeout);
    options.max_in_flight = MAX_IN_FLIGHT;
    options.client = settings.client.clone();
    options.create_chroot = false;
    options.repeat = false;
    Ok(ZkClient::start(options)?)
}

fn print(answer: Answer, failure: Option<Failure>, terminal: &mut Terminal) -> io::Result<()> {
    for (stream, text) in answer.pieces {
        match stream {
            Stream::Out => terminal.print(text)?,
            Stream::Err => terminal.talk(text),
        }
    }
    if let Some(failure) = failure {
        terminal.talk(failure.message);
    }
    Ok(())
}
