//! `meta.properties`: whose log dir it is. Java properties with the keys `broker.id`, `version` (0 in ZooKeeper mode)
//! and `cluster.id` (`MetaProperties`).

use super::{
    atomic_file::{self, Sync},
    error::LogError,
};
use rkafka_base::{BrokerId, TimestampMs};
use std::path::Path;

pub const FILE: &str = "meta.properties";

/// What a log dir says about its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaProperties {
    pub broker_id: Option<BrokerId>,
    pub cluster_id: Option<String>,
    /// Written by brokers that are being migrated to KRaft; kept as it is.
    pub directory_id: Option<String>,
}

impl MetaProperties {
    /// Reads the file of a log dir; `None` if the dir is new.
    pub fn read(log_dir: &Path) -> Result<Option<MetaProperties>, LogError> {
        let path = log_dir.join(FILE);
        let Some(text) = atomic_file::read_text(&path)? else { return Ok(None) };
        parse(&text).map(Some).map_err(|reason| LogError::LogDirs(format!("{}: {reason}", path.display())))
    }

    /// Writes the file, with the date in its comment as Java writes it.
    pub fn write(&self, log_dir: &Path, now: TimestampMs) -> Result<(), LogError> {
        atomic_file::replace(&log_dir.join(FILE), self.to_text(now).as_bytes(), Sync::Now)
    }

    fn to_text(&self, now: TimestampMs) -> String {
        let mut text = format!("#\n#{}\n", java_date(now));
        if let Some(id) = self.broker_id {
            text.push_str(&format!("broker.id={id}\n"));
        }
        if let Some(id) = &self.directory_id {
            text.push_str(&format!("directory.id={id}\n"));
        }
        text.push_str("version=0\n");
        if let Some(id) = &self.cluster_id {
            text.push_str(&format!("cluster.id={id}\n"));
        }
        text
    }

    /// Says why a broker may not use the dir, naming the file and the key.
    pub fn check(&self, log_dir: &Path, broker_id: BrokerId, cluster_id: &str) -> Result<(), LogError> {
        let path = log_dir.join(FILE);
        if let Some(id) = self.broker_id.filter(|id| *id != broker_id) {
            return Err(LogError::LogDirs(format!(
                "Configured broker.id {broker_id} doesn't match stored broker.id {id} in {}. If you moved your data, \
                 make sure your configured broker.id matches. If you intend to create a new broker, you should remove \
                 all data in your data directories (log.dirs).",
                path.display()
            )));
        }
        match self.cluster_id.as_deref().filter(|id| *id != cluster_id) {
            Some(id) => Err(LogError::LogDirs(format!(
                "The Cluster ID {cluster_id} doesn't match stored clusterId {id} in {} (cluster.id). The broker is \
                 trying to join the wrong cluster. Configured zookeeper.connect may be wrong.",
                path.display()
            ))),
            None => Ok(()),
        }
    }
}

fn parse(text: &str) -> Result<MetaProperties, String> {
    let mut meta = MetaProperties { broker_id: None, cluster_id: None, directory_id: None };
    let mut version = None;
    for (n, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else {
            return Err(format!("line {}: '{line}' is no property", n + 1));
        };
        let value = value.trim();
        match key.trim() {
            "version" => version = Some(value.to_string()),
            "broker.id" => {
                let id = value.parse().map_err(|_| format!("broker.id: '{value}' is no broker id"))?;
                meta.broker_id = Some(BrokerId(id));
            }
            "cluster.id" => meta.cluster_id = Some(value.to_string()),
            "directory.id" => meta.directory_id = Some(value.to_string()),
            _ => {}
        }
    }
    match version.as_deref() {
        Some("0") => Ok(meta),
        Some("1") => Err("version is 1: the directory was formatted for KRaft, this broker runs with ZooKeeper".into()),
        Some(other) => Err(format!("version: '{other}' is unknown, only 0 is supported")),
        None => Err("the key 'version' is missing".into()),
    }
}

/// `Sun Nov 22 18:59:52 UTC 2026`, as `java.util.Date` prints it.
fn java_date(now: TimestampMs) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = now.0.div_euclid(1000);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let weekday = DAYS.get(days.rem_euclid(7) as usize).unwrap_or(&"Thu");
    let month = MONTHS.get(month - 1).unwrap_or(&"Jan");
    let (h, m, s) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{weekday} {month} {day:02} {h:02}:{m:02}:{s:02} UTC {year}")
}

/// Year, month from 1, and day from 1 of a day counted from 1970-01-01: March-based years make leap days come last.
fn civil(days: i64) -> (i64, usize, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as usize, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str =
        "#\n#Sun Nov 22 18:59:52 UTC 2026\nbroker.id=0\nversion=0\ncluster.id=hcc8Spo3R5aqS80HYvZe-Q\n";

    #[test]
    fn text_is_kafkas() {
        let meta = parse(RECORDED).unwrap();
        assert_eq!(meta.to_text(TimestampMs(1_795_373_992_000)), RECORDED);
        assert_eq!(java_date(TimestampMs(0)), "Thu Jan 01 00:00:00 UTC 1970");
        assert_eq!(java_date(TimestampMs(951_782_400_000)), "Tue Feb 29 00:00:00 UTC 2000");
    }

    #[test]
    fn strangers_are_refused() {
        let meta = parse(RECORDED).unwrap();
        let dir = Path::new("/data");
        assert!(meta.check(dir, BrokerId(0), "hcc8Spo3R5aqS80HYvZe-Q").is_ok());
        let other = meta.check(dir, BrokerId(1), "hcc8Spo3R5aqS80HYvZe-Q").unwrap_err().to_string();
        assert!(other.contains("/data/meta.properties") && other.contains("broker.id"), "{other}");
        let other = meta.check(dir, BrokerId(0), "x").unwrap_err().to_string();
        assert!(other.contains("/data/meta.properties") && other.contains("cluster.id"), "{other}");
        for bad in ["version=1\nnode.id=1\n", "version=7\n", "broker.id=0\n", "version=0\nbroker.id=x\n", "rubbish\n"] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
