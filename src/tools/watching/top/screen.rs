//! Pure: what is looked at, as the lines of a screen of so many columns and rows.

use super::{
    figures::{self, UNKNOWN, fit, sparkline, width},
    model::{Model, Subject},
    session::{Level, Session},
    views::{Column, Kind, Table, View},
};

/// Lines above the rows: the cluster, its totals, the view, the columns; and one below them: the keys.
const HEAD: usize = 4;
const FOOT: usize = 1;
/// Less than this shows nothing of use.
const LEAST_COLUMNS: usize = 20;
const LEAST_ROWS: usize = HEAD + FOOT + 1;
/// What is between two columns.
const GAP: usize = 2;
/// The column that all others leave room for is not made narrower.
const LEAST_FIRST: usize = 12;
/// No column but the first is wider.
const MOST_OTHER: usize = 32;
/// How wide a picture of the past is: at most, and at least.
const SPARK: usize = 16;
const LEAST_SPARK: usize = 6;

/// How a line looks as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Title,
    /// The titles of the columns.
    Columns,
    Selected,
    Alarming,
    Faint,
}

/// A line of the screen, as wide as the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub style: Style,
}

/// What is known of the way to the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The first answer is awaited.
    Opening,
    Open,
    /// Nothing has come since then (`12:30:05`), for so many seconds, and why.
    Lost {
        since: String,
        seconds: u64,
        reason: String,
    },
}

/// How many rows of a table fit.
pub fn page(rows: usize) -> usize {
    rows.saturating_sub(HEAD + FOOT)
}

/// The whole screen.
pub fn lines(model: &Model, session: &Session, way: &Way, columns: usize, rows: usize) -> Vec<Line> {
    let line = |text: &str, style| Line { text: fit(text, columns, false), style };
    if columns < LEAST_COLUMNS || rows < LEAST_ROWS {
        return vec![line("make it larger", Style::Alarming)];
    }
    let level = session.level();
    let table = level.table(model);
    let mut lines = vec![line(&title(model), Style::Title)];
    lines.push(match way {
        Way::Opening => line("asking …", Style::Faint),
        Way::Open => totals(model, columns),
        Way::Lost { since, seconds, reason } => {
            line(&format!("unreachable since {since} ({seconds} s): {reason}"), Style::Alarming)
        }
    });
    lines.push(line(&heading(level, &table), Style::Plain));
    let layout = layout(&table, level, columns);
    lines.push(line(&column_titles(&table, level, &layout), Style::Columns));
    let page = page(rows);
    let selected = level.selected(&table);
    // The selected row stays in the middle while it can.
    let first = selected.saturating_sub(page / 2).min(table.rows.len().saturating_sub(page));
    for (place, row) in table.rows.iter().enumerate().skip(first).take(page) {
        let cells = layout.iter().map(|(at, wide)| {
            let (shown, kind) = (&row.cells[*at].shown, table.columns[*at].kind);
            // The newest values are at the right.
            let shown = if kind == Kind::Spark { last(shown, *wide) } else { shown };
            fit(shown, *wide, kind == Kind::Number)
        });
        let text = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
        let style = match (place == selected, row.alarming, way) {
            (true, ..) => Style::Selected,
            (_, _, Way::Lost { .. }) => Style::Faint,
            (_, true, _) => Style::Alarming,
            _ => Style::Plain,
        };
        lines.push(line(&text, style));
    }
    if table.rows.is_empty() && model.is_filled {
        let text = if level.filter.is_empty() { "there is nothing here" } else { "nothing fits the filter" };
        lines.push(line(text, Style::Faint));
    }
    lines.resize(rows - FOOT, line("", Style::Plain));
    lines.push(line(&keys(session, columns), Style::Faint));
    lines
}

fn title(model: &Model) -> String {
    let sample = &model.sample;
    if !model.is_filled {
        return "rkafka top".to_owned();
    }
    let id = sample.cluster_id.as_deref().unwrap_or("unknown");
    let controller = sample.controller.map_or("none".to_owned(), |id| id.to_string());
    format!("rkafka top  cluster {id}  {} brokers, controller {controller}", sample.brokers.len())
}

/// What flows in all, and what is wrong.
fn totals(model: &Model, columns: usize) -> Line {
    let flow = model.flow(&Subject::Cluster);
    let partitions = || model.sample.partitions.values();
    let lacking = partitions().filter(|partition| partition.lacking() > 0).count();
    let offline = partitions().filter(|partition| partition.leader.is_none()).count();
    let figure = |value: Option<f64>, show: fn(f64) -> String| value.map_or(UNKNOWN.to_owned(), show);
    let mut text = format!(
        "{} records/s  {}/s  {}  {} partitions",
        figure(flow.records, figures::count),
        figure(flow.bytes, figures::bytes),
        sparkline(&model.history(&Subject::Cluster), SPARK),
        partitions().count()
    );
    for (count, what) in [(lacking, "lack replicas"), (offline, "have no leader")] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    for gap in &model.sample.gaps {
        text.push_str(&format!("; {gap}"));
    }
    let style = if lacking + offline > 0 { Style::Alarming } else { Style::Plain };
    Line { text: fit(&text, columns, false), style }
}

fn heading(level: &Level, table: &Table) -> String {
    let (shown, all) = (table.rows.len(), table.all);
    let count = if shown == all { all.to_string() } else { format!("{shown} of {all}") };
    format!("{} ({count})", level.view.title())
}

/// The title of a column, with the mark of the one that rows are sorted by.
fn column_title(column: &Column, is_sorted_by: bool, descending: bool) -> String {
    match (is_sorted_by, descending) {
        (false, _) => column.title.to_owned(),
        (true, true) => format!("{}▼", column.title),
        (true, false) => format!("{}▲", column.title),
    }
}

/// The columns that fit, by their places, and how wide each is. The first takes what is left; those at the right are left
/// out first.
fn layout(table: &Table, level: &Level, columns: usize) -> Vec<(usize, usize)> {
    let natural = |(place, column): (usize, &Column)| {
        let title = width(&column_title(column, place == level.sort, level.descending));
        let widest = table.rows.iter().map(|row| width(&row.cells[place].shown)).max().unwrap_or(0);
        match column.kind {
            Kind::Spark => SPARK,
            _ if place == 0 => title.max(widest),
            _ => title.max(widest.min(MOST_OTHER)),
        }
    };
    let widths: Vec<usize> = table.columns.iter().enumerate().map(natural).collect();
    let first = widths.first().copied().unwrap_or(0);
    let mut layout = Vec::new();
    let mut left = columns;
    for (place, wide) in widths.into_iter().enumerate() {
        let wide = match table.columns[place].kind {
            Kind::Spark => wide.min(left.saturating_sub(GAP)).max(LEAST_SPARK),
            _ => wide,
        };
        let wanted = if place == 0 { wide.min(LEAST_FIRST) } else { wide + GAP };
        let Some(rest) = left.checked_sub(wanted) else { break };
        left = rest;
        layout.push((place, if place == 0 { wanted } else { wide }));
    }
    if let Some((_, wide)) = layout.first_mut() {
        *wide += left.min(first.saturating_sub(*wide));
    }
    layout
}

/// The last characters of a text.
fn last(text: &str, characters: usize) -> &str {
    let before = text.chars().count().saturating_sub(characters);
    text.char_indices().nth(before).map_or("", |(at, _)| &text[at..])
}

fn column_titles(table: &Table, level: &Level, layout: &[(usize, usize)]) -> String {
    let titles = layout.iter().map(|(place, wide)| {
        let column = &table.columns[*place];
        let title = column_title(column, *place == level.sort, level.descending);
        fit(&title, *wide, column.kind == Kind::Number)
    });
    titles.collect::<Vec<_>>().join(&" ".repeat(GAP))
}

/// What can be pressed; the filter while it is typed.
fn keys(session: &Session, columns: usize) -> String {
    let level = session.level();
    if session.is_typing {
        return format!("/{}_  Enter keeps the filter, Esc takes it away", level.filter);
    }
    let mut keys: Vec<String> = Vec::new();
    if !level.filter.is_empty() {
        keys.push(format!("filter '{}': Esc takes it away", level.filter));
    } else if session.is_inside() {
        keys.push("Esc back".to_owned());
    }
    keys.push("q leave".to_owned());
    if matches!(level.view, View::GroupPartitions(_)) {
        keys.push("m members".to_owned());
    }
    if matches!(level.view, View::GroupMembers(_)) {
        keys.push("m partitions".to_owned());
    }
    for key in ["b t p g views", "Enter inside", "/ filter", "←→ sort", "r reverse", "↑↓ select"] {
        keys.push(key.to_owned());
    }
    // Those that do not fit are left out from the right.
    while keys.len() > 1 && width(&keys.join("  ")) > columns {
        keys.pop();
    }
    keys.join("  ")
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            keys::Key,
            model::tests::{model, sample},
        },
        *,
    };

    fn shown(model: &Model, session: &Session, way: &Way, columns: usize, rows: usize) -> Vec<String> {
        let lines = lines(model, session, way, columns, rows);
        assert!(lines.iter().all(|line| width(&line.text) == columns), "{lines:?}");
        lines.iter().map(|line| format!("{:?}|{}", line.style, line.text.trim_end())).collect()
    }

    #[test]
    fn a_screen_of_80_by_24() {
        let model = model([sample(0, 100, 50), sample(2, 300, 250)]);
        let session = Session::begin(View::Topics);
        let screen = shown(&model, &session, &Way::Open, 80, 24);
        assert_eq!(screen.len(), 24);
        assert_eq!(screen[0], "Title|rkafka top  cluster id  2 brokers, controller 1");
        assert_eq!(screen[1], "Alarming|100 records/s  1000B/s  █  2 partitions, 1 lack replicas");
        assert_eq!(screen[2], "Plain|Topics (2)");
        assert_eq!(screen[3], "Columns|TOPIC  PARTS  REPL  LACKING  OFFLINE  RECORDS/S▼  BYTES/S   SIZE  TREND");
        assert_eq!(screen[4], "Selected|t          1     2        0        0         100    1000B  2.9Ki  █");
        assert_eq!(screen[5], "Alarming|u          1     2        1        0           0       0B    70B  ▁");
        assert_eq!(screen[6], "Plain|");
        assert_eq!(screen[23], "Faint|q leave  b t p g views  Enter inside  / filter  ←→ sort  r reverse  ↑↓ select");
    }

    #[test]
    fn columns_that_do_not_fit_are_left_out() {
        let model = model([sample(0, 100, 50), sample(2, 300, 250)]);
        let session = Session::begin(View::Topics);
        let screen = shown(&model, &session, &Way::Open, 30, 8);
        assert_eq!(screen[3], "Columns|TOPIC  PARTS  REPL  LACKING");
        assert_eq!(screen[7], "Faint|q leave  b t p g views");
        assert_eq!(shown(&model, &session, &Way::Open, 10, 8), ["Alarming|make it l…"]);
        assert_eq!(shown(&model, &session, &Way::Open, 80, 3).len(), 1);
    }

    #[test]
    fn the_newest_of_a_narrow_picture() {
        assert_eq!([last("▁▂▃", 2), last("▁▂▃", 9), last("", 2)], ["▂▃", "▁▂▃", ""]);
    }

    #[test]
    fn long_names_take_what_is_left() {
        let mut long = sample(0, 1, 0);
        let partition = long.partitions.values().next().cloned().unwrap();
        long.partitions.insert(rkafka_base::TopicPartition::new("n".repeat(200), 0), partition);
        let model = model([long]);
        let screen = shown(&model, &Session::begin(View::Topics), &Way::Open, 100, 10);
        assert!(screen.iter().any(|line| line.contains(&format!("{}…  ", "n".repeat(20)))), "{screen:?}");
        assert!(screen[3].ends_with("TREND"), "{screen:?}");
    }

    #[test]
    fn rows_scroll_with_what_is_selected() {
        let mut many = sample(0, 1, 0);
        let partition = many.partitions.values().next().cloned().unwrap();
        many.partitions = (0..50).map(|n| (rkafka_base::TopicPartition::new("t", n), partition.clone())).collect();
        let model = model([many]);
        let mut session = Session::begin(View::Partitions(super::super::views::Of::All));
        for _ in 0..30 {
            session.press(Key::Down, &model, page(10));
        }
        let screen = shown(&model, &session, &Way::Open, 80, 10);
        assert_eq!(screen.len(), 10);
        assert!(screen[6].starts_with("Selected|t") && screen[6].contains("  30  "), "{screen:?}");
        session.press(Key::Last, &model, page(10));
        let screen = shown(&model, &session, &Way::Open, 80, 10);
        assert!(screen[8].starts_with("Selected|t") && screen[8].contains("  49  "), "{screen:?}");
    }

    #[test]
    fn a_cluster_that_is_away() {
        let model = model([sample(0, 100, 50)]);
        let session = Session::begin(View::Topics);
        let way = Way::Lost { since: "12:30:05".to_owned(), seconds: 7, reason: "refused".to_owned() };
        let screen = shown(&model, &session, &way, 80, 8);
        assert_eq!(screen[1], "Alarming|unreachable since 12:30:05 (7 s): refused");
        assert!(screen[5].starts_with("Faint|"), "{screen:?}");
        let empty = Model::default();
        let screen = shown(&empty, &session, &Way::Opening, 80, 8);
        assert_eq!((screen[0].as_str(), screen[1].as_str()), ("Title|rkafka top", "Faint|asking …"));
    }

    #[test]
    fn the_filter_is_seen() {
        let model = model([sample(0, 100, 50)]);
        let mut session = Session::begin(View::Topics);
        session.press(Key::Character('/'), &model, 4);
        session.press(Key::Character('z'), &model, 4);
        let screen = shown(&model, &session, &Way::Open, 80, 8);
        assert_eq!(screen[2], "Plain|Topics (0 of 2)");
        assert_eq!(screen[4], "Faint|nothing fits the filter");
        assert_eq!(screen[7], "Faint|/z_  Enter keeps the filter, Esc takes it away");
        session.press(Key::Enter, &model, 4);
        let screen = shown(&model, &session, &Way::Open, 80, 8);
        assert!(screen[7].starts_with("Faint|filter 'z': Esc takes it away  q leave"), "{screen:?}");
    }
}
