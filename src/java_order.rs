//! Pure: the order in which Java's `HashMap` gives back its keys, for output that must equal that of Kafka's tools.

use rkafka_base::{TopicPartition, java_string_hash};

/// Sorts `items` as a `HashMap` that was filled with them one by one would give them back.
///
/// A map for `expected` entries starts with a table of the next power of two, doubles it when more than three quarters
/// are filled, and is walked slot by slot; entries of one slot keep their order.
pub fn sort_by_key<T>(items: &mut [T], expected: usize, key: impl Fn(&T) -> &str) {
    sort_by_hash(items, expected, |item| java_string_hash(key(item)));
}

/// As [`sort_by_key`], for keys that are partitions.
pub fn sort_by_partition<T>(items: &mut [T], expected: usize, key: impl Fn(&T) -> &TopicPartition) {
    sort_by_hash(items, expected, |item| {
        let TopicPartition { topic, partition } = key(item);
        31_i32.wrapping_add(*partition).wrapping_mul(31).wrapping_add(java_string_hash(topic))
    });
}

/// As [`sort_by_key`], for keys whose `hashCode` is known.
pub fn sort_by_hash<T>(items: &mut [T], expected: usize, hash: impl Fn(&T) -> i32) {
    let mut slots = expected.next_power_of_two().max(1);
    while items.len() * 4 > slots * 3 {
        slots *= 2;
    }
    let slot = |item: &T| {
        let hash = hash(item) as u32;
        (hash ^ (hash >> 16)) as usize & (slots - 1)
    };
    items.sort_by_key(slot);
}

/// How many entries a `new HashMap<>()` is made for.
pub const UNSIZED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// What `new HashMap<>()` gives back in Java 17 after these were put in.
    #[test]
    fn as_java_does() {
        let mut names = ["zeta", "alpha", "test", "orders", "b", "__consumer_offsets", "a", "payments.v1", "x-y"];
        sort_by_key(&mut names, UNSIZED, |name| name);
        let expected = ["zeta", "payments.v1", "a", "b", "test", "x-y", "alpha", "orders", "__consumer_offsets"];
        assert_eq!(names, expected);
    }

    /// As Kafka's tool shows the partitions 0 and 1 of this topic.
    #[test]
    fn partitions_as_java_has_them() {
        let mut partitions = [TopicPartition::new("cli-g1", 0), TopicPartition::new("cli-g1", 1)];
        sort_by_partition(&mut partitions, UNSIZED, |partition| partition);
        assert_eq!(partitions.map(|partition| partition.partition), [1, 0]);
    }
}
