//! Pure: the figures as `mntr` and the AdminServer's `monitor` list them without a Prometheus provider
//! (`DefaultMetricsProvider.dump`).

use super::{Gauge, Gauges, Metrics, Series, prometheus};

/// A listed value.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    Whole(i64),
    Real(f64),
}

/// Every figure with its name, in Apache's order. With the Prometheus provider they carry its names and labels.
pub fn plain(gauges: &Gauges, metrics: &Metrics) -> Vec<(String, Figure)> {
    if metrics.is_prometheus() {
        let samples = prometheus::families(gauges, metrics).into_iter().flat_map(|family| family.samples);
        return samples.map(|sample| (sample.key(), Figure::Real(sample.value))).collect();
    }
    let mut list: Vec<(String, Figure)> = Vec::new();
    list.extend(gauges.single.iter().map(|(name, gauge)| ((*name).to_owned(), figure(*gauge))));
    for (name, set) in &gauges.sets {
        list.extend(set.iter().map(|(key, value)| (format!("{key}_{name}"), Figure::Whole(*value))));
    }
    list.extend(metrics.counters().map(|(name, count)| (name.to_owned(), Figure::Whole(count as i64))));
    let exceeded = metrics.quota_exceeded.iter();
    list.extend(
        exceeded
            .map(|(key, count)| (format!("{key}_quota_exceeded_error_per_namespace"), Figure::Whole(*count as i64))),
    );
    for (name, series, has_percentiles) in metrics.summaries() {
        summary(&mut list, name, series);
        if has_percentiles {
            percentiles(&mut list, name, series);
        }
    }
    for (set, all) in [("read_per_namespace", &metrics.reads), ("write_per_namespace", &metrics.writes)] {
        all.iter().for_each(|(key, series)| summary(&mut list, &format!("{key}_{set}"), series));
    }
    list
}

fn figure(gauge: Gauge) -> Figure {
    match gauge {
        Gauge::Whole(value) => Figure::Whole(value),
        Gauge::Real(value) => Figure::Real(value),
    }
}

fn summary(list: &mut Vec<(String, Figure)>, name: &str, series: &Series) {
    list.push((format!("avg_{name}"), Figure::Real(series.average())));
    list.push((format!("min_{name}"), Figure::Whole(series.min())));
    list.push((format!("max_{name}"), Figure::Whole(series.max())));
    list.push((format!("cnt_{name}"), Figure::Whole(series.count as i64)));
    list.push((format!("sum_{name}"), Figure::Whole(series.sum)));
}

fn percentiles(list: &mut Vec<(String, Figure)>, name: &str, series: &Series) {
    let all = series.distribution(0).unwrap_or_default();
    for (prefix, quantile) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)] {
        list.push((format!("{prefix}_{name}"), Figure::Whole(all.percentile(quantile))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{READ_LATENCY, SNAPSHOT_TIME};

    #[test]
    fn names_and_order_are_those_of_mntr() {
        let mut metrics = Metrics::default();
        metrics.record(READ_LATENCY, 3);
        metrics.record(SNAPSHOT_TIME, 4);
        metrics.record_read("a", 70);
        let gauges = Gauges { single: vec![("avg_latency", Gauge::Real(0.5))], sets: Vec::new() };
        let list = plain(&gauges, &metrics);
        let at = |name: &str| list.iter().position(|(key, _)| key == name).unwrap();
        assert_eq!(list[at("p999_readlatency")].1, Figure::Whole(3));
        assert_eq!(list[at("avg_snapshottime")].1, Figure::Real(4.0));
        assert!(at("avg_latency") < at("proposal_count") && at("watch_bytes") < at("avg_socket_closing_time"));
        assert_eq!(list.last().unwrap(), &("sum_a_read_per_namespace".to_owned(), Figure::Whole(70)));
    }
}
