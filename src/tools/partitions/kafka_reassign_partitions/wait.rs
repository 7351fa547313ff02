//! `--wait`: until the moves of a file are over.

use super::{file::Reassignment, log_dirs, show};
use crate::terminal::Terminal;
use anyhow::bail;
use rkafka_client::Admin;
use std::time::Duration;

/// How long after one look the next one comes.
const LOOK: Duration = Duration::from_millis(200);

/// Waits, verifies, and says what did not go where it should.
///
/// Errors: those of [`show::verify`]; a replica that is not where the file wants it though nothing moves any more.
pub async fn until_over(
    admin: &Admin,
    text: &str,
    keep_throttles: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let reassignment = Reassignment::read(text)?;
    // How to go back must not be lost when the wait is broken off.
    terminal.flush()?;
    let live = terminal.live();
    let all = (reassignment.targets.len() + reassignment.dirs.len()) as u64;
    loop {
        let moving = moving(admin, &reassignment).await?;
        if moving == 0 {
            break;
        }
        live.expect(all);
        live.reach(all.saturating_sub(moving));
        live.say(&format!("{moving} of {all} moves under way"));
        tokio::time::sleep(LOOK).await;
    }
    drop(live);
    match show::verify(admin, text, keep_throttles, terminal).await? {
        0 => Ok(()),
        astray => bail!(super::Terse(format!(
            "{astray} of {all} moves did not end where the file wants them: they were cancelled, or changed by another \
             reassignment. Begin them again with --execute."
        ))),
    }
}

/// How many of the file's moves are under way.
async fn moving(admin: &Admin, reassignment: &Reassignment) -> anyhow::Result<u64> {
    let Reassignment { targets, dirs } = reassignment;
    let ongoing = admin.list_reassignments(None).await?;
    let between = targets.iter().filter(|(partition, _)| ongoing.contains_key(partition)).count();
    let found = log_dirs::find(admin, dirs).await?;
    let under_way = dirs.iter().filter(|((broker, partition), target)| {
        !log_dirs::Progress::of(target, found.get(&(*broker, partition.clone()))).is_over()
    });
    Ok((between + under_way.count()) as u64)
}
