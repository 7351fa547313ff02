//! What the tab key knows: commands, their options, and the paths that are there at the moment.

use super::{commands, path};
use rkafka_runtime::lock::Mutex;
use rkafka_zookeeper_client::{Watch, ZkClient};
use rustyline::{
    Context, Helper,
    completion::{Completer, Pair},
    highlight::Highlighter,
    hint::Hinter,
    validate::Validator,
};
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Handle, sync::oneshot};

/// How long a server may take before the key does nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Completes what stands before the cursor.
pub struct ShellCompleter {
    runtime: Handle,
    /// The session of the moment; `connect` changes it.
    client: Arc<Mutex<ZkClient>>,
}

impl ShellCompleter {
    pub fn new(runtime: Handle, client: Arc<Mutex<ZkClient>>) -> ShellCompleter {
        ShellCompleter { runtime, client }
    }

    /// The nodes whose path begins with `typed`.
    fn paths(&self, typed: &str) -> Vec<String> {
        let Some((parent, name)) = typed.rsplit_once('/') else { return Vec::new() };
        let parent = if parent.is_empty() { "/" } else { parent };
        let client = self.client.lock().clone();
        let (tell, found) = oneshot::channel();
        let asked = parent.to_owned();
        // On the runtime's own thread: it may end while this one waits.
        self.runtime.spawn(async move {
            let children = tokio::time::timeout(PATIENCE, client.get_children(&asked, Watch::No)).await;
            let _ = tell.send(children.ok().and_then(Result::ok));
        });
        let (children, _) = found.blocking_recv().ok().flatten().unwrap_or_default();
        let mut paths: Vec<String> =
            children.iter().filter(|child| child.starts_with(name)).map(|child| path::below(parent, child)).collect();
        paths.sort();
        paths
    }
}

/// Where the word before the cursor begins, and what it can become. `paths` finds nodes.
fn candidates(before: &str, paths: impl Fn(&str) -> Vec<String>) -> (usize, Vec<String>) {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = before.get(start..).unwrap_or_default();
    let command = before.split_whitespace().next().unwrap_or_default();
    let first = before.get(..start).unwrap_or_default().trim().is_empty();
    let found = if first {
        let names = commands::ALL.iter().map(|spec| spec.name);
        names.filter(|name| name.starts_with(word)).map(|name| format!("{name} ")).collect()
    } else if word.starts_with('/') {
        paths(word)
    } else if word.starts_with('-') {
        let spec = commands::ALL.iter().find(|spec| spec.name == command);
        let options = spec.and_then(|spec| spec.known).map(|known| known.options).unwrap_or_default();
        let words = options.iter().map(|option| format!("-{} ", option.name));
        words.filter(|option| option.starts_with(word)).collect()
    } else {
        Vec::new()
    };
    (start, found)
}

impl Completer for ShellCompleter {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, found) = candidates(line.get(..at).unwrap_or_default(), |typed| self.paths(typed));
        let pair = |text: String| Pair { display: text.trim_end().to_owned(), replacement: text };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

impl Hinter for ShellCompleter {
    type Hint = String;
}

impl Highlighter for ShellCompleter {}
impl Validator for ShellCompleter {}
impl Helper for ShellCompleter {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_options_and_paths() {
        let nodes = |typed: &str| vec![format!("{typed}-1"), format!("{typed}-2")];
        for (before, start, found) in [
            ("getA", 0, vec!["getAcl ", "getAllChildrenNumber "]),
            ("ls /br", 3, vec!["/br-1", "/br-2"]),
            ("ls -R /br", 6, vec!["/br-1", "/br-2"]),
            ("get -", 4, vec!["-s ", "-w "]),
            ("set /a x", 7, vec![]),
        ] {
            let wanted = (start, found.into_iter().map(str::to_owned).collect());
            assert_eq!(candidates(before, nodes), wanted, "{before}");
        }
    }
}
