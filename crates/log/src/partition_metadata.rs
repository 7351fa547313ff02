//! Pure: the text of `partition.metadata`, which ties a directory to one incarnation of a topic:
//! `version: 0`, then `topic_id: <base64>` without a line end (`PartitionMetadataFile`).

use rkafka_base::Uuid;

/// The file's text.
pub fn to_text(topic_id: Uuid) -> String {
    format!("version: 0\ntopic_id: {topic_id}")
}

/// Reads the topic id from the file's text.
pub fn parse(text: &str) -> Result<Uuid, String> {
    let (mut version, mut id) = (None, None);
    for (n, line) in text.lines().enumerate() {
        match line.split_once(':') {
            Some(("version", v)) => version = Some(v.trim()),
            Some(("topic_id", v)) => id = Some(v.trim()),
            _ => return Err(format!("line {}: '{line}' is neither version nor topic_id", n + 1)),
        }
    }
    match version {
        Some("0") => {}
        Some(other) => return Err(format!("the version is '{other}', only 0 is known")),
        None => return Err("there is no version".to_string()),
    }
    let id = id.ok_or("there is no topic_id")?;
    let id = Uuid::parse(id).ok_or_else(|| format!("'{id}' is no topic id"))?;
    if id.is_zero() { Err("the topic id is the zero id".to_string()) } else { Ok(id) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kafkas() {
        let recorded = "version: 0\ntopic_id: x89zsVF6RWSSMcuu11Qkrg";
        assert_eq!(to_text(parse(recorded).unwrap()), recorded);
        assert_eq!(parse(&format!("{recorded}\n")).unwrap(), parse(recorded).unwrap());
    }

    #[test]
    fn rubbish_is_refused() {
        for bad in [
            "",
            "version: 1\ntopic_id: x89zsVF6RWSSMcuu11Qkrg",
            "version: 0",
            "topic_id: x89zsVF6RWSSMcuu11Qkrg",
            "version: 0\ntopic_id: x",
            "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA",
            "x",
            "version: 0\ntopic_id: é",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
