//! Pure: which nodes are Kafka's, and who may do what with them (`ZkData`).

use rkafka_jute::{Id, perms};
use rkafka_zookeeper_client::Acl;

/// The roots of Kafka's trees that are protected, in Kafka's order.
pub const SECURE_ROOTS: &[&str] = &[
    "/admin",
    "/brokers",
    "/cluster",
    "/config",
    CONTROLLER,
    "/controller_epoch",
    "/isr_change_notification",
    "/latest_producer_id_block",
    "/log_dir_event_notification",
    "/delegation_token",
    "/kafka-acl-extended",
    "/migration",
    "/feature",
    "/kafka-acl",
    "/kafka-acl-changes",
    "/kafka-acl-extended/prefixed",
    "/kafka-acl-extended-changes",
];

/// Ephemeral: nobody but a controller creates it.
pub const CONTROLLER: &str = "/controller";

/// Consumers of old keep their offsets here, each as whoever it is.
const OLD_CONSUMERS: &str = "/consumers";

/// What begins with these holds passwords: nobody else may read it.
const SENSITIVE: &[&str] = &["/config/users", "/config/brokers", "/delegation_token/tokens"];

/// The ACL of a node of Kafka's: all for its creator and reading for everybody, or all for everybody.
pub fn acl_of(path: &str, secure: bool) -> Vec<Acl> {
    if !secure || path == OLD_CONSUMERS {
        return Acl::open();
    }
    let mut acl = vec![Acl { perms: perms::ALL, id: Id::new("auth", "") }];
    if !SENSITIVE.iter().any(|root| path.starts_with(root)) {
        acl.extend(Acl::read_only());
    }
    acl
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_for_everybody() {
        let schemes = |path, secure| acl_of(path, secure).into_iter().map(|acl| acl.id.scheme).collect::<Vec<_>>();
        assert_eq!(schemes("/brokers/ids", true), ["auth", "world"]);
        assert_eq!(schemes("/config/users/alice", true), ["auth"]);
        assert_eq!(schemes("/config/topics", true), ["auth", "world"]);
        assert_eq!(schemes("/consumers", true), ["world"]);
        assert_eq!(acl_of("/config/users", false), Acl::open());
    }
}
