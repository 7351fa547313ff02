//! Pure: the scripts of Kafka's `bin/`, at 3.9 and at 4.4, and what those can say that have no tool here.

/// Every script, without `.sh`, sorted.
pub const ALL: &[&str] = &[
    "connect-distributed",
    "connect-internal-topics",
    "connect-mirror-maker",
    "connect-plugin-path",
    "connect-standalone",
    "kafka-acls",
    "kafka-broker-api-versions",
    "kafka-client-metrics",
    "kafka-cluster",
    "kafka-configs",
    "kafka-console-consumer",
    "kafka-console-producer",
    "kafka-console-share-consumer",
    "kafka-consumer-groups",
    "kafka-consumer-perf-test",
    "kafka-delegation-tokens",
    "kafka-delete-records",
    "kafka-dump-log",
    "kafka-e2e-latency",
    "kafka-features",
    "kafka-get-offsets",
    "kafka-groups",
    "kafka-jmx",
    "kafka-leader-election",
    "kafka-log-dirs",
    "kafka-metadata-quorum",
    "kafka-metadata-shell",
    "kafka-mirror-maker",
    "kafka-producer-perf-test",
    "kafka-reassign-partitions",
    "kafka-replica-verification",
    "kafka-run-class",
    "kafka-server-start",
    "kafka-server-stop",
    "kafka-share-consumer-perf-test",
    "kafka-share-groups",
    "kafka-storage",
    "kafka-streams-application-reset",
    "kafka-streams-groups",
    "kafka-topics",
    "kafka-transactions",
    "kafka-verifiable-consumer",
    "kafka-verifiable-producer",
    "kafka-verifiable-share-consumer",
    "trogdor",
    "zookeeper-security-migration",
    "zookeeper-server-start",
    "zookeeper-server-stop",
    "zookeeper-shell",
];

/// The scripts that run what is written in Java, and what that is.
const JAVA: &[(&str, &str)] = &[
    ("connect-distributed", "Kafka Connect, whose connectors are Java classes"),
    ("connect-internal-topics", "Kafka Connect, whose connectors are Java classes"),
    ("connect-mirror-maker", "MirrorMaker 2, which consists of connectors for Kafka Connect"),
    ("connect-plugin-path", "Kafka Connect, whose connectors are Java classes"),
    ("connect-standalone", "Kafka Connect, whose connectors are Java classes"),
    ("kafka-jmx", "JMX, the management interface of a Java process"),
    ("trogdor", "Trogdor, a test framework of Java classes"),
];

/// The classes that Kafka's scripts run, of 3.9 and where they moved to, by script.
const CLASSES: &[(&str, &str)] = &[
    ("kafka.Kafka", "kafka-server-start"),
    ("kafka.admin.AclCommand", "kafka-acls"),
    ("kafka.admin.BrokerApiVersionsCommand", "kafka-broker-api-versions"),
    ("kafka.admin.ConfigCommand", "kafka-configs"),
    ("kafka.admin.ZkSecurityMigrator", "zookeeper-security-migration"),
    ("kafka.tools.ConsoleConsumer", "kafka-console-consumer"),
    ("kafka.tools.ConsoleProducer", "kafka-console-producer"),
    ("kafka.tools.DumpLogSegments", "kafka-dump-log"),
    ("kafka.tools.GetOffsetShell", "kafka-get-offsets"),
    ("kafka.tools.MirrorMaker", "kafka-mirror-maker"),
    ("kafka.tools.StorageTool", "kafka-storage"),
    ("org.apache.kafka.shell.MetadataShell", "kafka-metadata-shell"),
    ("org.apache.kafka.tools.AclCommand", "kafka-acls"),
    ("org.apache.kafka.tools.BrokerApiVersionsCommand", "kafka-broker-api-versions"),
    ("org.apache.kafka.tools.ClientMetricsCommand", "kafka-client-metrics"),
    ("org.apache.kafka.tools.ClusterTool", "kafka-cluster"),
    ("org.apache.kafka.tools.ConfigCommand", "kafka-configs"),
    ("org.apache.kafka.tools.ConsoleProducer", "kafka-console-producer"),
    ("org.apache.kafka.tools.ConsumerPerformance", "kafka-consumer-perf-test"),
    ("org.apache.kafka.tools.DelegationTokenCommand", "kafka-delegation-tokens"),
    ("org.apache.kafka.tools.DeleteRecordsCommand", "kafka-delete-records"),
    ("org.apache.kafka.tools.DumpLogSegments", "kafka-dump-log"),
    ("org.apache.kafka.tools.EndToEndLatency", "kafka-e2e-latency"),
    ("org.apache.kafka.tools.FeatureCommand", "kafka-features"),
    ("org.apache.kafka.tools.GetOffsetShell", "kafka-get-offsets"),
    ("org.apache.kafka.tools.GroupsCommand", "kafka-groups"),
    ("org.apache.kafka.tools.JmxTool", "kafka-jmx"),
    ("org.apache.kafka.tools.LeaderElectionCommand", "kafka-leader-election"),
    ("org.apache.kafka.tools.LogDirsCommand", "kafka-log-dirs"),
    ("org.apache.kafka.tools.MetadataQuorumCommand", "kafka-metadata-quorum"),
    ("org.apache.kafka.tools.ProducerPerformance", "kafka-producer-perf-test"),
    ("org.apache.kafka.tools.ReplicaVerificationTool", "kafka-replica-verification"),
    ("org.apache.kafka.tools.ShareConsumerPerformance", "kafka-share-consumer-perf-test"),
    ("org.apache.kafka.tools.StreamsResetter", "kafka-streams-application-reset"),
    ("org.apache.kafka.tools.TopicCommand", "kafka-topics"),
    ("org.apache.kafka.tools.TransactionsCommand", "kafka-transactions"),
    ("org.apache.kafka.tools.VerifiableConsumer", "kafka-verifiable-consumer"),
    ("org.apache.kafka.tools.VerifiableProducer", "kafka-verifiable-producer"),
    ("org.apache.kafka.tools.VerifiableShareConsumer", "kafka-verifiable-share-consumer"),
    ("org.apache.kafka.tools.consumer.ConsoleConsumer", "kafka-console-consumer"),
    ("org.apache.kafka.tools.consumer.ConsoleShareConsumer", "kafka-console-share-consumer"),
    ("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "kafka-consumer-groups"),
    ("org.apache.kafka.tools.consumer.group.ShareGroupCommand", "kafka-share-groups"),
    ("org.apache.kafka.tools.reassign.ReassignPartitionsCommand", "kafka-reassign-partitions"),
    ("org.apache.kafka.tools.streams.StreamsGroupCommand", "kafka-streams-groups"),
    ("org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka", "zookeeper-shell"),
    ("org.apache.zookeeper.server.quorum.QuorumPeerMain", "zookeeper-server-start"),
];

/// The script that `word` names: `kafka-acls`, `kafka-acls.sh`, `acls`.
pub fn named(word: &str) -> Option<&'static str> {
    let word = word.strip_suffix(".sh").unwrap_or(word);
    ALL.iter().copied().find(|name| *name == word || name.strip_prefix("kafka-") == Some(word))
}

/// The script that runs `class`.
pub fn of_class(class: &str) -> Option<&'static str> {
    CLASSES.iter().find(|(known, _)| *known == class).map(|(_, script)| *script)
}

/// What a script without a tool says.
pub fn excuse(script: &str) -> String {
    match JAVA.iter().find(|(name, _)| *name == script) {
        Some((_, what)) => {
            format!("rkafka: {script} needs {what}: install Java and Apache Kafka, and run its own {script}.sh")
        }
        None => format!("rkafka: {script} is not part of this version; 'rkafka --help' lists what is"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{launcher::is_kafka_script, tools::TOOLS};

    #[test]
    fn every_tool_of_kafkas_has_its_script_and_every_class_too() {
        assert!(ALL.is_sorted());
        for tool in TOOLS.iter().filter(|tool| is_kafka_script(tool.script)) {
            assert!(ALL.contains(&tool.script), "{}", tool.script);
            assert!(!JAVA.iter().any(|(name, _)| *name == tool.script), "{}", tool.script);
        }
        assert!(CLASSES.iter().all(|(_, script)| ALL.contains(script)));
        assert!(JAVA.iter().all(|(script, _)| ALL.contains(script)));
    }

    #[test]
    fn every_script_is_a_tool_or_needs_java() {
        for script in ALL {
            let needs_java = JAVA.iter().any(|(name, _)| name == script);
            assert!(needs_java || TOOLS.iter().any(|tool| tool.script == *script), "{script}");
        }
    }

    #[test]
    fn names_and_excuses() {
        assert_eq!(named("acls"), Some("kafka-acls"));
        assert_eq!(named("connect-standalone.sh"), Some("connect-standalone"));
        assert_eq!(named("nothing"), None);
        assert_eq!(of_class("kafka.Kafka"), Some("kafka-server-start"));
        assert!(excuse("kafka-jmx").contains("JMX"));
        assert!(excuse("kafka-none").contains("is not part of this version"));
    }
}
