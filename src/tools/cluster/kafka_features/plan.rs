//! Pure: what can be typed for `kafka-features`, and what is meant by it.

use crate::{
    access::admin::Door,
    era::Era,
    feature_levels::{self as levels, Known, METADATA_VERSION, dependencies, mapping, name_and_level, unsupported},
    options::{Argparse, Commands, Flag, Once, Opt, Repeated, Subcommand, UsageError, argparse_command},
};
use anyhow::{anyhow, bail};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};
use rkafka_client::admin::FeatureChange;
use std::{collections::BTreeMap, marker::PhantomData};

pub const COMMANDS: Commands<Place, Typed> = Commands {
    parser: Argparse {
        program: "kafka-features",
        about: "This tool manages feature flags in Kafka.",
        required: &[],
        one_of: &[],
    },
    commands: &[
        Subcommand {
            name: "describe",
            about: "Describes the current active feature flags.",
            required: &[],
            one_of: &[],
            command: argparse_command::<Describe>,
            read: |command, args| command.options(args).map(Typed::Describe),
        },
        Subcommand {
            name: "upgrade",
            about: "Upgrade one or more feature flags.",
            required: &[],
            one_of: &[],
            command: argparse_command::<Upgrade>,
            read: |command, args| command.options(args).map(Typed::Upgrade),
        },
        Subcommand {
            name: "downgrade",
            about: "Downgrade one or more feature flags.",
            required: &[],
            one_of: &[],
            command: argparse_command::<Downgrade>,
            read: |command, args| command.options(args).map(Typed::Downgrade),
        },
        Subcommand {
            name: "disable",
            about: "Disable one or more feature flags. This is the same as downgrading the version to zero.",
            required: &[],
            one_of: &[],
            command: argparse_command::<Disable>,
            read: |command, args| command.options(args).map(Typed::Disable),
        },
        Subcommand {
            name: "version-mapping",
            about: "Show the features that go with a metadata version, by default with the latest. Needs no broker.",
            required: &[],
            one_of: &[],
            command: argparse_command::<Mapping>,
            read: |command, args| command.options(args).map(Typed::Mapping),
        },
        Subcommand {
            name: "feature-dependencies",
            about: "Show what versions of features need of other features. Needs no broker.",
            required: &["feature"],
            one_of: &[],
            command: argparse_command::<Dependencies>,
            read: |command, args| command.options(args).map(Typed::Dependencies),
        },
    ],
    options: PhantomData,
};

/// What can be typed before the command.
#[derive(Debug, Args)]
#[command(about = "Show and change the features of a KRaft cluster")]
pub struct Place {
    #[arg(long, value_name = "COMMAND_CONFIG", help = "A properties file for the admin client.")]
    command_config: Once<String>,
    #[arg(long, value_name = "BOOTSTRAP_SERVER", help = "The brokers, host:port,host:port.")]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "BOOTSTRAP_CONTROLLER", help = "KRaft controllers instead of brokers.")]
    bootstrap_controller: Once<String>,
}

/// What can be typed after `describe`.
#[derive(Debug, Args)]
pub struct Describe {
    #[arg(long, value_name = "NODE_ID", help = "The node to ask. Any broker if not given.")]
    node_id: Once<i32>,
}

/// What can be typed after `upgrade`.
#[derive(Debug, Args)]
pub struct Upgrade {
    #[arg(long, value_name = "METADATA", help = "The level of metadata.version to go to. For example, 3.3-IV3.")]
    metadata: Once<String>,
    #[arg(
        long,
        value_name = "RELEASE_VERSION",
        help = "The release whose levels all features shall have; version-mapping shows them. For example, 3.9-IV0."
    )]
    release_version: Once<String>,
    #[arg(long, action = Append, value_name = "FEATURE", help = "A feature and its new level, such as metadata.version=5.")]
    feature: Repeated,
    #[arg(long, action = SetTrue, help = "Only check whether it may be done.")]
    dry_run: Flag,
}

/// What can be typed after `downgrade`.
#[derive(Debug, Args)]
pub struct Downgrade {
    #[command(flatten)]
    levels: Upgrade,
    #[arg(long = "unsafe", action = SetTrue, help = "Also where metadata gets lost for good.")]
    is_unsafe: Flag,
}

/// What can be typed after `disable`.
#[derive(Debug, Args)]
pub struct Disable {
    #[arg(long, action = Append, value_name = "FEATURE", help = "A feature to take out of force.")]
    feature: Repeated,
    #[arg(long = "unsafe", action = SetTrue, help = "Also where metadata gets lost for good.")]
    is_unsafe: Flag,
    #[arg(long, action = SetTrue, help = "Only check whether it may be done.")]
    dry_run: Flag,
}

/// What can be typed after `version-mapping`.
#[derive(Debug, Args)]
pub struct Mapping {
    #[arg(
        long,
        value_name = "RELEASE_VERSION",
        help = "The release version. The lowest is 3.3-IV3, the default is 4.4-IV2."
    )]
    release_version: Once<String>,
}

/// What can be typed after `feature-dependencies`.
#[derive(Debug, Args)]
pub struct Dependencies {
    #[arg(long, action = Append, value_name = "FEATURE", help = "A feature and its level, such as metadata.version=5.")]
    feature: Repeated,
}

/// A command and what was typed after it.
#[derive(Debug)]
pub enum Typed {
    Describe(Describe),
    Upgrade(Upgrade),
    Downgrade(Downgrade),
    Disable(Disable),
    Mapping(Mapping),
    Dependencies(Dependencies),
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
pub enum Plan {
    /// An answer that needs no broker.
    Known(Known),
    Ask {
        door: Door,
        admin_file: Option<String>,
        task: Task,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    Describe { node: Option<i32> },
    Update(Update),
}

/// A change of levels. `verb` is how Kafka's tool calls it.
#[derive(Debug, PartialEq, Eq)]
pub struct Update {
    pub verb: &'static str,
    pub levels: BTreeMap<String, i16>,
    pub change: FeatureChange,
    pub dry_run: bool,
}

impl Plan {
    /// Understands the options. A [`UsageError`] is about those before the command.
    pub fn of(place: &Place, typed: &Typed, era: Era) -> anyhow::Result<Plan> {
        match typed {
            Typed::Mapping(args) => return mapping(args.release_version.text()?, era).map(Plan::Known),
            Typed::Dependencies(args) => return dependencies(&args.feature.values()).map(Plan::Known),
            _ => {}
        }
        let wrong = |text: &str| anyhow::Error::from(UsageError::Unusable(text.to_owned()));
        let ask = |door| Ok(Plan::Ask { door, admin_file: place.command_config.value()?, task: task(typed, era)? });
        match (place.bootstrap_server.value()?, place.bootstrap_controller.value()?) {
            (None, None) => Err(wrong(era.pick(
                "one of the arguments --bootstrap-server --bootstrap-controller is required",
                "You must specify either --bootstrap-controller or --bootstrap-server.",
            ))),
            (Some(_), Some(_)) => {
                Err(wrong("argument --bootstrap-controller: not allowed with argument --bootstrap-server"))
            }
            (None, Some(controllers)) => ask(Door::Controllers(controllers)),
            (Some(servers), None) => ask(Door::Brokers(servers)),
        }
    }
}

fn task(typed: &Typed, era: Era) -> anyhow::Result<Task> {
    let downgrade = |is_unsafe: &Flag| match is_unsafe.is_given() {
        true => FeatureChange::UnsafeDowngrade,
        false => FeatureChange::SafeDowngrade,
    };
    let update = match typed {
        Typed::Upgrade(args) => update("upgrade", args, FeatureChange::Upgrade, era)?,
        Typed::Downgrade(args) => update("downgrade", &args.levels, downgrade(&args.is_unsafe), era)?,
        Typed::Disable(args) => {
            let mut levels = BTreeMap::new();
            for name in args.feature.values() {
                add(&mut levels, name, 0)?;
            }
            Update { verb: "disable", levels, change: downgrade(&args.is_unsafe), dry_run: args.dry_run.is_given() }
        }
        Typed::Describe(args) => {
            let node = args.node_id.value()?;
            if let Some(id) = node.filter(|id| *id < 0) {
                bail!("Invalid node id {id}: must be non-negative.");
            }
            return Ok(Task::Describe { node });
        }
        // These need no broker.
        Typed::Mapping(_) | Typed::Dependencies(_) => return Ok(Task::Describe { node: None }),
    };
    if update.levels.is_empty() {
        bail!("You must specify at least one feature to {}", update.verb);
    }
    Ok(Task::Update(update))
}

fn update(verb: &'static str, args: &Upgrade, change: FeatureChange, era: Era) -> anyhow::Result<Update> {
    let mut update = Update { verb, levels: BTreeMap::new(), change, dry_run: args.dry_run.is_given() };
    if let Some(release) = args.release_version.text()? {
        if args.metadata.is_given() || args.feature.is_given() {
            bail!("Can not specify `release-version` with other feature flags.");
        }
        let metadata = metadata_level(release, era)?;
        update.levels.insert(METADATA_VERSION.to_owned(), metadata);
        for feature in levels::FEATURES {
            let level = feature.default_level(metadata);
            // An upgrade to 0 would be refused.
            if level > 0 || change != FeatureChange::Upgrade {
                update.levels.insert(feature.name.to_owned(), level);
            }
        }
        return Ok(update);
    }
    if let Some(metadata) = args.metadata.text()? {
        let level = metadata_level(metadata, era)?;
        update.levels.insert(METADATA_VERSION.to_owned(), level);
    }
    for text in args.feature.values() {
        let (name, level) = name_and_level(text)?;
        add(&mut update.levels, name, level)?;
    }
    Ok(update)
}

fn add(levels: &mut BTreeMap<String, i16>, name: &str, level: i16) -> anyhow::Result<()> {
    match levels.insert(name.to_owned(), level) {
        Some(_) => Err(anyhow!("Feature {name} was specified more than once.")),
        None => Ok(()),
    }
}

/// Whether `--metadata` was typed, of which 4.4 warns.
pub fn names_metadata(typed: &Typed) -> bool {
    match typed {
        Typed::Upgrade(args) => args.metadata.is_given(),
        Typed::Downgrade(args) => args.levels.metadata.is_given(),
        _ => false,
    }
}

fn metadata_level(text: &str, era: Era) -> anyhow::Result<i16> {
    let least = era.pick(0, levels::FIRST);
    levels::metadata_level(text).filter(|level| *level >= least).ok_or_else(|| unsupported(text, era))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let ((place, typed), _) = COMMANDS.read(&args).map_err(|refused| format!("{:?}", refused.why))?;
        Plan::of(&place, &typed, Era::V3_9).map_err(|error| error.to_string())
    }

    fn update(line: &str) -> Update {
        match plan(&format!("--bootstrap-server b {line}")).unwrap() {
            Plan::Ask { task: Task::Update(update), .. } => update,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_asked() {
        let describe = plan("--bootstrap-server b --command-config f describe --node-id 1").unwrap();
        let task = Task::Describe { node: Some(1) };
        assert_eq!(describe, Plan::Ask { door: Door::Brokers("b".into()), admin_file: Some("f".into()), task });
        let upgrade = update("upgrade --metadata 3.9 --feature kraft.version=1 --dry-run");
        let levels = BTreeMap::from([("kraft.version".to_owned(), 1), (METADATA_VERSION.to_owned(), 21)]);
        assert_eq!(upgrade, Update { verb: "upgrade", levels, change: FeatureChange::Upgrade, dry_run: true });
        assert_eq!(update("downgrade --feature a=1 --unsafe").change, FeatureChange::UnsafeDowngrade);
        let disable = update("disable --feature a --feature b");
        assert_eq!((disable.levels.len(), disable.change), (2, FeatureChange::SafeDowngrade));
        assert_eq!(update("upgrade --release-version 3.9").levels.len(), 2);
        assert_eq!(update("downgrade --release-version 3.9").levels.len(), 7);
    }

    #[test]
    fn what_is_refused() {
        for (line, reason) in [
            ("describe", "one of the arguments --bootstrap-server --bootstrap-controller is required"),
            ("--bootstrap-server b describe --node-id -1", "Invalid node id -1: must be non-negative."),
            ("--bootstrap-server b upgrade", "You must specify at least one feature to upgrade"),
            ("--bootstrap-server b upgrade --metadata 9.9", "Unsupported metadata.version 9.9. Supported "),
            ("--bootstrap-server b upgrade --feature a", "Can't parse feature=level string a: equals sign not found."),
            (
                "--bootstrap-server b upgrade --feature a=x",
                "Can't parse feature=level string a=x: unable to parse x as a",
            ),
            ("--bootstrap-server b disable --feature a --feature a", "Feature a was specified more than once."),
            (
                "--bootstrap-server b upgrade --release-version 4.0 --metadata 4.0",
                "Can not specify `release-version` with",
            ),
        ] {
            let told = plan(line).unwrap_err();
            assert!(told.starts_with(reason), "{line}: {told}");
        }
    }

    /// What Apache Kafka 4.4.0 prints.
    #[test]
    fn what_needs_no_broker() {
        let known = |line: &str| match plan(line) {
            Ok(Plan::Known(known)) => known.text,
            Ok(other) => format!("{other:?}"),
            Err(error) => error,
        };
        assert!(known("version-mapping").starts_with("metadata.version=33 (4.4-IV2)\nkraft.version=1\n"));
        assert!(
            known("version-mapping --release-version 3.7").starts_with("metadata.version=19 (3.7)\nkraft.version=0\n")
        );
        let needs = "feature-dependencies --feature";
        assert_eq!(known(&format!("{needs} transaction.version=2")), "transaction.version=2 has no dependencies.\n");
        assert_eq!(
            known(&format!("{needs} metadata.version=21")),
            "metadata.version=21 (3.9-IV0) has no dependencies.\n"
        );
        assert_eq!(
            known(&format!("{needs} eligible.leader.replicas.version=1")),
            "eligible.leader.replicas.version=1 requires:\n    metadata.version=23 (4.0-IV1)\n"
        );
        assert_eq!(known(&format!("{needs} nope=2")), "Unknown feature: nope");
        assert_eq!(known(&format!("{needs} kraft.version=9")), "No feature:kraft.version with feature level 9");
        assert_eq!(known(&format!("{needs} metadata.version=99")), "Unknown metadata.version 99");
    }
}
