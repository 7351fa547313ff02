//! What can be typed.

use crate::options::{
    Argparse, Commands, Flag, Once, Opt, Repeated, Subcommand, UsageError, argparse::argparse_command,
};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};
use std::marker::PhantomData;

pub const COMMANDS: Commands<NoOptions, Typed> = Commands {
    parser: Argparse { program: "kafka-storage", about: "The Kafka storage tool.", required: &[], one_of: &[] },
    commands: &[
        Subcommand {
            name: "info",
            about: "Get information about the Kafka log directories on this node.",
            required: &["config"],
            one_of: &[],
            command: argparse_command::<Info>,
            read: |command, args| command.options(args).map(Typed::Info),
        },
        Subcommand {
            name: "format",
            about: "Format the Kafka log directories on this node.",
            required: &["config", "cluster-id"],
            one_of: &[],
            command: argparse_command::<Format>,
            read: |command, args| command.options(args).map(|format| Typed::Format(Box::new(format))),
        },
        Subcommand {
            name: "version-mapping",
            about: "Look up the corresponding features for a given metadata version.",
            required: &[],
            one_of: &[],
            command: argparse_command::<Mapping>,
            read: |command, args| command.options(args).map(Typed::Mapping),
        },
        Subcommand {
            name: "feature-dependencies",
            about: "Look up dependencies for a given feature version.",
            required: &["feature"],
            one_of: &[],
            command: argparse_command::<Dependencies>,
            read: |command, args| command.options(args).map(Typed::Dependencies),
        },
        Subcommand {
            name: "random-uuid",
            about: "Print a random UUID.",
            required: &[],
            one_of: &[],
            command: argparse_command::<NoOptions>,
            read: |command, args| command.options(args).map(Typed::RandomUuid),
        },
    ],
    options: PhantomData,
};

/// What can be typed before the command, and after `random-uuid`.
#[derive(Debug, Args)]
#[command(about = "Format and show the storage of a node of a KRaft cluster")]
pub struct NoOptions {}

/// What can be typed after `info`.
#[derive(Debug, Args)]
pub struct Info {
    #[arg(long, short = 'c', value_name = "CONFIG", help = "The node's properties file.")]
    pub config: Once<String>,
}

/// What can be typed after `format`.
#[derive(Debug, Args)]
pub struct Format {
    #[arg(long, short = 'c', value_name = "CONFIG", help = "The node's properties file.")]
    pub config: Once<String>,
    #[arg(long, short = 't', value_name = "CLUSTER_ID", help = "The id of the cluster; random-uuid makes one.")]
    pub cluster_id: Once<String>,
    #[arg(
        long,
        short = 'S',
        action = Append,
        value_name = "ADD_SCRAM",
        help = "A SCRAM credential that the cluster begins with: 'SCRAM-SHA-256=[name=alice,password=alice-secret]', or \
                'SCRAM-SHA-512=[name=alice,iterations=8192,salt=\"N3E=\",saltedpassword=\"YCE=\"]'."
    )]
    pub add_scram: Repeated,
    #[arg(
        long,
        short = 'g',
        action = SetTrue,
        help = "Leave directories that are formatted already as they are, and format the others."
    )]
    pub ignore_formatted: Flag,
    #[arg(
        long,
        short = 'r',
        value_name = "RELEASE_VERSION",
        help = "The release whose levels the features begin with; the latest of the generation unless it is given."
    )]
    pub release_version: Once<String>,
    #[arg(
        long,
        short = 'f',
        action = Append,
        value_name = "FEATURE",
        help = "The level that a feature begins with, feature=level. For example: kraft.version=1."
    )]
    pub feature: Repeated,
    #[arg(long, short = 's', action = SetTrue, help = "Make this controller a dynamic quorum of its own.")]
    pub standalone: Flag,
    #[arg(
        long,
        short = 'N',
        action = SetTrue,
        help = "Make this a server whose quorum others know: it joins later (add-controller)."
    )]
    pub no_initial_controllers: Flag,
    #[arg(
        long,
        short = 'I',
        value_name = "INITIAL_CONTROLLERS",
        help = "The controllers of a dynamic quorum, id@host:port:directory-id with commas between; the same on all nodes."
    )]
    pub initial_controllers: Once<String>,
}

impl Format {
    /// There are three ways to a quorum, of which a node goes one.
    pub fn check(&self) -> Result<(), UsageError> {
        let ways: [(&dyn Opt, char); 3] =
            [(&self.standalone, 's'), (&self.no_initial_controllers, 'N'), (&self.initial_controllers, 'I')];
        let mut given = ways.into_iter().filter(|(option, _)| option.is_given());
        match (given.next(), given.next()) {
            (Some((one, letter)), Some((other, other_letter))) => Err(UsageError::Unusable(format!(
                "argument --{}/-{other_letter}: not allowed with argument --{}/-{letter}",
                other.name(),
                one.name()
            ))),
            _ => Ok(()),
        }
    }
}

/// What can be typed after `version-mapping`.
#[derive(Debug, Args)]
pub struct Mapping {
    #[arg(
        long,
        short = 'r',
        value_name = "RELEASE_VERSION",
        help = "The release whose levels are shown; the latest unless it is given."
    )]
    pub release_version: Once<String>,
}

/// What can be typed after `feature-dependencies`.
#[derive(Debug, Args)]
pub struct Dependencies {
    #[arg(
        long,
        short = 'f',
        action = Append,
        value_name = "FEATURE",
        help = "A feature and its level, feature=level. May stand several times."
    )]
    pub feature: Repeated,
}

/// A command and what was typed after it.
#[derive(Debug)]
pub enum Typed {
    Info(Info),
    Format(Box<Format>),
    Mapping(Mapping),
    Dependencies(Dependencies),
    RandomUuid(NoOptions),
}
