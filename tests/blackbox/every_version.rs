//! Every version of every API that the broker advertises answers: to an empty request and to one with every field set
//! (the bytes that Apache Kafka's own client writes), with a reply that reads back whole in that version.

use crate::harness::{Cluster, PATIENCE};
use bytes::Bytes;
use rkafka_protocol::{ApiKey, messages, request_header_version, response_header_version};
use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpStream,
};

/// One request over a connection of its own; the reply's body.
fn ask(port: u16, key: ApiKey, version: i16, body: &[u8]) -> Result<Vec<u8>, String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(|e| e.to_string())?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(|e| e.to_string())?;
    let mut request = [&(key as i16).to_be_bytes()[..], &version.to_be_bytes(), &7i32.to_be_bytes()].concat();
    let header = request_header_version(key, version);
    if header >= 1 {
        request.extend(4i16.to_be_bytes());
        request.extend(b"test");
    }
    if header >= 2 {
        request.push(0);
    }
    request.extend(body);
    stream.write_all(&(request.len() as i32).to_be_bytes()).map_err(|e| e.to_string())?;
    stream.write_all(&request).map_err(|e| e.to_string())?;
    let mut length = [0; 4];
    stream.read_exact(&mut length).map_err(|e| format!("no reply: {e}"))?;
    let mut reply = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut reply).map_err(|e| format!("half a reply: {e}"))?;
    let head = 4 + usize::from(response_header_version(key, version) == 1);
    if reply.get(..4) != Some(&7i32.to_be_bytes()[..]) {
        return Err(format!("another correlation id: {:?}", reply.get(..4)));
    }
    Ok(reply.split_off(head.min(reply.len())))
}

fn advertised(port: u16) -> Vec<(ApiKey, i16, i16)> {
    let reply = ask(port, ApiKey::ApiVersions, 0, &[]).expect("ApiVersions answers");
    let rows = reply[6..].chunks_exact(6).map(|row| {
        let number = |at: usize| i16::from_be_bytes([row[at], row[at + 1]]);
        (ApiKey::from_i16(number(0)).expect("a known API"), number(2), number(4))
    });
    rows.collect()
}

/// The requests by name and version: empty, and with every field set.
fn recorded() -> HashMap<(String, i16), [Option<Vec<u8>>; 2]> {
    let hex = |word: &str| -> Option<Vec<u8>> {
        let digits = word.strip_prefix('x')?;
        (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16).ok()).collect()
    };
    let text = include_str!("../../crates/wire/tests/golden/apache-3.9.1.txt");
    text.lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            ((words[0].to_string(), words[1].parse().expect("a version")), [hex(words[2]), hex(words[3])])
        })
        .collect()
}

#[test]
fn every_advertised_version_answers_whole() {
    let cluster = Cluster::start();
    let recorded = recorded();
    let apis = advertised(cluster.port);
    assert!(apis.len() > 25, "{apis:?}");
    let (mut asked, mut wrong) = (0, Vec::new());
    for (key, min, max) in apis {
        for version in min..=max {
            let requests = &recorded[&(format!("{}Request", key.name()), version)];
            for (what, body) in ["empty", "filled"].iter().zip(requests) {
                let Some(body) = body else { continue };
                // The filled ones come from a controller of a far future, which would end this one's term.
                if matches!(key, ApiKey::LeaderAndIsr | ApiKey::StopReplica | ApiKey::UpdateMetadata)
                    && *what == "filled"
                {
                    continue;
                }
                // acks=0, the default of an empty produce request, has no reply.
                if key == ApiKey::Produce && *what == "empty" {
                    continue;
                }
                asked += 1;
                // An unknown ApiVersions version is answered in version 0; the known ones in their own.
                let read = ask(cluster.port, key, version, body).and_then(|reply| {
                    let reply = Bytes::from(reply);
                    let again = messages::round_trip(&format!("{}Response", key.name()), version, reply.clone());
                    match again.expect("a response of that name") {
                        Ok(again) if again == reply => Ok(()),
                        other => Err(format!("the reply {reply:?} reads as {other:?}")),
                    }
                });
                if let Err(error) = read {
                    wrong.push(format!("{} v{version} {what}: {error}", key.name()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 250, "only {asked} requests");
}
