//! Pure: what a command line of `kafka-reassign-partitions` means.

use super::args::ReassignArgs;
use crate::{
    access::admin::Door,
    options::{Opt, UsageError},
};
use std::time::Duration;

/// What one call is to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    pub door: Door,
    pub admin_file: Option<String>,
    pub task: Task,
    /// Of moves: until they are over.
    pub waits: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    Verify { file: String, keep_throttles: bool },
    Generate { file: String, brokers: String, by_rack: bool },
    Execute(Execute),
    Cancel { file: String, keep_throttles: bool, timeout: Duration },
    List,
}

/// `--execute`. A throttle is in bytes a second; below zero there is none.
#[derive(Debug, PartialEq, Eq)]
pub struct Execute {
    pub file: String,
    pub additional: bool,
    pub same_factor: bool,
    pub throttle: i64,
    pub dirs_throttle: i64,
    pub timeout: Duration,
}

impl Plan {
    /// Understands the options, in the order and the words of Kafka's tool.
    pub fn of(args: &ReassignArgs) -> Result<Plan, UsageError> {
        let actions = [&args.generate, &args.execute, &args.verify, &args.cancel, &args.list];
        let given: Vec<&&crate::options::Flag> = actions.iter().filter(|action| action.is_given()).collect();
        let [action] = given.as_slice() else {
            let rule = "Command must include exactly one action: --generate, --execute, --verify, --cancel, --list";
            return Err(UsageError::Rule(rule.to_owned()));
        };
        match (args.bootstrap_server.is_given(), args.bootstrap_controller.is_given()) {
            (true, true) => {
                let rule = "Please don't specify both --bootstrap-server and --bootstrap-controller";
                return Err(UsageError::Rule(rule.to_owned()));
            }
            (false, false) => {
                let rule = "Please specify either --bootstrap-server or --bootstrap-controller";
                return Err(UsageError::Rule(rule.to_owned()));
            }
            _ => {}
        }
        let door = match args.bootstrap_controller.value()? {
            Some(controllers) => Door::Controllers(controllers),
            None => Door::Brokers(args.bootstrap_server.value()?.unwrap_or_default()),
        };
        check(args, action.name())?;
        let timeout = Duration::from_millis(u64::try_from(args.timeout.required()?).unwrap_or_default());
        let keep_throttles = args.preserve_throttles.is_given();
        let file = || args.reassignment_json_file.required();
        let task = match action.name() {
            "generate" => Task::Generate {
                file: args.topics_to_move_json_file.required()?,
                brokers: args.broker_list.required()?,
                by_rack: !args.disable_rack_aware.is_given(),
            },
            "execute" => Task::Execute(Execute {
                file: file()?,
                additional: args.additional.is_given(),
                same_factor: args.disallow_replication_factor_change.is_given(),
                throttle: args.throttle.required()?,
                dirs_throttle: args.replica_alter_log_dirs_throttle.required()?,
                timeout,
            }),
            "verify" => Task::Verify { file: file()?, keep_throttles },
            "cancel" => Task::Cancel { file: file()?, keep_throttles, timeout },
            _ => Task::List,
        };
        Ok(Plan { door, admin_file: args.command_config.value()?, task, waits: args.wait.is_given() })
    }
}

/// What each action needs, and what it allows besides.
fn check(args: &ReassignArgs, action: &str) -> Result<(), UsageError> {
    let (required, allowed): (&[&dyn Opt], &[&dyn Opt]) = match action {
        "generate" => (&[&args.topics_to_move_json_file, &args.broker_list], &[&args.disable_rack_aware]),
        "execute" => (
            &[&args.reassignment_json_file],
            &[
                &args.additional,
                &args.throttle,
                &args.replica_alter_log_dirs_throttle,
                &args.timeout,
                &args.disallow_replication_factor_change,
                &args.wait,
            ],
        ),
        "verify" => (&[&args.reassignment_json_file], &[&args.preserve_throttles, &args.wait]),
        "cancel" => {
            (&[&args.reassignment_json_file], &[&args.preserve_throttles, &args.timeout, &args.bootstrap_controller])
        }
        _ => (&[], &[&args.bootstrap_controller]),
    };
    if let Some(missing) = required.iter().find(|option| !option.is_given()) {
        return Err(UsageError::missing(*missing));
    }
    let some: [&dyn Opt; 12] = [
        &args.additional,
        &args.bootstrap_controller,
        &args.broker_list,
        &args.disable_rack_aware,
        &args.disallow_replication_factor_change,
        &args.preserve_throttles,
        &args.reassignment_json_file,
        &args.replica_alter_log_dirs_throttle,
        &args.throttle,
        &args.timeout,
        &args.topics_to_move_json_file,
        &args.wait,
    ];
    let fits = |option: &&dyn Opt| required.iter().chain(allowed).any(|other| other.name() == option.name());
    match some.iter().find(|option| option.is_given() && !fits(option)) {
        Some(other) => {
            let name = other.name();
            Err(UsageError::Rule(format!("Option \"[{name}]\" can't be used with action \"[{action}]\"")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: ReassignArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn tasks() {
        let of = |line: &str| plan(&format!("--bootstrap-server b {line}")).map(|plan| plan.task);
        let Ok(Task::Execute(execute)) = of("--execute --reassignment-json-file f --throttle 5 --additional") else {
            panic!("not executed")
        };
        assert_eq!((execute.throttle, execute.dirs_throttle, execute.additional), (5, -1, true));
        assert_eq!(of("--list"), Ok(Task::List));
        let generated = Task::Generate { file: "f".into(), brokers: "0,1".into(), by_rack: true };
        assert_eq!(of("--generate --topics-to-move-json-file f --broker-list 0,1"), Ok(generated));
    }

    #[test]
    fn what_goes_together() {
        assert!(plan("--bootstrap-server b").unwrap_err().starts_with("Command must include exactly one action"));
        assert!(plan("--list").unwrap_err().starts_with("Please specify either --bootstrap-server"));
        let missing = plan("--bootstrap-server b --execute").unwrap_err();
        assert_eq!(missing, "Missing required argument \"[reassignment-json-file]\"");
        let other = plan("--bootstrap-server b --verify --reassignment-json-file f --throttle 1").unwrap_err();
        assert_eq!(other, "Option \"[throttle]\" can't be used with action \"[verify]\"");
        assert_eq!(plan("--bootstrap-controller c --list").unwrap().door, Door::Controllers("c".to_owned()));
    }
}
