//! Pure: what a file's name says of it.

use anyhow::{anyhow, bail};

/// What kind of file it is, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `.log`, and `.checkpoint`, KRaft's snapshots.
    Log,
    Offsets,
    Times,
    Producers,
    Aborted,
    Unknown,
}

/// A file that was named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The path as Java shows it: without doubled slashes, and without one at its end.
    pub path: String,
}

impl Named {
    pub fn new(typed: &str) -> Named {
        let mut path = String::new();
        for c in typed.chars() {
            if c != '/' || !path.ends_with('/') {
                path.push(c);
            }
        }
        if path.len() > 1 && path.ends_with('/') {
            path.pop();
        }
        Named { path }
    }

    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Errors: a name without a dot, from which nothing can be told.
    pub fn kind(&self) -> anyhow::Result<Kind> {
        let Some((_, suffix)) = self.name().rsplit_once('.') else {
            bail!(
                "{}: its name has no suffix that says what it is\nFiles of these names can be shown: N.log, N.index, \
                 N.timeindex, N.txnindex, N.snapshot, N-N.checkpoint.",
                self.path
            );
        };
        Ok(match suffix {
            "log" | "checkpoint" => Kind::Log,
            "index" => Kind::Offsets,
            "timeindex" => Kind::Times,
            "snapshot" => Kind::Producers,
            "txnindex" => Kind::Aborted,
            _ => Kind::Unknown,
        })
    }

    /// The offset that a segment's file is named after.
    pub fn base_offset(&self) -> anyhow::Result<i64> {
        let stem = self.stem();
        stem.parse().map_err(|_| {
            anyhow!("For input string: \"{stem}\"\n{}: the name of a segment's file begins with an offset.", self.path)
        })
    }

    /// The file of the same segment with another suffix.
    pub fn sibling(&self, suffix: &str) -> String {
        let folder = self.path.strip_suffix(self.name()).unwrap_or_default();
        format!("{folder}{}{suffix}", self.stem())
    }

    /// The line that tells what a log is.
    pub fn introduction(&self) -> anyhow::Result<String> {
        if self.name().ends_with(".log") {
            return Ok(format!("Log starting offset: {}", self.base_offset()?));
        }
        if self.name() == "bootstrap.checkpoint" {
            return Ok("KRaft bootstrap snapshot".to_owned());
        }
        let (offset, epoch) = (self.name().get(..20), self.name().get(21..31));
        let (offset, epoch) = (offset.and_then(|o| o.parse::<i64>().ok()), epoch.and_then(|e| e.parse::<i32>().ok()));
        match (offset, epoch) {
            (Some(offset), Some(epoch)) => Ok(format!("Snapshot end offset: {offset}, epoch: {epoch}")),
            _ => bail!("{}: a snapshot is named OFFSET-EPOCH.checkpoint, of 20 and 10 digits", self.path),
        }
    }

    fn stem(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let named = Named::new("a//b/00000000000000000007.timeindex");
        assert_eq!((named.path.as_str(), named.base_offset().unwrap()), ("a/b/00000000000000000007.timeindex", 7));
        assert_eq!(
            (named.kind().unwrap(), named.sibling(".log")),
            (Kind::Times, "a/b/00000000000000000007.log".into())
        );
        assert_eq!(Named::new("x/").path, "x");
        assert_eq!(Named::new("cmd.properties").kind().unwrap(), Kind::Unknown);
        assert!(Named::new("leader-epoch-checkpoint").kind().is_err());
        assert!(Named::new("no.log").base_offset().unwrap_err().to_string().contains("\"no\""));
        let introduction = |name: &str| Named::new(name).introduction().map_err(|error| error.to_string());
        assert_eq!(introduction("5.log"), Ok("Log starting offset: 5".into()));
        assert_eq!(introduction("d/bootstrap.checkpoint"), Ok("KRaft bootstrap snapshot".into()));
        let snapshot = "00000000000000000012-0000000003.checkpoint";
        assert_eq!(introduction(snapshot), Ok("Snapshot end offset: 12, epoch: 3".into()));
        assert!(introduction("x.checkpoint").is_err());
    }
}
