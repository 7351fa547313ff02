//! Contexts: named clusters with their settings, in one file of the user's, so that no command needs to name them again.
//!
//! The file is `$RKAFKA_CONFIG`, or `rkafka/config.toml` in `$XDG_CONFIG_HOME` (`~/.config`). [`file`] tells its layout. It
//! is written whole to a new file that takes the old one's place, and only its owner may read it, as it may hold passwords.

pub mod file;

use anyhow::{Context as _, anyhow};
use file::Contexts;
use std::{
    env, fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The variable that names the file.
const FILE_VARIABLE: &str = "RKAFKA_CONFIG";
/// The variable that names the context in use for the commands of a shell.
pub const CONTEXT_VARIABLE: &str = "RKAFKA_CONTEXT";
/// A longer file is no file of contexts.
const MAX_BYTES: u64 = 4 << 20;
const OWNER_ONLY: u32 = 0o600;

/// Where the file is, or would be. `None` without a home folder.
pub fn path() -> Option<PathBuf> {
    let named = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = || named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")));
    named(FILE_VARIABLE).or_else(|| folder().map(|folder| folder.join("rkafka").join("config.toml")))
}

/// Reads the file; no contexts without one.
///
/// Errors name the file, and the line of what is wrong in it.
pub fn read() -> anyhow::Result<Contexts> {
    let Some(path) = path() else { return Ok(Contexts::default()) };
    let shown = path.display();
    let text = match fs::metadata(&path) {
        // Users without a home have /dev/null for one.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Contexts::default());
        }
        Err(error) => return Err(anyhow!(error)).with_context(|| format!("cannot read the contexts of {shown}")),
        Ok(found) if found.len() > MAX_BYTES => {
            return Err(anyhow!("{shown} is {} bytes long: that is no file of contexts", found.len()));
        }
        Ok(_) => fs::read_to_string(&path).with_context(|| format!("cannot read the contexts of {shown}"))?,
    };
    Contexts::parse(&text).map_err(|reason| anyhow!("{shown}: {reason}"))
}

/// Whether others than the owner may read the file.
pub fn is_open_to_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

/// Writes the file, for its owner only. The old one stays until the new one is whole.
pub fn write(contexts: &Contexts) -> anyhow::Result<PathBuf> {
    let path = path().context("there is no home folder for contexts: set RKAFKA_CONFIG to a file")?;
    let shown = path.display().to_string();
    let store = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let unfinished = path.with_extension(format!("new-{}", std::process::id()));
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(OWNER_ONLY).open(&unfinished)?;
        let written = file.write_all(contexts.text().as_bytes()).and_then(|()| file.sync_all());
        written.and_then(|()| fs::rename(&unfinished, &path)).inspect_err(|_| {
            // What is half written helps nobody.
            let _ = fs::remove_file(&unfinished);
        })
    };
    store().with_context(|| format!("cannot write the contexts to {shown}"))?;
    Ok(path)
}
