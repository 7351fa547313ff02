//! Pure: the pages of `docs/` that come from the tools' own definitions: all options (`cli.md`), and what `--output json`
//! shows (`output.md`).

use crate::{
    terminal::output::FORMATS,
    tools::{TOOLS, described},
};
use clap::{Arg, ArgAction, Command};
use std::fmt::Write;

/// The pages by file name.
pub fn pages() -> Vec<(String, String)> {
    vec![("cli.md".to_owned(), options()), ("output.md".to_owned(), output())]
}

/// Every tool with its options.
fn options() -> String {
    let mut page = "# The tools and their options\n\n\
        Made from the tools' definitions. `rkafka help NAME` shows the same, `man` pages are in `man/`.\n\
        Each tool also runs under Kafka's own name, where one stands beside it.\n"
        .to_owned();
    for tool in TOOLS {
        let mut command = described(tool);
        command.build();
        let alias = if tool.script == tool.name { String::new() } else { format!(" ({})", tool.script) };
        // Writing to a String cannot fail.
        let _ = writeln!(page, "\n## {}{alias}\n", tool.name);
        describe(&command, &mut page);
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            let _ = writeln!(page, "\n### {} {}\n", tool.name, sub.get_name());
            describe(sub, &mut page);
        }
        if let Some(after) = command.get_after_help().map(ToString::to_string) {
            let _ = writeln!(page, "\n```text\n{}\n```", after.trim());
        }
    }
    page
}

fn describe(command: &Command, page: &mut String) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(page, "{}", sentence(&about));
    let mut args: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_hide_set()).collect();
    if args.is_empty() {
        return;
    }
    args.sort_by_key(|arg| arg.get_long().unwrap_or_default());
    page.push('\n');
    for arg in args {
        let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(page, "- `{}`: {}", usage(arg), sentence(&help.replace('\n', " ")));
    }
}

fn usage(arg: &Arg) -> String {
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let value = arg.get_value_names().and_then(|names| names.first()).map(ToString::to_string).unwrap_or_default();
    match (arg.get_long(), arg.get_short()) {
        (Some(long), _) if takes_value => format!("--{long} <{value}>"),
        (Some(long), _) => format!("--{long}"),
        (None, Some(short)) if takes_value => format!("-{short} <{value}>"),
        (None, Some(short)) => format!("-{short}"),
        (None, None) => value,
    }
}

/// Angle brackets outside of code would be taken for HTML.
fn sentence(text: &str) -> String {
    let text = text.trim().replace('<', "\\<");
    let ends = text.ends_with(['.', ':', ']', ')', '!', '?']) || text.is_empty();
    if ends { text } else { text + "." }
}

/// What the tools show for programs.
fn output() -> String {
    let formats = FORMATS.map(|(name, _)| format!("`{name}`")).join(", ");
    let mut page = format!(
        "# What the tools show for programs\n\n\
         Made from the tools' definitions. `--output FORMAT` lays out what a tool shows: {formats}. `text` is Kafka's own\n\
         layout and the default. `json` is one array of objects, or one object where there is always exactly one; `jsonl` is an\n\
         object a line; `csv` has a line of names first, and JSON where a field is an array or object; `yaml` is a sequence of\n\
         mappings, or one mapping. Fields are always all there, in this order; what is not known is null.\n\n\
         With `json` and `jsonl` stderr has JSON lines, too: `{{\"message\": ...}}` for talk, and for a failure\n\
         `{{\"error\": ..., \"hint\": ...}}`; the log has `{{\"level\": ..., \"logger\": ..., \"message\": ...}}`. A command that only\n\
         changes something shows nothing on stdout. Exit codes are those of the text.\n"
    );
    for tool in TOOLS {
        for shape in tool.shows {
            let of = if shape.is_single() { "one object" } else { "any number of objects" };
            let _ = writeln!(page, "\n## {}\n\n{of}\n\n| field | type | meaning |\n|---|---|---|", shape.shown_by());
            for field in shape.fields() {
                let about = field.about.replace('|', "\\|");
                let _ = writeln!(page, "| `{}` | {} | {about} |", field.name, field.kind.name());
            }
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_tool_and_shape_has_its_place() {
        let (cli, shown) = (options(), output());
        for tool in TOOLS {
            assert!(cli.contains(&format!("\n## {}", tool.name)), "{}", tool.name);
            for shape in tool.shows {
                assert!(shown.contains(&format!("\n## {}\n", shape.shown_by())), "{}", shape.shown_by());
            }
        }
    }

    #[test]
    fn shapes_are_sound() {
        for shape in TOOLS.iter().flat_map(|tool| tool.shows) {
            let names: BTreeSet<&str> = shape.fields().iter().map(|field| field.name).collect();
            assert_eq!(names.len(), shape.fields().len(), "{}: a field twice", shape.shown_by());
            for field in shape.fields() {
                let is_camel = field.name.starts_with(|c: char| c.is_ascii_lowercase())
                    && field.name.bytes().all(|b| b.is_ascii_alphanumeric());
                assert!(is_camel && field.about.ends_with('.'), "{} of {}", field.name, shape.shown_by());
            }
        }
    }
}
