//! One line on stderr that changes while somebody looks at it: what a tool waits for, how far it is.

use super::Terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rkafka_runtime::logging::harmless;

/// Nothing is known of the end.
const WAITING: &str = "{spinner} {msg}";
/// The end is known.
const COUNTED: &str = "{spinner} {msg} {bar:30} {percent}%, {eta} left";

/// A line that is there only if stderr is a screen. It goes away when it is dropped.
pub struct Live {
    bar: ProgressBar,
}

impl Terminal {
    /// A line for something whose end nobody knows.
    pub fn live(&self) -> Live {
        let target = if self.err_is_screen() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let live = Live { bar: ProgressBar::with_draw_target(None, target) };
        live.lay_out(WAITING);
        live
    }
}

impl Live {
    fn lay_out(&self, template: &str) {
        // The templates are this file's own.
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    /// Says how many steps there are in all, which gives the line a bar.
    pub fn expect(&self, steps: u64) {
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
        self.bar.set_message(harmless(text, true).into_owned());
        self.bar.tick();
    }

    /// Takes the line away, so that something can be said in its place.
    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.clear();
    }
}
