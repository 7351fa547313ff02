//! `kafka-delegation-tokens`: makes, prolongs, ends and shows the tokens by which others act for a principal.
//!
//! Texts, layout and exit codes are those of Apache Kafka 3.9.1 (`DelegationTokenCommand`). Brokers give tokens to clients
//! that they know by SASL or a certificate; to others they answer that such requests are not allowed.

use crate::{
    access::admin,
    block_on::{block_on, block_on_for_reader},
    java_date::DatePattern,
    options::{Flag, Once, Opt, Repeated, UsageError, kafka_command, refuse_together},
    terminal::{
        self, Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};
use rkafka_client::{
    Admin,
    admin::{DelegationToken, Principal},
};
use rkafka_runtime::logging;
use serde_json::{Value, json};

pub const TOOL: Tool = Tool {
    name: "delegation-tokens",
    script: "kafka-delegation-tokens",
    command: kafka_command::<TokensArgs>,
    run,
    shows: &[&TOKENS, &EXPIRY],
};

/// A token.
const TOKENS: Shape<8> = Shape::rows(
    "delegation-tokens --create and --describe",
    [
        Field::text("tokenId", "The token's id."),
        Field::text("hmac", "Its HMAC in base64, by which it is named and with which its user logs in: a secret."),
        Field::text("owner", "For whom it speaks: `User:alice`."),
        Field::text("requester", "Who had it made."),
        Field::list("renewers", "Who may prolong it."),
        Field::integer("issueTimestampMs", "When it was made, in ms since 1970."),
        Field::integer("expiryTimestampMs", "When it ends unless it is prolonged."),
        Field::integer("maxTimestampMs", "When it ends whatever is done."),
    ],
);

const EXPIRY: Shape<2> = Shape::single(
    "delegation-tokens --renew and --expire",
    [
        Field::text("hmac", "The token's HMAC, as it was named."),
        Field::integer("expiryTimestampMs", "When it ends from now on, in ms since 1970."),
    ],
);

const INTRODUCTION: &str = "This tool helps to create, renew, expire, or describe delegation tokens.";
/// How times are shown.
const DATES: &str = "yyyy-MM-dd'T'HH:mm";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Make, prolong, end and show delegation tokens")]
struct TokensArgs {
    #[arg(long, value_name = "String", help = "REQUIRED: The brokers, host:port,host:port.")]
    bootstrap_server: Once<String>,
    #[arg(
        long,
        value_name = "String",
        help = "REQUIRED: A properties file for the admin client, which says as whom it logs in."
    )]
    command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "Make a token, which those of --renewer-principal may prolong.")]
    create: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Show the tokens of those of --owner-principal; without it all that the caller may see."
    )]
    describe: Flag,
    #[arg(long, action = SetTrue, help = "End a token, in --expiry-time-period.")]
    expire: Flag,
    #[arg(long, value_name = "Long", help = "In how many milliseconds the token expires; -1 is at once.")]
    expiry_time_period: Once<i64>,
    #[arg(long, num_args = 0..=1, value_name = "String", help = "The token's HMAC, in base64.")]
    hmac: Once<String>,
    #[arg(
        long,
        value_name = "Long",
        help = "How many milliseconds the token may live; -1 is as long as the broker lets it \
                (delegation.token.max.lifetime.ms)."
    )]
    max_life_time_period: Once<i64>,
    #[arg(
        long,
        action = Append,
        num_args = 0..=1,
        value_name = "String",
        help = "Whose token, as type:name."
    )]
    owner_principal: Repeated,
    #[arg(long, action = SetTrue, help = "Prolong a token, by --renew-time-period.")]
    renew: Flag,
    #[arg(
        long,
        value_name = "Long",
        help = "By how many milliseconds; -1 is what the broker is set to (delegation.token.expiry.time.ms)."
    )]
    renew_time_period: Once<i64>,
    #[arg(
        long,
        action = Append,
        num_args = 0..=1,
        value_name = "String",
        help = "Who may prolong the token, as type:name."
    )]
    renewer_principal: Repeated,
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    servers: String,
    admin_file: String,
    task: Task,
}

#[derive(Debug, PartialEq, Eq)]
enum Task {
    Create { owner: Option<Principal>, renewers: Vec<Principal>, max_lifetime_ms: i64 },
    Renew { hmac: String, period_ms: i64 },
    Expire { hmac: String, period_ms: i64 },
    Describe { owners: Vec<Principal> },
}

impl Plan {
    /// Understands the options.
    fn of(args: &TokensArgs) -> Result<Plan, UsageError> {
        let actions = [&args.create, &args.renew, &args.expire, &args.describe];
        if actions.iter().filter(|action| action.is_given()).count() != 1 {
            let text = "Command must include exactly one action: --create, --renew, --expire or --describe";
            return Err(UsageError::Rule(text.to_owned()));
        }
        let (hmac, renewal, expiry) = (&args.hmac, &args.renew_time_period, &args.expiry_time_period);
        let (lifetime, owner) = (&args.max_life_time_period, &args.owner_principal);
        let must: &[&dyn Opt] = match () {
            () if args.create.is_given() => &[lifetime],
            () if args.renew.is_given() => &[hmac, renewal],
            () if args.expire.is_given() => &[hmac, expiry],
            () => &[],
        };
        let all: [&dyn Opt; 2] = [&args.bootstrap_server, &args.command_config];
        if let Some(missing) = all.iter().chain(must).find(|option| !option.is_given()) {
            return Err(UsageError::missing(*missing));
        }
        refuse_together(&args.create, &[hmac, renewal, expiry])?;
        refuse_together(&args.renew, &[&args.renewer_principal, lifetime, expiry, owner])?;
        refuse_together(&args.expire, &[&args.renew, lifetime, renewal, owner])?;
        refuse_together(&args.describe, &[renewal, lifetime, hmac, expiry])?;
        let task = if args.create.is_given() {
            let owner = principals(owner)?.into_iter().next();
            let renewers = principals(&args.renewer_principal)?;
            Task::Create { owner, renewers, max_lifetime_ms: lifetime.required()? }
        } else if args.renew.is_given() {
            Task::Renew { hmac: hmac.required()?, period_ms: renewal.required()? }
        } else if args.expire.is_given() {
            Task::Expire { hmac: hmac.required()?, period_ms: expiry.required()? }
        } else {
            Task::Describe { owners: principals(owner)? }
        };
        Ok(Plan { servers: args.bootstrap_server.required()?, admin_file: args.command_config.required()?, task })
    }
}

fn principals(option: &Repeated) -> Result<Vec<Principal>, UsageError> {
    let principal = |text: &str| match text.trim().split_once(':') {
        Some((kind, name)) => Ok((kind.to_owned(), name.to_owned())),
        None => Err(UsageError::Unusable(format!(
            "expected a string in format principalType:principalName but got {}",
            text.trim()
        ))),
    };
    option.values().into_iter().map(principal).collect()
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<TokensArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let only_shows = matches!(plan.task, Task::Describe { .. });
    let work = execute(&plan, terminal);
    match if only_shows { block_on_for_reader(work) } else { block_on(work)? } {
        Ok(()) => Ok(Exit::OK),
        Err(error) if terminal::is_closed_pipe(&error) => Err(error),
        Err(error) => Err(admin::explained(error)),
    }
}

async fn execute(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = admin::open(Some(&plan.admin_file), &plan.servers).await?;
    match &plan.task {
        Task::Create { owner, renewers, max_lifetime_ms } => {
            let shown = listed(renewers);
            say(
                format_args!(
                    "Calling create token operation with renewers :{shown} , max-life-time-period :{max_lifetime_ms}"
                ),
                terminal,
            )?;
            let token = admin.create_delegation_token(owner.as_ref(), renewers, *max_lifetime_ms).await?;
            if terminal.format() != Format::Text {
                return Ok(terminal.show(&TOKENS, [row(&token)])?);
            }
            terminal.line(format_args!("Created delegation token with tokenId : {}", token.id))?;
            terminal.print(table(&[token])?)?;
        }
        Task::Renew { hmac, period_ms } => {
            let calling =
                format_args!("Calling renew token operation with hmac :{hmac} , renew-time-period :{period_ms}");
            // The secret is for a person's eyes only.
            if terminal.format() == Format::Text {
                say(calling, terminal)?;
            }
            let expires = admin.renew_delegation_token(&secret(hmac)?, *period_ms).await?;
            match terminal.format() {
                Format::Text => {
                    terminal.print(format_args!("Completed renew operation. New expiry date : {}", date(expires)?))?;
                }
                _ => terminal.show(&EXPIRY, [[json!(hmac), json!(expires)]])?,
            }
        }
        Task::Expire { hmac, period_ms } => {
            let calling =
                format_args!("Calling expire token operation with hmac :{hmac} , expire-time-period :{period_ms}");
            // The secret is for a person's eyes only.
            if terminal.format() == Format::Text {
                say(calling, terminal)?;
            }
            let expires = admin.expire_delegation_token(&secret(hmac)?, *period_ms).await?;
            match terminal.format() {
                Format::Text => {
                    terminal.print(format_args!("Completed expire operation. New expiry date : {}", date(expires)?))?;
                }
                _ => terminal.show(&EXPIRY, [[json!(hmac), json!(expires)]])?,
            }
        }
        Task::Describe { owners } => describe(&admin, owners, terminal).await?,
    }
    Ok(())
}

async fn describe(admin: &Admin, owners: &[Principal], terminal: &mut Terminal) -> anyhow::Result<()> {
    match owners {
        [] => say("Calling describe token operation for current user.", terminal)?,
        _ => say(format_args!("Calling describe token operation for owners: {}", listed(owners)), terminal)?,
    }
    let tokens = admin.describe_delegation_tokens(owners).await?;
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&TOKENS, tokens.iter().map(row))?);
    }
    terminal.print(format_args!("Total number of tokens : {}", tokens.len()))?;
    Ok(terminal.print(table(&tokens)?)?)
}

/// Prints a line at once: what follows it may take a while.
fn say(text: impl std::fmt::Display, terminal: &mut Terminal) -> anyhow::Result<()> {
    terminal.say(text)?;
    Ok(terminal.flush_or_mute()?)
}

/// A token as [`TOKENS`] has it.
fn row(token: &DelegationToken) -> [Value; 8] {
    [
        json!(token.id),
        json!(STANDARD.encode(&token.hmac)),
        json!(named(&token.owner)),
        json!(named(&token.requester)),
        token.renewers.iter().map(named).collect(),
        json!(token.issued_ms),
        json!(token.expires_ms),
        json!(token.max_ms),
    ]
}

/// The bytes of an HMAC in base64.
fn secret(hmac: &str) -> anyhow::Result<Bytes> {
    let decoded = STANDARD.decode(hmac);
    decoded.map(Bytes::from).map_err(|error| anyhow!("--hmac {hmac} is not base64: {error}"))
}

fn date(ms: i64) -> anyhow::Result<String> {
    Ok(DatePattern::parse(DATES).map_err(|reason| anyhow!(reason))?.format(ms))
}

/// Principals as Java shows a list of them: `[User:a, User:b]`.
fn listed(principals: &[Principal]) -> String {
    format!("[{}]", principals.iter().map(named).collect::<Vec<_>>().join(", "))
}

fn named((kind, name): &Principal) -> String {
    format!("{kind}:{name}")
}

/// An empty line, a header, and each token below an empty line of its own.
fn table(tokens: &[DelegationToken]) -> anyhow::Result<String> {
    let row = |cells: [&str; 8]| {
        let [id, hmac, owner, requester, renewers, issued, expires, max] = cells;
        format!(
            "\n{id:<15} {hmac:<30} {owner:<15} {requester:<15} {renewers:<25} {issued:<15} {expires:<15} {max:<15}\n"
        )
    };
    let mut text = row(["TOKENID", "HMAC", "OWNER", "REQUESTER", "RENEWERS", "ISSUEDATE", "EXPIRYDATE", "MAXDATE"]);
    for token in tokens {
        text.push_str(&row([
            &token.id,
            &STANDARD.encode(&token.hmac),
            &named(&token.owner),
            &named(&token.requester),
            &listed(&token.renewers),
            &date(token.issued_ms)?,
            &date(token.expires_ms)?,
            &date(token.max_ms)?,
        ]));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Task, String> {
        let line = format!("--bootstrap-server b --command-config f {line}");
        let args: TokensArgs = typed(&line).map_err(|error| error.to_string())?;
        Plan::of(&args).map(|plan| plan.task).map_err(|error| error.to_string())
    }

    fn user(name: &str) -> Principal {
        ("User".to_owned(), name.to_owned())
    }

    #[test]
    fn what_is_meant() {
        assert_eq!(
            plan("--create --max-life-time-period -1 --renewer-principal User:r --owner-principal User:a:b"),
            Ok(Task::Create { owner: Some(user("a:b")), renewers: vec![user("r")], max_lifetime_ms: -1 })
        );
        assert_eq!(
            plan("--renew --hmac YQ== --renew-time-period 5"),
            Ok(Task::Renew { hmac: "YQ==".to_owned(), period_ms: 5 })
        );
        assert_eq!(
            plan("--expire --hmac YQ== --expiry-time-period -1"),
            Ok(Task::Expire { hmac: "YQ==".to_owned(), period_ms: -1 })
        );
        assert_eq!(plan("--describe --owner-principal"), Ok(Task::Describe { owners: Vec::new() }));
    }

    #[test]
    fn what_is_wrong() {
        for (line, expected) in [
            ("", "Command must include exactly one action: --create, --renew, --expire or --describe"),
            ("--create", "Missing required argument \"[max-life-time-period]\""),
            ("--renew", "Missing required argument \"[hmac]\""),
            ("--expire --hmac x", "Missing required argument \"[expiry-time-period]\""),
            ("--create --max-life-time-period 1 --hmac x", "Option \"[create]\" can't be used with option \"[hmac]\""),
            ("--describe --hmac x", "Option \"[describe]\" can't be used with option \"[hmac]\""),
            ("--create --max-life-time-period x", "Cannot parse argument 'x' of option max-life-time-period"),
            ("--describe --owner-principal bob", "expected a string in format principalType:principalName but got bob"),
        ] {
            assert_eq!(plan(line), Err(expected.to_owned()), "{line}");
        }
        let args: TokensArgs = typed("--bootstrap-server b --describe").unwrap();
        assert_eq!(Plan::of(&args).unwrap_err().to_string(), "Missing required argument \"[command-config]\"");
    }

    /// The columns of `DelegationTokenCommand.printToken`.
    #[test]
    fn layout() {
        let token = DelegationToken {
            id: "t1".to_owned(),
            hmac: Bytes::from_static(b"abc"),
            owner: user("o"),
            requester: user("q"),
            renewers: vec![user("r"), user("s")],
            issued_ms: 0,
            expires_ms: 0,
            max_ms: 0,
        };
        assert_eq!(row(&token)[1..5], [json!("YWJj"), json!("User:o"), json!("User:q"), json!(["User:r", "User:s"])]);
        let text = table(&[token]).unwrap();
        let lines: Vec<&str> = text.split('\n').collect();
        let header = "TOKENID         HMAC                           OWNER           REQUESTER       RENEWERS                  \
                      ISSUEDATE       EXPIRYDATE      MAXDATE        ";
        assert_eq!(lines[..3], ["", header, ""]);
        let row = "t1              YWJj                           User:o          User:q          [User:r, User:s]          19";
        assert!(lines[3].starts_with(row), "{text}");
        assert_eq!(lines[4..], [""]);
        assert_eq!(date(0).unwrap().len(), "1970-01-01T00:00".len());
        assert!(secret("!!").unwrap_err().to_string().starts_with("--hmac !! is not base64"));
    }
}
