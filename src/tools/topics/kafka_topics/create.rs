//! `--create`.

use super::plan::Create;
use crate::terminal::Terminal;
use rkafka_client::Admin;
use rkafka_protocol::ErrorCode;

/// Creates the topic and says so.
pub async fn run(admin: &Admin, create: Create, as_0_8: bool, terminal: &mut Terminal) -> anyhow::Result<()> {
    let Create { topic, if_not_exists } = create;
    let created = admin.create_topics(std::slice::from_ref(&topic), false).await?;
    match created.into_iter().next() {
        Some(Err(error)) if error.code() == Some(ErrorCode::TOPIC_ALREADY_EXISTS) && if_not_exists => Ok(()),
        Some(Err(error)) => Err(error.into()),
        _ if as_0_8 => Ok(terminal.say(format_args!("Created topic \"{}\".", topic.name))?),
        _ => Ok(terminal.say(format_args!("Created topic {}.", topic.name))?),
    }
}
