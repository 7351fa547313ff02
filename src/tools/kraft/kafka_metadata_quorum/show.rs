//! Pure: how the quorum is shown, in Kafka's layouts and for programs.

use super::joining::url;
use crate::{
    era::Era,
    pretty_table::pretty,
    terminal::output::{Field, Shape},
};
use anyhow::anyhow;
use rkafka_client::admin::{Quorum, QuorumReplica};
use serde_json::{Value, json};

/// The quorum.
pub const STATUS: Shape<8> = Shape::single(
    "metadata-quorum describe --status",
    [
        Field::text("clusterId", "The cluster's id."),
        Field::integer("leaderId", "Who leads."),
        Field::integer("leaderEpoch", "How many elections there were."),
        Field::integer("highWatermark", "The offset up to which the majority has the metadata log."),
        Field::integer("maxFollowerLag", "How many offsets the slowest voter is behind."),
        Field::integer("maxFollowerLagTimeMs", "How long it is behind, in milliseconds; -1 if that is not known."),
        Field::list("voters", "The voters: `id`, `directoryId` (null if it has none) and `endpoints`."),
        Field::list("observers", "Who follows without a vote, likewise."),
    ],
);

/// A replica of the metadata log.
pub const REPLICATION: Shape<7> = Shape::rows(
    "metadata-quorum describe --replication",
    [
        Field::integer("nodeId", "The node."),
        Field::text("directoryId", "Its directory; null if it has told none."),
        Field::integer("logEndOffset", "Up to which offset it has the log."),
        Field::integer("lag", "How many offsets it is behind the leader."),
        Field::integer(
            "lastFetchTimestamp",
            "When it last fetched, in milliseconds since 1970; null if that is not known.",
        ),
        Field::integer("lastCaughtUpTimestamp", "When it last had everything, likewise."),
        Field::text("status", "Leader, Follower or Observer."),
    ],
);

/// How many offsets the slowest voter is behind, and for how long, in milliseconds; −1 if that is not known.
fn lag(quorum: &Quorum) -> anyhow::Result<(i64, i64)> {
    let leader = leader(quorum)?;
    let slowest = quorum.voters.iter().min_by_key(|voter| voter.log_end_offset).unwrap_or(leader);
    let lag_ms = match (leader.last_caught_up_ms, slowest.last_caught_up_ms) {
        _ if slowest == leader => 0,
        (Some(leader), Some(slowest)) => leader.saturating_sub(slowest),
        _ => -1,
    };
    Ok((leader.log_end_offset.saturating_sub(slowest.log_end_offset), lag_ms))
}

/// What `--status` shows.
pub fn status(cluster_id: &str, quorum: &Quorum, era: Era) -> anyhow::Result<String> {
    let (lag, lag_ms) = lag(quorum)?;
    Ok(format!(
        "ClusterId:              {cluster_id}\n\
         LeaderId:               {}\n\
         LeaderEpoch:            {}\n\
         HighWatermark:          {}\n\
         MaxFollowerLag:         {lag}\n\
         MaxFollowerLagTimeMs:   {lag_ms}\n\
         CurrentVoters:          {}\n\
         CurrentObservers:       {}\n",
        quorum.leader,
        quorum.leader_epoch,
        quorum.high_watermark,
        nodes(&quorum.voters, quorum, era),
        nodes(&quorum.observers, quorum, era)
    ))
}

/// What `--status` shows to a program.
pub fn status_row(cluster_id: Option<&str>, quorum: &Quorum) -> anyhow::Result<[Value; 8]> {
    let (lag, lag_ms) = lag(quorum)?;
    let node = |replica: &QuorumReplica| {
        let endpoints = quorum.endpoints.get(&replica.id).map(Vec::as_slice).unwrap_or_default();
        let endpoints: Vec<String> = endpoints.iter().map(url).collect();
        json!({"id": replica.id, "directoryId": directory(replica), "endpoints": endpoints})
    };
    Ok([
        json!(cluster_id),
        json!(quorum.leader),
        json!(quorum.leader_epoch),
        json!(quorum.high_watermark),
        json!(lag),
        json!(lag_ms),
        quorum.voters.iter().map(node).collect(),
        quorum.observers.iter().map(node).collect(),
    ])
}

fn directory(replica: &QuorumReplica) -> Option<String> {
    (!replica.directory.is_zero()).then(|| replica.directory.to_string())
}

/// What `--replication` shows to a program.
pub fn replication_rows(quorum: &Quorum) -> anyhow::Result<Vec<[Value; 7]>> {
    let leader = leader(quorum)?;
    let row = |(replica, status): (&QuorumReplica, &str)| {
        [
            json!(replica.id),
            json!(directory(replica)),
            json!(replica.log_end_offset),
            json!(leader.log_end_offset.saturating_sub(replica.log_end_offset)),
            json!(replica.last_fetch_ms),
            json!(replica.last_caught_up_ms),
            json!(status),
        ]
    };
    Ok(replicas(quorum, leader).map(row).collect())
}

/// Every replica of the log and what it is: the leader, then the other voters, then the observers.
fn replicas<'a>(
    quorum: &'a Quorum,
    leader: &'a QuorumReplica,
) -> impl Iterator<Item = (&'a QuorumReplica, &'static str)> {
    let leading = quorum.leader;
    let followers = quorum.voters.iter().filter(move |voter| voter.id != leading);
    let followers = followers.map(|voter| (voter, "Follower"));
    let observers = quorum.observers.iter().map(|observer| (observer, "Observer"));
    std::iter::once((leader, "Leader")).chain(followers).chain(observers)
}

/// The leader among the voters.
fn leader(quorum: &Quorum) -> anyhow::Result<&QuorumReplica> {
    let leader = quorum.voters.iter().find(|voter| voter.id == quorum.leader);
    leader.ok_or_else(|| anyhow!("the quorum has no leader now; ask again in a moment"))
}

fn nodes(replicas: &[QuorumReplica], quorum: &Quorum, era: Era) -> String {
    let node = |replica: &QuorumReplica| {
        let directory = match replica.directory.is_zero() {
            true => era.pick(", \"directoryId\": null", "").to_owned(),
            false => format!(", \"directoryId\": \"{}\"", replica.directory),
        };
        let mut text = format!("{{\"id\": {}{directory}", replica.id);
        let endpoints = quorum.endpoints.get(&replica.id).map(Vec::as_slice).unwrap_or_default();
        if !endpoints.is_empty() {
            let endpoints: Vec<String> = endpoints.iter().map(|endpoint| format!("\"{}\"", url(endpoint))).collect();
            text.push_str(&format!(", \"endpoints\": [{}]", endpoints.join(", ")));
        }
        text.push('}');
        text
    };
    format!("[{}]", replicas.iter().map(node).collect::<Vec<_>>().join(", "))
}

/// The rows of `--replication`; with `now_ms` it is shown how long ago something was, instead of when.
pub fn replication(quorum: &Quorum, now_ms: Option<i64>) -> anyhow::Result<Vec<[String; 7]>> {
    let leader = leader(quorum)?;
    let time = |ms: Option<i64>, what: &str| match (ms, now_ms) {
        (None, _) => Ok("-1".to_owned()),
        (Some(ms), None) => Ok(ms.to_string()),
        (Some(ms), Some(now)) if ms > 0 && ms <= now => Ok(format!("{} ms ago", now - ms)),
        (Some(ms), Some(now)) => Err(anyhow!(
            "Error while computing relative time, possible drift in system clock.\nCurrent timestamp is {now}, {what} \
             timestamp is {ms}"
        )),
    };
    let row = |(replica, status): (&QuorumReplica, &str)| {
        Ok::<_, anyhow::Error>([
            replica.id.to_string(),
            replica.directory.to_string(),
            replica.log_end_offset.to_string(),
            leader.log_end_offset.saturating_sub(replica.log_end_offset).to_string(),
            time(replica.last_fetch_ms, "last fetch")?,
            time(replica.last_caught_up_ms, "last caught up")?,
            status.to_owned(),
        ])
    };
    replicas(quorum, leader).map(row).collect()
}

/// The table of `--replication`.
pub fn table(rows: &[[String; 7]]) -> String {
    let header =
        ["NodeId", "DirectoryId", "LogEndOffset", "Lag", "LastFetchTimestamp", "LastCaughtUpTimestamp", "Status"];
    pretty(&header, rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_client::admin::RaftEndpoint;
    use rkafka_protocol::Uuid;
    use std::collections::BTreeMap;

    fn replica(id: i32, end: i64) -> QuorumReplica {
        QuorumReplica {
            id,
            directory: Uuid([0; 16]),
            log_end_offset: end,
            last_fetch_ms: Some(1000),
            last_caught_up_ms: (id != 3).then_some(end * 10),
        }
    }

    fn quorum() -> Quorum {
        let endpoint = RaftEndpoint { listener: "CONTROLLER".into(), host: "::1".into(), port: 9093 };
        Quorum {
            leader: 1,
            leader_epoch: 4,
            high_watermark: 99,
            voters: vec![replica(2, 90), replica(1, 100)],
            observers: vec![replica(3, 80)],
            endpoints: BTreeMap::from([(1, vec![endpoint])]),
        }
    }

    /// As Apache Kafka 3.9.1 prints them.
    #[test]
    fn layouts() {
        let text = status("c", &quorum(), Era::V3_9).unwrap();
        assert_eq!(
            text,
            "ClusterId:              c\nLeaderId:               1\nLeaderEpoch:            4\n\
             HighWatermark:          99\nMaxFollowerLag:         10\nMaxFollowerLagTimeMs:   100\n\
             CurrentVoters:          [{\"id\": 2, \"directoryId\": null}, {\"id\": 1, \"directoryId\": null, \
             \"endpoints\": [\"CONTROLLER://[::1]:9093\"]}]\n\
             CurrentObservers:       [{\"id\": 3, \"directoryId\": null}]\n"
        );
        let newer = status("c", &quorum(), Era::V4_4).unwrap();
        assert!(newer.ends_with("CurrentObservers:       [{\"id\": 3}]\n"), "{newer}");
        let text = table(&replication(&quorum(), Some(1500)).unwrap());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "NodeId\tDirectoryId           \tLogEndOffset\tLag\tLastFetchTimestamp\tLastCaughtUpTimestamp\tStatus  \t"
        );
        assert!(
            lines[1].starts_with("1     \tAAAAAAAAAAAAAAAAAAAAAA\t100         \t0  \t500 ms ago        \t500 ms ago")
        );
        assert!(lines[3].ends_with("\t20 \t500 ms ago        \t-1                   \tObserver\t"), "{text}");
        assert!(replication(&quorum(), Some(10)).unwrap_err().to_string().contains("possible drift"));
        assert!(status("c", &Quorum { leader: 9, ..quorum() }, Era::V3_9).is_err());
    }

    #[test]
    fn for_programs() {
        let [cluster, leader, .., lag, lag_ms, voters, _] = status_row(Some("c"), &quorum()).unwrap();
        assert_eq!((cluster, leader, lag, lag_ms), (json!("c"), json!(1), json!(10), json!(100)));
        assert_eq!(voters[1], json!({"id": 1, "directoryId": null, "endpoints": ["CONTROLLER://[::1]:9093"]}));
        let rows = replication_rows(&quorum()).unwrap();
        assert_eq!(rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(rows[2], [json!(3), json!(null), json!(80), json!(20), json!(1000), json!(null), json!("Observer")]);
    }
}
