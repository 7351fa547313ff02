//! `meta.properties` of any node: whose log dir it is (`MetaProperties`). Version 0 is written by brokers in ZooKeeper mode,
//! version 1 by nodes of KRaft.

use crate::java_date::DatePattern;
use anyhow::{Context, anyhow, bail};
use rkafka_config::{file, properties::Properties};
use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

pub const FILE: &str = "meta.properties";
/// The date in the comment, as `java.util.Date` shows it.
const DATE: &str = "EEE MMM dd HH:mm:ss zzz yyyy";

/// What a log dir says about its owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetaProperties {
    /// 0 or 1.
    pub version: i32,
    pub cluster_id: Option<String>,
    /// `broker.id` in version 0.
    pub node_id: Option<i32>,
    pub directory_id: Option<String>,
}

impl MetaProperties {
    /// Reads the file of a log dir; `None` if it has none.
    ///
    /// Errors: it cannot be read, or does not say what Kafka writes.
    pub fn read(log_dir: &Path) -> anyhow::Result<Option<MetaProperties>> {
        let path = path(log_dir);
        match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.with_context(|| path.display().to_string())?,
        };
        MetaProperties::of(&file::load(&path)?).map(Some)
    }

    fn of(properties: &Properties) -> anyhow::Result<MetaProperties> {
        let version = match properties.get("version").map(str::trim) {
            None | Some("0") => 0,
            Some("1") => 1,
            Some(other) => bail!("Unable to convert version '{other}': there are 0 and 1"),
        };
        let id_key = if version == 0 { "broker.id" } else { "node.id" };
        let text = |key: &str| properties.get(key).map(|value| value.trim().to_owned());
        let id = text(id_key).map(|id| id.parse().map_err(|_| anyhow!("Failed to read {id_key} from '{id}'")));
        let meta = MetaProperties {
            version,
            cluster_id: text("cluster.id"),
            node_id: id.transpose()?,
            directory_id: text("directory.id"),
        };
        if version == 1 && (meta.cluster_id.is_none() || meta.node_id.is_none()) {
            bail!("cluster.id or node.id is missing, which version 1 needs");
        }
        Ok(meta)
    }

    /// Keys and values, sorted by key.
    pub fn entries(&self) -> Vec<(&'static str, String)> {
        let id_key = if self.version == 0 { "broker.id" } else { "node.id" };
        let known = [
            ("cluster.id", self.cluster_id.clone()),
            ("directory.id", self.directory_id.clone()),
            (id_key, self.node_id.map(|id| id.to_string())),
            ("version", Some(self.version.to_string())),
        ];
        let mut entries: Vec<_> = known.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries
    }

    /// Writes the file of a log dir; what is there of it is replaced at once or not at all.
    pub fn write(&self, log_dir: &Path, now_ms: i64) -> anyhow::Result<()> {
        let date = DatePattern::parse(DATE).map_err(|reason| anyhow!(reason))?.format(now_ms);
        let lines: String = self.entries().iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        replace(&path(log_dir), format!("#\n#{date}\n{lines}").as_bytes())
    }
}

/// Where the file of a log dir is.
pub fn path(log_dir: &Path) -> PathBuf {
    log_dir.join(FILE)
}

/// Puts a whole file in its place: after a crash it is the old one or the new one.
pub fn replace(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let temporary = path.with_extension("tmp");
    let write = || -> io::Result<()> {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        match path.parent() {
            Some(parent) => fs::File::open(parent)?.sync_all(),
            None => Ok(()),
        }
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<MetaProperties, String> {
        MetaProperties::of(&Properties::parse(text.as_bytes()).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn both_versions() {
        let broker = of("#\nbroker.id=3\nversion=0\ncluster.id=c\n").unwrap();
        assert_eq!((broker.version, broker.node_id), (0, Some(3)));
        let node = of("node.id=1\ndirectory.id=d\nversion=1\ncluster.id=c\n").unwrap();
        let entries: Vec<String> = node.entries().iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(entries, ["cluster.id=c", "directory.id=d", "node.id=1", "version=1"]);
        for bad in ["version=2", "version=1\nnode.id=1", "broker.id=x"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn written_and_read() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(MetaProperties::read(dir.path()).unwrap(), None);
        let meta = MetaProperties {
            version: 1,
            cluster_id: Some("c".into()),
            node_id: Some(7),
            directory_id: Some("d".into()),
        };
        meta.write(dir.path(), 0).unwrap();
        assert_eq!(MetaProperties::read(dir.path()).unwrap(), Some(meta));
        assert!(fs::read_to_string(path(dir.path())).unwrap().starts_with("#\n#"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
