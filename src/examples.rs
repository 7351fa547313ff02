//! Pure: examples of each tool that has none in its own definition, for help, manual pages and `docs/cli.md`.

/// Command lines by the tool's name, sorted: what one does, and the line behind `rkafka NAME`.
const EXAMPLES: &[(&str, &[(&str, &str)])] = &[
    (
        "acls",
        &[
            (
                "Let alice read a topic in any group",
                "--add --allow-principal User:alice --consumer --topic orders --group '*'",
            ),
            ("Who may do what with a topic", "--list --topic orders"),
        ],
    ),
    ("broker-api-versions", &[("Which versions each broker speaks", "")]),
    (
        "client-metrics",
        &[("Have all clients send their metrics each minute", "--alter --name all --metrics '*' --interval 60000")],
    ),
    ("cluster", &[("The cluster's id", "cluster-id"), ("Its brokers", "list-endpoints")]),
    (
        "configs",
        &[
            ("What is set for a topic", "--describe --topic orders"),
            ("Keep its records for an hour", "--alter --topic orders --add-config retention.ms=3600000"),
            (
                "A password before a broker runs",
                "--zookeeper localhost:2181 --alter --entity-type users --entity-name alice --add-config 'SCRAM-SHA-256=[password=secret]'",
            ),
        ],
    ),
    (
        "console-consumer",
        &[
            ("Everything of a topic, with keys", "--topic orders --from-beginning --property print.key=true"),
            ("The last ten, then what comes", "--topic orders --tail 10"),
        ],
    ),
    (
        "console-producer",
        &[
            ("A message a line", "--topic orders"),
            ("With keys", "--topic orders --property parse.key=true --property key.separator=:"),
        ],
    ),
    (
        "console-share-consumer",
        &[("Share a topic's records with the other members of a group", "--topic orders --group workers")],
    ),
    (
        "consumer-groups",
        &[
            ("How far each group is behind", "--describe --all-groups"),
            (
                "Read a topic once more from the beginning",
                "--reset-offsets --group app --topic orders --to-earliest --execute",
            ),
        ],
    ),
    ("consumer-perf-test", &[("How fast a million messages are read", "--topic orders --messages 1000000")]),
    (
        "delegation-tokens",
        &[("The tokens of alice", "--describe --owner-principal User:alice --command-config client.properties")],
    ),
    ("delete-records", &[("Delete up to the offsets that a file names", "--offset-json-file offsets.json")]),
    (
        "dump-log",
        &[
            ("What is in a segment", "--files 00000000000000000000.log --print-data-log"),
            ("Committed offsets", "--files __consumer_offsets-0/00000000000000000000.log --offsets-decoder"),
        ],
    ),
    ("e2e-latency", &[("From sending to receiving, 10,000 times", "localhost:9092 orders 10000 1 100")]),
    ("features", &[("Which features are finalized", "describe")]),
    (
        "get-offsets",
        &[("How far each partition goes", "--topic orders"), ("Where they begin", "--topic orders --time earliest")],
    ),
    ("groups", &[("Groups of every type", "--list")]),
    (
        "kafka-server-start",
        &[("A broker", "config/server.properties"), ("In the background", "-daemon config/server.properties")],
    ),
    ("kafka-server-stop", &[("End the brokers of this machine", "")]),
    (
        "leader-election",
        &[("Give each partition its preferred leader", "--election-type preferred --all-topic-partitions")],
    ),
    ("link", &[("Kafka's names for all tools", "~/bin")]),
    ("log-dirs", &[("How much each replica holds", "--describe --broker-list 0")]),
    ("man", &[("Where man finds them", "~/.local/share/man/man1")]),
    ("metadata-quorum", &[("Who leads the quorum", "describe --status")]),
    (
        "metadata-shell",
        &[
            (
                "A topic as the controllers know it",
                "--snapshot 00000000000000000000.log tree /image/topics/byName/orders",
            ),
            ("Look around", "--snapshot 00000000000000004711-0000000003.checkpoint"),
        ],
    ),
    (
        "mirror-maker",
        &[(
            "Copy topics to another cluster",
            "--consumer.config source.properties --producer.config target.properties --include 'orders.*'",
        )],
    ),
    (
        "producer-perf-test",
        &[(
            "How fast a million messages are written",
            "--topic orders --num-records 1000000 --record-size 100 --throughput -1",
        )],
    ),
    (
        "reassign-partitions",
        &[
            ("A plan", "--generate --topics-to-move-json-file topics.json --broker-list 1,2,3"),
            ("Do it", "--execute --reassignment-json-file plan.json"),
        ],
    ),
    ("replica-verification", &[("Whether the replicas are alike", "--broker-list localhost:9092")]),
    ("run-class", &[("A tool by its Java name", "kafka.tools.DumpLogSegments --files 00000000000000000000.log")]),
    ("share-consumer-perf-test", &[("How fast a share group reads", "--topic orders --messages 1000000")]),
    ("share-groups", &[("Where each share group begins", "--describe --all-groups")]),
    (
        "storage",
        &[
            ("A cluster's id", "random-uuid"),
            ("Format the log dirs", "format --cluster-id ID --config server.properties"),
        ],
    ),
    (
        "streams-application-reset",
        &[("Let an application begin anew", "--application-id app --input-topics orders --dry-run")],
    ),
    ("streams-groups", &[("How far an application is behind", "--describe --group app")]),
    (
        "topics",
        &[
            ("Create one", "--create --topic orders --partitions 4 --replication-factor 3"),
            ("Where its partitions are", "--describe --topic orders"),
            ("All names", "--list"),
        ],
    ),
    (
        "transactions",
        &[
            ("Transactions that are under way", "list"),
            ("Those that nobody will end", "find-hanging --topic orders --partition 0"),
        ],
    ),
    (
        "verifiable-consumer",
        &[("Read, and tell each step as JSON", "--topic orders --group-id check --max-messages 100")],
    ),
    ("verifiable-producer", &[("Write numbers, and tell each as JSON", "--topic orders --max-messages 100")]),
    (
        "verifiable-share-consumer",
        &[("Read in a share group, and tell each step", "--topic orders --group-id check --max-messages 100")],
    ),
    (
        "zookeeper-security-migration",
        &[("Close the znodes to others", "--zookeeper.acl secure --zookeeper.connect localhost:2181")],
    ),
    ("zookeeper-server-start", &[("A ZooKeeper server", "config/zookeeper.properties")]),
    ("zookeeper-server-stop", &[("End the ZooKeeper servers of this machine", "")]),
    ("zookeeper-shell", &[("One command", "localhost:2181 ls /brokers/ids"), ("A prompt", "localhost:2181")]),
];

/// The examples of a tool as a text; nothing where it has none here.
pub fn text(tool: &str) -> Option<String> {
    let (_, lines) = EXAMPLES.iter().find(|(name, _)| *name == tool)?;
    let line = |(what, args): &(&str, &str)| format!("\n  # {what}\n  {}", format!("rkafka {tool} {args}").trim_end());
    Some(format!("Examples:{}", lines.iter().map(line).collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::{TOOLS, described};
    use clap::{Arg, Command};
    use std::collections::BTreeSet;

    #[test]
    fn every_tool_has_examples() {
        let names: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
        assert!(names.is_sorted());
        for tool in TOOLS {
            let own = (tool.command)().get_after_help().map(ToString::to_string).unwrap_or_default();
            let has = own.contains("xample") || names.contains(&tool.name) || tool.name == "complete";
            assert!(has, "{} has no example: one in src/examples.rs, or in its after_help", tool.name);
        }
        let known: BTreeSet<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        for name in names {
            assert!(known.contains(name), "{name} is no tool");
        }
    }

    #[test]
    fn examples_name_options_that_exist() {
        for (name, lines) in EXAMPLES {
            let Some(tool) = TOOLS.iter().find(|tool| tool.name == *name) else { continue };
            let command = described(tool);
            let of = |command: &Command| {
                command.get_arguments().filter_map(Arg::get_long).map(str::to_owned).collect::<Vec<_>>()
            };
            let all: Vec<String> = of(&command).into_iter().chain(command.get_subcommands().flat_map(of)).collect();
            // What follows a class's name is another tool's.
            let lines = lines.iter().filter(|_| *name != "run-class");
            for word in lines.flat_map(|(_, line)| line.split(' ')).filter_map(|word| word.strip_prefix("--")) {
                assert!(all.iter().any(|long| long == word), "--{word} of {name}");
            }
        }
    }
}
