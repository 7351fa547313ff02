//! Pure: what tools show, laid out for programs: `--output json`, `jsonl`, `csv` and `yaml`.
//!
//! A tool describes each kind of thing that it shows by a [`Shape`]: the fields of one row, with what they mean. Rows are
//! made in the order of the fields, so that a row that does not fit its shape does not compile. `docs/output.md` is made
//! from the shapes of all tools.

use serde_json::Value;
use std::fmt::Write;

/// How what a tool shows is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Kafka's own layout.
    #[default]
    Text,
    /// One JSON text: an array of objects, or one object.
    Json,
    /// An object a line.
    Jsonl,
    /// A line of names, then a line a row (RFC 4180).
    Csv,
    /// A sequence of mappings, or one mapping.
    Yaml,
}

/// The words of `--output`, in the order in which they are told.
pub const FORMATS: [(&str, Format); 5] = [
    ("text", Format::Text),
    ("json", Format::Json),
    ("jsonl", Format::Jsonl),
    ("csv", Format::Csv),
    ("yaml", Format::Yaml),
];

impl Format {
    /// The format of that name, in any case.
    pub fn named(word: &str) -> Option<Format> {
        FORMATS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, format)| *format)
    }

    /// Whether a program reads JSON: it then wants errors as JSON, too.
    pub fn is_json(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl)
    }
}

/// What kind of value a field has; each may also be null where its description says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// A whole number.
    Integer,
    /// A number that may have a fraction.
    Number,
    Boolean,
    /// A list; of what, the description says.
    List,
    /// An object; of what, the description says.
    Object,
    /// One of several, which the description names.
    Any,
}

impl Kind {
    /// The name in the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "string",
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::List => "array",
            Kind::Object => "object",
            Kind::Any => "any",
        }
    }

    /// Whether `value` is of this kind, or null.
    pub fn fits(self, value: &Value) -> bool {
        match self {
            _ if value.is_null() => true,
            Kind::Text => value.is_string(),
            Kind::Integer => value.is_i64() || value.is_u64(),
            Kind::Number => value.is_number(),
            Kind::Boolean => value.is_boolean(),
            Kind::List => value.is_array(),
            Kind::Object => value.is_object(),
            Kind::Any => true,
        }
    }
}

/// One field of a row.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// In camel case, as in Kafka's own JSON.
    pub name: &'static str,
    pub kind: Kind,
    /// What it means, its unit, and when it is null.
    pub about: &'static str,
}

impl Field {
    pub const fn text(name: &'static str, about: &'static str) -> Field {
        Field { name, kind: Kind::Text, about }
    }

    pub const fn integer(name: &'static str, about: &'static str) -> Field {
        Field { name, kind: Kind::Integer, about }
    }

    pub const fn number(name: &'static str, about: &'static str) -> Field {
        Field { name, kind: Kind::Number, about }
    }

    pub const fn boolean(name: &'static str, about: &'static str) -> Field {
        Field { name, kind: Kind::Boolean, about }
    }

    pub const fn list(name: &'static str, about: &'static str) -> Field {
        Field { name, kind: Kind::List, about }
    }

    pub const fn object(name: &'static str, about: &'static str) -> Field {
        Field { name, kind: Kind::Object, about }
    }

    pub const fn any(name: &'static str, about: &'static str) -> Field {
        Field { name, kind: Kind::Any, about }
    }
}

/// One kind of thing that a tool shows.
#[derive(Clone, Copy, Debug)]
pub struct Shape<const N: usize> {
    /// What shows it: `topics --describe`.
    pub shown_by: &'static str,
    /// Whether there is always exactly one: then JSON is the object itself, not an array.
    pub is_single: bool,
    pub fields: [Field; N],
}

impl<const N: usize> Shape<N> {
    /// Any number of rows.
    pub const fn rows(shown_by: &'static str, fields: [Field; N]) -> Shape<N> {
        Shape { shown_by, is_single: false, fields }
    }

    /// Always one.
    pub const fn single(shown_by: &'static str, fields: [Field; N]) -> Shape<N> {
        Shape { shown_by, is_single: true, fields }
    }
}

/// A [`Shape`] of any number of fields, for the documentation.
pub trait Described: Sync {
    fn shown_by(&self) -> &'static str;
    fn is_single(&self) -> bool;
    fn fields(&self) -> &[Field];
}

impl<const N: usize> Described for Shape<N> {
    fn shown_by(&self) -> &'static str {
        self.shown_by
    }

    fn is_single(&self) -> bool {
        self.is_single
    }

    fn fields(&self) -> &[Field] {
        &self.fields
    }
}

/// The text that rows become, piece by piece, so that rows can be written as they come.
#[derive(Debug)]
pub struct Layout<'a, const N: usize> {
    shape: &'a Shape<N>,
    format: Format,
    rows: u64,
}

impl<'a, const N: usize> Layout<'a, N> {
    /// `format` is one for programs; text is laid out as JSON lines.
    pub fn new(shape: &'a Shape<N>, format: Format) -> Layout<'a, N> {
        Layout { shape, format, rows: 0 }
    }

    /// What stands before the first row.
    pub fn head(&self) -> String {
        match self.format {
            Format::Json if !self.shape.is_single => "[".to_owned(),
            Format::Csv => {
                let names: Vec<String> = self.shape.fields.iter().map(|field| csv(field.name)).collect();
                names.join(",") + "\n"
            }
            _ => String::new(),
        }
    }

    /// A row, its values in the order of the shape's fields.
    pub fn row(&mut self, row: &[Value; N]) -> String {
        let is_first = self.rows == 0;
        self.rows += 1;
        match self.format {
            Format::Json if self.shape.is_single => self.object(row) + "\n",
            Format::Json => format!("{}\n{}", if is_first { "" } else { "," }, self.object(row)),
            Format::Jsonl | Format::Text => self.object(row) + "\n",
            Format::Csv => {
                let values: Vec<String> = row.iter().map(|value| csv(&plain(value))).collect();
                values.join(",") + "\n"
            }
            Format::Yaml => self.mapping(row),
        }
    }

    /// What stands behind the last row.
    pub fn foot(&self) -> &'static str {
        match self.format {
            Format::Json if !self.shape.is_single => {
                if self.rows == 0 {
                    "]\n"
                } else {
                    "\n]\n"
                }
            }
            Format::Yaml if !self.shape.is_single && self.rows == 0 => "[]\n",
            _ => "",
        }
    }

    fn object(&self, row: &[Value; N]) -> String {
        let mut text = String::from("{");
        for (at, (field, value)) in self.shape.fields.iter().zip(row).enumerate() {
            debug_assert!(field.kind.fits(value), "{} of {}: {value}", field.name, self.shape.shown_by);
            let comma = if at == 0 { "" } else { "," };
            // A name is letters and digits (a test of `handbook` sees to it); writing to a String cannot fail.
            let _ = write!(text, "{comma}\"{}\":{value}", field.name);
        }
        text.push('}');
        text
    }

    /// Strings and nested values are written as JSON, which YAML 1.2 contains.
    fn mapping(&self, row: &[Value; N]) -> String {
        let mut text = String::new();
        for (at, (field, value)) in self.shape.fields.iter().zip(row).enumerate() {
            let lead = match (self.shape.is_single, at) {
                (true, _) => "",
                (false, 0) => "- ",
                (false, _) => "  ",
            };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{lead}{}: {value}", field.name);
        }
        text
    }
}

/// Text as it is, nothing for null, JSON for the rest.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

fn csv(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PAIR: Shape<3> = Shape::rows(
        "x",
        [Field::text("name", "A name."), Field::integer("size", "Bytes."), Field::list("replicas", "Broker ids.")],
    );
    const ONE: Shape<1> = Shape::single("y", [Field::text("id", "An id.")]);

    fn laid_out<const N: usize>(shape: &Shape<N>, format: Format, rows: &[[Value; N]]) -> String {
        let mut layout = Layout::new(shape, format);
        let mut text = layout.head();
        for row in rows {
            text += &layout.row(row);
        }
        text + layout.foot()
    }

    #[test]
    fn rows_in_every_format() {
        let rows = [[json!("a,\"b\""), json!(1), json!([1, 2])], [json!(null), json!(2), json!([])]];
        let of = |format| laid_out(&PAIR, format, &rows);
        let json = of(Format::Json);
        let read: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            read,
            json!([{"name": "a,\"b\"", "size": 1, "replicas": [1, 2]}, {"name": null, "size": 2, "replicas": []}])
        );
        assert_eq!(json.lines().count(), 4);
        assert_eq!(of(Format::Csv), "name,size,replicas\n\"a,\"\"b\"\"\",1,\"[1,2]\"\n,2,[]\n");
        assert_eq!(
            of(Format::Yaml),
            "- name: \"a,\\\"b\\\"\"\n  size: 1\n  replicas: [1,2]\n- name: null\n  size: 2\n  replicas: []\n"
        );
        assert_eq!(of(Format::Jsonl).lines().count(), 2);
        assert!(of(Format::Jsonl).starts_with("{\"name\":\"a,\\\"b\\\"\",\"size\":1,"), "in the order of the shape");
    }

    #[test]
    fn nothing_and_single_things() {
        assert_eq!(laid_out(&PAIR, Format::Json, &[]), "[]\n");
        assert_eq!(laid_out(&PAIR, Format::Yaml, &[]), "[]\n");
        assert_eq!(laid_out(&PAIR, Format::Jsonl, &[]), "");
        assert_eq!(laid_out(&ONE, Format::Json, &[[json!("i")]]), "{\"id\":\"i\"}\n");
        assert_eq!(laid_out(&ONE, Format::Yaml, &[[json!("i")]]), "id: \"i\"\n");
    }

    #[test]
    fn formats_by_name() {
        assert_eq!(Format::named("YAML"), Some(Format::Yaml));
        assert_eq!(Format::named("xml"), None);
        assert!(Format::Jsonl.is_json() && !Format::Csv.is_json());
    }
}
