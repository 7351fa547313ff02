//! Pure: which options go together, in the order in which Kafka's tool asks.

use super::args::AclsArgs;
use crate::{
    era::Era,
    options::{Opt, UsageError, refuse_together},
};

fn rule(text: &str) -> Result<(), UsageError> {
    Err(UsageError::Rule(text.to_owned()))
}

/// Checks what needs no value to be understood.
pub fn check(args: &AclsArgs, era: Era) -> Result<(), UsageError> {
    check_place(args, era)?;
    let actions: [&dyn Opt; 3] = [&args.add, &args.remove, &args.list];
    if actions.iter().filter(|action| action.is_given()).count() != 1 {
        return rule("Command must include exactly one action: --list, --add, --remove. ");
    }
    let who: [&dyn Opt; 4] = [&args.allow_host, &args.allow_principal, &args.deny_host, &args.deny_principal];
    refuse_together(&args.list, &[&args.producer, &args.consumer])?;
    refuse_together(&args.list, &who)?;
    for role in [&args.producer, &args.consumer] {
        refuse_together(role, &[&args.operation, &args.deny_principal, &args.deny_host])?;
    }
    if args.principal.is_given() && !args.list.is_given() {
        return rule("The --principal option is only available if --list is set");
    }
    if args.producer.is_given() && !args.topic.is_given() {
        return rule("With --producer you must specify a --topic");
    }
    if args.idempotent.is_given() && !args.producer.is_given() {
        return rule("The --idempotent option is only available if --producer is set");
    }
    let others = args.cluster.is_given() || args.transactional_id.is_given();
    let needs = args.topic.is_given() && args.group.is_given() && (args.producer.is_given() || !others);
    if args.consumer.is_given() && !needs {
        return rule(
            "With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option \
             should be specified.",
        );
    }
    Ok(())
}

/// Brokers, controllers or ZooKeeper: one of them.
fn check_place(args: &AclsArgs, era: Era) -> Result<(), UsageError> {
    let (brokers, controllers) = (args.bootstrap_server.is_given(), args.bootstrap_controller.is_given());
    if brokers && controllers {
        return rule("Only one of --bootstrap-server or --bootstrap-controller must be specified");
    }
    if (brokers || controllers) && args.authorizer.is_given() {
        return rule("Only one of --bootstrap-server or --authorizer must be specified");
    }
    if !brokers && !controllers && !args.authorizer_properties.is_given() {
        return Err(era.pick(
            UsageError::missing(&args.authorizer_properties),
            UsageError::Rule("One of --bootstrap-server or --bootstrap-controller must be specified".to_owned()),
        ));
    }
    if args.command_config.is_given() && !brokers && !controllers {
        return rule("The --command-config option can only be used with --bootstrap-server option");
    }
    if args.authorizer_properties.is_given() && (brokers || controllers) {
        return rule("The --authorizer-properties option can only be used with --authorizer option");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    #[test]
    fn what_does_not_go_together() {
        for (line, expected) in [
            ("--list", "Missing required argument \"[authorizer-properties]\""),
            (
                "--bootstrap-server b --bootstrap-controller c",
                "Only one of --bootstrap-server or --bootstrap-controller",
            ),
            ("--bootstrap-server b --authorizer a", "Only one of --bootstrap-server or --authorizer must"),
            ("--bootstrap-server b --authorizer-properties a=b", "The --authorizer-properties option can only be used"),
            ("--authorizer-properties a=b --command-config f", "The --command-config option can only be used"),
            ("--bootstrap-server b", "Command must include exactly one action: --list, --add, --remove. "),
            ("--bootstrap-server b --list --add", "Command must include exactly one action"),
            (
                "--bootstrap-server b --list --deny-host h --producer",
                "Option \"[list]\" can't be used with option \"[producer]\"",
            ),
            (
                "--bootstrap-server b --add --producer --operation Read",
                "Option \"[producer]\" can't be used with option \"[operation]\"",
            ),
            ("--bootstrap-server b --add --principal User:a", "The --principal option is only available"),
            ("--bootstrap-server b --add --producer", "With --producer you must specify a --topic"),
            ("--bootstrap-server b --add --idempotent", "The --idempotent option is only available"),
            ("--bootstrap-server b --add --consumer --topic t", "With --consumer you must specify a --topic and a"),
            ("--bootstrap-server b --add --consumer --topic t --group g --cluster", "With --consumer you must"),
        ] {
            let error = check(&typed(line).unwrap(), Era::V3_9).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
        let line = "--bootstrap-server b --add --consumer --producer --topic t --group g --cluster";
        assert_eq!(check(&typed(line).unwrap(), Era::V3_9), Ok(()));
        assert_eq!(check(&typed("--authorizer-properties a=b --list").unwrap(), Era::V3_9), Ok(()));
    }
}
