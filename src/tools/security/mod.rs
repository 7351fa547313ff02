//! Who may do what: ACLs, and the tokens by which a client acts for another.

pub mod kafka_acls;
pub mod kafka_delegation_tokens;
