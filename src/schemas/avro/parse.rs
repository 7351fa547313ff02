//! Pure: from a schema's JSON to its types.

use super::{AvroSchema, Field, Type};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

impl AvroSchema {
    /// Understands `text`; `references` are the schemas that it names, each behind those that it names itself.
    pub fn parse(text: &str, references: &[String]) -> Result<AvroSchema, String> {
        let mut parser = Parser { types: Vec::new(), named: BTreeMap::new() };
        for reference in references {
            parser.text(reference)?;
        }
        let root = parser.text(text)?;
        Ok(AvroSchema { types: parser.types, root })
    }
}

struct Parser {
    types: Vec<Type>,
    /// Records, enums and fixed ones, by full name.
    named: BTreeMap<String, usize>,
}

impl Parser {
    fn text(&mut self, text: &str) -> Result<usize, String> {
        let json: Value = serde_json::from_str(text).map_err(|error| format!("an Avro schema is JSON: {error}"))?;
        self.schema(&json, "")
    }

    fn add(&mut self, one: Type) -> usize {
        self.types.push(one);
        self.types.len() - 1
    }

    fn schema(&mut self, json: &Value, namespace: &str) -> Result<usize, String> {
        match json {
            Value::String(name) => self.by_name(name, namespace),
            Value::Array(branches) => {
                let branches: Result<Vec<usize>, String> =
                    branches.iter().map(|branch| self.schema(branch, namespace)).collect();
                let branches = branches?;
                if branches.iter().any(|at| matches!(self.types[*at], Type::Union(_))) {
                    return Err("a union may not hold a union".into());
                }
                Ok(self.add(Type::Union(branches)))
            }
            Value::Object(object) => match object.get("type") {
                Some(Value::String(kind)) => self.complex(kind, object, namespace),
                Some(inner) => self.schema(inner, namespace),
                None => Err("a schema has no type".into()),
            },
            other => Err(format!("{other} is no schema")),
        }
    }

    fn by_name(&mut self, name: &str, namespace: &str) -> Result<usize, String> {
        let primitive = match name {
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "int" => Type::Int,
            "long" => Type::Long,
            "float" => Type::Float,
            "double" => Type::Double,
            "bytes" => Type::Bytes,
            "string" => Type::String,
            _ => {
                let found = self.named.get(&full_name(name, namespace)).or_else(|| self.named.get(name));
                return found.copied().ok_or_else(|| format!("there is no type {name}"));
            }
        };
        Ok(self.add(primitive))
    }

    fn complex(&mut self, kind: &str, object: &Map<String, Value>, namespace: &str) -> Result<usize, String> {
        match kind {
            "array" => {
                let items = object.get("items").ok_or("an array has no items")?;
                let items = self.schema(items, namespace)?;
                Ok(self.add(Type::Array(items)))
            }
            "map" => {
                let values = object.get("values").ok_or("a map has no values")?;
                let values = self.schema(values, namespace)?;
                Ok(self.add(Type::Map(values)))
            }
            "record" | "error" | "enum" | "fixed" => {
                let name = object.get("name").and_then(Value::as_str).ok_or_else(|| format!("a {kind} has no name"))?;
                let own = object.get("namespace").and_then(Value::as_str).unwrap_or(namespace);
                let full = full_name(name, own);
                let inner = full.rsplit_once('.').map_or("", |(space, _)| space).to_owned();
                let at = self.add(Type::Null);
                self.named.insert(full.clone(), at);
                self.types[at] = match kind {
                    "enum" => Type::Enum { symbols: symbols(object, &full)?, name: full },
                    "fixed" => {
                        let size = object.get("size").and_then(Value::as_u64);
                        let size = size.and_then(|size| usize::try_from(size).ok());
                        Type::Fixed { size: size.ok_or_else(|| format!("the fixed {full} has no size"))?, name: full }
                    }
                    _ => Type::Record { fields: self.fields(object, &full, &inner)?, name: full },
                };
                Ok(at)
            }
            name => self.by_name(name, namespace),
        }
    }

    fn fields(&mut self, object: &Map<String, Value>, record: &str, namespace: &str) -> Result<Vec<Field>, String> {
        let list = object.get("fields").and_then(Value::as_array);
        let list = list.ok_or_else(|| format!("the record {record} has no fields"))?;
        let mut fields = Vec::with_capacity(list.len());
        for field in list {
            let name = field.get("name").and_then(Value::as_str);
            let name = name.ok_or_else(|| format!("a field of {record} has no name"))?.to_owned();
            let of = field.get("type").ok_or_else(|| format!("the field {name} of {record} has no type"))?;
            let of = self.schema(of, namespace)?;
            fields.push(Field { name, of, default: field.get("default").cloned() });
        }
        Ok(fields)
    }
}

fn symbols(object: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    let list = object.get("symbols").and_then(Value::as_array);
    let list = list.ok_or_else(|| format!("the enum {name} has no symbols"))?;
    let symbol = |value: &Value| value.as_str().map(str::to_owned);
    let symbols: Option<Vec<String>> = list.iter().map(symbol).collect();
    symbols.ok_or_else(|| format!("a symbol of the enum {name} is no string"))
}

fn full_name(name: &str, namespace: &str) -> String {
    if name.contains('.') || namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") }
}
