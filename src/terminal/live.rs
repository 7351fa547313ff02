//! One line on stderr that changes while somebody looks at it: what a tool waits for, how far it is.

use super::Terminal;
use arc_swap::ArcSwapOption;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rkafka_runtime::logging::harmless;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
};

/// How many lines are shown in this process, and who else has the screen.
static LINES: AtomicUsize = AtomicUsize::new(0);
/// A line that goes away by itself when the process says something else.
static PASSING: ArcSwapOption<Live> = ArcSwapOption::const_empty();

/// Nothing is known of the end.
const WAITING: &str = "{spinner} {msg}";
/// The end is known.
const COUNTED: &str = "{spinner} {msg} {bar:30} {percent}%, {eta} left";

/// A line that is there only if stderr is a screen. It goes away when it is dropped.
pub struct Live {
    bar: ProgressBar,
    /// Something has been said in it.
    is_there: AtomicBool,
}

impl Terminal {
    /// A line for something whose end nobody knows.
    pub fn live(&self) -> Live {
        let target = if self.err_is_screen() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let live = Live { bar: ProgressBar::with_draw_target(None, target), is_there: AtomicBool::new(false) };
        live.lay_out(WAITING);
        live
    }

    /// A line beside much that goes to stdout: there only if that goes into a file. Who reads a pipe may write to the same
    /// screen.
    pub fn live_beside_output(&self) -> Option<Live> {
        self.out_is_file().then(|| self.live())
    }

    /// A line beside a little that goes to stdout, which [`aside`] writes.
    pub fn live_around_output(&self) -> Option<Live> {
        (self.out_is_screen() || self.out_is_file()).then(|| self.live())
    }
}

impl Live {
    fn lay_out(&self, template: &str) {
        // The templates are this file's own.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    /// The first time, the line that passes makes room.
    fn appear(&self) {
        if !self.is_there.swap(true, Relaxed) {
            make_room();
            LINES.fetch_add(1, Relaxed);
        }
    }

    /// Says how many steps there are in all, which gives the line a bar.
    pub fn expect(&self, steps: u64) {
        self.appear();
        self.bar.set_length(steps);
        self.lay_out(COUNTED);
    }

    /// So many of the steps are done.
    pub fn reach(&self, step: u64) {
        self.bar.set_position(step);
    }

    /// What is going on now. Called often enough, it also turns the wheel.
    pub fn say(&self, text: &str) {
        if self.bar.is_hidden() {
            return;
        }
        self.appear();
        self.bar.set_message(harmless(text, true).into_owned());
        self.bar.tick();
    }

    /// Takes the line away, so that something can be said in its place.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// Does what writes to the screen, while the line, if there is one, is away.
pub fn aside<T>(live: Option<&Live>, write: impl FnOnce() -> T) -> T {
    match live {
        Some(live) => live.bar.suspend(write),
        None => write(),
    }
}

/// Says what goes on in a line that goes away when [`make_room`] is called. None is shown while a tool has one of its own:
/// two would write over each other.
pub fn say_in_passing(terminal: &Terminal, text: &str) {
    match (PASSING.load_full(), LINES.load(Relaxed)) {
        (Some(passing), 1) => passing.say(text),
        (Some(_), _) => make_room(),
        (None, 0) => {
            let passing = terminal.live();
            passing.say(text);
            PASSING.store(Some(Arc::new(passing)));
        }
        (None, _) => (),
    }
}

/// Takes the line of [`say_in_passing`] away, before something else is written.
pub fn make_room() {
    if let Some(passing) = PASSING.swap(None) {
        passing.clear();
    }
}

/// Whether a line would be seen: stderr is a screen on which it can be taken back.
pub fn is_seen() -> bool {
    !ProgressDrawTarget::stderr().is_hidden()
}

/// While it lives, [`say_in_passing`] says nothing: the screen is somebody's.
pub struct Away(());

/// Takes the screen.
pub fn keep_away() -> Away {
    make_room();
    LINES.fetch_add(1, Relaxed);
    Away(())
}

impl Drop for Away {
    fn drop(&mut self) {
        LINES.fetch_sub(1, Relaxed);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
        if self.is_there.load(Relaxed) {
            LINES.fetch_sub(1, Relaxed);
        }
    }
}
