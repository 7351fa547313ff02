//! Pure: one sample as a table for a reader who is not there: `--once`.

use super::views::{Kind, Table};
use comfy_table::{CellAlignment, ContentArrangement, presets};

/// The table without pictures of the past, which one sample does not have.
pub fn plain(table: &Table) -> String {
    let kept = || table.columns.iter().enumerate().filter(|(_, column)| column.kind != Kind::Spark);
    let mut shown = comfy_table::Table::new();
    shown.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    shown.set_header(kept().map(|(_, column)| column.title));
    for row in &table.rows {
        shown.add_row(kept().map(|(place, _)| row.cells[place].shown.as_str()));
    }
    for (number, (_, column)) in kept().enumerate() {
        if let Some(shown) = shown.column_mut(number) {
            shown.set_padding((0, 2));
            if column.kind == Kind::Number {
                shown.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    shown.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            model::tests::{model, sample},
            views::View,
        },
        *,
    };

    #[test]
    fn a_plain_table() {
        let model = model([sample(0, 100, 50), sample(2, 300, 250)]);
        let expected = "TOPIC  PARTS  REPL  LACKING  OFFLINE  RECORDS/S  BYTES/S   SIZE\n\
                        t          1     2        0        0        100    1000B  2.9Ki\n\
                        u          1     2        1        0          0       0B    70B\n";
        assert_eq!(plain(&View::Topics.table(&model)), expected);
    }
}
