//! `--alter` by the brokers.

use super::{
    describe::{self, singular},
    plan::{Alteration, Entities, NewCredential, new_credential},
    quotas,
};
use crate::{era::Era, options::UsageError, terminal::Terminal};
use anyhow::anyhow;
use rkafka_client::{
    Admin, ClientError,
    admin::{ConfigChange, ConfigOperation, NewScramCredential},
};
use rkafka_security::scram::ScramMechanism;

/// What Kafka's tool tells without more ado: the message is the whole of it.
pub fn invalid(error: anyhow::Error) -> anyhow::Error {
    UsageError::Unusable(error.to_string()).into()
}

/// Refuses to delete settings that are not set.
pub fn must_be_set(deleted: &[String], is_set: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let missing: Vec<&str> = deleted.iter().map(String::as_str).filter(|name| !is_set(name)).collect();
    if missing.is_empty() { Ok(()) } else { Err(invalid(anyhow!("Invalid config(s): {}", missing.join(",")))) }
}

/// Alteration the settings and says so.
pub async fn run(
    admin: &Admin,
    entities: &Entities,
    changes: &Alteration,
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let kind = entities.kind();
    let name = entities.names.first().map(String::as_str).unwrap_or_default();
    match kind {
        "users" | "clients" => users_and_clients(admin, entities, changes, era).await?,
        "ips" => {
            let names = changes.added.keys().chain(&changes.deleted);
            let unknown = unknown(names, |key| quotas::OF_IPS.contains(&key));
            refuse(unknown, "Only connection quota configs can be added for 'ips'", era)?;
            quotas::alter(admin, entities, &changes.added, &changes.deleted).await?;
        }
        "broker-loggers" => loggers(admin, name, changes).await?,
        _ => settings(admin, kind, name, changes, era).await?,
    }
    let done = match name {
        "" => format!("Completed updating default config for {kind} in the cluster."),
        name => format!("Completed updating config for {} {name}.", singular(kind)),
    };
    Ok(terminal.say(done)?)
}

async fn settings(admin: &Admin, kind: &str, name: &str, changes: &Alteration, era: Era) -> anyhow::Result<()> {
    let old = describe::settings(admin, kind, name, false, false).await?;
    // 4.4 deletes what is not set, too.
    if era == Era::V3_9 {
        must_be_set(&changes.deleted, |name| old.iter().any(|config| config.name == name))?;
    }
    let (resource, _) = describe::resource(kind, name);
    match admin.incremental_alter_configs(&[(resource.clone(), operations(changes))], false).await {
        Ok(results) => results.into_iter().next().transpose().map(|_| ()).map_err(anyhow::Error::from),
        // Brokers before 2.3 replace all settings of a thing.
        Err(ClientError::UnsupportedVersion(_)) => {
            let mut all: Vec<(String, Option<String>)> = old
                .into_iter()
                .filter(|c| !changes.deleted.contains(&c.name) && !changes.added.contains_key(&c.name))
                .map(|c| (c.name, c.value))
                .collect();
            let hidden: Vec<&str> =
                all.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name.as_str()).collect();
            if !hidden.is_empty() {
                let names = hidden.join(", ");
                let text = "All sensitive broker config entries must be specified for --alter, missing entries";
                return Err(invalid(anyhow!("{text}: {names}")));
            }
            all.extend(changes.added.iter().map(|(name, value)| (name.clone(), Some(value.clone()))));
            Ok(admin.alter_configs(&resource, &all, false).await?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn loggers(admin: &Admin, name: &str, changes: &Alteration) -> anyhow::Result<()> {
    let known = describe::settings(admin, "broker-loggers", name, true, false).await?;
    let names = changes.deleted.iter().chain(changes.added.keys());
    let unknown = unknown(names, |logger| known.iter().any(|config| config.name == logger));
    if !unknown.is_empty() {
        return Err(invalid(anyhow!("Invalid broker logger(s): {}", unknown.join(","))));
    }
    let (resource, _) = describe::resource("broker-loggers", name);
    for result in admin.incremental_alter_configs(&[(resource, operations(changes))], false).await? {
        result?;
    }
    Ok(())
}

fn operations(changes: &Alteration) -> Vec<ConfigChange> {
    let set = changes.added.iter().map(|(name, value)| (name.clone(), ConfigOperation::Set, Some(value.clone())));
    let delete = changes.deleted.iter().map(|name| (name.clone(), ConfigOperation::Delete, Some(String::new())));
    set.chain(delete).collect()
}

fn unknown<'a>(names: impl Iterator<Item = &'a String>, is_known: impl Fn(&str) -> bool) -> Vec<&'a str> {
    names.map(String::as_str).filter(|name| !is_known(name)).collect()
}

fn refuse(unknown: Vec<&str>, rule: &str, era: Era) -> anyhow::Result<()> {
    if unknown.is_empty() {
        return Ok(());
    }
    let names = unknown.join(", ");
    // As Scala shows a set.
    let names = era.pick(format!("Set({names})"), names);
    Err(invalid(anyhow!("{rule} using --bootstrap-server. Unexpected config names: {names}")))
}

fn is_quota(name: &str) -> bool {
    quotas::OF_CLIENTS.contains(&name)
}

fn is_scram(name: &str) -> bool {
    ScramMechanism::from_name(name).is_some()
}

/// Whether quotas are changed, and not credentials.
fn check_users_and_clients(entities: &Entities, changes: &Alteration, era: Era) -> anyhow::Result<bool> {
    let (added, deleted) = (|| changes.added.keys(), || changes.deleted.iter());
    if entities.types.iter().any(|kind| kind == "clients") {
        refuse(unknown(added(), is_quota), "Only quota configs can be added for 'clients'", era)?;
        refuse(unknown(deleted(), is_quota), "Only quota configs can be deleted for 'clients'", era)?;
        return Ok(true);
    }
    let is_known = |name: &str| is_quota(name) || is_scram(name);
    refuse(unknown(added(), is_known), "Only quota and SCRAM credential configs can be added for 'users'", era)?;
    refuse(unknown(deleted(), is_known), "Only quota and SCRAM credential configs can be deleted for 'users'", era)?;
    let has_quotas = added().chain(deleted()).any(|name| is_quota(name));
    if !added().chain(deleted()).any(|name| is_scram(name)) {
        return Ok(true);
    }
    if entities.names.iter().any(String::is_empty) {
        return Err(invalid(anyhow!(
            "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using \
             --bootstrap-server."
        )));
    }
    if has_quotas {
        return Err(invalid(anyhow!(
            "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using --bootstrap-server."
        )));
    }
    Ok(false)
}

async fn users_and_clients(admin: &Admin, entities: &Entities, changes: &Alteration, era: Era) -> anyhow::Result<()> {
    if check_users_and_clients(entities, changes, era)? {
        return quotas::alter(admin, entities, &changes.added, &changes.deleted).await;
    }
    let user = entities.names.first().cloned().unwrap_or_default();
    let credentials = credentials(changes)?;
    let mut set = Vec::new();
    for NewCredential { mechanism, iterations, password } in credentials {
        let salted = mechanism.salted(&password, iterations).ok_or_else(|| anyhow!("the system has no randomness"))?;
        set.push(NewScramCredential {
            name: user.clone(),
            mechanism: mechanism as i8,
            iterations: i32::try_from(iterations.get())?,
            salt: salted.salt.into(),
            salted_password: salted.salted.into(),
            ..Default::default()
        });
    }
    let mechanisms = changes.deleted.iter().filter_map(|name| ScramMechanism::from_name(name));
    let deleted: Vec<i8> = mechanisms.map(|mechanism| mechanism as i8).collect();
    Ok(admin.alter_scram_user(&user, &deleted, &set).await?)
}

/// The credentials among the settings to make.
pub fn credentials(changes: &Alteration) -> Result<Vec<NewCredential>, UsageError> {
    let named = changes.added.iter().filter_map(|(name, value)| Some((ScramMechanism::from_name(name)?, value)));
    named.map(|(mechanism, value)| new_credential(mechanism, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(kinds: &[&str], names: &[&str], added: &[(&str, &str)], deleted: &[&str]) -> Result<bool, String> {
        let own = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        let entities = Entities { types: own(kinds), names: own(names) };
        let added = added.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let changes = Alteration { added, deleted: own(deleted), file: None };
        check_users_and_clients(&entities, &changes, Era::V3_9).map_err(|error| error.to_string())
    }

    #[test]
    fn quotas_or_credentials() {
        assert_eq!(checked(&["users"], &["u"], &[("request_percentage", "1")], &[]), Ok(true));
        assert_eq!(checked(&["users"], &["u"], &[], &["SCRAM-SHA-256"]), Ok(false));
        let both = checked(&["users"], &["u"], &[("SCRAM-SHA-256", "x")], &["request_percentage"]).unwrap_err();
        assert!(both.starts_with("Cannot alter both quota and SCRAM"), "{both}");
        let default = checked(&["users"], &[""], &[("SCRAM-SHA-256", "x")], &[]).unwrap_err();
        assert!(default.starts_with("The use of --entity-default"), "{default}");
        let other = checked(&["clients"], &["c"], &[("foo", "1"), ("SCRAM-SHA-256", "x")], &[]).unwrap_err();
        let expected = "Only quota configs can be added for 'clients' using --bootstrap-server. Unexpected config names: \
                        Set(SCRAM-SHA-256, foo)";
        assert_eq!(other, expected);
    }
}
