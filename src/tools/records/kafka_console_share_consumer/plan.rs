//! Pure: what a command line of `kafka-console-share-consumer` means, and a consumer's properties that follow from it.

use super::args::ShareConsumerArgs;
use crate::{
    access::properties,
    era::Era,
    options::{
        Opt, UsageError,
        renamed::{refuse_both, warnings},
    },
};
use rkafka_client::{Properties, share_consumer::AckType};
use std::time::Duration;

/// The group, and the client's name, if nobody says otherwise.
const DEFAULT_NAME: &str = "console-share-consumer";

/// What one call is to do, apart from what the files say that it names.
#[derive(Debug)]
pub struct Plan {
    /// Lines of which the user is to hear first.
    pub notices: Vec<String>,
    pub topic: String,
    pub consumer_config: Option<String>,
    pub formatter_config: Option<String>,
    pub formatter_class: String,
    /// What becomes of messages that were shown.
    pub ack: AckType,
    pub reject_on_error: bool,
    pub systest_events: bool,
    /// `None` for "wait for ever".
    pub timeout: Option<Duration>,
    /// `None` for no limit.
    pub max_messages: Option<u64>,
    servers: String,
    group: Option<String>,
    consumer_properties: Properties,
    formatter_properties: Properties,
}

fn rule<T>(message: impl Into<String>) -> Result<T, UsageError> {
    Err(UsageError::Rule(message.into()))
}

impl Plan {
    /// Understands the options as far as no file is needed.
    pub fn of(args: &ShareConsumerArgs) -> Result<Plan, UsageError> {
        if !args.topic.is_given() {
            return rule("--topic is a required argument");
        }
        if !args.bootstrap_server.is_given() {
            return Err(UsageError::missing(&args.bootstrap_server));
        }
        let ack = match (args.reject.is_given(), args.release.is_given()) {
            (true, true) => return rule("At most one of --reject and --release may be specified."),
            (true, false) => AckType::Reject,
            (false, true) => AckType::Release,
            (false, false) => AckType::Accept,
        };
        let renamed: [(&dyn Opt, &dyn Opt); 3] = [
            (&args.consumer_property, &args.command_property),
            (&args.consumer_config, &args.command_config),
            (&args.property, &args.formatter_property),
        ];
        refuse_both(&renamed)?;
        let is_deprecated = |old: &str, new: &str| {
            format!("Option {old} is deprecated and will be removed in a future version. Use {new} instead.")
        };
        let pairs = [&args.formatter_property, &args.property].into_iter().flat_map(|option| option.values());
        let mut formatter_properties = Properties::new();
        for (option, property) in
            [(&args.key_deserializer, "key.deserializer"), (&args.value_deserializer, "value.deserializer")]
        {
            if let Some(class) = option.value()?.filter(|class| !class.is_empty()) {
                formatter_properties.insert(property.to_owned(), class);
            }
        }
        formatter_properties.extend(properties::parse(pairs));
        let pairs = [&args.command_property, &args.consumer_property].into_iter().flat_map(|option| option.values());
        Ok(Plan {
            // There is no such tool before 4.1, and so no other era to speak as.
            notices: warnings(Era::V4_4, is_deprecated, &renamed),
            topic: args.topic.required()?,
            consumer_config: args.command_config.value_or(&args.consumer_config)?,
            formatter_config: args.formatter_config.value()?,
            formatter_class: args.formatter.value()?.unwrap_or_default(),
            ack,
            reject_on_error: args.reject_message_on_error.is_given(),
            systest_events: args.enable_systest_events.is_given(),
            timeout: args.timeout_ms.value()?.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis),
            // −1 stands for "no limit"; with other negative numbers Kafka's tool ends at once.
            max_messages: args.max_messages.value()?.filter(|n| *n != -1).map(|n| u64::try_from(n).unwrap_or(0)),
            servers: args.bootstrap_server.required()?,
            group: args.group.value()?,
            consumer_properties: properties::parse(pairs),
            formatter_properties,
        })
    }

    /// The consumer's properties: `file` is what `--command-config` holds.
    pub fn consumer(&self, file: &Properties) -> Result<Properties, UsageError> {
        let group = self.group_id(file)?;
        let mut properties = properties::below(file.clone(), &self.consumer_properties);
        properties.insert("bootstrap.servers".into(), self.servers.clone());
        properties.entry("client.id".into()).or_insert_with(|| DEFAULT_NAME.into());
        properties.insert("group.id".into(), group);
        properties.insert("share.acknowledgement.mode".into(), "explicit".into());
        Ok(properties)
    }

    /// The one group that was named, wherever.
    fn group_id(&self, file: &Properties) -> Result<String, UsageError> {
        let places = [self.group.as_ref(), file.get("group.id"), self.consumer_properties.get("group.id")];
        let mut ids: Vec<&String> = places.into_iter().flatten().collect();
        ids.sort();
        ids.dedup();
        if ids.len() > 1 {
            let shown: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
            return rule(format!(
                "The group ids provided in different places (directly using '--group', via '--consumer-property', or via \
                 '--consumer-config') do not match. Detected group ids: {}",
                shown.join(", ")
            ));
        }
        Ok(ids.first().map_or_else(|| DEFAULT_NAME.to_owned(), |id| (*id).clone()))
    }

    /// The formatter's properties: `file` is what `--formatter-config` holds.
    pub fn formatter(&self, file: Properties) -> Properties {
        properties::below(file, &self.formatter_properties)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: ShareConsumerArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).map_err(|error| error.to_string())
    }

    fn ok(line: &str) -> Plan {
        plan(&format!("--bootstrap-server a:1 --topic t {line}")).unwrap()
    }

    #[test]
    fn what_is_read_and_what_becomes_of_it() {
        let plan = ok("--max-messages 3 --timeout-ms 500");
        assert_eq!((plan.ack, plan.max_messages), (AckType::Accept, Some(3)));
        assert_eq!(plan.timeout, Some(Duration::from_millis(500)));
        assert_eq!(ok("--release --max-messages -1").max_messages, None);
        assert_eq!(ok("--reject").ack, AckType::Reject);
        let properties = ok("--command-property a=b").consumer(&Properties::new()).unwrap();
        let all: Vec<String> = properties.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            all.join(" "),
            "a=b bootstrap.servers=a:1 client.id=console-share-consumer group.id=console-share-consumer \
             share.acknowledgement.mode=explicit"
        );
    }

    #[test]
    fn refusals() {
        let refused = |line: &str| plan(line).unwrap_err();
        assert_eq!(refused("--bootstrap-server a:1"), "--topic is a required argument");
        assert_eq!(refused("--topic t"), "Missing required argument \"[bootstrap-server]\"");
        let refused = |line: &str| plan(&format!("--bootstrap-server a:1 --topic t {line}")).unwrap_err();
        assert_eq!(refused("--reject --release"), "At most one of --reject and --release may be specified.");
        assert_eq!(
            refused("--property print.key=true --formatter-property print.key=true"),
            "Options --property and --formatter-property cannot be specified together."
        );
        let file = Properties::from([("group.id".to_owned(), "x".to_owned())]);
        assert!(ok("--group y").consumer(&file).unwrap_err().to_string().ends_with("Detected group ids: 'x', 'y'"));
    }

    #[test]
    fn old_names_are_warned_of() {
        let plan = ok("--consumer-property client.id=z --property print.key=true");
        let expected = "Option --consumer-property is deprecated and will be removed in a future version. Use \
                        --command-property instead.";
        assert_eq!((plan.notices.len(), plan.notices[0].as_str()), (2, expected));
        assert_eq!(plan.consumer(&Properties::new()).unwrap()["client.id"], "z");
        assert_eq!(plan.formatter(Properties::new())["print.key"], "true");
    }
}
