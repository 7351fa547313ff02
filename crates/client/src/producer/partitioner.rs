//! Pure: the partition of a record that does not name one.

use super::config::Partitioning;
use rkafka_base::murmur2;

/// One topic's state of partitioning.
#[derive(Debug, Default)]
pub struct Partitioner {
    /// Where records without a key go now, and how many bytes have gone there.
    sticky: Option<(i32, usize)>,
    turn: usize,
}

impl Partitioner {
    /// The partition for a record. `available` are the partitions that have a leader (if there are none, all count);
    /// `random` picks where to stick next.
    pub fn pick(
        &mut self,
        rule: Partitioning,
        key: Option<&[u8]>,
        count: i32,
        available: &[i32],
        random: impl FnOnce(usize) -> usize,
    ) -> i32 {
        match (rule, key) {
            (Partitioning::Default, Some(key)) => partition_of_key(key, count),
            (Partitioning::RoundRobin, _) => {
                self.turn += 1;
                nth(count, available, self.turn - 1)
            }
            _ => match self.sticky {
                Some((partition, _)) if partition < count => partition,
                _ => {
                    let choices = if available.is_empty() { count.max(1) as usize } else { available.len() };
                    let partition = nth(count, available, random(choices));
                    self.sticky = Some((partition, 0));
                    partition
                }
            },
        }
    }

    /// Takes note that `bytes` went to `partition`; after `enough` of them it is another one's turn.
    pub fn sent(&mut self, partition: i32, bytes: usize, enough: usize) {
        if let Some((sticky, so_far)) = &mut self.sticky
            && *sticky == partition
        {
            *so_far += bytes;
            if *so_far >= enough {
                self.sticky = None;
            }
        }
    }
}

/// The partition of a key, the same in all of Kafka's clients (`BuiltInPartitioner.partitionForKey`).
pub fn partition_of_key(key: &[u8], count: i32) -> i32 {
    (murmur2(key) & 0x7fff_ffff) as i32 % count.max(1)
}

fn nth(count: i32, available: &[i32], n: usize) -> i32 {
    match available.len() {
        0 => (n % count.max(1) as usize) as i32,
        len => available[n % len],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_and_the_rest_sticks() {
        let mut p = Partitioner::default();
        let first = p.pick(Partitioning::Default, None, 3, &[0, 1, 2], |_| 2);
        assert_eq!(first, 2);
        p.sent(2, 60, 100);
        assert_eq!(p.pick(Partitioning::Default, None, 3, &[0, 1, 2], |_| 0), 2);
        p.sent(2, 60, 100);
        assert_eq!(p.pick(Partitioning::Default, None, 3, &[0, 1], |n| n - 1), 1, "a batch's worth went there");
        // Kafka's own value: murmur2("21") is -973932308.
        assert_eq!(p.pick(Partitioning::Default, Some(b"21"), 7, &[], |_| 0), (-973_932_308 & 0x7fff_ffff) % 7);
    }

    #[test]
    fn in_turn() {
        let mut p = Partitioner::default();
        let turns: Vec<i32> = (0..4).map(|_| p.pick(Partitioning::RoundRobin, Some(b"k"), 3, &[0, 2], |_| 0)).collect();
        assert_eq!(turns, [0, 2, 0, 2]);
    }
}
