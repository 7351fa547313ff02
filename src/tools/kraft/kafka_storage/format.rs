//! `format`: gives log dirs to a node of a cluster that is yet to begin (`Formatter`).
//!
//! [`Plan::of`] is pure: which records the cluster begins with, and who votes. [`Plan::run`] writes it.

use super::{
    args, checkpoint,
    node::Node,
    scram::{self, Credential},
    voters::{self, Voter},
};
use crate::{
    era::Era,
    feature_levels::{self, FEATURES, METADATA_VERSION},
    options::Opt,
    terminal::Terminal,
    tools::kraft::meta_properties::{self, MetaProperties, replace},
};
use anyhow::{Context, anyhow, bail};
use rkafka_base::TimestampMs;
use rkafka_protocol::Uuid;
use rkafka_runtime::random;
use std::{collections::BTreeMap, fs, path::Path};

/// The first release whose nodes can begin from records.
const FIRST_LEVEL: i16 = 4;
/// The first release that keeps SCRAM credentials in the metadata log.
const WITH_SCRAM: (i16, &str) = (11, "3.5-IV2");
const KRAFT_VERSION: &str = "kraft.version";

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    node: Node,
    cluster_id: String,
    /// The name of the level of metadata.version.
    release: &'static str,
    /// Levels above 0, metadata.version first.
    levels: Vec<(String, i16)>,
    credentials: Vec<Credential>,
    /// The voters of a dynamic quorum, and the listener over which they speak.
    quorum: Option<(Vec<Voter>, String)>,
    ignore_formatted: bool,
}

impl Plan {
    /// Understands the options, with the node's configuration. `fresh` is the directory's id of a quorum of one.
    pub fn of(args: &args::Format, node: Node, fresh: Uuid, era: Era) -> anyhow::Result<Plan> {
        if !node.in_kraft {
            bail!(
                "The kafka configuration file appears to be for a legacy cluster. Formatting is only supported for clusters \
                 in KRaft mode."
            );
        }
        if node.id < 0 {
            bail!("You must specify a valid non-negative node ID.");
        }
        let names_voters = args.standalone.is_given() || args.initial_controllers.is_given();
        if era == Era::V4_4 && node.has_static_quorum && names_voters {
            bail!(
                "You cannot specify controller.quorum.voters and format the node with --initial-controllers or \
                 --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify \
                 controller.quorum.bootstrap.servers instead."
            );
        }
        let initial = match args.initial_controllers.value()? {
            Some(text) => Some(voters::parse(&text)?),
            None if args.standalone.is_given() => Some(vec![node.standalone(fresh)?]),
            None => None,
        };
        let knows_quorum = node.has_static_quorum || initial.is_some() || args.no_initial_controllers.is_given();
        if node.is_controller && !knows_quorum {
            bail!(
                "Because controller.quorum.voters is not set on this controller, you must specify one of the following: \
                 --standalone, --initial-controllers, or --no-initial-controllers."
            );
        }
        let Some(listener) = node.controller_listener.clone() else {
            bail!("You must specify the name of the initial controller listener (controller.listener.names).");
        };
        let release = args.release_version.value()?.or_else(|| node.protocol_version.clone());
        // Unless it is named: the generation's latest, from which its nodes start, and later ones.
        let is_named = release.is_some();
        let release = release.unwrap_or_else(|| era.pick("3.9-IV0", "4.4-IV2").to_owned());
        let levels = levels((&release, is_named), &args.feature.values(), initial.is_some(), era)?;
        let metadata = levels.first().map_or(0, |(_, level)| *level);
        let credentials: Vec<Credential> =
            args.add_scram.values().into_iter().map(scram::parse).collect::<anyhow::Result<_>>()?;
        if !credentials.is_empty() && metadata < WITH_SCRAM.0 {
            bail!("SCRAM is only supported in {METADATA_VERSION} {} or later.", WITH_SCRAM.1);
        }
        Ok(Plan {
            node,
            cluster_id: args.cluster_id.required()?,
            release: feature_levels::metadata_name(metadata).unwrap_or_default(),
            levels,
            credentials,
            quorum: initial.map(|voters| (voters, listener)),
            ignore_formatted: args.ignore_formatted.is_given(),
        })
    }

    /// Formats the directories that are not yet.
    pub fn run(&self, now: TimestampMs, terminal: &mut Terminal) -> anyhow::Result<()> {
        let mut empty = Vec::new();
        let mut formatted = Vec::new();
        for directory in &self.node.directories {
            match MetaProperties::read(Path::new(directory))? {
                None => empty.push(directory),
                Some(meta) => {
                    self.check(directory, &meta)?;
                    formatted.push(directory);
                }
            }
        }
        if let Some(directory) = formatted.first().filter(|_| !self.ignore_formatted) {
            bail!(
                "Log directory {directory} is already formatted. Use --ignore-formatted to ignore this directory and format \
                 the others."
            );
        }
        if empty.is_empty() {
            terminal.line("All of the log directories are already formatted.")?;
        }
        for directory in empty {
            self.format(directory, now, terminal).with_context(|| format!("cannot format {directory}"))?;
        }
        Ok(())
    }

    /// Whether a directory that is formatted is this node's.
    fn check(&self, directory: &str, meta: &MetaProperties) -> anyhow::Result<()> {
        let path = meta_properties::path(Path::new(directory));
        let path = path.display();
        if let Some(id) = meta.cluster_id.as_ref().filter(|id| **id != self.cluster_id) {
            bail!("Invalid cluster.id in: {path}. Expected {}, but read {id}", self.cluster_id);
        }
        if let Some(id) = meta.node_id.filter(|id| *id != self.node.id) {
            bail!("Invalid node.id in: {path}. Expected {}, but read {id}", self.node.id);
        }
        Ok(())
    }

    fn format(&self, directory: &str, now: TimestampMs, terminal: &mut Terminal) -> anyhow::Result<()> {
        let has_metadata = directory == self.node.metadata_directory;
        let quorum = self.quorum.as_ref().filter(|_| has_metadata);
        let own = quorum.and_then(|(voters, _)| voters.iter().find(|voter| voter.id == self.node.id));
        let kind = match (has_metadata, quorum, own) {
            (false, ..) => "data directory",
            (true, None, _) => "metadata directory",
            (true, Some(_), None) => "dynamic metadata directory",
            (true, Some(_), Some(_)) => "dynamic metadata voter directory",
        };
        terminal.line(format_args!("Formatting {kind} {directory} with {METADATA_VERSION} {}.", self.release))?;
        let path = Path::new(directory);
        fs::create_dir_all(path)?;
        replace(&path.join(checkpoint::BOOTSTRAP), &checkpoint::bootstrap(&self.levels, &self.credentials, now)?)?;
        if let Some((voters, listener)) = quorum {
            let log = path.join(checkpoint::METADATA_LOG);
            fs::create_dir_all(&log)?;
            replace(&log.join(checkpoint::FIRST_SNAPSHOT), &checkpoint::voters(listener, voters, now)?)?;
        }
        let directory_id = own.map_or_else(random::uuid, |voter| voter.directory);
        // Last: it says that the rest is there.
        let meta = MetaProperties {
            version: 1,
            cluster_id: Some(self.cluster_id.clone()),
            node_id: Some(self.node.id),
            directory_id: Some(directory_id.to_string()),
        };
        meta.write(path, now.0)
    }
}

/// The levels above 0 that a cluster begins with, metadata.version first. That of kraft.version stands among the voters.
/// `is_named`: the release was typed, rather than taken by default.
fn levels(
    (release, is_named): (&str, bool),
    typed: &[&str],
    is_dynamic: bool,
    era: Era,
) -> anyhow::Result<Vec<(String, i16)>> {
    let mut typed: BTreeMap<&str, i16> =
        typed.iter().map(|text| feature_levels::name_and_level(text)).collect::<anyhow::Result<_>>()?;
    let metadata = match typed.remove(METADATA_VERSION) {
        Some(_) if is_named => {
            bail!("Use --release-version instead of --feature {METADATA_VERSION}=X to avoid ambiguity.")
        }
        Some(level) if feature_levels::metadata_name(level).is_some() => level,
        Some(level) => return Err(feature_levels::unsupported(&level.to_string(), era)),
        None => feature_levels::metadata_level(release).ok_or_else(|| match era {
            Era::V3_9 => anyhow!("Version {release} is not a valid version"),
            Era::V4_4 => feature_levels::unsupported(release, era),
        })?,
    };
    if metadata < FIRST_LEVEL {
        let name = feature_levels::metadata_name(metadata).unwrap_or_default();
        bail!("{METADATA_VERSION} {name} is too old to be supported.");
    }
    let level_of = |name: &str| if name == METADATA_VERSION { metadata } else { typed.get(name).copied().unwrap_or(0) };
    for (name, level) in &typed {
        let Some(feature) = FEATURES.iter().find(|feature| feature.name == *name) else {
            let mut known: Vec<&str> = FEATURES.iter().map(|feature| feature.name).collect();
            known.sort_unstable();
            bail!("Unsupported feature: {name}. Supported features are: {}", known.join(", "));
        };
        if *name == KRAFT_VERSION && (*level > 0) != is_dynamic {
            bail!("Cannot set {name} to {level} {}", unfit(name, is_dynamic, era));
        }
        if !feature.has_level(*level) {
            bail!("No feature:{name} with feature level {level}");
        }
        if let Some((other, needed)) = feature.needs(*level).iter().find(|(other, needed)| level_of(other) < *needed) {
            bail!(
                "{name} could not be set to {level} because it depends on {other} level {}",
                feature_levels::shown(other, *needed)
            );
        }
    }
    let mut levels = vec![(METADATA_VERSION.to_owned(), metadata)];
    let mut others: Vec<_> = FEATURES
        .iter()
        .filter(|feature| feature.name != KRAFT_VERSION)
        .map(|feature| {
            let level = typed.get(feature.name).copied();
            (feature.name.to_owned(), level.unwrap_or_else(|| feature.default_level(metadata)))
        })
        .filter(|(_, level)| *level > 0)
        .collect();
    others.sort();
    levels.append(&mut others);
    Ok(levels)
}

/// Why a level of kraft.version does not go with a quorum that is dynamic, or is not.
fn unfit(name: &str, is_dynamic: bool, era: Era) -> String {
    let when = if is_dynamic { "if" } else { "unless" };
    match era {
        Era::V3_9 => format!("{when} KIP-853 configuration is present. Try removing the --feature flag for {name}."),
        Era::V4_4 => {
            let instead = match is_dynamic {
                true => "removing the --feature flag for kraft.version.",
                false => {
                    "using one of --standalone, --initial-controllers, or --no-initial-controllers and removing \
                     controller.quorum.voters."
                }
            };
            format!(
                "{when} controller.quorum.voters is empty and one of the flags --standalone, --initial-controllers, or \
                 --no-initial-controllers is used. For dynamic controllers support, try {instead}"
            )
        }
    }
}

/// A node's configuration from its file.
pub fn node(config: &str) -> anyhow::Result<Node> {
    Node::of(&rkafka_config::file::load(config)?).map_err(|error| anyhow!("{config}: {error:#}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::kraft::kafka_storage::args::{COMMANDS, Typed};
    use rkafka_config::properties::Properties;

    const NODE: &str = "process.roles=broker,controller\nnode.id=1\nlog.dirs=/a,/b\ncontroller.listener.names=C\n\
                        listeners=PLAINTEXT://:9092,C://:9093\n";

    fn plan(config: &str, line: &str) -> Result<Plan, String> {
        let node = Node::of(&Properties::parse(config.as_bytes()).unwrap()).unwrap();
        let args: Vec<String> =
            format!("format -c f -t cluster {line}").split_whitespace().map(str::to_owned).collect();
        let ((_, typed), _) = COMMANDS.read(&args).map_err(|refused| format!("{:?}", refused.why))?;
        let Typed::Format(args) = typed else { panic!("{line}") };
        Plan::of(&args, node, Uuid([9; 16]), Era::V3_9).map_err(|error| error.to_string())
    }

    #[test]
    fn levels_that_a_cluster_begins_with() {
        let of = |line: &str| plan(NODE, &format!("--standalone {line}")).map(|plan| plan.levels);
        let shown = |levels: Vec<(String, i16)>| {
            levels.iter().map(|(name, level)| format!("{name}={level}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("").map(shown).unwrap(), "metadata.version=21");
        // As Apache Kafka 4.4.0's own tool has them.
        assert_eq!(
            of("-r 4.4-IV2").map(shown).unwrap(),
            "metadata.version=33 eligible.leader.replicas.version=1 group.version=1 share.version=2 streams.version=1 \
             transaction.version=2"
        );
        assert_eq!(
            of("-f metadata.version=22 -f transaction.version=0").map(shown).unwrap(),
            "metadata.version=22 group.version=1"
        );
        for (line, expected) in [
            ("-r 3.9 -f metadata.version=21", "Use --release-version instead of --feature metadata.version=X"),
            ("-r nope", "Version nope is not a valid version"),
            ("-r 3.0-IV1", "metadata.version 3.0-IV1 is too old to be supported."),
            ("-f nope=1", "Unsupported feature: nope. Supported features are: eligible.leader.replicas.version, group"),
            ("-f group.version=9", "No feature:group.version with feature level 9"),
            ("-f kraft.version=0", "Cannot set kraft.version to 0 if KIP-853 configuration is present."),
            ("-f eligible.leader.replicas.version=1", "eligible.leader.replicas.version could not be set to 1 because"),
            ("-r 3.4 -S SCRAM-SHA-256=[name=a,password=b]", "SCRAM is only supported in metadata.version 3.5-IV2"),
        ] {
            let error = of(line).unwrap_err();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
    }

    #[test]
    fn quorums() {
        let standalone = plan(NODE, "--standalone").unwrap();
        let voter = Voter { id: 1, host: "localhost".into(), port: 9093, directory: Uuid([9; 16]) };
        assert_eq!(standalone.quorum, Some((vec![voter], "C".to_owned())));
        assert_eq!(plan(&format!("{NODE}controller.quorum.voters=1@h:1\n"), "").unwrap().quorum, None);
        assert_eq!(plan(NODE, "--no-initial-controllers").unwrap().quorum, None);
        for (config, line, expected) in [
            (NODE, "", "Because controller.quorum.voters is not set on this controller"),
            ("broker.id=1", "", "The kafka configuration file appears to be for a legacy cluster."),
            ("process.roles=broker", "", "You must specify a valid non-negative node ID."),
            ("process.roles=broker\nnode.id=1", "", "You must specify the name of the initial controller listener"),
            ("process.roles=broker\nnode.id=1", "-s", "You can only use --standalone on a controller."),
            (NODE, "-I x", "No @ found in dynamic voter string."),
        ] {
            let error = plan(config, line).unwrap_err();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
    }

    #[test]
    fn directories() {
        let root = tempfile::tempdir().unwrap();
        let dirs = ["a", "b"].map(|name| root.path().join(name));
        let config = NODE.replace("/a,/b", &format!("{},{}", dirs[0].display(), dirs[1].display()));
        let mut terminal = Terminal::new();
        terminal.mute();
        let mut run = |line: &str| plan(&config, line).unwrap().run(TimestampMs(0), &mut terminal);
        run("--standalone").unwrap();
        let files = |dir: &Path| {
            let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|file| file.unwrap().file_name()).collect();
            names.sort();
            names
        };
        assert_eq!(files(&dirs[0]), ["__cluster_metadata-0", "bootstrap.checkpoint", "meta.properties"]);
        assert_eq!(files(&dirs[1]), ["bootstrap.checkpoint", "meta.properties"]);
        assert_eq!(files(&dirs[0].join("__cluster_metadata-0")), [checkpoint::FIRST_SNAPSHOT]);
        let meta = MetaProperties::read(&dirs[0]).unwrap().unwrap();
        assert_eq!(meta.directory_id, Some(Uuid([9; 16]).to_string()));
        let again = run("--standalone").unwrap_err().to_string();
        assert!(again.contains("is already formatted. Use --ignore-formatted"), "{again}");
        run("--standalone --ignore-formatted").unwrap();
        let stranger = plan(&config.replace("node.id=1", "node.id=2"), "--standalone").unwrap();
        let error = stranger.run(TimestampMs(0), &mut terminal).unwrap_err().to_string();
        assert!(error.starts_with("Invalid node.id in: ") && error.ends_with("Expected 2, but read 1"), "{error}");
    }
}
