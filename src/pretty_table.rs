//! Pure: tables as Kafka's tools lay them out (`ToolsUtils.prettyPrintTable`): each column as wide as what is widest in it,
//! and a tab behind.

/// The lines of a table, its header first.
pub fn pretty(header: &[&str], rows: &[impl AsRef<[String]>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = line(&widths, header.iter().copied());
    for row in rows {
        text.push_str(&line(&widths, row.as_ref().iter().map(String::as_str)));
    }
    text
}

fn line<'a>(widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
    let mut text: String = widths.iter().copied().zip(cells).map(|(width, cell)| format!("{cell:<width$}\t")).collect();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = [["1".to_owned(), "märz".to_owned()], ["12345".to_owned(), String::new()]];
        assert_eq!(pretty(&["Id", "X"], &rows), "Id   \tX   \t\n1    \tmärz\t\n12345\t    \t\n");
        assert_eq!(pretty(&["Id"], &[] as &[Vec<String>]), "Id\t\n");
    }
}
