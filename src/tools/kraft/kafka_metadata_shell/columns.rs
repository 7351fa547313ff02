//! Pure: how `ls` lays out names: one a line, or on a screen in as many columns as fit.

/// The space behind a column.
const GAP: usize = 2;
/// No column is narrower.
const NARROWEST: usize = 4;

/// The names in columns, read from top to bottom; `width` is the screen's.
pub fn lay_out(names: &[String], width: Option<usize>) -> String {
    let most = width.map_or(1, |width| (width / NARROWEST).max(1));
    let fits = |columns: &usize| {
        let widths = widths(names, *columns);
        widths.last() != Some(&0) && width.is_none_or(|width| widths.iter().sum::<usize>() <= width)
    };
    let columns = (2..=most.min(names.len())).rev().find(fits).unwrap_or(1);
    let widths = widths(names, columns);
    let height = names.len().div_ceil(columns);
    let mut text = String::new();
    for line in 0..height {
        for (column, width) in widths.iter().enumerate() {
            let Some(name) = names.get(line + column * height) else { continue };
            text.push_str(name);
            if column + 1 < columns {
                text.push_str(&" ".repeat(width.saturating_sub(size(name))));
            }
        }
        text.push('\n');
    }
    text
}

/// How wide each column would be; 0 for one that holds nothing.
fn widths(names: &[String], columns: usize) -> Vec<usize> {
    let height = names.len().div_ceil(columns).max(1);
    let column = |at: usize| names.iter().skip(at * height).take(height).map(|name| size(name) + GAP).max();
    (0..columns).map(|at| column(at).unwrap_or(0)).collect()
}

/// A text's length in Java.
fn size(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_fit() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let all = names("acls clientQuotas cluster configs features scram topics");
        assert_eq!(lay_out(&all, None).lines().count(), 7);
        assert_eq!(lay_out(&all, Some(3)).lines().count(), 7);
        let two = "acls          features\nclientQuotas  scram\ncluster       topics\nconfigs       \n";
        assert_eq!(lay_out(&all, Some(30)), two);
        assert_eq!(lay_out(&all, Some(400)).lines().count(), 1);
        assert_eq!(lay_out(&names("a"), Some(80)), "a\n");
    }
}
