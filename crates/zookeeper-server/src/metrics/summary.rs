//! Pure: one measured thing: how often, sum, least, most; and, where percentiles are asked for, the values' distribution.

use std::collections::VecDeque;

use super::histogram::Histogram;

/// How many windows of time a distribution covers; what is older is forgotten.
const WINDOWS: i64 = 5;

/// Values of one kind since the start or the last reset.
#[derive(Debug, Clone, Default)]
pub struct Series {
    pub count: u64,
    pub sum: i64,
    min: Option<i64>,
    max: Option<i64>,
    /// The distribution per window, the newest last.
    windows: VecDeque<(i64, Histogram)>,
}

impl Series {
    pub fn record(&mut self, value: i64) {
        self.count += 1;
        self.sum += value;
        self.min = Some(self.min.map_or(value, |min| min.min(value)));
        self.max = Some(self.max.map_or(value, |max| max.max(value)));
    }

    /// The distribution too; `window` is the number of the window that it is now.
    pub fn record_in(&mut self, value: i64, window: i64) {
        self.record(value);
        if self.windows.back().is_none_or(|(newest, _)| *newest != window) {
            self.windows.retain(|(at, _)| window - at < WINDOWS);
            self.windows.push_back((window, Histogram::default()));
        }
        if let Some((_, histogram)) = self.windows.back_mut() {
            histogram.record(value);
        }
    }

    /// The distribution of the last windows; `None` when nothing was recorded in them.
    pub fn distribution(&self, window: i64) -> Option<Histogram> {
        let mut fresh = self.windows.iter().filter(|(at, _)| window - at < WINDOWS).map(|(_, histogram)| histogram);
        let mut all = fresh.next()?.clone();
        fresh.for_each(|histogram| all.add(histogram));
        Some(all)
    }

    pub fn min(&self) -> i64 {
        self.min.unwrap_or(0)
    }

    pub fn max(&self) -> i64 {
        self.max.unwrap_or(0)
    }

    /// With four decimals, as Apache ZooKeeper rounds it.
    pub fn average(&self) -> f64 {
        if self.count == 0 { 0.0 } else { (self.sum as f64 / self.count as f64 * 10_000.0).round() / 10_000.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_forgotten() {
        let mut series = Series::default();
        series.record_in(7, 0);
        series.record_in(9, 3);
        assert_eq!(series.distribution(3).map(|all| all.count()), Some(2));
        assert_eq!(series.distribution(5).map(|all| all.count()), Some(1));
        assert!(series.distribution(8).is_none());
        assert_eq!((series.count, series.sum, series.min(), series.max(), series.average()), (2, 16, 7, 9, 8.0));
    }
}
