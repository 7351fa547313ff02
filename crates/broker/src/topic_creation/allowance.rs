//! Pure: how much one request may create. It is checked before anything is allocated for it.
//!
//! Whether a topic's registration fits into one ZooKeeper request (`jute.maxbuffer`) shows when it is written; the
//! limits here are about memory and time before that.

use crate::api_error::ApiError;
use rkafka_protocol::ErrorCode;

/// The most partitions that one request may create, over all its topics: as many as Apache's figures give a whole
/// cluster that keeps its metadata in ZooKeeper.
pub const MAX_NEW_PARTITIONS: usize = 200_000;
/// The most replicas that one request may create: three for each of those partitions.
pub const MAX_NEW_REPLICAS: usize = 3 * MAX_NEW_PARTITIONS;

/// What one request may still create.
#[derive(Debug)]
pub struct Allowance {
    partitions: usize,
    replicas: usize,
}

impl Allowance {
    /// What a request begins with.
    pub fn of_a_request() -> Allowance {
        Allowance { partitions: MAX_NEW_PARTITIONS, replicas: MAX_NEW_REPLICAS }
    }

    /// Takes partitions with this many replicas in all off the allowance. POLICY_VIOLATION if there is not as much left
    /// (the code that KRaft's controllers have for it).
    pub fn take(&mut self, partitions: usize, replicas: usize) -> Result<(), ApiError> {
        let refuse = |wanted: usize, what: &str, max: usize, left: usize| {
            let message = format!(
                "Creating {wanted} {what} is too much for one request, which may create {max} over all its topics \
                 ({left} are left). Create fewer at a time."
            );
            Err(ApiError::new(ErrorCode::POLICY_VIOLATION, message))
        };
        if partitions > self.partitions {
            return refuse(partitions, "partitions", MAX_NEW_PARTITIONS, self.partitions);
        }
        if replicas > self.replicas {
            return refuse(replicas, "replicas", MAX_NEW_REPLICAS, self.replicas);
        }
        self.partitions -= partitions;
        self.replicas -= replicas;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topics_of_a_request_share_its_allowance() {
        let mut allowance = Allowance::of_a_request();
        assert_eq!(allowance.take(150_000, 150_000), Ok(()));
        let refusal = allowance.take(50_001, 50_001).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::POLICY_VIOLATION);
        assert!(
            refusal
                .to_string()
                .starts_with("Creating 50001 partitions is too much for one request, which may create 200000")
        );
        assert!(
            allowance.take(1, 450_001).unwrap_err().to_string().starts_with("Creating 450001 replicas is too much")
        );
        assert_eq!(allowance.take(50_000, 450_000), Ok(()), "what was refused took nothing");
        assert!(allowance.take(1, 1).is_err());
    }
}
