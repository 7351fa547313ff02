//! Pure: which topics and groups are meant: names, or regular expressions for the whole name.

use anyhow::{Context, bail};
use regex_lite::Regex;

/// Groups in which copies remember how far they are; they are no groups of anybody's.
const OWN_GROUPS: [&str; 3] = ["rkafka-load-", "rkafka-copy-", "rkafka-mirror-"];

/// One word each: the name of something that exists means that alone, everything else is an expression.
#[derive(Clone, Debug)]
pub struct Choice {
    words: Vec<(String, Regex)>,
}

impl Choice {
    /// Errors: a word that is no regular expression.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a String>) -> anyhow::Result<Choice> {
        let word = |word: &String| {
            let whole = Regex::new(&format!("^(?:{word})$"));
            whole.map(|regex| (word.clone(), regex)).with_context(|| format!("'{word}' is no regular expression"))
        };
        Ok(Choice { words: words.into_iter().map(word).collect::<anyhow::Result<_>>()? })
    }

    /// Which of `names` are meant, in their order; each comes with whether it is internal, and such ones have to be named
    /// letter by letter.
    ///
    /// Errors: a word that means none of them, if `all_words` are to mean something.
    pub fn of<'a>(
        &self,
        names: impl IntoIterator<Item = (&'a str, bool)> + Clone,
        all_words: bool,
    ) -> anyhow::Result<Vec<&'a str>> {
        let mut chosen = Vec::new();
        for (word, regex) in &self.words {
            let is_name = names.clone().into_iter().any(|(name, _)| name == word);
            let fits = |name: &str, internal: bool| name == word || (!is_name && !internal && regex.is_match(name));
            let before = chosen.len();
            chosen.extend(
                names.clone().into_iter().filter(|(name, internal)| fits(name, *internal)).map(|(name, _)| name),
            );
            if chosen.len() == before && all_words {
                bail!("there is nothing called '{word}', and nothing whose whole name matches it");
            }
        }
        chosen.sort_unstable();
        chosen.dedup();
        Ok(chosen)
    }

    /// Which groups are meant; those in which copies keep their progress never are.
    pub fn of_groups<'a>(&self, names: &'a [String]) -> anyhow::Result<Vec<&'a str>> {
        let foreign = |name: &&String| !OWN_GROUPS.iter().any(|own| name.starts_with(own));
        let names: Vec<(&str, bool)> = names.iter().filter(foreign).map(|name| (name.as_str(), false)).collect();
        self.of(names, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str], names: &[(&str, bool)]) -> Result<String, String> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let choice = Choice::new(&words).map_err(|error| error.to_string())?;
        choice.of(names.to_vec(), true).map(|chosen| chosen.join(" ")).map_err(|error| error.to_string())
    }

    #[test]
    fn names_come_before_expressions() {
        let names = [("a.b", false), ("axb", false), ("ab", false), ("__offsets", true)];
        assert_eq!(of(&["a.b"], &names).unwrap(), "a.b");
        assert_eq!(of(&["a.?b"], &names).unwrap(), "a.b ab axb");
        assert_eq!(of(&[".*", "ab"], &names).unwrap(), "a.b ab axb");
        assert_eq!(of(&["__offsets"], &names).unwrap(), "__offsets");
        assert!(of(&["b"], &names).unwrap_err().contains("'b'"));
        assert!(of(&["("], &names).unwrap_err().contains("no regular expression"));
        let groups = ["g".to_owned(), "rkafka-load-x".to_owned()];
        assert_eq!(Choice::new(&[".*".to_owned()]).unwrap().of_groups(&groups).unwrap(), ["g"]);
    }
}
