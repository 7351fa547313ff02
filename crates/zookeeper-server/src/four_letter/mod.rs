//! The four-letter words: a client sends one instead of its first frame, gets text, and the connection closes.
//!
//! What they tell is in [`super::figures`]; here it becomes text.

mod conf;
mod connections;
mod digests;
mod dirs;
mod dump;
mod environment;
mod mntr;
mod reset;
mod server_stats;
mod trace_mask;
mod watches;

use super::shared::{Shared, State};

/// Apache ZooKeeper sends long answers in pieces of this many bytes, and counts each as a packet.
const PIECE: usize = 8192;

/// A word that is known.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    pub name: &'static str,
    /// Bytes that follow the word.
    pub argument: usize,
    /// The answer may be long, and takes its time: it is made apart from the connections, one at a time.
    pub is_long: bool,
    answer: fn(&Question<'_>) -> String,
}

/// What an answer may look at.
pub struct Question<'a> {
    shared: &'a Shared,
    argument: &'a [u8],
}

impl Question<'_> {
    fn with_state<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.shared.state.lock())
    }
}

const fn word(name: &'static str, answer: fn(&Question<'_>) -> String) -> Word {
    Word { name, argument: 0, is_long: false, answer }
}

const fn long(name: &'static str, answer: fn(&Question<'_>) -> String) -> Word {
    Word { is_long: true, ..word(name, answer) }
}

/// Every word, sorted.
const WORDS: &[Word] = &[
    word("conf", conf::answer),
    word("cons", connections::cons),
    word("crst", reset::crst),
    word("dirs", dirs::answer),
    long("dump", dump::answer),
    word("envi", environment::answer),
    word("gtmk", trace_mask::gtmk),
    word("hash", digests::hash),
    word("isro", |_| "rw".to_owned()),
    word("mntr", mntr::answer),
    word("ruok", |_| "imok".to_owned()),
    word("srst", reset::srst),
    word("srvr", server_stats::srvr),
    word("stat", server_stats::stat),
    Word { argument: 8, ..word("stmk", trace_mask::stmk) },
    long("wchc", watches::wchc),
    long("wchp", watches::wchp),
    word("wchs", watches::wchs),
];

impl Word {
    /// The word that these bytes are.
    pub fn find(bytes: [u8; 4]) -> Option<Word> {
        WORDS.iter().find(|word| word.name.as_bytes() == bytes).copied()
    }

    /// Whether the settings allow it. `srvr` always is, because scripts depend on it; `*` allows every word.
    fn is_allowed(self, whitelist: &[String]) -> bool {
        self.name == "srvr" || whitelist.iter().any(|allowed| allowed == "*" || allowed == self.name)
    }
}

/// The answer, or the refusal of a word that the whitelist lacks.
pub fn answer(shared: &Shared, word: Word, argument: &[u8]) -> String {
    if !word.is_allowed(&shared.config.four_letter_words) {
        return format!("{} is not executed because it is not in the whitelist.\n", word.name);
    }
    (word.answer)(&Question { shared, argument })
}

/// The packets in which Apache ZooKeeper would have sent this.
pub fn packets(answer: &str) -> u64 {
    answer.len().div_ceil(PIECE) as u64
}

/// Lines of `key=value`.
fn key_value_lines<K: AsRef<str>>(pairs: &[(K, String)]) -> String {
    pairs.iter().map(|(key, value)| format!("{}={value}\n", key.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn srvr_is_always_allowed_and_a_star_allows_all() {
        assert!(WORDS.is_sorted_by_key(|word| word.name));
        let [srvr, mntr] = [*b"srvr", *b"mntr"].map(|bytes| Word::find(bytes).unwrap());
        assert!(srvr.is_allowed(&[]) && !mntr.is_allowed(&["ruok".to_owned()]));
        assert!(mntr.is_allowed(&["*".to_owned()]) && mntr.is_allowed(&["mntr".to_owned()]));
        assert!(Word::find(*b"lsnp").is_none());
        assert_eq!((packets("x"), packets(&"x".repeat(8193))), (1, 2));
    }
}
