//! Writes Rust text for the schema facts. Nothing here decides; it only spells out.

use crate::model::{Field, Message, Struct, Type, Versions};
use std::fmt::Write;

pub fn all(messages: &[Message]) -> String {
    let mut out = String::from("// Generated from schema/ by build/. Do not edit.\n");
    for m in messages {
        message(&mut out, m);
    }
    for m in messages {
        writeln!(out, "pub use {}::{};", snake(&m.name), m.name).unwrap();
    }
    api_keys(&mut out, messages);
    round_trip(&mut out, messages);
    out
}

fn message(out: &mut String, m: &Message) {
    writeln!(
        out,
        "/// `{}`, versions {}..={}.\npub mod {} {{\nuse super::prelude::*;",
        m.name,
        m.valid.lo,
        m.valid.hi,
        snake(&m.name)
    )
    .unwrap();
    for s in &m.structs {
        structure(out, m, s);
    }
    let flexible = if m.flexible.is_none() { i16::MAX } else { m.flexible.lo };
    writeln!(
        out,
        "impl Message for {0} {{\nconst NAME: &'static str = \"{0}\";\nconst VERSIONS: RangeInclusive<i16> = {1}..={2};\nconst FLEXIBLE_SINCE: i16 = {3};\n\
         fn decode(r: &mut Reader, version: i16) -> Result<Self, WireError> {{ check_version::<Self>(version)?; Self::read(r, version) }}\n\
         fn encode(&self, w: &mut Writer, version: i16) -> Result<(), WireError> {{ check_version::<Self>(version)?; self.write(w, version) }}\n}}",
        m.name, m.valid.lo, m.valid.hi, flexible
    )
    .unwrap();
    if m.kind == "request" {
        writeln!(
            out,
            "impl Request for {} {{\nconst KEY: ApiKey = ApiKey::{};\ntype Response = super::{};\n}}",
            m.name,
            m.name.trim_end_matches("Request").replace("ListClientMetricsResources", "ListConfigResources"),
            m.name.replace("Request", "Response")
        )
        .unwrap();
    }
    out.push_str("}\n");
}

fn structure(out: &mut String, m: &Message, s: &Struct) {
    let has_tags = !m.flexible.is_none();
    writeln!(out, "#[derive(Clone, Debug, PartialEq)]\npub struct {} {{", s.name).unwrap();
    for f in &s.fields {
        let entity = f.about_entity.as_deref().map(|e| format!(" Names a {e}.")).unwrap_or_default();
        writeln!(out, "/// `{}`, versions {}.{}", f.name, spell(f.versions), entity).unwrap();
        writeln!(out, "pub {}: {},", ident(&f.name), rust_type(f)).unwrap();
    }
    if has_tags {
        out.push_str("/// Tagged fields that this build has no name for, kept as they came.\npub unknown_tagged_fields: Vec<RawTaggedField>,\n");
    }
    out.push_str("}\n");
    writeln!(out, "impl Default for {} {{ fn default() -> Self {{ Self {{", s.name).unwrap();
    for f in &s.fields {
        writeln!(out, "{}: {},", ident(&f.name), default_value(f)).unwrap();
    }
    if has_tags {
        out.push_str("unknown_tagged_fields: Vec::new(),\n");
    }
    out.push_str("} } }\n");
    writeln!(out, "impl {} {{", s.name).unwrap();
    reader(out, m, s);
    writer(out, m, s);
    out.push_str("}\n");
}

/// Fields are read into variables and put together at the end: a default that is only overwritten would have to be
/// dropped again, which is most of what the compiler would make of a struct.
fn reader(out: &mut String, m: &Message, s: &Struct) {
    out.push_str(
        "#[allow(unused_variables)]\npub(super) fn read(r: &mut Reader, v: i16) -> Result<Self, WireError> {\n",
    );
    flex_let(out, m);
    let has_tags = !m.flexible.is_none();
    for f in &s.fields {
        let name = ident(&f.name);
        let mutable = if has_tags && f.tag.is_some() { "mut " } else { "" };
        let value = match plain_condition(m, f).as_deref() {
            None => default_value(f),
            Some("true") => read_expr(m, f, &flex_expr(f)),
            Some(cond) => {
                format!("if {cond} {{ {} }} else {{ {} }}", read_expr(m, f, &flex_expr(f)), default_value(f))
            }
        };
        writeln!(out, "let {mutable}{name}: {} = {value};", rust_type(f)).unwrap();
    }
    if has_tags {
        let tagged = tagged(m, s);
        if tagged.is_empty() {
            out.push_str("let unknown_tagged_fields = if flex { r.unknown_tagged_fields()? } else { Vec::new() };\n");
        } else {
            out.push_str("let unknown_tagged_fields = if flex { r.tagged_fields(&mut |tag, r| { Ok(match tag {\n");
            for (tag, cond, f) in tagged {
                let cond = if cond == "true" { String::new() } else { format!(" if {cond}") };
                writeln!(out, "{tag}{cond} => {{ {} = {}; true }}", ident(&f.name), read_expr(m, f, "true")).unwrap();
            }
            out.push_str("_ => false, }) })? } else { Vec::new() };\n");
        }
    }
    let fields: Vec<String> = s.fields.iter().map(|f| ident(&f.name)).collect();
    let rest = if has_tags { "unknown_tagged_fields" } else { "" };
    let comma = if has_tags && !fields.is_empty() { ", " } else { "" };
    writeln!(out, "Ok({} {{ {}{comma}{rest} }})\n}}", s.name, fields.join(", ")).unwrap();
}

fn writer(out: &mut String, m: &Message, s: &Struct) {
    out.push_str(
        "#[allow(unused_variables)]\npub(super) fn write(&self, w: &mut Writer, v: i16) -> Result<(), WireError> {\n",
    );
    flex_let(out, m);
    for f in &s.fields {
        if let Some(cond) = plain_condition(m, f) {
            writeln!(out, "{}{{ {} }}", guard(&cond), write_stmt(m, f, &flex_expr(f))).unwrap();
        }
        // A value that this version cannot carry is an error unless the schema says it may be dropped.
        let present = in_range("v", f.versions, m.valid);
        if !f.ignorable && present != "true" {
            writeln!(
                out,
                "if !({present}) && {} {{ return Err(WireError::not_in_version(\"{}.{}\", v)); }}",
                is_set(f),
                s.name,
                f.name
            )
            .unwrap();
        }
    }
    if !m.flexible.is_none() {
        let tagged = tagged(m, s);
        if tagged.is_empty() {
            out.push_str("if flex { w.tagged_fields(&[], &self.unknown_tagged_fields); }\n");
        } else {
            out.push_str("if flex { let mut known: Vec<RawTaggedField> = Vec::new();\n");
            for (tag, cond, f) in tagged {
                writeln!(out, "if {cond} && {} {{ let mut inner = Writer::plain(); {{ let w = &mut inner; {} }} known.push(RawTaggedField {{ tag: {tag}, data: inner.into_bytes() }}); }}", is_set(f), write_stmt(m, f, "true")).unwrap();
            }
            out.push_str("w.tagged_fields(&known, &self.unknown_tagged_fields); }\n");
        }
    }
    out.push_str("Ok(())\n}\n");
}

/// The fields of the section of tagged fields in its order: the tag, the condition under which it is known, the field.
fn tagged<'a>(m: &Message, s: &'a Struct) -> Vec<(u32, String, &'a Field)> {
    let one = |f: &'a Field| f.tag.map(|(tag, versions)| (tag, in_range("v", versions, m.valid), f));
    let mut all: Vec<_> = s.fields.iter().filter_map(one).collect();
    all.sort_by_key(|(tag, ..)| *tag);
    all
}

fn flex_let(out: &mut String, m: &Message) {
    let expr = if m.flexible.is_none() { "false".to_string() } else { in_range("v", m.flexible, m.valid) };
    writeln!(out, "let flex = {expr};").unwrap();
}

fn flex_expr(f: &Field) -> String {
    match f.flexible {
        Some(v) if v.is_none() => "false".to_string(),
        _ => "flex".to_string(),
    }
}

/// The condition under which the field stands in the plain part of the struct; `None` if it never does.
fn plain_condition(m: &Message, f: &Field) -> Option<String> {
    let mut cond = in_range("v", f.versions, m.valid);
    if let Some((_, tagged)) = f.tag {
        if tagged.covers(f.versions) {
            return None;
        }
        cond = format!("{cond} && !({})", in_range("v", tagged, m.valid));
    }
    (cond != "false").then_some(cond)
}

fn guard(cond: &str) -> String {
    if cond == "true" { String::new() } else { format!("if {cond} ") }
}

/// `v` lies in `range`, knowing that it already lies in `valid`.
fn in_range(v: &str, range: Versions, valid: Versions) -> String {
    if range.is_none() || range.lo > valid.hi || range.hi < valid.lo {
        return "false".to_string();
    }
    match (range.lo <= valid.lo, range.hi >= valid.hi) {
        (true, true) => "true".to_string(),
        (true, false) => format!("{v} <= {}", range.hi),
        (false, true) => format!("{v} >= {}", range.lo),
        (false, false) => format!("({}..={}).contains(&{v})", range.lo, range.hi),
    }
}

fn read_expr(m: &Message, f: &Field, flex: &str) -> String {
    let nullable = in_range("v", f.nullable, m.valid);
    let base = match &f.ty {
        Type::String => format!("r.string({flex}, {nullable}, \"{}\")?", f.name),
        Type::Bytes => format!("r.bytes({flex}, {nullable}, \"{}\")?", f.name),
        Type::Records => return format!("r.records({flex})?"),
        Type::Array(inner) => {
            format!("r.array({flex}, {nullable}, \"{}\", {})?", f.name, element_read(inner, flex))
        }
        Type::Struct(name) if !f.nullable.is_none() => {
            return format!(
                "if {nullable} {{ r.nullable_struct(\"{}\", |r| {name}::read(r, v))? }} else {{ Some({name}::read(r, v)?) }}",
                f.name
            );
        }
        Type::Struct(name) => return format!("{name}::read(r, v)?"),
        simple => return format!("r.{}()?", primitive(simple)),
    };
    if f.nullable.is_none() { format!("{base}.unwrap_or_default()") } else { base }
}

/// The function that reads an element, and its argument. Lists of one type share their code.
fn element_read(ty: &Type, flex: &str) -> String {
    match ty {
        Type::String => format!("{flex}, Reader::string_element"),
        Type::Bytes => format!("{flex}, Reader::bytes_element"),
        Type::Struct(name) => format!("v, {name}::read"),
        simple => format!("(), |r, ()| r.{}()", primitive(simple)),
    }
}

fn write_stmt(m: &Message, f: &Field, flex: &str) -> String {
    let name = ident(&f.name);
    let nullable = in_range("v", f.nullable, m.valid);
    let optional = !f.nullable.is_none();
    match &f.ty {
        Type::String if optional => format!("w.string({flex}, {nullable}, self.{name}.as_deref(), \"{}\")?;", f.name),
        Type::String => format!("w.string({flex}, false, Some(&self.{name}), \"{}\")?;", f.name),
        Type::Bytes if optional => format!("w.bytes({flex}, {nullable}, self.{name}.as_ref(), \"{}\")?;", f.name),
        Type::Bytes => format!("w.bytes({flex}, false, Some(&self.{name}), \"{}\")?;", f.name),
        Type::Records => format!("w.records({flex}, self.{name}.as_ref());"),
        Type::Array(inner) if optional => format!(
            "w.length({flex}, {nullable}, self.{name}.as_ref().map(Vec::len), \"{}\")?; if let Some(list) = &self.{name} {{ for e in list {{ {} }} }}",
            f.name,
            element_write(inner, flex)
        ),
        Type::Array(inner) => format!(
            "w.length({flex}, false, Some(self.{name}.len()), \"{}\")?; for e in &self.{name} {{ {} }}",
            f.name,
            element_write(inner, flex)
        ),
        Type::Struct(_) if optional => {
            format!("w.nullable_struct({nullable}, self.{name}.as_ref(), \"{}\", |w, e| e.write(w, v))?;", f.name)
        }
        Type::Struct(_) => format!("self.{name}.write(w, v)?;"),
        simple => format!("w.{}(self.{name});", primitive(simple)),
    }
}

fn element_write(ty: &Type, flex: &str) -> String {
    match ty {
        Type::String => format!("w.string({flex}, false, Some(e), \"element\")?;"),
        Type::Bytes => format!("w.bytes({flex}, false, Some(e), \"element\")?;"),
        Type::Struct(_) => "e.write(w, v)?;".to_string(),
        simple => format!("w.{}(*e);", primitive(simple)),
    }
}

fn primitive(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Int8 => "i8",
        Type::Int16 => "i16",
        Type::Uint16 => "u16",
        Type::Int32 => "i32",
        Type::Uint32 => "u32",
        Type::Int64 => "i64",
        Type::Float64 => "f64",
        Type::Uuid => "uuid",
        other => panic!("{other:?} is not a primitive"),
    }
}

fn rust_type(f: &Field) -> String {
    let base = plain_type(&f.ty);
    if f.nullable.is_none() && f.ty != Type::Records { base } else { format!("Option<{base}>") }
}

fn plain_type(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".into(),
        Type::Int8 => "i8".into(),
        Type::Int16 => "i16".into(),
        Type::Uint16 => "u16".into(),
        Type::Int32 => "i32".into(),
        Type::Uint32 => "u32".into(),
        Type::Int64 => "i64".into(),
        Type::Float64 => "f64".into(),
        Type::String => "String".into(),
        Type::Bytes => "Bytes".into(),
        Type::Records => "Records".into(),
        Type::Uuid => "Uuid".into(),
        Type::Struct(name) => name.clone(),
        Type::Array(inner) => format!("Vec<{}>", plain_type(inner)),
    }
}

fn default_value(f: &Field) -> String {
    let optional = !f.nullable.is_none();
    let wrap = |v: String| if optional { format!("Some({v})") } else { v };
    match (&f.ty, f.default.as_deref()) {
        (Type::Records, _) | (_, Some("null")) => "None".into(),
        (Type::Bool, d) => wrap((d == Some("true")).to_string()),
        (Type::String, d) => match d {
            None | Some("") => wrap("String::new()".into()),
            Some(s) => wrap(format!("{s:?}.to_string()")),
        },
        (Type::Float64, d) => wrap(d.map_or("0.0".into(), |d| format!("{d}f64"))),
        (Type::Bytes, _) => wrap("Bytes::new()".into()),
        (Type::Uuid, _) => wrap("Uuid::ZERO".into()),
        (Type::Array(_), _) => wrap("Vec::new()".into()),
        (Type::Struct(name), _) => wrap(format!("{name}::default()")),
        (_, d) => wrap(d.map_or("0".into(), str::to_string)),
    }
}

/// An expression that holds when the field's value differs from its default.
fn is_set(f: &Field) -> String {
    let name = ident(&f.name);
    let optional = !f.nullable.is_none();
    match (&f.ty, f.default.as_deref()) {
        (Type::Records, _) | (_, Some("null")) => format!("self.{name}.is_some()"),
        (Type::String | Type::Bytes | Type::Array(_), None | Some("")) if optional => {
            format!("self.{name}.as_ref().is_none_or(|x| !x.is_empty())")
        }
        (Type::String | Type::Bytes | Type::Array(_), None | Some("")) => format!("!self.{name}.is_empty()"),
        (Type::Bool, d) => {
            if d == Some("true") {
                format!("!self.{name}")
            } else {
                format!("self.{name}")
            }
        }
        _ => format!("self.{name} != {}", default_value(f)),
    }
}

fn api_keys(out: &mut String, messages: &[Message]) {
    let mut requests: Vec<&Message> = messages.iter().filter(|m| m.kind == "request").collect();
    // Key 74 was renamed; the newer name serves for both.
    requests.sort_by_key(|m| (m.api_key, m.in_4_1.is_none()));
    requests.dedup_by_key(|m| m.api_key);
    out.push_str("/// Every API that the schema facts name.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]\n#[repr(i16)]\npub enum ApiKey {\n");
    for m in &requests {
        writeln!(out, "{} = {},", m.name.trim_end_matches("Request"), m.api_key.unwrap()).unwrap();
    }
    out.push_str("}\n/// One row an API: key, name, and the version ranges that the facts give.\npub const APIS: &[ApiFacts] = &[\n");
    for m in &requests {
        let flexible = if m.flexible.is_none() { i16::MAX } else { m.flexible.lo };
        writeln!(
            out,
            "ApiFacts {{ key: ApiKey::{0}, name: \"{0}\", versions: {1}, in_3_9: {2}, in_4_1: {3}, in_4_4: {4}, flexible_since: {5} }},",
            m.name.trim_end_matches("Request"),
            range_expr(m.valid),
            range_expr(m.in_3_9),
            range_expr(m.in_4_1),
            range_expr(m.in_4_4),
            flexible
        )
        .unwrap();
    }
    out.push_str("];\n");
}

fn range_expr(v: Versions) -> String {
    if v.is_none() { "None".into() } else { format!("Some(VersionRange {{ min: {}, max: {} }})", v.lo, v.hi) }
}

fn round_trip(out: &mut String, messages: &[Message]) {
    out.push_str(
        "/// Decodes `body` as the named message and encodes it again; `None` for an unknown name. For tests and fuzzing.\n\
         pub fn round_trip(name: &str, version: i16, body: Bytes) -> Option<Result<Bytes, WireError>> {\n\
         let (mut r, mut w) = (Reader::new(body), Writer::plain());\n\
         Some(copier(name)?(&mut r, &mut w, version).map(|()| w.into_bytes()))\n}\n\
         fn copy<M: Message>(r: &mut Reader, w: &mut Writer, version: i16) -> Result<(), WireError> { let m = M::decode(r, version)?; r.finish()?; m.encode(w, version) }\n\
         fn copier(name: &str) -> Option<fn(&mut Reader, &mut Writer, i16) -> Result<(), WireError>> { Some(match name {\n",
    );
    for m in messages {
        writeln!(out, "\"{0}\" => copy::<{0}>,", m.name).unwrap();
    }
    out.push_str("_ => return None, }) }\n");
    out.push_str("/// The names of all messages with their versions.\npub const MESSAGES: &[(&str, i16, i16)] = &[\n");
    for m in messages.iter().filter(|m| !m.valid.is_none()) {
        writeln!(out, "(\"{}\", {}, {}),", m.name, m.valid.lo, m.valid.hi).unwrap();
    }
    out.push_str("];\n");
}

fn spell(v: Versions) -> String {
    if v.is_none() {
        "none".into()
    } else if v.hi == i16::MAX {
        format!("{}+", v.lo)
    } else {
        format!("{}-{}", v.lo, v.hi)
    }
}

fn ident(name: &str) -> String {
    let s = snake(name);
    if matches!(s.as_str(), "type" | "match" | "ref" | "self" | "move" | "loop" | "where" | "use" | "in" | "as") {
        format!("{s}_")
    } else {
        s
    }
}

fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let lower_before = i > 0 && (chars[i - 1].is_lowercase() || chars[i - 1].is_ascii_digit());
        let lower_after = i > 0 && chars.get(i + 1).is_some_and(|n| n.is_lowercase()) && chars[i - 1].is_uppercase();
        if c.is_uppercase() && (lower_before || lower_after) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}
