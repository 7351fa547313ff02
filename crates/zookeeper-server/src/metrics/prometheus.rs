//! Pure: the figures as Prometheus reads them (text format 0.0.4), with the names, types and labels of Apache's
//! `PrometheusMetricsProvider`.

use std::fmt::Write as _;

use super::{Gauge, Gauges, Metrics, Series};

/// The label of figures that there are several of.
const LABEL: &str = "key";
/// Summaries that there is one of for each learner of an ensemble.
const OF_LEARNERS: &[&str] = &["ack_latency", "learner_handler_qp_size", "learner_handler_qp_time_ms"];
/// Figures of the process: name, type, help. The driver knows their values.
pub const PROCESS: &[(&str, &str, &str)] = &[
    ("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds."),
    ("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds."),
    ("process_open_fds", "gauge", "Number of open file descriptors."),
    ("process_max_fds", "gauge", "Maximum number of open file descriptors."),
    ("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes."),
    ("process_resident_memory_bytes", "gauge", "Resident memory size in bytes."),
];

/// All samples of one name.
pub struct Family {
    pub name: String,
    /// `gauge`, `counter` or `summary`.
    pub kind: &'static str,
    pub help: String,
    pub samples: Vec<Sample>,
}

/// One line.
pub struct Sample {
    pub name: String,
    pub labels: Vec<(&'static str, String)>,
    pub value: f64,
}

impl Sample {
    fn new(name: &str, labels: &[(&'static str, &str)], value: f64) -> Sample {
        let labels = labels.iter().map(|(label, text)| (*label, (*text).to_owned())).collect();
        Sample { name: name.to_owned(), labels, value }
    }

    /// The name with its labels, as `mntr` shows it.
    pub fn key(&self) -> String {
        labelled(&self.name, &self.labels)
    }
}

/// `name{label="value",other="value"}`.
pub fn labelled(name: &str, labels: &[(&'static str, String)]) -> String {
    if labels.is_empty() {
        return name.to_owned();
    }
    let shown: Vec<String> = labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
    format!("{name}{{{}}}", shown.join(","))
}

/// Everything but the figures of the process.
pub fn families(gauges: &Gauges, metrics: &Metrics) -> Vec<Family> {
    let mut families = Vec::new();
    for (name, gauge) in &gauges.single {
        let value = match gauge {
            Gauge::Whole(value) => *value as f64,
            Gauge::Real(value) => *value,
        };
        families.push(family(name, "gauge", vec![Sample::new(name, &[], value)]));
    }
    for (name, set) in &gauges.sets {
        let samples = set.iter().map(|(key, value)| Sample::new(name, &[(LABEL, key)], *value as f64));
        families.push(family(name, "gauge", samples.collect()));
    }
    for (name, count) in metrics.counters() {
        families.push(family(name, "counter", vec![Sample::new(name, &[], count as f64)]));
    }
    let name = "quota_exceeded_error_per_namespace";
    let exceeded = metrics.quota_exceeded.iter();
    let samples = exceeded.map(|(key, count)| Sample::new(name, &[(LABEL, key)], *count as f64));
    families.push(family(name, "counter", samples.collect()));
    for (name, series, has_percentiles) in metrics.summaries() {
        let quantiles: &[f64] = if has_percentiles { &[0.5, 0.9, 0.99] } else { &[0.5] };
        families.push(family(name, "summary", summary(name, &[], series, (quantiles, metrics.window()))));
    }
    for (name, all) in [("read_per_namespace", &metrics.reads), ("write_per_namespace", &metrics.writes)] {
        let samples =
            all.iter().flat_map(|(key, series)| summary(name, &[(LABEL, key)], series, (&[0.5], metrics.window())));
        families.push(family(name, "summary", samples.collect()));
    }
    for name in OF_LEARNERS {
        families.push(family(name, "summary", Vec::new()));
    }
    families
}

fn family(name: &str, kind: &'static str, samples: Vec<Sample>) -> Family {
    Family { name: name.to_owned(), kind, help: name.to_owned(), samples }
}

/// The samples of one summary: its quantiles (NaN when nothing was recorded lately), count and sum.
fn summary(
    name: &str,
    labels: &[(&'static str, &str)],
    series: &Series,
    (quantiles, window): (&[f64], i64),
) -> Vec<Sample> {
    let all = series.distribution(window);
    let mut samples = Vec::new();
    for quantile in quantiles {
        let value = all.as_ref().map_or(f64::NAN, |all| {
            let rank = (quantile * all.count() as f64).ceil().max(1.0) as u64;
            all.at_rank(rank) as f64
        });
        let text = quantile.to_string();
        let mut with_quantile = labels.to_vec();
        with_quantile.push(("quantile", &text));
        samples.push(Sample::new(name, &with_quantile, value));
    }
    samples.push(Sample::new(&format!("{name}_count"), labels, series.count as f64));
    samples.push(Sample::new(&format!("{name}_sum"), labels, series.sum as f64));
    samples
}

/// The page of `/metrics`. `process` has the values of [`PROCESS`], or nothing; `wanted` restricts it to these sample
/// names unless it is empty (`?name[]=…`).
pub fn text(gauges: &Gauges, metrics: &Metrics, process: &[f64], wanted: &[String]) -> String {
    let mut all = families(gauges, metrics);
    for ((name, kind, help), value) in PROCESS.iter().zip(process) {
        let samples = vec![Sample::new(name, &[], *value)];
        all.push(Family { name: (*name).to_owned(), kind, help: (*help).to_owned(), samples });
    }
    let mut page = String::new();
    for mut family in all {
        if !wanted.is_empty() {
            family.samples.retain(|sample| wanted.contains(&sample.name));
            if family.samples.is_empty() {
                continue;
            }
        }
        let _infallible = writeln!(page, "# HELP {0} {1}\n# TYPE {0} {2}", family.name, family.help, family.kind);
        for sample in family.samples {
            page.push_str(&sample.name);
            if !sample.labels.is_empty() {
                page.push('{');
                sample.labels.iter().for_each(|(label, value)| {
                    let _infallible = write!(page, "{label}=\"{}\",", escape(value));
                });
                page.push('}');
            }
            let _infallible = writeln!(page, " {}", java_double(sample.value));
        }
    }
    page
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A number as Java prints a double: 0.5, 1.0, 1.3838592E7, NaN.
pub fn java_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{FSYNC_TIME, READ_LATENCY};

    #[test]
    fn doubles_look_as_in_java() {
        let shown = [0.0, 0.5, 1.0, 1e7, 13_838_592.0, 9_999_999.0, 0.000_12, -1.0, f64::NAN].map(java_double);
        assert_eq!(shown, ["0.0", "0.5", "1.0", "1.0E7", "1.3838592E7", "9999999.0", "1.2E-4", "-1.0", "NaN"]);
    }

    #[test]
    fn a_page_has_types_quantiles_and_labels() {
        let mut metrics = Metrics::new(true);
        metrics.record(READ_LATENCY, 4);
        metrics.record(FSYNC_TIME, 2);
        metrics.record_write("a\"b", 9);
        let page = text(&Gauges::default(), &metrics, &[1.5], &[]);
        assert!(page.contains(
            "# HELP readlatency readlatency\n# TYPE readlatency summary\nreadlatency{quantile=\"0.5\",} 4.0\n\
             readlatency{quantile=\"0.9\",} 4.0\nreadlatency{quantile=\"0.99\",} 4.0\nreadlatency_count 1.0\n\
             readlatency_sum 4.0\n"
        ));
        assert!(page.contains("fsynctime{quantile=\"0.5\",} 2.0\nfsynctime_count 1.0\n"));
        assert!(page.contains("write_per_namespace_sum{key=\"a\\\"b\",} 9.0\n"));
        assert!(page.contains("snapshottime{quantile=\"0.5\",} NaN\n"));
        assert!(page.ends_with("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1.5\n"));
        let one = text(&Gauges::default(), &metrics, &[], &["diff_count".to_owned()]);
        assert_eq!(one, "# HELP diff_count diff_count\n# TYPE diff_count counter\ndiff_count 0.0\n");
    }
}
