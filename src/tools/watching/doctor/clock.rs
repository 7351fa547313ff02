//! Pure: whether this machine's clock and the cluster's agree. Only KRaft's active controller tells a time of its own: it
//! says of itself that it has just fetched (`LastFetchTimestamp` in DescribeQuorum).

use super::finding::Finding;
use rkafka_protocol::messages::DescribeQuorumResponse;
use std::time::Duration;

const CHECK: &str = "clock";
/// Clocks that are set by NTP differ by milliseconds.
const AGREE: Duration = Duration::from_secs(5);
/// Brokers refuse records from further in the future (`message.timestamp.after.max.ms`, KIP-937).
const REFUSED: Duration = Duration::from_secs(60 * 60);

/// The active controller's own time, in milliseconds since 1970.
pub fn controllers_time(answer: &DescribeQuorumResponse) -> Option<i64> {
    let partition = answer.topics.first()?.partitions.first()?;
    let leader = partition.current_voters.iter().find(|voter| voter.replica_id == partition.leader_id)?;
    Some(leader.last_fetch_timestamp).filter(|time| *time > 0)
}

/// Compares the controller's time with this machine's, before and after it was asked, in milliseconds since 1970.
pub fn judge(theirs: i64, before: i64, after: i64) -> Finding {
    // The answer was written at some moment in between.
    let ahead = if theirs < before { before - theirs } else { (after - theirs).min(0) };
    let apart = Duration::from_millis(ahead.unsigned_abs());
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let what = format!("this machine is {:.1} s {direction} the controller", apart.as_secs_f64());
    let mend = "set both clocks by NTP (timedatectl set-ntp true)";
    if apart <= AGREE {
        return Finding::ok(CHECK, "", "this machine's and the controller's agree");
    }
    if apart > REFUSED && ahead > 0 {
        let what = format!("{what}: brokers refuse records from so far in the future");
        return Finding::error(CHECK, "", what, mend);
    }
    Finding::warning(CHECK, "", format!("{what}: offsets by time and retention go wrong by that"), mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::watching::doctor::finding::Severity;
    use rkafka_protocol::messages::describe_quorum_response::{PartitionData, ReplicaState, TopicData};

    #[test]
    fn apart() {
        assert_eq!(judge(1_000, 900, 1_100).severity, Severity::Ok);
        assert_eq!(judge(100_000, 104_000, 104_100).severity, Severity::Ok);
        let what = "this machine is 6.0 s ahead of the controller: offsets by time and retention go wrong by that";
        assert_eq!(judge(100_000, 106_000, 106_100).what, what);
        let behind = judge(100_000, 80_000, 90_000);
        assert!(behind.what.starts_with("this machine is 10.0 s behind the controller"), "{}", behind.what);
        assert_eq!(judge(0, 4_000_000, 4_000_001).severity, Severity::Error);
    }

    #[test]
    fn the_leader_of_the_quorum_has_the_time() {
        let voter =
            |replica_id, last_fetch_timestamp| ReplicaState { replica_id, last_fetch_timestamp, ..Default::default() };
        let partition =
            PartitionData { leader_id: 2, current_voters: vec![voter(1, 5), voter(2, 9)], ..Default::default() };
        let topics = vec![TopicData { partitions: vec![partition], ..Default::default() }];
        assert_eq!(controllers_time(&DescribeQuorumResponse { topics, ..Default::default() }), Some(9));
        assert_eq!(controllers_time(&DescribeQuorumResponse::default()), None);
    }
}
