//! Pure: whether the replicas of a partition have the same batches.

use rkafka_base::TopicPartition;
use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

/// A batch, as far as replicas are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSeen {
    pub last_offset: i64,
    pub next_offset: i64,
    pub checksum: u32,
}

/// What a replica answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub high_watermark: i64,
    pub batches: Vec<BatchSeen>,
}

impl Answer {
    /// Nothing came.
    pub fn none() -> Answer {
        Answer { high_watermark: -1, batches: Vec::new() }
    }
}

/// What a comparison found.
#[derive(Debug, PartialEq, Eq)]
pub struct Compared {
    /// Up to where all replicas have the same.
    pub offset: i64,
    /// Differences that do not end the comparison.
    pub differences: Vec<Difference>,
    /// A difference behind which nothing can be compared.
    pub diverged: Option<Difference>,
}

/// What two replicas of a partition differ in. Displays in Kafka's words.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    pub partition: TopicPartition,
    pub replicas: [i32; 2],
    /// The last offset that the batch has in each.
    pub offsets: [i64; 2],
    pub checksums: [u32; 2],
}

impl Difference {
    /// Whether the batches have other offsets, so that those behind them cannot be compared.
    pub fn is_of_offsets(&self) -> bool {
        self.offsets[0] != self.offsets[1]
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { partition, replicas: [one, other], offsets, checksums } = self;
        if self.is_of_offsets() {
            let [first, second] = offsets;
            return write!(
                f,
                "partition {partition}: replica {one}'s offset {first} doesn't match replica {other}'s offset {second}"
            );
        }
        let ([offset, _], [first, second]) = (offsets, checksums);
        write!(
            f,
            "partition {partition} has unmatched checksum at offset {offset}; replica {one}'s checksum {first}; replica \
             {other}'s checksum {second}"
        )
    }
}

/// Compares batch by batch from `offset` on, up to the high watermark.
pub fn compare(partition: &TopicPartition, offset: i64, answers: &BTreeMap<i32, Answer>) -> Compared {
    let mut compared = Compared { offset, differences: Vec::new(), diverged: None };
    for at in 0.. {
        let mut first: Option<(i32, BatchSeen)> = None;
        let mut in_all = !answers.is_empty();
        for (replica, answer) in answers {
            let Some(batch) = answer.batches.get(at).filter(|b| b.last_offset < answer.high_watermark) else {
                in_all = false;
                continue;
            };
            let Some((one, other)) = first else {
                first = Some((*replica, *batch));
                continue;
            };
            let difference = || Difference {
                partition: partition.clone(),
                replicas: [one, *replica],
                offsets: [other.last_offset, batch.last_offset],
                checksums: [other.checksum, batch.checksum],
            };
            if other.last_offset != batch.last_offset {
                compared.diverged = Some(difference());
                return compared;
            }
            if other.checksum != batch.checksum {
                compared.differences.push(difference());
            }
        }
        let Some((_, batch)) = first.filter(|_| in_all) else { break };
        compared.offset = batch.next_offset;
    }
    compared
}

/// The partition that lags most.
#[derive(Debug, Default)]
pub struct Lag {
    /// By how many records, which partition, and up to which offset its replicas are the same.
    pub worst: Option<(i64, TopicPartition, i64)>,
}

impl Lag {
    /// A partition whose replicas are the same up to `offset`.
    pub fn add(&mut self, partition: &TopicPartition, offset: i64, answers: &BTreeMap<i32, Answer>) {
        let highest = answers.values().map(|answer| answer.high_watermark).max().unwrap_or(-1);
        let lag = highest - offset;
        if lag > self.worst.as_ref().map_or(-1, |(worst, ..)| *worst) {
            self.worst = Some((lag, partition.clone(), offset));
        }
    }

    /// What the report says.
    pub fn text(&self, partitions: usize) -> String {
        let (lag, name, offset) = match &self.worst {
            Some((lag, partition, offset)) => (*lag, partition.to_string(), *offset),
            None => (-1, "null".to_owned(), -1),
        };
        format!("max lag is {lag} for partition {name} at offset {offset} among {partitions} partitions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A replica, its high watermark, and its batches.
    type Replica<'a> = (i32, i64, &'a [(i64, u32)]);

    fn answers(all: &[Replica<'_>]) -> BTreeMap<i32, Answer> {
        let seen = |(last, checksum): &(i64, u32)| BatchSeen {
            last_offset: *last,
            next_offset: last + 1,
            checksum: *checksum,
        };
        all.iter()
            .map(|(id, high_watermark, batches)| {
                (*id, Answer { high_watermark: *high_watermark, batches: batches.iter().map(seen).collect() })
            })
            .collect()
    }

    #[test]
    fn replicas_that_agree_lag_or_differ() {
        let partition = TopicPartition::new("t", 0);
        let compare = |all: &[Replica<'_>]| compare(&partition, 0, &answers(all));
        assert_eq!(compare(&[(1, 9, &[(3, 7), (8, 7)]), (2, 9, &[(3, 7)])]).offset, 4);
        assert_eq!(compare(&[(1, 5, &[(3, 7), (8, 7)]), (2, 9, &[(3, 7), (8, 7)])]).offset, 4);
        let other = compare(&[(1, 9, &[(3, 7)]), (2, 9, &[(3, 8)])]);
        assert_eq!(other.offset, 4);
        let text = "partition t-0 has unmatched checksum at offset 3; replica 1's checksum 7; replica 2's checksum 8";
        assert_eq!(other.differences[0].to_string(), text);
        let diverged = compare(&[(1, 9, &[(3, 7)]), (2, 9, &[(4, 7)])]).diverged.unwrap();
        assert_eq!(diverged.to_string(), "partition t-0: replica 1's offset 3 doesn't match replica 2's offset 4");
        assert_eq!(compare(&[]).offset, 0);
    }

    #[test]
    fn the_worst_lag_is_told() {
        let mut lag = Lag::default();
        assert_eq!(lag.text(2), "max lag is -1 for partition null at offset -1 among 2 partitions");
        lag.add(&TopicPartition::new("a", 0), 5, &answers(&[(1, 5, &[])]));
        lag.add(&TopicPartition::new("b", 1), 5, &answers(&[(1, 9, &[]), (2, 7, &[])]));
        assert_eq!(lag.text(2), "max lag is 4 for partition b-1 at offset 5 among 2 partitions");
    }
}
