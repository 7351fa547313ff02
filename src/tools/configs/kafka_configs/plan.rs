//! Pure: what a command line of `kafka-configs` means.

use super::{args::ConfigsArgs, rules};
use crate::{
    access::{admin::Door, secrets::HIDDEN},
    era::Era,
    options::{Opt, UsageError},
};
use rkafka_security::scram::{MIN_ITERATIONS, ScramMechanism};
use std::{collections::BTreeMap, num::NonZeroU32};

/// What one call is to do.
#[derive(Debug)]
pub struct Plan {
    pub connection: Connection,
    pub entities: Entities,
    pub task: Task,
}

/// Who is asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Connection {
    Kafka { door: Door, admin_file: Option<String> },
    ZooKeeper { connect: String, tls_file: Option<String> },
}

#[derive(Debug, PartialEq)]
pub enum Task {
    Describe { all: bool },
    Alter(Alteration),
}

/// Whose settings: one type, or users and clients; the default has the empty name. Fewer names than types mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entities {
    pub types: Vec<String>,
    pub names: Vec<String>,
}

/// What is to change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alteration {
    pub added: BTreeMap<String, String>,
    /// A properties file with more of them.
    pub file: Option<String>,
    pub deleted: Vec<String>,
}

impl Entities {
    /// Reads the options that say whose settings. `order` has the options as they were typed.
    pub fn of(args: &ConfigsArgs, order: &[String]) -> Result<Entities, UsageError> {
        let own = |text: &str| text.to_owned();
        let mut types: Vec<String> = args.entity_type.values().into_iter().map(own).collect();
        let mut typed = args.entity_name.values().into_iter();
        let mut names = Vec::new();
        for option in order {
            match option.as_str() {
                "entity-name" => names.extend(typed.next().map(own)),
                "entity-default" => names.push(String::new()),
                _ => {}
            }
        }
        for (option, kind) in args.named() {
            if let Some(name) = option.value()? {
                names.push(name);
                types.push(own(kind));
            }
        }
        for (_, kind) in args.defaults().iter().filter(|(option, _)| option.is_given()) {
            names.push(String::new());
            types.push(own(kind));
        }
        Ok(Entities { types, names })
    }

    pub fn has_name(&self) -> bool {
        self.names.iter().any(|name| !name.is_empty())
    }

    /// The first type, which is there once the rules have been checked.
    pub fn kind(&self) -> &str {
        self.types.first().map(String::as_str).unwrap_or_default()
    }
}

impl Plan {
    /// Understands the options. `order` has the options as they were typed.
    pub fn of(args: &ConfigsArgs, order: &[String], era: Era) -> Result<Plan, UsageError> {
        let entities = Entities::of(args, order)?;
        rules::check(args, &entities, era)?;
        let connection = match (args.zookeeper.value()?, args.bootstrap_controller.value()?) {
            (Some(connect), _) => Connection::ZooKeeper { connect, tls_file: args.zk_tls_config_file.value()? },
            (None, Some(controllers)) => {
                Connection::Kafka { door: Door::Controllers(controllers), admin_file: args.command_config.value()? }
            }
            (None, None) => Connection::Kafka {
                door: Door::Brokers(args.bootstrap_server.value()?.unwrap_or_default()),
                admin_file: args.command_config.value()?,
            },
        };
        let task = match args.alter.is_given() {
            true => Task::Alter(changes(args, era)?),
            false => Task::Describe { all: args.all.is_given() },
        };
        Ok(Plan { connection, entities, task })
    }
}

fn changes(args: &ConfigsArgs, era: Era) -> Result<Alteration, UsageError> {
    let added = args.add_config.text()?.map(|text| parse_added(text, era)).transpose()?.unwrap_or_default();
    check_keys(added.keys())?;
    let deleted = args.delete_config.values().into_iter().flat_map(|list| list.split(','));
    let deleted = deleted.filter(|name| !name.is_empty()).map(|name| name.trim().to_owned()).collect();
    Ok(Alteration { added, file: args.add_config_file.value()?, deleted })
}

/// Refuses names that no setting can have.
pub fn check_keys<'a>(mut keys: impl Iterator<Item = &'a String>) -> Result<(), UsageError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    match keys.find(|key| !key.chars().all(fits)) {
        Some(key) => Err(UsageError::Unusable(format!("Invalid character found for config key: {key}"))),
        None => Ok(()),
    }
}

/// `k1=v1,k2=[v1,v2]`: commas and equal signs between square brackets belong to the value.
fn parse_added(text: &str, era: Era) -> Result<BTreeMap<String, String>, UsageError> {
    let mut pairs = split_outside_brackets(text, ',');
    while pairs.len() > 1 && pairs.last().is_some_and(|last| last.is_empty()) {
        pairs.pop();
    }
    let pair = |text: &&str| match split_outside_brackets(text, '=').as_slice() {
        [key, value] => Some((key.trim().to_owned(), value.replace(['[', ']'], "").trim().to_owned())),
        _ => None,
    };
    pairs.iter().map(pair).collect::<Option<_>>().ok_or_else(|| {
        let invalid = "Invalid entity config: all configs to be added must be in the format \"key=val\"";
        UsageError::Unusable(match era {
            Era::V3_9 => format!(
                "requirement failed: {invalid}.\nValues with commas stand in square brackets: \"key=[val1,val2]\"."
            ),
            Era::V4_4 => format!("{invalid} or  \"key=[val1,val2]\" to group values which contain commas."),
        })
    })
}

fn split_outside_brackets(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (place, _) in text.match_indices(at) {
        let rest = &text[place + at.len_utf8()..];
        let is_inside = rest.find(']').is_some_and(|end| rest.find('[').is_none_or(|begin| end < begin));
        if !is_inside {
            parts.push(&text[start..place]);
            start = place + at.len_utf8();
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A credential to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    pub mechanism: ScramMechanism,
    pub iterations: NonZeroU32,
    pub password: String,
}

/// `[iterations=8192,]password=secret`, the value of a setting that is called after a mechanism.
pub fn new_credential(mechanism: ScramMechanism, value: &str) -> Result<NewCredential, UsageError> {
    let name = mechanism.name();
    let invalid = || {
        let constant = name.replace('-', "_");
        UsageError::Unusable(format!(
            "Invalid credential property {constant}={HIDDEN}\nIt has to look like {name}=[iterations=4096,password=secret]."
        ))
    };
    let (iterations, password) = match value.strip_prefix("iterations=") {
        None => (None, value.strip_prefix("password=").ok_or_else(invalid)?),
        Some(rest) => {
            let (number, password) = rest.split_once(",password=").ok_or_else(invalid)?;
            (Some(number.parse::<i32>().map_err(|_| invalid())?).filter(|number| *number != -1), password)
        }
    };
    let default = i32::try_from(MIN_ITERATIONS).unwrap_or(i32::MAX);
    let iterations = iterations.unwrap_or(default);
    let enough = u32::try_from(iterations).ok().filter(|n| *n >= MIN_ITERATIONS).and_then(NonZeroU32::new);
    let iterations = enough.ok_or_else(|| {
        UsageError::Unusable(format!(
            "Iterations {iterations} is less than the minimum {MIN_ITERATIONS} required for {name}"
        ))
    })?;
    Ok(NewCredential { mechanism, iterations, password: password.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{order_of, typed};

    fn plan(line: &str) -> Result<Plan, String> {
        let args: ConfigsArgs = typed(line).map_err(|error| error.to_string())?;
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let order = order_of::<ConfigsArgs>(&words).unwrap();
        Plan::of(&args, &order, Era::V3_9).map_err(|error| error.to_string())
    }

    fn entities(line: &str) -> (String, Vec<String>) {
        let entities = plan(&format!("--bootstrap-server b --describe {line}")).unwrap().entities;
        (entities.types.join("+"), entities.names)
    }

    #[test]
    fn whose_settings() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(entities("--entity-type topics"), ("topics".into(), vec![]));
        assert_eq!(entities("--topic t"), ("topics".into(), names(&["t"])));
        let both = "--entity-type users --entity-default --entity-type clients --entity-name c";
        assert_eq!(entities(both), ("users+clients".into(), names(&["", "c"])));
        assert_eq!(entities("--user u --client c"), ("clients+users".into(), names(&["c", "u"])));
        assert_eq!(entities("--broker-defaults"), ("brokers".into(), names(&[""])));
        assert_eq!(entities("--group g"), ("groups".into(), names(&["g"])));
    }

    #[test]
    fn values_in_brackets() {
        let added = parse_added("a=1, b =[x,y=z],c=,d=[p=1,q]", Era::V3_9).unwrap();
        let shown: Vec<String> = added.iter().map(|(key, value)| format!("{key}:{value}")).collect();
        assert_eq!(shown, ["a:1", "b:x,y=z", "c:", "d:p=1,q"]);
        for wrong in ["a", "a=b=c", "a=1,b"] {
            assert!(
                parse_added(wrong, Era::V3_9).unwrap_err().to_string().starts_with("requirement failed: Invalid"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn deletions() {
        let plan = plan("--bootstrap-server b --alter --topic t --delete-config a,,b --delete-config c").unwrap();
        let Task::Alter(changes) = plan.task else { panic!("{:?}", plan.task) };
        assert_eq!(changes.deleted, ["a", "b", "c"]);
    }

    #[test]
    fn credentials() {
        let of = |value: &str| new_credential(ScramMechanism::Sha256, value).map_err(|error| error.to_string());
        let made = of("iterations=8192,password=a,b").unwrap();
        assert_eq!((made.iterations.get(), made.password.as_str()), (8192, "a,b"));
        assert_eq!(of("password=").unwrap().iterations.get(), 4096);
        let few = of("iterations=10,password=x").unwrap_err();
        assert_eq!(few, "Iterations 10 is less than the minimum 4096 required for SCRAM-SHA-256");
        assert!(of("x").unwrap_err().starts_with("Invalid credential property SCRAM_SHA_256=[hidden]\n"));
        assert!(!of("iteration=8192,password=s3cret").unwrap_err().contains("s3cret"));
    }

    #[test]
    fn what_goes_together() {
        let says = |line: &str, text: &str| {
            let refused = plan(line).unwrap_err();
            assert!(refused.starts_with(text), "{line}: {refused}");
        };
        says("--bootstrap-server b --topic t", "Command must include exactly one action");
        says("--bootstrap-server b --describe --topic t --add-config a=b", "Option \"[describe]\" can't be used with");
        says(
            "--bootstrap-server b --describe --entity-type topics --topic t",
            "Duplicate entity type(s) specified: topics",
        );
        says(
            "--bootstrap-server b --describe --entity-type foo",
            "Invalid entity type foo, the entity type must be one of",
        );
        says(
            "--describe --topic t",
            "Invalid entity type topics, the entity type must be one of users, brokers with a --zo",
        );
        says("--bootstrap-server b --describe", "At least one entity type must be specified");
        says("--bootstrap-server b --describe --topic t --broker 1", "Only 'users' and 'clients' entity types");
        says("--describe --user u", "One of the required --bootstrap-server");
        says("--bootstrap-server b --zookeeper z --describe --user u", "Only one of --bootstrap-server");
        says("--zookeeper z --describe --user u --all", "--bootstrap-server must be specified for --all");
        says("--bootstrap-server b --describe --broker x", "The entity name for brokers must be a valid integer");
        says(
            "--bootstrap-server b --alter --entity-type topics --add-config a=b",
            "an entity name must be specified with",
        );
        says(
            "--bootstrap-server b --alter --entity-type users --add-config a=b",
            "an entity-name or default entity must",
        );
        says("--bootstrap-server b --alter --topic t", "At least one of --add-config, --add-config-file");
        says("--bootstrap-server b --alter --topic t --add-config a$=b", "Invalid character found for config key: a$");
        let one_name =
            "--bootstrap-server b --alter --entity-type users --entity-type clients --entity-name u --add-config a=b";
        says(one_name, "An entity name must be specified for every entity type");
    }
}
