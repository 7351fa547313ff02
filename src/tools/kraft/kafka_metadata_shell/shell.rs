//! Pure: a person's way through the tree: the directory of the moment, the lines so far, and what each command shows.

use super::{
    columns,
    commands::{self, Kind, Line},
    glob::{self, Found},
    tree::{Node, View},
};

/// A leaf's line or a directory's begins with so many blanks for each directory around it.
const INDENT: usize = 2;
/// How many lines are remembered.
const MAX_HISTORY: usize = 500;

/// What a command has to show.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// In Kafka's layout, whole lines.
    pub text: String,
    pub ended: bool,
}

/// A node for a program.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    pub path: String,
    pub is_directory: bool,
    /// What a leaf says.
    pub value: Option<String>,
}

/// The state between two lines.
#[derive(Debug)]
pub struct Shell<'a> {
    view: View<'a>,
    directory: String,
    /// The lines, the oldest first, and how many came before them.
    history: Vec<String>,
    forgotten: usize,
}

impl<'a> Shell<'a> {
    pub fn new(view: View<'a>) -> Shell<'a> {
        Shell { view, directory: "/".to_owned(), history: Vec::new(), forgotten: 0 }
    }

    /// Keeps a line for `history`, as JLine does: without blanks around it, and not the same twice in a row.
    pub fn remember(&mut self, line: &str) {
        let line = line.trim();
        if line.is_empty() || self.history.last().is_some_and(|last| last == line) {
            return;
        }
        if self.history.len() == MAX_HISTORY {
            self.history.remove(0);
            self.forgotten += 1;
        }
        self.history.push(line.to_owned());
    }

    /// Does what `words` say; a screen is `width` wide.
    pub fn execute(&mut self, words: &[String], session: bool, width: Option<usize>) -> Answer {
        let (kind, words) = match commands::read(words, session) {
            Line::Nothing => return Answer::default(),
            Line::Say(text) => return Answer { text: text + "\n", ended: false },
            Line::Command(kind, words) => (kind, words),
        };
        let text = match kind {
            Kind::Cat => self.cat(&words),
            Kind::Cd => self.change_directory(&words),
            Kind::Exit => return Answer { text: String::new(), ended: true },
            Kind::Find => self.find(&words),
            Kind::Help => commands::help(),
            Kind::History => self.recall(&words),
            Kind::Ls => self.list(&words, width),
            Kind::Man => words.first().map(|name| commands::manual(name)).unwrap_or_default(),
            Kind::Pwd => format!("{}\n", self.directory),
            Kind::ShowTree => self.tree(&words),
        };
        Answer { text, ended: false }
    }

    /// What `words` say for a program: the nodes, and what is wrong.
    pub fn rows(&self, words: &[String]) -> Result<(Vec<Row>, Vec<String>), String> {
        let (kind, words) = match commands::read(words, false) {
            Line::Nothing => return Ok(Default::default()),
            Line::Say(text) => return Err(text),
            Line::Command(kind, words) => (kind, words),
        };
        let (mut rows, mut wrong) = (Vec::new(), Vec::new());
        for path in effective(&words) {
            let found = self.found(&path);
            if found.is_empty() {
                wrong.push(format!("{path}: no such file or directory."));
            }
            for Found { path, node } in found {
                let path = format!("/{}", path.join("/"));
                match kind {
                    Kind::Cat if node.is_directory() => wrong.push(format!("{path}: Is a directory")),
                    Kind::Ls if node.is_directory() => self.row_of_children(&path, &node, false, &mut rows),
                    Kind::Find | Kind::ShowTree => {
                        rows.push(row(&path, &node));
                        self.row_of_children(&path, &node, true, &mut rows);
                    }
                    _ => rows.push(row(&path, &node)),
                }
            }
        }
        Ok((rows, wrong))
    }

    fn row_of_children(&self, path: &str, node: &Node<'a>, deep: bool, rows: &mut Vec<Row>) {
        for name in self.view.names(node) {
            let Some(child) = self.view.child(node, &name) else { continue };
            let path = below(path, &name);
            rows.push(row(&path, &child));
            if deep {
                self.row_of_children(&path, &child, deep, rows);
            }
        }
    }

    /// The paths that `typed` may become.
    pub fn completions(&self, typed: &str) -> Vec<String> {
        let begin = typed.rfind('/').map_or(0, |slash| slash + 1);
        let (before, name) = typed.split_at(begin);
        let directory = if before.is_empty() { "." } else { before };
        let parts = glob::parts(directory, &self.directory);
        let Some(node) = parts.iter().try_fold(Node::Root, |node, part| self.view.child(&node, part)) else {
            return Vec::new();
        };
        let names = self.view.names(&node).into_iter().filter(|child| child.starts_with(name));
        let completed = |child: String| {
            let is_directory = self.view.child(&node, &child).is_some_and(|node| node.is_directory());
            format!("{before}{child}{}", if is_directory { "/" } else { " " })
        };
        names.map(completed).collect()
    }

    fn found(&self, path: &str) -> Vec<Found<'a>> {
        glob::find(&self.view, path, &self.directory)
    }

    fn cat(&self, targets: &[String]) -> String {
        let mut text = String::new();
        for target in targets {
            let found = self.found(target);
            if found.is_empty() {
                text.push_str(&format!("cat: {target}: No such file or directory.\n"));
            }
            for Found { node, .. } in found {
                match node.is_directory() {
                    true => text.push_str(&format!("cat: {target}: Is a directory\n")),
                    false => self.print(&node, 0, &mut text),
                }
            }
        }
        text
    }

    fn tree(&self, targets: &[String]) -> String {
        let mut text = String::new();
        for target in targets {
            let found = self.found(target);
            if found.is_empty() {
                text.push_str(&format!("tree: {target}: No such file or directory.\n"));
            }
            found.iter().for_each(|found| self.print(&found.node, 0, &mut text));
        }
        text
    }

    fn print(&self, node: &Node<'a>, depth: usize, text: &mut String) {
        let indent = " ".repeat(INDENT * depth);
        if let Node::Leaf(says) = node {
            text.push_str(&format!("{indent}{says}\n"));
        }
        for name in self.view.names(node) {
            text.push_str(&format!("{indent}{name}:\n"));
            if let Some(child) = self.view.child(node, &name) {
                self.print(&child, depth + 1, text);
            }
        }
    }

    fn change_directory(&mut self, words: &[String]) -> String {
        let target = words.first().map_or("/", String::as_str);
        let found = self.found(target);
        if found.is_empty() {
            return format!("cd: {target}: no such directory.\n");
        }
        let mut text = String::new();
        for found in found {
            match found.node.is_directory() {
                true => self.directory = found.absolute(),
                false => text.push_str(&format!("cd: {target}: not a directory.\n")),
            }
        }
        text
    }

    fn find(&self, paths: &[String]) -> String {
        let mut text = String::new();
        for path in effective(paths) {
            let found = self.found(&path);
            if found.is_empty() {
                text.push_str(&format!("find: {path}: no such file or directory.\n"));
            }
            found.iter().for_each(|found| self.walk(&path, &found.node, &mut text));
        }
        text
    }

    fn walk(&self, path: &str, node: &Node<'a>, text: &mut String) {
        text.push_str(&format!("{path}\n"));
        for name in self.view.names(node) {
            if let Some(child) = self.view.child(node, &name) {
                self.walk(&below(path, &name), &child, text);
            }
        }
    }

    fn list(&self, targets: &[String], width: Option<usize>) -> String {
        let (mut text, mut files, mut directories) = (String::new(), Vec::new(), Vec::new());
        for target in effective(targets) {
            let found = self.found(&target);
            if found.is_empty() {
                text.push_str(&format!("ls: {target}: no such file or directory.\n"));
            }
            for found in found {
                let name = found.last().to_owned();
                match found.node.is_directory() {
                    true => directories.push((name, self.view.names(&found.node))),
                    false => files.push(name),
                }
            }
        }
        text.push_str(&columns::lay_out(&files, width));
        let with_names = !files.is_empty() || directories.len() > 1;
        let mut is_first = files.is_empty();
        for (name, children) in directories {
            // An empty one is passed over, its name and all; the next one is still no longer the first.
            let gap = if is_first { "" } else { "\n" };
            is_first &= !with_names;
            if children.is_empty() {
                continue;
            }
            if with_names {
                text.push_str(&format!("{gap}{name}:\n"));
            }
            text.push_str(&columns::lay_out(&children, width));
        }
        text
    }

    fn recall(&self, words: &[String]) -> String {
        let most = words.first().and_then(|word| word.parse::<i32>().ok()).unwrap_or(i32::MAX);
        let most = usize::try_from(most).unwrap_or(0).min(self.history.len());
        let from = self.history.len() - most;
        let lines = self.history.iter().enumerate().skip(from);
        lines.map(|(at, line)| format!("{:5}  {line}\n", self.forgotten + at)).collect()
    }
}

/// The paths that were typed; the directory of the moment where there are none.
fn effective(paths: &[String]) -> Vec<String> {
    let typed: Vec<String> = paths.iter().filter(|path| !path.is_empty()).cloned().collect();
    if typed.is_empty() { vec![".".to_owned()] } else { typed }
}

fn below(path: &str, name: &str) -> String {
    if path == "/" { format!("/{name}") } else { format!("{path}/{name}") }
}

fn row(path: &str, node: &Node<'_>) -> Row {
    let value = if let Node::Leaf(says) = node { Some(says.clone()) } else { None };
    Row { path: path.to_owned(), is_directory: node.is_directory(), value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{era::Era, tools::kraft::kafka_metadata_shell::image::Image};

    fn image() -> Image {
        let mut image = Image::default();
        let entries = [("a".to_owned(), "1".to_owned())];
        image.configs.insert((2, "t".into()), entries.into());
        image
    }

    fn shown(lines: &[&str], width: Option<usize>) -> String {
        let image = image();
        let mut shell = Shell::new(View { image: &image, era: Era::V4_4 });
        let mut text = String::new();
        for line in lines {
            shell.remember(line);
            text += &shell.execute(&super::super::words::split(line), true, width).text;
        }
        text
    }

    #[test]
    fn listing() {
        let one = "ls /local /image/acls /image/acls/byId /local/version nope";
        assert_eq!(
            shown(&[one], None),
            "ls: nope: no such file or directory.\nversion\n\nlocal:\ncommitId\nversion\n\nacls:\nbyId\n"
        );
        assert_eq!(shown(&["ls"], None), "image\nlocal\n");
        assert_eq!(shown(&["ls"], Some(80)), "image  local\n");
        assert_eq!(shown(&["ls /image/acls/byId /local"], None), "\nlocal:\ncommitId\nversion\n");
    }

    #[test]
    fn leaves_and_trees() {
        let config = "cat /image/configs/TOPIC:t/a /image /x";
        assert_eq!(shown(&[config], None), "1\ncat: /image: Is a directory\ncat: /x: No such file or directory.\n");
        assert_eq!(shown(&["tree image/con*"], None), "TOPIC:t:\n  a:\n    1\n");
        assert_eq!(
            shown(&["find image/configs"], None),
            "image/configs\nimage/configs/TOPIC:t\nimage/configs/TOPIC:t/a\n"
        );
        assert!(shown(&["find /"], None).starts_with("/\n/image\n/image/acls\n"));
    }

    #[test]
    fn a_way_through() {
        let way = ["cd image/configs", "pwd", "cd a", "cd TOPIC:t/a", "ls", "cd", "pwd", " pwd", "history 2"];
        assert_eq!(
            shown(&way, None),
            "/image/configs\ncd: a: no such directory.\ncd: TOPIC:t/a: not a directory.\nTOPIC:t\n/\n/\n    6  pwd\n    7  \
             history 2\n"
        );
    }

    #[test]
    fn what_the_tab_key_finds() {
        let image = image();
        let shell = Shell::new(View { image: &image, era: Era::V3_9 });
        assert_eq!(shell.completions("i"), ["image/"]);
        assert_eq!(shell.completions("/local/"), ["/local/commitId ", "/local/version "]);
        assert_eq!(shell.completions("image/configs/T"), ["image/configs/TOPIC:t/"]);
        assert!(shell.completions("nope/").is_empty());
    }

    #[test]
    fn rows_for_a_program() {
        let image = image();
        let shell = Shell::new(View { image: &image, era: Era::V3_9 });
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (rows, wrong) = shell.rows(&words("tree /image/configs /x")).unwrap();
        let row = |path: &str, value: Option<&str>| Row {
            path: path.into(),
            is_directory: value.is_none(),
            value: value.map(str::to_owned),
        };
        let wanted = [
            row("/image/configs", None),
            row("/image/configs/TOPIC:t", None),
            row("/image/configs/TOPIC:t/a", Some("1")),
        ];
        assert_eq!(rows, wanted);
        assert_eq!(wrong, ["/x: no such file or directory."]);
        assert_eq!(shell.rows(&words("ls /image/configs")).unwrap().0.len(), 1);
        assert!(shell.rows(&words("pwd")).is_err());
    }
}
