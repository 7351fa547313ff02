//! Pure: schemas as a registry keeps them: texts that refer to other texts.

use super::RegistryError;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A language of schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaKind {
    Avro,
    Protobuf,
    Json,
}

/// As the registry writes it.
impl fmt::Display for SchemaKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            SchemaKind::Avro => "AVRO",
            SchemaKind::Protobuf => "PROTOBUF",
            SchemaKind::Json => "JSON",
        })
    }
}

/// As options write it: `avro`, `protobuf`, `json-schema`; and as the registry does.
impl FromStr for SchemaKind {
    type Err = String;

    fn from_str(text: &str) -> Result<SchemaKind, String> {
        match text.to_ascii_lowercase().as_str() {
            "avro" => Ok(SchemaKind::Avro),
            "protobuf" => Ok(SchemaKind::Protobuf),
            "json-schema" | "json" => Ok(SchemaKind::Json),
            _ => Err(format!("'{text}' is no kind of schema: avro, protobuf and json-schema are")),
        }
    }
}

/// Where another schema is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As the schema calls it: a full name in Avro, an imported file in Protobuf.
    pub name: String,
    pub subject: String,
    pub version: i64,
}

/// A schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaText {
    pub kind: SchemaKind,
    pub text: String,
    pub references: Vec<Reference>,
    /// What the references are, by name, each behind those that it refers to itself.
    pub referred: Vec<(String, String)>,
}

impl SchemaText {
    /// A schema that refers to no other.
    pub fn alone(kind: SchemaKind, text: String) -> SchemaText {
        SchemaText { kind, text, references: Vec::new(), referred: Vec::new() }
    }

    /// Reads an answer: `{"schema": …, "schemaType": …, "references": […]}`.
    pub fn of(answer: &Value) -> Result<SchemaText, RegistryError> {
        let wrong = |what: &str| RegistryError::Unreadable(what.to_owned());
        let text = answer.get("schema").and_then(Value::as_str).ok_or_else(|| wrong("there is no schema in it"))?;
        let kind = match answer.get("schemaType").and_then(Value::as_str) {
            None => SchemaKind::Avro,
            Some(name) => name.parse().map_err(RegistryError::Unreadable)?,
        };
        let mut references = Vec::new();
        for one in answer.get("references").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| one.get(name).and_then(Value::as_str).map(str::to_owned);
            let (name, subject) = (text("name"), text("subject"));
            match (name, subject, one.get("version").and_then(Value::as_i64)) {
                (Some(name), Some(subject), Some(version)) => references.push(Reference { name, subject, version }),
                _ => return Err(wrong("a reference in it has no name, subject or version")),
            }
        }
        Ok(SchemaText { references, ..SchemaText::alone(kind, text.to_owned()) })
    }

    /// What a registry is told.
    pub fn body(&self) -> Value {
        let reference = |one: &Reference| json!({"name": one.name, "subject": one.subject, "version": one.version});
        let mut body = json!({"schema": self.text});
        // Registries of before 5.5 know Avro only, and no other property.
        if self.kind != SchemaKind::Avro {
            body["schemaType"] = json!(self.kind.to_string());
        }
        if !self.references.is_empty() {
            body["references"] = self.references.iter().map(reference).collect();
        }
        body
    }
}

/// Takes what `references` name, and what that names, out of `fetched`: each behind those that it refers to itself.
pub fn in_order(references: &[Reference], fetched: &mut BTreeMap<String, SchemaText>) -> Vec<(String, String)> {
    let mut ordered = Vec::new();
    for reference in references {
        // Taken out, a circle ends.
        if let Some(schema) = fetched.remove(&reference.name) {
            ordered.extend(in_order(&schema.references, fetched));
            ordered.push((reference.name.clone(), schema.text));
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_behind_their_own() {
        let reference = |name: &&str| Reference { name: name.to_string(), subject: "s".into(), version: 1 };
        let schema = |names: &[&str]| SchemaText {
            references: names.iter().map(reference).collect(),
            ..SchemaText::alone(SchemaKind::Avro, "text".into())
        };
        let all = [("a", schema(&["b", "c"])), ("b", schema(&["c"])), ("c", schema(&["a"])), ("d", schema(&[]))];
        let mut fetched = all.map(|(name, schema)| (name.to_owned(), schema)).into();
        let ordered = in_order(&schema(&["d", "a"]).references, &mut fetched);
        let names: Vec<&str> = ordered.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["d", "c", "b", "a"]);
    }

    #[test]
    fn answers_and_bodies() {
        let avro = SchemaText::of(&json!({"schema": "\"int\"", "id": 3})).unwrap();
        assert_eq!(avro, SchemaText::alone(SchemaKind::Avro, "\"int\"".into()));
        assert_eq!(avro.body(), json!({"schema": "\"int\""}));
        let answer = json!({"schema": "x", "schemaType": "PROTOBUF",
            "references": [{"name": "a.proto", "subject": "a", "version": 2}]});
        let read = SchemaText::of(&answer).unwrap();
        assert_eq!(read.references, [Reference { name: "a.proto".into(), subject: "a".into(), version: 2 }]);
        assert_eq!(read.body(), answer);
        for (answer, what) in [
            (json!({}), "there is no schema in it"),
            (json!({"schema": "x", "schemaType": "XML"}), "'XML' is no kind of schema"),
            (json!({"schema": "x", "references": [{}]}), "a reference in it has no name"),
        ] {
            let error = SchemaText::of(&answer).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
