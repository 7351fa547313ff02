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

pub const TOOL: Tool = Tool { name: "link", script: "link", command: clap_command::<LinkArgs>, run };

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
    let mut made = 0;
    for script in scripts::ALL {
        for name in [(*script).to_owned(), format!("{script}.sh")] {
            made += usize::from(link(&binary, &args.dir.join(name), args.force)?);
        }
    }
    let (all, dir) = (2 * scripts::ALL.len(), args.dir.display());
    terminal.talk(format_args!("{all} names in {dir} lead to {}, {made} of them newly", binary.display()));
    Ok(Exit::OK)
}

/// Makes one link. `false` if it was there.
fn link(binary: &Path, path: &Path, force: bool) -> anyhow::Result<bool> {
    match fs::read_link(path) {
        Ok(target) if target == binary => return Ok(false),
        Ok(_) if force => fs::remove_file(path).with_context(|| format!("cannot replace {}", path.display()))?,
        Ok(target) => bail!("{} leads to {}: --force replaces it", path.display(), target.display()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(_) => bail!("{} is there and no link: move it away, or name another directory", path.display()),
    }
    symlink(binary, path).with_context(|| format!("cannot make the link {}", path.display()))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_once_and_files_stay() {
        let dir = tempfile::tempdir().unwrap();
        let (binary, other) = (dir.path().join("rkafka"), dir.path().join("other"));
        let path = dir.path().join("kafka-topics.sh");
        assert!(link(&binary, &path, false).unwrap());
        assert!(!link(&binary, &path, false).unwrap());
        assert!(link(&other, &path, false).unwrap_err().to_string().contains("--force"));
        assert!(link(&other, &path, true).unwrap());
        fs::write(dir.path().join("kafka-acls"), "").unwrap();
        assert!(link(&binary, &dir.path().join("kafka-acls"), true).is_err());
    }
}
