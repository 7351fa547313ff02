//! The schema facts as values: messages, structs, fields, version ranges.

use serde_json::Value;

/// An inclusive range of versions; `hi == i16::MAX` stands for "and all later ones".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Versions {
    pub lo: i16,
    pub hi: i16,
}

impl Versions {
    pub const ALL: Versions = Versions { lo: 0, hi: i16::MAX };
    /// No version at all, Kafka's "none".
    pub const NONE: Versions = Versions { lo: 1, hi: 0 };

    pub fn parse(s: &str) -> Result<Versions, String> {
        let num = |t: &str| t.trim().parse::<i16>().map_err(|e| format!("version '{t}': {e}"));
        if s == "none" || s.is_empty() {
            return Ok(Versions::NONE);
        }
        if let Some(lo) = s.strip_suffix('+') {
            return Ok(Versions { lo: num(lo)?, hi: i16::MAX });
        }
        match s.split_once('-') {
            Some((lo, hi)) => Ok(Versions { lo: num(lo)?, hi: num(hi)? }),
            None => Ok(Versions { lo: num(s)?, hi: num(s)? }),
        }
    }

    pub fn is_none(self) -> bool {
        self.lo > self.hi
    }

    /// Whether every version of `other` lies in this range.
    pub fn covers(self, other: Versions) -> bool {
        other.is_none() || (self.lo <= other.lo && self.hi >= other.hi)
    }

    pub fn union(self, other: Versions) -> Versions {
        if self.is_none() {
            return other;
        }
        if other.is_none() {
            return self;
        }
        Versions { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Bool,
    Int8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    Int64,
    Float64,
    String,
    Bytes,
    Records,
    Uuid,
    Struct(String),
    Array(Box<Type>),
}

impl Type {
    fn parse(s: &str) -> Type {
        if let Some(inner) = s.strip_prefix("[]") {
            return Type::Array(Box::new(Type::parse(inner)));
        }
        match s {
            "bool" => Type::Bool,
            "int8" => Type::Int8,
            "int16" => Type::Int16,
            "uint16" => Type::Uint16,
            "int32" => Type::Int32,
            "uint32" => Type::Uint32,
            "int64" => Type::Int64,
            "float64" => Type::Float64,
            "string" => Type::String,
            "bytes" => Type::Bytes,
            "records" => Type::Records,
            "uuid" => Type::Uuid,
            name => Type::Struct(name.to_string()),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub ty: Type,
    pub versions: Versions,
    pub nullable: Versions,
    /// The tag and the versions in which the field is a tagged one.
    pub tag: Option<(u32, Versions)>,
    pub default: Option<String>,
    pub ignorable: bool,
    /// Overrides the message's flexible versions (only the request header's client id does).
    pub flexible: Option<Versions>,
    pub about_entity: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Struct {
    pub name: String,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub name: String,
    pub kind: String,
    pub api_key: Option<i16>,
    pub valid: Versions,
    pub flexible: Versions,
    pub in_3_9: Versions,
    pub in_4_1: Versions,
    pub in_4_4: Versions,
    /// The message itself first, then every struct inside it.
    pub structs: Vec<Struct>,
}

impl Message {
    pub fn parse(line: &str) -> Result<Message, String> {
        let v: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
        let text = |k: &str| v[k].as_str().unwrap_or_default().to_string();
        let range = |k: &str| Versions::parse(v[k].as_str().unwrap_or("none"));
        let name = text("name");
        let mut structs = vec![Struct { name: name.clone(), fields: Vec::new() }];
        let mut fields = parse_fields(&v["fields"], &mut structs)?;
        let (in_3_9, in_4_1, in_4_4) = (range("in3.9.1")?, range("in4.1.1")?, range("in4.4.0")?);
        if v["fields4.1.1"].is_array() {
            let newer = parse_fields(&v["fields4.1.1"], &mut structs)?;
            merge_layouts(&mut fields, newer);
        }
        structs[0].fields = fields;
        for common in v["commonStructs"].as_array().into_iter().flatten() {
            let mut inner = Vec::new();
            let fields = parse_fields(&common["fields"], &mut inner)?;
            structs.push(Struct { name: common["name"].as_str().unwrap_or_default().to_string(), fields });
            structs.extend(inner);
        }
        let mut seen = std::collections::HashSet::new();
        structs.retain(|s| seen.insert(s.name.clone()));
        Ok(Message {
            name,
            kind: text("type"),
            api_key: v["apiKey"].as_i64().map(|k| k as i16),
            valid: range("validVersions")?.union(if v["fields4.1.1"].is_array() { in_4_1 } else { Versions::NONE }),
            flexible: range("flexibleVersions")?,
            in_3_9,
            in_4_1,
            in_4_4,
            structs,
        })
    }
}

/// Where a record's layout differs between the two releases, one type serves both: a field that both have
/// takes the union of its versions, a field that only one has keeps its own.
fn merge_layouts(fields: &mut Vec<Field>, newer: Vec<Field>) {
    for n in newer {
        match fields.iter_mut().find(|f| f.name == n.name) {
            Some(f) => f.versions = f.versions.union(n.versions),
            None => fields.push(n),
        }
    }
}

fn parse_fields(list: &Value, structs: &mut Vec<Struct>) -> Result<Vec<Field>, String> {
    let mut fields = Vec::new();
    for f in list.as_array().into_iter().flatten() {
        let range = |k: &str| f[k].as_str().map(Versions::parse).transpose();
        let name = f["name"].as_str().ok_or("a field without a name")?.to_string();
        let ty = Type::parse(f["type"].as_str().ok_or("a field without a type")?);
        if f["fields"].is_array() {
            let mut element = &ty;
            while let Type::Array(inner) = element {
                element = inner;
            }
            if let Type::Struct(struct_name) = element {
                let at = structs.len();
                structs.push(Struct { name: struct_name.clone(), fields: Vec::new() });
                structs[at].fields = parse_fields(&f["fields"], structs)?;
            }
        }
        let tag = match (f["tag"].as_u64(), range("taggedVersions")?) {
            (Some(tag), Some(versions)) => Some((tag as u32, versions)),
            _ => None,
        };
        let default = match &f["default"] {
            Value::Null if f.get("default").is_some() => Some("null".to_string()),
            Value::Null => None,
            Value::String(s) => Some(s.clone()),
            other => Some(other.to_string()),
        };
        fields.push(Field {
            name,
            ty,
            versions: range("versions")?.or(range("taggedVersions")?).unwrap_or(Versions::ALL),
            nullable: range("nullableVersions")?.unwrap_or(Versions::NONE),
            tag,
            default,
            ignorable: f["ignorable"].as_bool().unwrap_or(false),
            flexible: range("flexibleVersions")?,
            about_entity: f["entityType"].as_str().map(str::to_string),
        });
    }
    Ok(fields)
}
