//! `rkafka link DIR`: Kafka's names, with and without `.sh`, as links to this binary, which answers to each.

use crate::{
    options::clap_command,
    scripts,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, bail};
use clap::Args;
use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

pub const TOOL: Tool = Tool { name: "link", script: "link", command: clap_command::<LinkArgs>, run, shows: &[] };

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Make Kafka's names, with and without .sh, links to rkafka.")]
struct LinkArgs {
    #[arg(value_name = "DIR", help = "The directory for the links, to be put into the path")]
    dir: PathBuf,
    #[arg(long, help = "Replace links that lead elsewhere; files are never replaced")]
    force: bool,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: LinkArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let binary = env::current_exe().and_then(fs::canonicalize).context("where rkafka lies cannot be told")?;
    fs::create_dir_all(&args.dir).with_context(|| format!("cannot create {}", args.dir.display()))?;
    let names = scripts::ALL.iter().flat_map(|script| [(*script).to_owned(), format!("{script}.sh")]);
    // All are looked at before the first is made: a refusal leaves nothing half done.
    let mut missing = Vec::new();
    for path in names.map(|name| args.dir.join(name)) {
        if !is_there(&binary, &path, args.force)? {
            missing.push(path);
        }
    }
    for path in &missing {
        make(&binary, path)?;
    }
    let made = missing.len();
    let (all, dir) = (2 * scripts::ALL.len(), args.dir.display());
    terminal.talk(format_args!("{all} names in {dir} lead to {}, {made} of them newly", binary.display()));
    Ok(Exit::OK)
}

/// Whether the link is there already. An error says what is in its place.
fn is_there(binary: &Path, path: &Path, force: bool) -> anyhow::Result<bool> {
    match fs::read_link(path) {
        Ok(target) if target == binary => Ok(true),
        Ok(_) if force => Ok(false),
        Ok(target) => bail!("{} leads to {}: --force replaces it", path.display(), target.display()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            bail!("{} is there and no link: move it away, or name another directory", path.display())
        }
        Err(error) => Err(error).with_context(|| format!("cannot look at {}", path.display())),
    }
}

/// Makes a link, in place of another one if there is one: the name is never missing in between.
fn make(binary: &Path, path: &Path) -> anyhow::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".rkafka-new");
    let aside = Path::new(&aside);
    let made = symlink(binary, aside).and_then(|()| fs::rename(aside, path));
    made.with_context(|| {
        let _ = fs::remove_file(aside);
        format!("cannot make the link {}", path.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_once_and_files_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (binary, other) = (dir.path().join("rkafka"), dir.path().join("other"));
        let path = dir.path().join("kafka-topics.sh");
        assert!(!is_there(&binary, &path, false).unwrap());
        make(&binary, &path).unwrap();
        assert!(is_there(&binary, &path, false).unwrap());
        assert!(is_there(&other, &path, false).unwrap_err().to_string().contains("--force"));
        assert!(!is_there(&other, &path, true).unwrap());
        make(&other, &path).unwrap();
        assert_eq!(fs::read_link(&path).unwrap(), other);
        let file = dir.path().join("kafka-acls");
        fs::write(&file, "").unwrap();
        assert!(is_there(&binary, &file, true).unwrap_err().to_string().contains("is there and no link"));
        let beyond = is_there(&binary, &file.join("x"), false).unwrap_err();
        assert!(beyond.to_string().starts_with("cannot look at"), "{beyond}");
    }
}
