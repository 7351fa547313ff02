//! Pure: which options of `kafka-configs` go together, in the order and the words of Kafka's tool.

use super::{args::ConfigsArgs, plan::Entities};
use crate::{
    era::Era,
    options::{Opt, UsageError, refuse_together},
};

/// As Kafka's tool lists them; groups, which came with 4.0, are taken too.
const OF_BROKERS: [&str; 8] =
    ["topics", "clients", "users", "brokers", "ips", "broker-loggers", "client-metrics", "groups"];
const LISTED: usize = 7;
/// As 4.4's tool lists them.
const LISTED_BY_4_4: [&str; 8] =
    ["broker-loggers", "topics", "clients", "users", "brokers", "ips", "client-metrics", "groups"];
const OF_ZOOKEEPER: [&str; 2] = ["users", "brokers"];
/// The types that have defaults.
const WITH_DEFAULT: [&str; 4] = ["users", "clients", "brokers", "ips"];

/// What is told without the table of options.
fn wrong<T>(text: impl Into<String>) -> Result<T, UsageError> {
    Err(UsageError::Unusable(text.into()))
}

/// Checks the options against one another.
pub fn check(args: &ConfigsArgs, entities: &Entities, era: Era) -> Result<(), UsageError> {
    if args.alter.is_given() == args.describe.is_given() {
        let rule = "Command must include exactly one action: --describe, --alter";
        return Err(UsageError::Rule(rule.to_owned()));
    }
    refuse_together(&args.describe, &[&args.add_config, &args.delete_config])?;
    if era == Era::V4_4 {
        check_connection(args, era)?;
    }
    check_types(args, entities, era)?;
    check_connection(args, era)?;
    check_broker_ids(args, entities)?;
    if args.describe.is_given() { check_describe(args, entities, era) } else { check_alter(args, entities, era) }
}

fn check_types(args: &ConfigsArgs, entities: &Entities, era: Era) -> Result<(), UsageError> {
    let types: Vec<&str> = entities.types.iter().map(String::as_str).collect();
    let twice: Vec<&str> =
        types.iter().enumerate().filter(|(at, kind)| types[..*at].contains(kind)).map(|(_, kind)| *kind).collect();
    if !twice.is_empty() {
        return wrong(format!("Duplicate entity type(s) specified: {}", twice.join(",")));
    }
    let by_broker = args.bootstrap_server.is_given() || args.bootstrap_controller.is_given();
    let (allowed, listed, how) = match by_broker {
        true => (
            &OF_BROKERS[..],
            era.pick(&OF_BROKERS[..LISTED], &LISTED_BY_4_4[..]),
            "--bootstrap-server or --bootstrap-controller",
        ),
        false => (&OF_ZOOKEEPER[..], &OF_ZOOKEEPER[..], "--zookeeper"),
    };
    if let Some(other) = types.iter().find(|kind| !allowed.contains(kind)) {
        let listed = listed.join(", ");
        let text =
            format!("Invalid entity type {other}, the entity type must be one of {listed} with a {how} argument");
        let hint = if by_broker || !OF_BROKERS.contains(other) {
            ""
        } else {
            "\nBrokers know more types: name them with --bootstrap-server."
        };
        return wrong(text + hint);
    }
    match types.as_slice() {
        [] => return wrong("At least one entity type must be specified"),
        [_] | ["users", "clients"] | ["clients", "users"] => {}
        _ => return wrong("Only 'users' and 'clients' entity types may be specified together"),
    }
    let by_type = args.entity_name.is_given() || args.entity_type.is_given() || args.entity_default.is_given();
    if by_type && args.has_own_flags() {
        return wrong("--entity-{type,name,default} should not be used in conjunction with specific entity flags");
    }
    Ok(())
}

fn check_connection(args: &ConfigsArgs, era: Era) -> Result<(), UsageError> {
    let ways: [&dyn Opt; 3] = [&args.bootstrap_server, &args.bootstrap_controller, &args.zookeeper];
    match ways.iter().filter(|way| way.is_given()).count() {
        0 => {
            return wrong(era.pick(
                "One of the required --bootstrap-server, --boostrap-controller, or --zookeeper arguments must be specified",
                "Either --bootstrap-server or --bootstrap-controller must be specified.",
            ));
        }
        1 => {}
        _ => {
            return wrong(era.pick(
                "Only one of --bootstrap-server, --boostrap-controller, and --zookeeper can be specified",
                "Only one of --bootstrap-server or --bootstrap-controller can be specified",
            ));
        }
    }
    if args.all.is_given() && args.zookeeper.is_given() {
        return wrong("--bootstrap-server must be specified for --all");
    }
    if args.zk_tls_config_file.is_given() && !args.zookeeper.is_given() {
        return wrong("Only the --zookeeper option can be used with the --zk-tls-config-file option.");
    }
    Ok(())
}

fn check_broker_ids(args: &ConfigsArgs, entities: &Entities) -> Result<(), UsageError> {
    let of_brokers = entities.types.iter().any(|kind| kind == "brokers" || kind == "broker-loggers");
    if !entities.has_name() || !of_brokers {
        return Ok(());
    }
    let mut ids: Vec<&str> = args.entity_name.values();
    ids.extend(args.broker.text()?);
    ids.extend(args.broker_logger.text()?);
    match ids.iter().find(|id| id.parse::<i32>().is_err()) {
        Some(id) => {
            let kind = &entities.types[0];
            wrong(format!("The entity name for {kind} must be a valid integer broker id, but it is: {id}"))
        }
        None => Ok(()),
    }
}

fn check_describe(args: &ConfigsArgs, entities: &Entities, era: Era) -> Result<(), UsageError> {
    let types = entities.types.join(",");
    let with_default = entities.types.iter().any(|kind| WITH_DEFAULT.contains(&kind.as_str()));
    if args.entity_default.is_given() && !with_default {
        return wrong(format!("--entity-default must not be specified with --describe of {types}"));
    }
    if types == "broker-loggers" && !entities.has_name() {
        return wrong(format!("{} entity name must be specified with --describe of {types}", era.pick("an", "An")));
    }
    Ok(())
}

fn check_alter(args: &ConfigsArgs, entities: &Entities, era: Era) -> Result<(), UsageError> {
    let types = entities.types.join(",");
    let with_default = entities.types.iter().any(|kind| WITH_DEFAULT.contains(&kind.as_str()));
    if with_default && entities.names.is_empty() {
        let an = era.pick("an", "An");
        return wrong(format!(
            "{an} entity-name or default entity must be specified with --alter of users, clients, brokers or ips"
        ));
    }
    if !with_default && !entities.has_name() {
        return wrong(format!("{} entity name must be specified with --alter of {types}", era.pick("an", "An")));
    }
    let (add, file) = (args.add_config.is_given(), args.add_config_file.is_given());
    if add && file {
        return wrong("Only one of --add-config or --add-config-file must be specified");
    }
    if !add && !file && !args.delete_config.is_given() {
        return wrong(
            "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
        );
    }
    if args.zookeeper.is_given() || entities.types.len() == entities.names.len() {
        return Ok(());
    }
    wrong("An entity name must be specified for every entity type")
}
