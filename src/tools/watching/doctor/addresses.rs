//! Pure: what is found at the addresses where a client begins, and at those that brokers name themselves by.

use super::{
    finding::{Finding, Severity},
    listener::Listener,
    reach::{Failure, Identity, Reach, Seen},
};
use rkafka_client::{HostPort, Node};
use std::net::SocketAddr;

const BOOTSTRAP: &str = "bootstrap";
const ADVERTISED: &str = "advertised";

/// What the client speaks: `security.protocol`, as it was given.
#[derive(Clone, Copy, Debug)]
pub struct Spoken<'a>(pub &'a str);

impl Spoken<'_> {
    fn with_tls(self) -> bool {
        self.0.to_ascii_uppercase().ends_with("SSL")
    }

    fn with_sasl(self) -> bool {
        self.0.to_ascii_uppercase().starts_with("SASL")
    }
}

/// The addresses of `bootstrap.servers`. One that is of no use is an error if all are.
pub fn bootstrap(reaches: &[Reach], spoken: Spoken) -> Vec<Finding> {
    let one_is_of_use = reaches.iter().any(|reach| reach.seen().is_some());
    let severity = if one_is_of_use { Severity::Warning } else { Severity::Error };
    let mut findings: Vec<Finding> = reaches.iter().flat_map(|reach| at(reach, severity, spoken)).collect();
    findings.extend(several_clusters(reaches));
    findings
}

/// What was found at one bootstrap address.
fn at(reach: &Reach, severity: Severity, spoken: Spoken) -> Vec<Finding> {
    let place = reach.address.to_string();
    let sockets = match &reach.sockets {
        Ok(sockets) => sockets,
        Err(reason) => {
            let what = format!("the name {} cannot be looked up here: {reason}", reach.address.host);
            let mend = format!(
                "correct the name in --bootstrap-server, or make {} known to DNS or in /etc/hosts",
                reach.address.host
            );
            return vec![Finding { severity, ..Finding::error(BOOTSTRAP, place, what, mend) }];
        }
    };
    let Some(seen) = reach.seen() else {
        let failed = sockets.iter().filter_map(|(socket, outcome)| Some((socket, outcome.as_ref().err()?)));
        return failed
            .map(|(socket, failure)| {
                let place = named(&reach.address, *socket);
                let mend = mend(failure, &reach.address, spoken);
                Finding { severity, ..Finding::error(BOOTSTRAP, place, what(failure, spoken), mend) }
            })
            .collect();
    };
    let answers = sockets.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(socket, _)| socket.to_string());
    let mut text = format!("{} answers ({} ms)", answers.collect::<Vec<_>>().join(" and "), seen.took.as_millis());
    let mut findings = Vec::new();
    for (socket, outcome) in sockets {
        match outcome {
            Ok(_) => {}
            // A client goes on to the next address at once.
            Err(Failure::Connect { refused: true, .. }) => text.push_str(&format!(", {socket} refuses")),
            Err(failure) => {
                let place = named(&reach.address, *socket);
                let mend = format!(
                    "take {} out of what {} stands for, or have a broker listen there",
                    socket.ip(),
                    reach.address.host
                );
                findings.push(Finding::warning(BOOTSTRAP, place, what(failure, spoken), mend));
            }
        }
    }
    findings.insert(0, Finding::ok(BOOTSTRAP, place, text));
    findings
}

/// `localhost:9092 (127.0.0.1:9092)`
fn named(address: &HostPort, socket: SocketAddr) -> String {
    if address.to_string() == socket.to_string() { socket.to_string() } else { format!("{address} ({socket})") }
}

/// Bootstrap addresses that lead to different clusters.
fn several_clusters(reaches: &[Reach]) -> Option<Finding> {
    let mut clusters: Vec<(String, &str)> = Vec::new();
    for reach in reaches {
        for (socket, outcome) in reach.sockets.iter().flatten() {
            let id = outcome.as_ref().ok().and_then(|seen| seen.view.cluster_id.as_deref());
            if let Some(id) = id.filter(|id| !clusters.iter().any(|(_, known)| known == id)) {
                clusters.push((named(&reach.address, *socket), id));
            }
        }
    }
    let listed: Vec<String> = clusters.iter().map(|(place, id)| format!("{place} is of cluster {id}")).collect();
    (clusters.len() > 1).then(|| {
        let what = format!("these addresses belong to different clusters: {}", listed.join(", "));
        Finding::error(BOOTSTRAP, "", what, "name the brokers of one cluster only in --bootstrap-server")
    })
}

/// What a failure is, in words.
fn what(failure: &Failure, spoken: Spoken) -> String {
    match failure {
        Failure::Connect { refused: true, .. } => "nobody listens there (connection refused)".to_owned(),
        Failure::Connect { reason, .. } => format!("no connection: {reason}"),
        Failure::Listener(listener @ (Listener::Plaintext | Listener::Sasl(_) | Listener::Tls)) => {
            format!("it is {listener}, and this client speaks {}", spoken.0)
        }
        Failure::Listener(listener) => format!("it is {listener}"),
        Failure::Broker(text) => format!("the broker answers with an error: {text}"),
        Failure::Late => "no answer in time".to_owned(),
    }
}

/// What mends a failure at an address that the user has named.
fn mend(failure: &Failure, address: &HostPort, spoken: Spoken) -> String {
    match failure {
        Failure::Connect { refused: true, .. } => format!(
            "start the broker there, or name the port of its setting listeners (on its machine, ss -ltn shows what \
             listens); a broker whose listeners say localhost is not to be had from elsewhere ({address})"
        ),
        Failure::Connect { .. } | Failure::Late => format!(
            "look for a firewall or a wrong address between here and {address}: nc -vz {} {}",
            address.host, address.port
        ),
        Failure::Listener(listener) => mend_listener(listener, address, spoken),
        Failure::Broker(_) => format!("see the log of the broker at {address}"),
    }
}

fn mend_listener(listener: &Listener, address: &HostPort, spoken: Spoken) -> String {
    match listener {
        Listener::Plaintext => {
            "set security.protocol=PLAINTEXT in the file of --command-config, or name another listener of the broker"
                .to_owned()
        }
        Listener::Sasl(mechanisms) => {
            let mechanism = mechanisms.first().map_or("PLAIN", String::as_str);
            format!(
                "set security.protocol=SASL_PLAINTEXT, sasl.mechanism={mechanism} and sasl.jaas.config in the file of \
                 --command-config, or name a PLAINTEXT listener of the broker"
            )
        }
        Listener::Tls if spoken.with_tls() => {
            "see that the trust store in --command-config (ssl.truststore.location) knows who signed the broker's \
             certificate, and whether the listener is SSL or SASL_SSL"
                .to_owned()
        }
        Listener::Tls => {
            let protocol = if spoken.with_sasl() { "SASL_SSL" } else { "SSL" };
            format!(
                "set security.protocol={protocol} and ssl.truststore.location in the file of --command-config, or name a \
                 PLAINTEXT listener of the broker"
            )
        }
        Listener::Controller => {
            "name a broker: of the process with process.roles=broker the port in listeners".to_owned()
        }
        Listener::ZooKeeper => format!(
            "name a broker, usually at port 9092; rkafka zookeeper-shell {address} get /brokers/ids/ID shows the address of \
             each of ls /brokers/ids"
        ),
        Listener::Http | Listener::OtherText => "name the host and port of a broker's listener".to_owned(),
        Listener::Closes | Listener::Silent => format!(
            "see the log of the server at {address}: it may be a listener of another kind, a proxy without a broker behind \
             it, or a broker that has too many connections (max.connections)"
        ),
    }
}

/// A broker as the cluster lists it, and how it went at the address that it advertises.
pub struct Advertised<'a> {
    pub node: &'a Node,
    pub reach: &'a Reach,
    /// The bootstrap addresses, of which one may lead to the same broker.
    pub bootstrap: &'a [Reach],
    pub cluster_id: Option<&'a str>,
    pub spoken: Spoken<'a>,
}

impl Advertised<'_> {
    /// What is found at the address, and whether it is this broker that answers.
    pub fn judge(&self) -> Vec<Finding> {
        let sockets = match &self.reach.sockets {
            Ok(sockets) => sockets,
            Err(reason) => {
                let what = format!("it advertises a name that cannot be looked up here: {reason}");
                return vec![self.error(what, self.mend_address())];
            }
        };
        let Some(seen) = self.reach.seen() else {
            let failures: Vec<&Failure> = sockets.iter().filter_map(|(_, outcome)| outcome.as_ref().err()).collect();
            let Some(failure) = failures.first() else { return Vec::new() };
            let what = format!("clients are sent there, and {}", what(failure, self.spoken));
            let mend = match failure {
                Failure::Listener(Listener::Sasl(_) | Listener::Tls | Listener::Plaintext) => {
                    mend(failure, &self.node.address, self.spoken)
                }
                _ => self.mend_address(),
            };
            return vec![self.error(what, mend)];
        };
        self.stranger(seen).map_or_else(|| vec![self.fine(seen)], |finding| vec![finding])
    }

    fn place(&self) -> String {
        format!("broker {} ({})", self.node.id, self.node.address)
    }

    fn error(&self, what: String, mend: String) -> Finding {
        Finding::error(ADVERTISED, self.place(), what, mend)
    }

    fn fine(&self, seen: &Seen) -> Finding {
        let identity = match &seen.identity {
            Some(_) => "it is this broker".to_owned(),
            None => "which broker it is cannot be known: it does not let this client read its settings".to_owned(),
        };
        Finding::ok(ADVERTISED, self.place(), format!("answers ({} ms), {identity}", seen.took.as_millis()))
    }

    /// Whether somebody else answers.
    fn stranger(&self, seen: &Seen) -> Option<Finding> {
        let other_cluster =
            seen.view.cluster_id.as_deref().zip(self.cluster_id).filter(|(theirs, ours)| theirs != ours);
        if let Some((theirs, ours)) = other_cluster {
            let what = format!("another cluster answers there ({theirs}, expected {ours})");
            return Some(self.error(what, self.mend_address()));
        }
        let identity = seen.identity.as_ref().filter(|identity| identity.id != self.node.id)?;
        let what = format!("broker {} answers there", identity.id);
        Some(self.error(what, self.mend_address()))
    }

    /// This broker where it was met at a bootstrap address, with the settings that it has told.
    fn known(&self) -> Option<(&HostPort, &Identity)> {
        self.bootstrap.iter().find_map(|reach| {
            let identity = reach.seen()?.identity.as_ref().filter(|identity| identity.id == self.node.id)?;
            Some((&reach.address, identity))
        })
    }

    /// How clients are sent to an address that they reach.
    fn mend_address(&self) -> String {
        let (id, address) = (self.node.id, &self.node.address);
        let Some((reached, identity)) = self.known() else {
            return format!(
                "set advertised.listeners of broker {id} to a host and port that clients reach, and restart it; or make \
                 {address} lead to it from here (DNS, /etc/hosts, a published port)"
            );
        };
        let current = identity.settings.get("advertised.listeners").filter(|text| !text.is_empty());
        let current = current.or_else(|| identity.settings.get("listeners"));
        let (before, after) = match current {
            Some(text) => (format!(" (now {text})"), replaced(text, address, reached)),
            None => (String::new(), format!("PLAINTEXT://{reached}")),
        };
        format!(
            "broker {id} answers at {reached}: set its advertised.listeners={after}{before} and restart it; if others need \
             {address}, give it one listener for them and one for clients out here, each with its own advertised address"
        )
    }
}

/// `advertised.listeners` with one address in place of another.
fn replaced(listeners: &str, old: &HostPort, new: &HostPort) -> String {
    let one = |listener: &str| match listener.trim().split_once("://") {
        Some((name, at)) if at == old.to_string() => format!("{name}://{new}"),
        _ => listener.trim().to_owned(),
    };
    let listed = listeners.split(',').map(one).collect::<Vec<_>>().join(",");
    if listed.contains(&new.to_string()) { listed } else { format!("PLAINTEXT://{new}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_client::{BrokerVersions, ClusterView};
    use std::{collections::BTreeMap, time::Duration};

    const PLAIN: Spoken = Spoken("PLAINTEXT");

    fn seen(cluster: &str, id: i32, advertised: &str) -> Seen {
        let settings = BTreeMap::from([("advertised.listeners".to_owned(), advertised.to_owned())]);
        Seen {
            took: Duration::from_millis(3),
            versions: BrokerVersions::of_3_9(),
            view: ClusterView { cluster_id: Some(cluster.to_owned()), ..Default::default() },
            identity: Some(Identity { id, settings }),
        }
    }

    fn reach(host: &str, port: u16, outcomes: Vec<(&str, Result<Seen, Failure>)>) -> Reach {
        let sockets = outcomes.into_iter().map(|(socket, outcome)| (socket.parse().unwrap(), outcome)).collect();
        Reach { address: HostPort::new(host, port), sockets: Ok(sockets) }
    }

    fn refused() -> Failure {
        Failure::Connect { reason: "Connection refused".to_owned(), refused: true }
    }

    #[test]
    fn bootstrap_addresses() {
        let good = reach("localhost", 1, vec![("127.0.0.1:1", Ok(seen("c", 1, ""))), ("[::1]:1", Err(refused()))]);
        let bad = reach("b", 2, vec![("10.0.0.1:2", Err(Failure::Listener(Listener::Tls)))]);
        let nameless = Reach { address: HostPort::new("kafka", 9092), sockets: Err("unknown".to_owned()) };
        let found = bootstrap(&[good.clone(), bad.clone(), nameless], PLAIN);
        assert_eq!(found[0].what, "127.0.0.1:1 answers (3 ms), [::1]:1 refuses");
        assert_eq!((found[1].severity, found[1].place.as_str()), (Severity::Warning, "b:2 (10.0.0.1:2)"));
        assert_eq!(found[1].what, "it is a TLS listener (SSL or SASL_SSL), and this client speaks PLAINTEXT");
        assert!(found[1].mend.starts_with("set security.protocol=SSL and "));
        assert_eq!(found[2].what, "the name kafka cannot be looked up here: unknown");
        assert_eq!(bootstrap(&[bad], PLAIN)[0].severity, Severity::Error);
        let other = reach("x", 3, vec![("10.0.0.3:3", Ok(seen("d", 1, "")))]);
        let found = bootstrap(&[good, other], PLAIN);
        let text = "these addresses belong to different clusters: localhost:1 (127.0.0.1:1) is of cluster c, x:3 (10.0.0.3:3) \
                    is of cluster d";
        assert_eq!((found[2].severity, found[2].what.as_str()), (Severity::Error, text));
    }

    #[test]
    fn every_listener_has_its_cure() {
        let address = HostPort::new("h", 2181);
        let cure = |listener| mend(&Failure::Listener(listener), &address, PLAIN);
        assert!(cure(Listener::ZooKeeper).contains("rkafka zookeeper-shell h:2181"));
        assert!(cure(Listener::Sasl(vec!["SCRAM-SHA-256".to_owned()])).contains("sasl.mechanism=SCRAM-SHA-256"));
        assert!(mend(&Failure::Listener(Listener::Tls), &address, Spoken("sasl_plaintext")).contains("=SASL_SSL"));
        assert!(mend(&Failure::Listener(Listener::Plaintext), &address, Spoken("SSL")).contains("=PLAINTEXT"));
        assert!(mend(&Failure::Listener(Listener::Tls), &address, Spoken("SSL")).contains("ssl.truststore.location"));
    }

    fn judged(reach: &Reach, bootstrap: &[Reach]) -> Finding {
        let node = Node { id: 1, address: HostPort::new("kafka", 9092), rack: None };
        let advertised = Advertised { node: &node, reach, bootstrap, cluster_id: Some("c"), spoken: PLAIN };
        advertised.judge().remove(0)
    }

    #[test]
    fn a_name_that_only_containers_know() {
        let unknown = Reach { address: HostPort::new("kafka", 9092), sockets: Err("unknown".to_owned()) };
        let listeners = "IN://kafka:9092,OTHER://other:1";
        let bootstrap = [reach("localhost", 19092, vec![("127.0.0.1:19092", Ok(seen("c", 1, listeners)))])];
        let finding = judged(&unknown, &bootstrap);
        assert_eq!((finding.severity, finding.place.as_str()), (Severity::Error, "broker 1 (kafka:9092)"));
        let mend = "broker 1 answers at localhost:19092: set its advertised.listeners=IN://localhost:19092,OTHER://other:1 \
                    (now IN://kafka:9092,OTHER://other:1) and restart it";
        assert!(finding.mend.starts_with(mend), "{}", finding.mend);
        assert!(judged(&unknown, &[]).mend.starts_with("set advertised.listeners of broker 1 to a host and port"));
    }

    #[test]
    fn strangers_at_an_advertised_address() {
        let at = |seen| judged(&reach("kafka", 9092, vec![("10.0.0.1:9092", Ok(seen))]), &[]);
        assert_eq!(at(seen("c", 1, "")).what, "answers (3 ms), it is this broker");
        assert_eq!(at(seen("d", 1, "")).what, "another cluster answers there (d, expected c)");
        assert_eq!(at(seen("c", 2, "")).what, "broker 2 answers there");
        let unknown = at(Seen { identity: None, ..seen("c", 2, "") });
        assert_eq!(unknown.severity, Severity::Ok);
        let refused = judged(&reach("kafka", 9092, vec![("10.0.0.1:9092", Err(refused()))]), &[]);
        assert_eq!(refused.what, "clients are sent there, and nobody listens there (connection refused)");
    }
}
