//! Pure: the settings of the ZooKeeper server, sorted by name.

use super::definition::{Check::*, Definition, Importance::*, Kind::*, Preset::*, fixed};

/// Every setting that means something to this server, sorted by name.
pub const ZOOKEEPER: &[Definition] = &[
    fixed("4lw.commands.whitelist", List, Is("srvr"), Any, Medium, "Four-letter words that are answered; * for all."),
    fixed("DigestAuthenticationProvider.superDigest", Password, Null, Any, Low, "user:hash of who may do anything."),
    fixed("admin.enableServer", Boolean, Is("true"), Any, Low, "Accepted; there is no HTTP administration server."),
    fixed("admin.serverPort", Int, Is("8080"), Between(0, 65535), Low, "Accepted, without effect."),
    fixed("autopurge.purgeInterval", Int, Is("0"), AtLeast(0), Medium, "Hours between clean-ups; 0 turns them off."),
    fixed("autopurge.snapRetainCount", Int, Is("3"), AtLeast(0), Medium, "Snapshots that a clean-up keeps, 3 or more."),
    fixed("clientPort", Int, Null, Between(0, 65535), High, "Where clients connect; 0 takes a free port."),
    fixed("clientPortAddress", String, Null, Any, Medium, "The address to listen on; all without it."),
    fixed("clientPortListenBacklog", Int, Is("-1"), AtLeast(-1), Low, "Connections the kernel keeps waiting; -1: 50."),
    fixed("dataDir", String, Required, NonEmpty, High, "Where snapshots (and, without dataLogDir, logs) go."),
    fixed("dataLogDir", String, Null, NonEmpty, High, "Where transaction logs go."),
    fixed("digest.enabled", Boolean, Is("true"), Any, Low, "Whether log and snapshots carry digests of the tree."),
    fixed("extendedTypesEnabled", Boolean, Is("false"), Any, Medium, "Whether nodes may have a time to live."),
    fixed("forceSync", String, Is("yes"), OneOf(&["yes", "no"]), Medium, "Whether replies wait for the disk."),
    fixed("fsync.warningthresholdms", Long, Is("1000"), AtLeast(0), Low, "A slower fsync is logged."),
    fixed("globalOutstandingLimit", Int, Is("1000"), AtLeast(1), Medium, "Requests in flight before reading pauses."),
    fixed("jute.maxbuffer", Int, Is("1048575"), AtLeast(1024), Medium, "The longest request, in bytes."),
    fixed("maxClientCnxns", Int, Is("60"), AtLeast(0), Medium, "Connections of one address; 0 is no limit."),
    fixed("maxCnxns", Int, Is("0"), AtLeast(0), Low, "Connections in all; 0 is no limit."),
    fixed("maxSessionTimeout", Int, Is("-1"), AtLeast(-1), Medium, "In ms; -1: 20 ticks."),
    fixed("minSessionTimeout", Int, Is("-1"), AtLeast(-1), Medium, "In ms; -1: 2 ticks."),
    fixed("preAllocSize", Int, Is("65536"), AtLeast(0), Low, "The step in which log files grow, in KiB."),
    fixed("skipACL", String, Is("no"), OneOf(&["yes", "no"]), Low, "yes: anyone may do anything."),
    fixed("snapCount", Int, Is("100000"), AtLeast(2), Medium, "Transactions between snapshots, about."),
    fixed(
        "snapSizeLimitInKb",
        Long,
        Is("4194304"),
        Any,
        Low,
        "Log bytes between snapshots, about; 0 or less: no limit.",
    ),
    fixed("snapshot.trust.empty", Boolean, Is("false"), Any, Low, "Start from a log without a snapshot."),
    fixed("tickTime", Int, Is("3000"), AtLeast(1), Medium, "The unit of session timeouts, in ms."),
    fixed(
        "znode.container.checkIntervalMs",
        Int,
        Is("60000"),
        AtLeast(1),
        Low,
        "How often empty containers go, in ms.",
    ),
];
