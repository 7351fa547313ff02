//! Groups of consumers and their offsets.

pub mod kafka_consumer_groups;
pub mod kafka_groups;

/// A type of groups as Kafka's tools spell it: brokers say `classic`.
fn named_type(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().collect::<String>() + characters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn types() {
        assert_eq!(["classic", "Consumer", ""].map(super::named_type), ["Classic", "Consumer", ""]);
    }
}
