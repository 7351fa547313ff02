//! Pure: the table of options that `--help` and usage errors print, in the layout of Kafka's tools: two columns of
//! together 80, options sorted by name, the value's type and meaning in angle brackets.

use clap::{Arg, ArgAction, Command};
use std::fmt::Write;

const OPTION_WIDTH: usize = 40;
const TEXT_WIDTH: usize = 39;

/// The table for `command`, ending in a newline.
pub fn table(command: &Command) -> String {
    let mut rows: Vec<(String, String)> =
        command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(row).collect();
    rows.sort();
    let mut table = String::new();
    line(&mut table, "Option", "Description");
    line(&mut table, "------", "-----------");
    for (option, text) in rows {
        let left = wrap(&option, OPTION_WIDTH);
        let right = wrap(&text, TEXT_WIDTH);
        for n in 0..left.len().max(right.len()) {
            let part = |side: &[String]| side.get(n).cloned().unwrap_or_default();
            line(&mut table, &part(&left), &part(&right));
        }
    }
    table
}

fn line(table: &mut String, left: &str, right: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(table, "{left:<OPTION_WIDTH$} {right:<TEXT_WIDTH$}");
}

fn row(arg: &Arg) -> Option<(String, String)> {
    let name = arg.get_long()?;
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
    let optional = arg.get_num_args().is_some_and(|range| range.min_values() == 0);
    let option = match value.filter(|_| takes_value) {
        Some(value) if optional => format!("--{name} [{value}]"),
        Some(value) => format!("--{name} <{value}>"),
        None => format!("--{name}"),
    };
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let default = arg.get_default_values().first().filter(|_| takes_value);
    let default = default.map(|value| format!(" (default: {})", value.to_string_lossy())).unwrap_or_default();
    Some((option, help + &default))
}

/// Breaks at blanks; lines after the first are indented by two.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut current = String::new();
        for word in paragraph.split(' ') {
            if !current.trim().is_empty() && current.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::replace(&mut current, "  ".to_owned()));
            } else if !current.trim().is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_columns() {
        let topic = Arg::new("topic").long("topic").value_name("String: topic").action(ArgAction::Set);
        let list = Arg::new("list").long("list").action(ArgAction::SetTrue);
        let hidden = Arg::new("zookeeper").long("zookeeper").hide(true);
        let long = "The topic to create, alter, describe or delete.";
        let table = table(&Command::new("x").arg(topic.help(long)).arg(list.help("List.")).arg(hidden));
        let lines: Vec<&str> = table.lines().map(str::trim_end).collect();
        assert_eq!(
            lines,
            [
                "Option                                   Description",
                "------                                   -----------",
                "--list                                   List.",
                "--topic <String: topic>                  The topic to create, alter, describe or",
                "                                           delete.",
            ]
        );
    }
}
