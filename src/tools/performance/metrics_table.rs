//! Pure: the table of a client's metrics that `--print-metrics` asks for, in the layout of Kafka's tools. It has what the
//! tool has measured, under Kafka's names; what only Java's client counts is not there.

use crate::java_number::fixed;

/// The table. A metric is its group, its name and its value.
pub fn table(client_id: &str, metrics: &[(&str, &str, f64)]) -> String {
    let mut rows: Vec<(String, f64)> = metrics
        .iter()
        .map(|(group, name, value)| (format!("{group}:{name}:{{client-id={client_id}}}"), *value))
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut table = format!("\n{:<width$}   Value", "Metric Name");
    for (name, value) in rows {
        table.push_str(&format!("\n{name:<width$} : {}", fixed(value, 3)));
    }
    table
}

#[cfg(test)]
mod tests {
    #[test]
    fn sorted_and_in_columns() {
        let table = super::table("c", &[("b", "x", 1.5), ("a", "long-name", 2.0)]);
        assert_eq!(
            table,
            "\nMetric Name                 Value\na:long-name:{client-id=c} : 2.000\nb:x:{client-id=c}         : 1.500"
        );
    }
}
