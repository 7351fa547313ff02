//! Pure: what topics are called in the target.

use anyhow::bail;
use rkafka_base::TopicPartition;
use std::collections::HashMap;

/// New names for some topics, and what stands before all names.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    pub renames: Vec<(String, String)>,
    pub prefix: String,
}

impl Naming {
    /// The name of the copy of `topic`.
    pub fn of(&self, topic: &str) -> String {
        let renamed = self.renames.iter().find(|(old, _)| old == topic).map_or(topic, |(_, new)| new);
        format!("{}{renamed}", self.prefix)
    }

    /// The partition that a partition of the source is copied to.
    pub fn of_partition(&self, partition: &TopicPartition) -> TopicPartition {
        TopicPartition::new(self.of(&partition.topic).as_str(), partition.partition)
    }
}

/// Which topic of the source has which name in the target.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    by: HashMap<String, String>,
}

impl Taken {
    /// Has `topic` be called `copy`.
    ///
    /// Errors: another topic is called so. Nobody could tell how far each of them is.
    pub fn take(&mut self, topic: &str, copy: &str) -> anyhow::Result<()> {
        let other = self.by.insert(copy.to_owned(), topic.to_owned());
        match other.filter(|other| other != topic) {
            Some(other) => bail!("topics {other} and {topic} would both become {copy}: give them different names"),
            None => Ok(()),
        }
    }
}

/// Understands `OLD=NEW`.
pub fn rename(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.to_owned(), new.to_owned())),
        _ => Err("it has to be OLD=NEW".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let naming = Naming { renames: vec![rename("a=b").unwrap()], prefix: "x.".to_owned() };
        assert_eq!((naming.of("a"), naming.of("c")), ("x.b".to_owned(), "x.c".to_owned()));
        let mut taken = Taken::default();
        ["a", "c", "a"].iter().for_each(|topic| taken.take(topic, &naming.of(topic)).unwrap());
        assert_eq!(
            taken.take("b", &naming.of("b")).unwrap_err().to_string(),
            "topics a and b would both become x.b: give them different names"
        );
        for wrong in ["a", "=b", "a="] {
            assert!(rename(wrong).is_err(), "{wrong}");
        }
    }
}
