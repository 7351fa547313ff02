//! Pure: how often which value occurred, in a few KiB whatever their number: exact below 64, within 3% above.

/// Values below this have a bucket of their own.
const EXACT: u64 = 64;
/// Buckets per power of two above [`EXACT`].
const STEPS: usize = 32;
/// Larger values share the last bucket.
const LARGEST_POWER: usize = 40;
const BUCKETS: usize = EXACT as usize + (LARGEST_POWER - 5) * STEPS;

/// Counts of values.
#[derive(Debug, Clone)]
pub struct Histogram {
    counts: Box<[u32]>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { counts: vec![0; BUCKETS].into_boxed_slice(), total: 0 }
    }
}

impl Histogram {
    /// Negative values count as 0.
    pub fn record(&mut self, value: i64) {
        if let Some(count) = self.counts.get_mut(bucket(u64::try_from(value).unwrap_or(0))) {
            *count = count.saturating_add(1);
            self.total += 1;
        }
    }

    pub fn add(&mut self, other: &Histogram) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, more)| *own = own.saturating_add(*more));
        self.total += other.total;
    }

    pub fn count(&self) -> u64 {
        self.total
    }

    /// The `rank`th smallest value, from 1; 0 when there is none.
    pub fn at_rank(&self, rank: u64) -> i64 {
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += u64::from(*count);
            if *count > 0 && seen >= rank {
                return lowest(at);
            }
        }
        0
    }

    /// The value below which the part `quantile` of all lies, between two values in proportion, rounded: as the
    /// percentiles of Apache's `mntr` are computed.
    pub fn percentile(&self, quantile: f64) -> i64 {
        let position = quantile * (self.total as f64 + 1.0);
        let index = position as u64;
        if index < 1 {
            return self.at_rank(1);
        }
        if index >= self.total {
            return self.at_rank(self.total);
        }
        let (lower, upper) = (self.at_rank(index) as f64, self.at_rank(index + 1) as f64);
        (lower + (position - position.floor()) * (upper - lower)).round() as i64
    }
}

fn bucket(value: u64) -> usize {
    if value < EXACT {
        return value as usize;
    }
    let power = value.ilog2() as usize;
    if power >= LARGEST_POWER {
        return BUCKETS - 1;
    }
    let step = (value >> (power - 5)) as usize & (STEPS - 1);
    EXACT as usize + (power - 6) * STEPS + step
}

/// The smallest value of a bucket.
fn lowest(bucket: usize) -> i64 {
    let Some(above) = bucket.checked_sub(EXACT as usize) else { return bucket as i64 };
    let (power, step) = (above / STEPS + 6, above % STEPS);
    ((STEPS + step) as i64) << (power - 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_values_are_exact_and_large_ones_nearly() {
        for value in [0, 1, 63, 64, 65, 100, 1000, 123_456, 1 << 39] {
            let near = lowest(bucket(value));
            assert!(near <= value as i64 && near as f64 >= value as f64 * 0.96, "{value} {near}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        let mut histogram = Histogram::default();
        histogram.record(-5);
        assert_eq!((histogram.count(), histogram.percentile(0.5)), (1, 0));
    }

    #[test]
    fn percentiles_are_those_of_the_recorded_run() {
        let mut histogram = Histogram::default();
        (1..=100).for_each(|value| histogram.record(value % 60));
        assert_eq!(Histogram::default().percentile(0.99), 0);
        assert_eq!((histogram.percentile(0.999), histogram.at_rank(100)), (59, 59));
        let mut two = Histogram::default();
        two.record(1);
        two.record(2);
        // 1.5 rounds up.
        assert_eq!(two.percentile(0.5), 2);
    }
}
