//! Schemas: the console tools and `rkafka schema` against a registry that answers as Confluent's does, as far as its
//! documentation says and they ask.

use crate::harness::{Cluster, ok, text};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What a registry keeps.
#[derive(Default)]
struct Kept {
    /// Bodies as they were registered, by id from 1.
    schemas: Vec<Value>,
    /// The ids of a subject's versions.
    subjects: BTreeMap<String, Vec<usize>>,
    levels: BTreeMap<String, String>,
    /// `METHOD path` of each request.
    asked: Vec<String>,
    /// How many requests are answered 503 first.
    failures: usize,
    /// `Basic …`, which is asked for if there is one.
    authorization: Option<String>,
}

struct Registry {
    port: u16,
    kept: Arc<Mutex<Kept>>,
}

impl Registry {
    /// Ends with the test program.
    fn start(kept: Kept) -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let kept = Arc::new(Mutex::new(kept));
        let shared = kept.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let kept = shared.clone();
                thread::spawn(move || serve(stream, &kept));
            }
        });
        Registry { port, kept }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.kept.lock().expect("no test died").asked)
    }
}

/// Answers the requests of one connection.
fn serve(stream: TcpStream, kept: &Mutex<Kept>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a second handle"));
    let mut writer = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let (mut length, mut authorization) = (0, None);
        loop {
            let mut header = String::new();
            if reader.read_line(&mut header).unwrap_or(0) == 0 {
                return;
            }
            let Some((name, value)) = header.trim_end().split_once(": ") else { break };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().expect("a length"),
                "authorization" => authorization = Some(value.to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let mut kept = kept.lock().expect("no test died");
        kept.asked.push(format!("{method} {path}"));
        let (status, answer) = match () {
            () if kept.failures > 0 => {
                kept.failures -= 1;
                (503, Value::Null)
            }
            () if kept.authorization.is_some() && kept.authorization != authorization => {
                (401, json!({"error_code": 401, "message": "Unauthorized"}))
            }
            () => kept.answer(method, path, &body),
        };
        drop(kept);
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/vnd.schemaregistry.v1+json\r\nContent-Length: {}\r\n\r\n",
            text.len()
        );
        if writer.write_all(format!("{head}{text}").as_bytes()).is_err() {
            return;
        }
    }
}

fn error(status: u16, code: i64, message: &str) -> (u16, Value) {
    (status, json!({"error_code": code, "message": message}))
}

impl Kept {
    fn answer(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let path = path.split('?').next().unwrap_or_default().replace("%20", " ");
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["schemas", "ids", id]) => {
                match id.parse::<usize>().ok().and_then(|id| self.schemas.get(id.wrapping_sub(1))) {
                    Some(schema) => (200, schema.clone()),
                    None => error(404, 40403, "Schema not found"),
                }
            }
            ("GET", ["subjects"]) => (200, json!(self.subjects.keys().collect::<Vec<_>>())),
            ("GET", ["subjects", subject, "versions"]) => match self.subjects.get(*subject) {
                Some(ids) => (200, json!((1..=ids.len()).collect::<Vec<_>>())),
                None => error(404, 40401, &format!("Subject '{subject}' not found.")),
            },
            ("GET", ["subjects", subject, "versions", version]) => {
                let Some(ids) = self.subjects.get(*subject) else {
                    return error(404, 40401, &format!("Subject '{subject}' not found."));
                };
                let number = if *version == "latest" { ids.len() } else { version.parse().unwrap_or(0) };
                match ids.get(number.wrapping_sub(1)) {
                    Some(id) => {
                        let mut answer = self.schemas[id - 1].clone();
                        (answer["subject"], answer["version"], answer["id"]) =
                            (json!(subject), json!(number), json!(id));
                        (200, answer)
                    }
                    None => error(404, 40402, &format!("Version {version} not found.")),
                }
            }
            ("POST", ["subjects", subject]) => {
                let Some(ids) = self.subjects.get(*subject) else {
                    return error(404, 40401, &format!("Subject '{subject}' not found."));
                };
                match ids.iter().find(|id| self.schemas[*id - 1] == *body) {
                    Some(id) => (200, json!({"subject": subject, "id": id, "schema": body["schema"]})),
                    None => error(404, 40403, "Schema not found"),
                }
            }
            ("POST", ["subjects", subject, "versions"]) => {
                if body["schema"].as_str().is_none_or(|text| text.contains("invalid")) {
                    return error(422, 42201, "Invalid schema");
                }
                let id = match self.schemas.iter().position(|schema| schema == body) {
                    Some(at) => at + 1,
                    None => {
                        self.schemas.push(body.clone());
                        self.schemas.len()
                    }
                };
                let ids = self.subjects.entry((*subject).to_owned()).or_default();
                if !ids.contains(&id) {
                    ids.push(id);
                }
                (200, json!({"id": id}))
            }
            ("POST", ["compatibility", "subjects", _, "versions", ..]) => {
                let is_compatible = body["schema"].as_str().is_some_and(|text| !text.contains("long"));
                let messages = if is_compatible { json!([]) } else { json!(["{errorType:'TYPE_MISMATCH'}"]) };
                (200, json!({"is_compatible": is_compatible, "messages": messages}))
            }
            ("GET", ["config", rest @ ..]) => {
                let own = rest.first().and_then(|subject| self.levels.get(*subject));
                (200, json!({"compatibilityLevel": own.map_or("BACKWARD", String::as_str)}))
            }
            ("PUT", ["config", rest @ ..]) => {
                let level = body["compatibility"].as_str().unwrap_or_default();
                if !["NONE", "BACKWARD", "FORWARD", "FULL"].contains(&level.trim_end_matches("_TRANSITIVE")) {
                    return error(422, 42203, "Invalid compatibility level");
                }
                self.levels.insert(rest.first().copied().unwrap_or_default().to_owned(), level.to_owned());
                (200, json!({"compatibility": level}))
            }
            _ => error(404, 404, "HTTP 404 Not Found"),
        }
    }
}

const ORDER: &str = r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"int"},
    {"name":"note","type":["null","string"],"default":null}]}"#;

fn cluster(topic: &str) -> Cluster {
    let cluster = Cluster::start();
    ok(&cluster.shell(&format!("kafka-topics.sh --create --topic {topic} --bootstrap-server localhost:9092"), ""));
    fs::write(cluster.dir.path().join("order.avsc"), ORDER).expect("a file");
    cluster
}

fn produce(cluster: &Cluster, options: &str, lines: &str) -> std::process::Output {
    let line = format!("NO_PROXY=127.0.0.1 kafka-console-producer.sh --bootstrap-server localhost:9092 {options}");
    cluster.shell(&line, lines)
}

fn consume(cluster: &Cluster, options: &str) -> std::process::Output {
    let line = format!(
        "NO_PROXY=127.0.0.1 kafka-console-consumer.sh --bootstrap-server localhost:9092 --from earliest --follow no {options}"
    );
    cluster.shell(&line, "")
}

fn fails(output: &std::process::Output, reason: &str) {
    assert_eq!(output.status.code(), Some(1), "{}", text(output));
    assert!(String::from_utf8_lossy(&output.stderr).contains(reason), "{}", text(output));
}

#[test]
fn avro_is_registered_written_and_shown() {
    let (cluster, registry) = (cluster("orders"), Registry::start(Kept { failures: 2, ..Kept::default() }));
    let at = format!("--topic orders --schema-registry {}", registry.url());
    let file = "--value-schema order.avsc";
    let lines = "{\"id\":1}\n{\"id\":2,\"note\":{\"string\":\"x\"}}\n";
    fails(
        &produce(&cluster, &format!("{at} {file}"), lines),
        "not registered below orders-value: --register-schema registers it",
    );
    ok(&produce(&cluster, &format!("{at} {file} --register-schema"), lines));
    ok(&produce(&cluster, &format!("{at} --value-format avro --value-schema-id 1"), "{\"id\":3}\n"));
    fails(
        &produce(&cluster, &format!("{at} {file}"), "{\"id\":4}\n{\"id\":\"five\"}\n"),
        "message 2: the value cannot be encoded: id: an int belongs here, not \"five\"",
    );
    registry.asked();
    let shown = "{\"id\":1,\"note\":null}\n{\"id\":2,\"note\":{\"string\":\"x\"}}\n{\"id\":3,\"note\":null}\n{\"id\":4,\"note\":null}\n";
    assert_eq!(ok(&consume(&cluster, &format!("{at} --value-format avro"))), shown);
    assert_eq!(registry.asked(), ["GET /schemas/ids/1"], "a schema is fetched once");
    let of_two = consume(&cluster, &format!("{at} --value-format auto --where 'value.id > 2' --format '%s|'"));
    assert_eq!(ok(&of_two), "{\"id\":3,\"note\":null}|{\"id\":4,\"note\":null}|");
    // Without a registry, by the file; and the bytes are Confluent's wire format.
    assert_eq!(ok(&consume(&cluster, &format!("--topic orders {file}"))), shown);
    let raw = consume(&cluster, "--topic orders --max-messages 1 --format %s").stdout;
    assert_eq!(raw, b"\x00\x00\x00\x00\x01\x02\x00");
    let tail = consume(&cluster, &format!("{at} --value-format avro")).stdout;
    assert_eq!(tail, shown.as_bytes());
}

#[test]
fn protobuf_and_json_schema_both_ways() {
    let (cluster, registry) = (cluster("p"), Registry::start(Kept::default()));
    let proto =
        "syntax = \"proto3\"; package shop; message First { int32 n = 1; } message Order { int64 order_id = 1; }";
    fs::write(cluster.dir.path().join("order.proto"), proto).expect("a file");
    fs::write(cluster.dir.path().join("k.json"), r#"{"title":"Key","type":"object"}"#).expect("a file");
    let at = format!("--topic p --schema-registry {}", registry.url());
    let how = "--value-schema order.proto --message Order --key-schema k.json --register-schema --subject-strategy topic-record \
               --property parse.key=true --property key.separator=';' --property null.marker=NULL";
    ok(&produce(&cluster, &format!("{at} {how}"), "{\"k\": 1};{\"orderId\":7}\n{\"k\": 2};NULL\n"));
    let subjects: Vec<String> = registry.kept.lock().expect("no test died").subjects.keys().cloned().collect();
    assert_eq!(subjects, ["p-Key", "p-shop.Order"]);
    let shown =
        consume(&cluster, &format!("{at} --value-format protobuf --key-format json-schema --property print.key=true"));
    assert_eq!(ok(&shown), "{\"k\": 1}\t{\"orderId\":\"7\"}\n{\"k\": 2}\tnull\n");
    let auto = consume(&cluster, &format!("{at} --value-format auto --tail 2"));
    fails(&auto, "--from and --tail both say where to begin");
}

#[test]
fn references_are_fetched() {
    let mut kept = Kept::default();
    kept.schemas.push(json!({"schema": r#"{"type":"enum","name":"Color","namespace":"n","symbols":["RED","BLUE"]}"#}));
    let car = r#"{"type":"record","name":"Car","namespace":"n","fields":[{"name":"c","type":"Color"}]}"#;
    kept.schemas.push(json!({"schema": car, "references": [{"name": "n.Color", "subject": "color", "version": 1}]}));
    kept.subjects.insert("color".into(), vec![1]);
    let (cluster, registry) = (cluster("cars"), Registry::start(kept));
    let at = format!("--topic cars --schema-registry {}", registry.url());
    ok(&produce(&cluster, &format!("{at} --value-schema-id 2"), "{\"c\":\"BLUE\"}\n"));
    assert_eq!(ok(&consume(&cluster, &format!("{at} --value-format avro"))), "{\"c\":\"BLUE\"}\n");
    assert!(registry.asked().contains(&"GET /subjects/color/versions/1".to_owned()));
}

#[test]
fn what_goes_wrong_is_told_and_passwords_are_not() {
    let authorization = Some("Basic YW5uOnMzY3JldA==".to_owned());
    let (cluster, registry) = (cluster("w"), Registry::start(Kept { authorization, ..Kept::default() }));
    ok(&produce(&cluster, "--topic w", "plain\n"));
    ok(&cluster.shell(
        "printf '\\0\\0\\0\\0\\011x\\n' | kafka-console-producer.sh --bootstrap-server localhost:9092 --topic w",
        "",
    ));
    let at = format!("--topic w --value-format avro --schema-registry {}", registry.url());
    fails(&consume(&cluster, &at), "the value cannot be decoded: it does not begin with a zero and the id of a schema");
    let skipping = consume(&cluster, &format!("{at} --skip-message-on-error"));
    fails(&skipping, "Unauthorized (the schema registry's error 401). Say who asks");
    let known = format!("{at} --skip-message-on-error --schema-registry-user ann:s3cret");
    let skipped = consume(&cluster, &known);
    assert_eq!(ok(&skipped), "", "{}", text(&skipped));
    assert!(text(&skipped).contains("Schema not found (the schema registry's error 40403)"), "{}", text(&skipped));
    let in_url = at.replace("http://", "http://ann:s3cret@");
    assert_eq!(ok(&consume(&cluster, &format!("{in_url} --skip-message-on-error"))), "");
    let both = format!("{in_url} --skip-message-on-error --schema-registry-user bob:other");
    assert_eq!(ok(&consume(&cluster, &both)), "", "the address counts");
    // Nobody listens there.
    let port = crate::harness::free_port();
    let dead = format!("--topic w --value-format avro --schema-registry http://ann:s3cret@127.0.0.1:{port}");
    let output = cluster.shell(
        &format!(
            "NO_PROXY=127.0.0.1 kafka-console-consumer.sh --bootstrap-server localhost:9092 --from 1 --follow no {dead}"
        ),
        "",
    );
    fails(&output, "cannot be asked");
    assert!(!text(&output).contains("s3cret"), "{}", text(&output));
}

#[test]
fn the_schema_tool() {
    let registry = Registry::start(Kept::default());
    let dir = tempfile::tempdir().expect("a temporary folder");
    fs::write(dir.path().join("order.avsc"), ORDER).expect("a file");
    fs::write(dir.path().join("long.avsc"), "\"long\"").expect("a file");
    fs::write(dir.path().join("no.avsc"), "invalid").expect("a file");
    let call = |line: &str| {
        let mut command = std::process::Command::new(crate::harness::rkafka());
        command.arg("schema").args(line.split_whitespace()).current_dir(dir.path());
        command.env("SCHEMA_REGISTRY_URL", registry.url()).env("NO_PROXY", "127.0.0.1");
        crate::harness::run(command, "")
    };
    assert_eq!(ok(&call("list")), "");
    assert_eq!(ok(&call("register orders-value order.avsc")), "1\n");
    assert_eq!(ok(&call("register orders-value order.avsc")), "1\n");
    assert_eq!(ok(&call("register other long.avsc")), "2\n");
    assert_eq!(ok(&call("list")), "orders-value\nother\n");
    assert_eq!(ok(&call("list other")), "1\n");
    for line in ["get orders-value", "get orders-value --version 1", "get --id 1"] {
        assert_eq!(ok(&call(line)), format!("{ORDER}\n"), "{line}");
    }
    assert_eq!(ok(&call("check orders-value order.avsc")), "compatible\n");
    let refused = call("check orders-value long.avsc --version latest");
    assert_eq!(
        (refused.status.code(), refused.stdout.as_slice()),
        (Some(1), &b"not compatible\n{errorType:'TYPE_MISMATCH'}\n"[..])
    );
    assert_eq!(
        ok(&call("get other --output json")),
        "{\"subject\":\"other\",\"version\":1,\"id\":2,\"schemaType\":\"AVRO\",\"schema\":\"\\\"long\\\"\",\"references\":[]}\n"
    );
    assert_eq!(ok(&call("list other --output jsonl")), "{\"subject\":\"other\",\"version\":1}\n");
    assert_eq!(ok(&call("config")), "BACKWARD\n");
    assert_eq!(ok(&call("config orders-value --set full")), "FULL\n");
    assert_eq!(ok(&call("config orders-value")), "FULL\n");
    for (line, reason) in [
        (
            "list nothing",
            "Subject 'nothing' not found. (the schema registry's error 40401). 'rkafka schema list' shows the subjects",
        ),
        ("get other --version 7", "Version 7 not found. (the schema registry's error 40402)"),
        ("get --id 99", "Schema not found (the schema registry's error 40403)"),
        ("register x no.avsc", "Invalid schema (the schema registry's error 42201)"),
        ("register x nothing.avsc", "cannot read nothing.avsc"),
        ("register x order", "order ends with neither .avsc, .proto nor .json: --type says what it is"),
        ("config --set some", "Invalid compatibility level (the schema registry's error 42203). Levels are NONE"),
    ] {
        fails(&call(line), reason);
    }
    let asked = registry.asked();
    assert!(asked.contains(&"POST /compatibility/subjects/orders-value/versions?verbose=true".to_owned()), "{asked:?}");
}
