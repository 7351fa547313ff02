//! The four-letter words: a client sends one instead of its first frame, gets text, and the connection closes.

mod conf;
mod connections;
mod dirs;
mod dump;
mod environment;
mod mntr;
mod reset;
mod server_stats;
mod watches;

use super::shared::{Shared, State};

/// What `srvr` and `mntr` say this is: the release of ZooKeeper whose behaviour it has, and what it really is.
pub const VERSION: &str = concat!("3.8.4-rkafka-", env!("CARGO_PKG_VERSION"), ", built on 2024-02-12 22:16 UTC");

/// A word that is known.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    pub name: &'static str,
    answer: fn(&Question<'_>) -> String,
}

/// What an answer may look at.
struct Question<'a> {
    shared: &'a Shared,
}

impl Question<'_> {
    fn with_state<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.shared.state.lock())
    }
}

/// Every word, sorted.
const WORDS: &[Word] = &[
    Word { name: "conf", answer: conf::answer },
    Word { name: "cons", answer: connections::cons },
    Word { name: "crst", answer: reset::crst },
    Word { name: "dirs", answer: dirs::answer },
    Word { name: "dump", answer: dump::answer },
    Word { name: "envi", answer: environment::answer },
    Word { name: "isro", answer: |_| "rw".to_owned() },
    Word { name: "mntr", answer: mntr::answer },
    Word { name: "ruok", answer: |_| "imok".to_owned() },
    Word { name: "srst", answer: reset::srst },
    Word { name: "srvr", answer: server_stats::srvr },
    Word { name: "stat", answer: server_stats::stat },
    Word { name: "wchc", answer: watches::wchc },
    Word { name: "wchp", answer: watches::wchp },
    Word { name: "wchs", answer: watches::wchs },
];

impl Word {
    /// The word that these bytes are.
    pub fn find(bytes: [u8; 4]) -> Option<Word> {
        WORDS.iter().find(|word| word.name.as_bytes() == bytes).copied()
    }
}

/// The answer, or the refusal of a word that the whitelist lacks.
pub fn answer(shared: &Shared, word: Word) -> String {
    let allowed = &shared.config.four_letter_words;
    if !allowed.iter().any(|allowed| allowed == "*" || allowed == word.name) {
        return format!("{} is not executed because it is not in the whitelist.\n", word.name);
    }
    (word.answer)(&Question { shared })
}

/// An average as Java prints it: at most four decimals, at least one.
fn average(value: f64) -> String {
    format!("{:?}", (value * 10_000.0).round() / 10_000.0)
}
