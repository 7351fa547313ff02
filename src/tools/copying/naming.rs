//! Pure: what topics are called in the target.

use rkafka_base::TopicPartition;

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
        for wrong in ["a", "=b", "a="] {
            assert!(rename(wrong).is_err(), "{wrong}");
        }
    }
}
