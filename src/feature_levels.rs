//! Pure: the levels of features that Kafka has had, and which of them belong together in a release.

use crate::{
    era::Era,
    terminal::output::{Field, Shape},
};
use anyhow::{anyhow, bail};
use serde_json::{Value, json};

/// The levels of metadata.version, from 1 on, by the names of what brought them.
const METADATA: [&str; 34] = [
    "3.0-IV1", "3.1-IV0", "3.2-IV0", "3.3-IV0", "3.3-IV1", "3.3-IV2", "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1",
    "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0",
    "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0",
    "4.4-IV0", "4.4-IV1", "4.4-IV2", "4.5-IV0",
];
/// The first one that a cluster may be upgraded to by 3.9's tool.
const FIRST_SUPPORTED: i16 = 4;
/// The first one of today's releases, of which 4.4 is the last.
pub const FIRST: i16 = 7;
pub const LATEST: i16 = 33;

pub const METADATA_VERSION: &str = "metadata.version";

/// A feature besides metadata.version: the levels above 0 that are in force by default, and from which metadata.version on.
pub struct Feature {
    pub name: &'static str,
    defaults: &'static [(i16, i16)],
    highest: i16,
}

/// In the order in which Kafka's tool shows them.
pub const FEATURES: &[Feature] = &[
    Feature { name: "kraft.version", defaults: &[(21, 1)], highest: 1 },
    Feature { name: "transaction.version", defaults: &[(24, 2)], highest: 2 },
    Feature { name: "group.version", defaults: &[(22, 1)], highest: 1 },
    Feature { name: "eligible.leader.replicas.version", defaults: &[(26, 1)], highest: 1 },
    Feature { name: "share.version", defaults: &[(28, 1), (31, 2)], highest: 2 },
    Feature { name: "streams.version", defaults: &[(29, 1)], highest: 1 },
];

impl Feature {
    /// The level that goes with a metadata.version.
    pub fn default_level(&self, metadata: i16) -> i16 {
        self.defaults.iter().rev().find(|(from, _)| *from <= metadata).map_or(0, |(_, level)| *level)
    }

    pub fn has_level(&self, level: i16) -> bool {
        (0..=self.highest).contains(&level)
    }

    /// The levels of other features that a level needs.
    pub fn needs(&self, level: i16) -> &'static [(&'static str, i16)] {
        if self.name == "eligible.leader.replicas.version" && level == 1 { &[(METADATA_VERSION, 23)] } else { &[] }
    }
}

/// The name of a level of metadata.version.
pub fn metadata_name(level: i16) -> Option<&'static str> {
    METADATA.get(usize::try_from(level).ok()?.checked_sub(1)?).copied()
}

/// The level that a text names: `3.9-IV0`, or `3.9` and `3.9.1` for the last one of a release.
pub fn metadata_level(text: &str) -> Option<i16> {
    let short: Vec<&str> = text.split('.').take(2).collect();
    let short = short.join(".");
    let named = |name: &&str| **name == short || name.split_once("-IV").is_some_and(|(release, _)| release == short);
    i16::try_from(METADATA.iter().rposition(named)? + 1).ok()
}

/// The names that can be upgraded to, for a complaint.
fn supported_names(era: Era) -> String {
    let place = |level: i16| usize::try_from(level).unwrap_or_default();
    let names = match era {
        Era::V3_9 => METADATA.get(place(FIRST_SUPPORTED - 1)..place(LATEST)),
        Era::V4_4 => METADATA.get(place(FIRST - 1)..),
    };
    names.unwrap_or_default().join(", ")
}

/// A level as Kafka's tool shows it: those of metadata.version by name.
pub fn shown(feature: &str, level: i16) -> String {
    match feature {
        METADATA_VERSION => metadata_name(level).map_or_else(|| format!("UNKNOWN {level}"), str::to_owned),
        _ => level.to_string(),
    }
}

/// What is said of a release without levels.
pub fn unsupported(metadata: &str, era: Era) -> anyhow::Error {
    let known = supported_names(era);
    match era {
        Era::V3_9 => anyhow!("Unsupported {METADATA_VERSION} {metadata}. Supported {METADATA_VERSION} are {known}"),
        Era::V4_4 => anyhow!("Unknown {METADATA_VERSION} '{metadata}'. Supported {METADATA_VERSION} are: {known}"),
    }
}

/// Reads `feature=level`, in Kafka's words if it is not that.
pub fn name_and_level(text: &str) -> anyhow::Result<(&str, i16)> {
    let begin = format!("Can't parse feature=level string {text}: ");
    let (name, level) = text.split_once('=').ok_or_else(|| anyhow!("{begin}equals sign not found."))?;
    let level = level.trim();
    let number = level.parse().map_err(|_| anyhow!("{begin}unable to parse {level} as a short."))?;
    Ok((name.trim(), number))
}

/// What is known of levels: Kafka's words, and the same as levels.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub text: String,
    pub levels: Vec<KnownLevel>,
}

/// A level of a feature, and the levels of others that it needs.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownLevel {
    pub feature: String,
    pub level: i16,
    pub needs: &'static [(&'static str, i16)],
}

/// What `--output` shows of known levels.
pub const fn shape(shown_by: &'static str) -> Shape<3> {
    Shape::rows(
        shown_by,
        [
            Field::text("feature", "The feature's name."),
            Field::integer("level", "The level that belongs to the release, or that was asked about."),
            Field::list(
                "dependencies",
                "The levels of other features that it needs: objects with `feature` and `level`.",
            ),
        ],
    )
}

impl KnownLevel {
    /// As [`shape`] has it.
    pub fn row(&self) -> [Value; 3] {
        let need = |(feature, level): &(&str, i16)| json!({ "feature": feature, "level": level });
        [json!(self.feature), json!(self.level), self.needs.iter().map(need).collect()]
    }
}

impl Known {
    fn add(&mut self, feature: &str, level: i16, needs: &'static [(&'static str, i16)]) {
        self.levels.push(KnownLevel { feature: feature.to_owned(), level, needs });
    }
}

/// What `version-mapping` shows of a release, or of the latest.
pub fn mapping(release: Option<&str>, era: Era) -> anyhow::Result<Known> {
    let latest = metadata_name(LATEST).unwrap_or_default();
    let release = release.unwrap_or(latest);
    let metadata = metadata_level(release).filter(|level| *level >= FIRST);
    let metadata = metadata.ok_or_else(|| unsupported(release, era))?;
    let mut known = Known { text: format!("{METADATA_VERSION}={metadata} ({release})\n"), levels: Vec::new() };
    known.add(METADATA_VERSION, metadata, &[]);
    for feature in FEATURES {
        let level = feature.default_level(metadata);
        known.text.push_str(&format!("{}={level}\n", feature.name));
        known.add(feature.name, level, feature.needs(level));
    }
    Ok(known)
}

/// What `feature-dependencies` shows of `feature=level` words.
pub fn dependencies(features: &[&str]) -> anyhow::Result<Known> {
    let mut all = Known::default();
    for typed in features {
        let (name, level) = name_and_level(typed)?;
        if name == METADATA_VERSION {
            let known = metadata_name(level).filter(|_| level >= FIRST);
            let known = known.ok_or_else(|| anyhow!("Unknown {METADATA_VERSION} {level}"))?;
            all.text.push_str(&format!("{name}={level} ({known}) has no dependencies.\n"));
            all.add(name, level, &[]);
            continue;
        }
        let feature = FEATURES.iter().find(|feature| feature.name == name);
        let feature = feature.ok_or_else(|| anyhow!("Unknown feature: {name}"))?;
        if !feature.has_level(level) {
            bail!("No feature:{name} with feature level {level}");
        }
        let needs = feature.needs(level);
        all.add(name, level, needs);
        all.text.push_str(&format!(
            "{name}={level} {}\n",
            if needs.is_empty() { "has no dependencies." } else { "requires:" }
        ));
        for (other, needed) in needs {
            all.text.push_str(&format!("    {other}={needed} ({})\n", shown(other, *needed)));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_levels() {
        for (text, level) in [
            ("3.3", 7),
            ("3.9", 21),
            ("3.6-IV2", 14),
            ("4.0", 25),
            ("3.3.2", 7),
            ("3.7.1", 19),
            ("4.4", 33),
            ("4.1-IV0", 26),
        ] {
            assert_eq!(metadata_level(text), Some(level), "{text}");
        }
        for text in ["9.9", "foo", "", "0.8", "3"] {
            assert_eq!(metadata_level(text), None, "{text}");
        }
        assert_eq!(metadata_name(LATEST), Some("4.4-IV2"));
        assert_eq!((metadata_name(0), metadata_name(35), metadata_name(-1)), (None, None, None));
        assert_eq!(shown(METADATA_VERSION, 35), "UNKNOWN 35");
        assert!(supported_names(Era::V3_9).starts_with("3.3-IV0, 3.3-IV1, "));
        assert!(supported_names(Era::V4_4).starts_with("3.3-IV3, 3.4-IV0, "));
    }

    /// What Apache Kafka 4.4.0 says.
    #[test]
    fn levels_that_go_together() {
        let levels = |metadata| FEATURES.iter().map(|feature| feature.default_level(metadata)).collect::<Vec<_>>();
        assert_eq!(levels(FIRST), [0, 0, 0, 0, 0, 0]);
        assert_eq!(levels(21), [1, 0, 0, 0, 0, 0]);
        assert_eq!(levels(25), [1, 2, 1, 0, 0, 0]);
        assert_eq!(levels(28), [1, 2, 1, 1, 1, 0]);
        assert_eq!(levels(LATEST), [1, 2, 1, 1, 2, 1]);
    }
}
