//! Requests made of the facts: every array of every version repeated, with what stands in it alike or different.

use crate::{
    facts::{Field, Request},
    values::{self, Numbers},
};
use rkafka_protocol::{ApiKey, request_header_version};

/// The longest string.
const LONG: usize = 32_767;

/// What is hostile in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The array at a place has so many elements that are all alike.
    Alike(Vec<String>, usize),
    /// The array at a place has so many elements that all differ.
    Different(Vec<String>, usize),
    /// Each array has one element, and each string so many bytes.
    LongStrings(usize),
    /// Each array has one element, and each number is the least or the greatest there is.
    Numbers(Numbers),
    /// Nothing is in any array.
    Empty,
    /// What may be null is.
    Null,
}

/// A request's frame, with its length.
pub fn frame(key: ApiKey, version: i16, request: &Request, shape: &Shape, topic_id: [u8; 16], batch: &[u8]) -> Vec<u8> {
    let mut maker = Maker { request, shape, topic_id, batch, bytes: vec![0; 4] };
    let header = request_header_version(key, version);
    maker.put((key as i16).to_be_bytes());
    maker.put(version.to_be_bytes());
    maker.put(7i32.to_be_bytes());
    if header >= 1 {
        maker.put((-1i16).to_be_bytes());
    }
    if header >= 2 {
        maker.uvarint(0);
    }
    maker.structure(&request.fields, &mut Vec::new(), 0);
    let mut frame = maker.bytes;
    let length = u32::try_from(frame.len() - 4).expect("a frame");
    frame[..4].copy_from_slice(&length.to_be_bytes());
    frame
}

struct Maker<'a> {
    request: &'a Request,
    shape: &'a Shape,
    topic_id: [u8; 16],
    batch: &'a [u8],
    bytes: Vec<u8>,
}

impl Maker<'_> {
    fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        self.bytes.extend(bytes);
    }

    fn uvarint(&mut self, mut value: u32) {
        while value > 0x7f {
            self.put([(value & 0x7f) as u8 | 0x80]);
            value >>= 7;
        }
        self.put([value as u8]);
    }

    fn structure(&mut self, fields: &[Field], path: &mut Vec<String>, n: usize) {
        for field in fields {
            path.push(field.name.clone());
            if field.is_array {
                self.array(field, path, n);
            } else {
                self.value(field, path, n);
            }
            path.pop();
        }
        if self.request.flexible {
            self.uvarint(0);
        }
    }

    fn array(&mut self, field: &Field, path: &mut Vec<String>, n: usize) {
        let (count, differ) = match self.shape {
            Shape::Alike(place, count) if place == path => (*count, false),
            Shape::Different(place, count) if place == path => (*count, true),
            // What stands above the place, or below, has one element; what stands beside it has none.
            Shape::Alike(place, _) | Shape::Different(place, _) => {
                (usize::from(place.starts_with(path) || (path.starts_with(place) && !self.is_choice(path))), false)
            }
            Shape::LongStrings(_) | Shape::Numbers(_) => (1, false),
            Shape::Empty => (0, false),
            Shape::Null if field.nullable => return self.length(-1),
            Shape::Null => (1, false),
        };
        self.length(i64::try_from(count).expect("a count"));
        for element in 0..count {
            let n = if differ { element } else { n };
            if field.fields.is_empty() {
                self.scalar(field, n);
            } else {
                self.structure(&field.fields, path, n);
            }
        }
    }

    /// Arrays that exclude what else is asked for.
    fn is_choice(&self, path: &[String]) -> bool {
        let name = path.last().map(String::as_str);
        matches!((self.request.api.as_str(), name), ("CreateTopics" | "CreatePartitions", Some("Assignments")))
    }

    fn length(&mut self, count: i64) {
        if self.request.flexible {
            self.uvarint(u32::try_from(count + 1).expect("a length"));
        } else {
            self.put(i32::try_from(count).expect("a length").to_be_bytes());
        }
    }

    fn value(&mut self, field: &Field, path: &mut Vec<String>, n: usize) {
        if !field.fields.is_empty() {
            return self.structure(&field.fields, path, n);
        }
        if field.nullable && self.nothing(field) {
            return match field.kind.as_str() {
                "string" if self.request.flexible => self.uvarint(0),
                "string" => self.put((-1i16).to_be_bytes()),
                "bytes" | "records" => self.length(-1),
                // A struct that is null.
                _ => self.put((-1i8).to_be_bytes()),
            };
        }
        self.scalar(field, n);
    }

    /// What is null although it need not be.
    fn nothing(&self, field: &Field) -> bool {
        let always = matches!(field.name.as_str(), "TransactionalId" | "GroupInstanceId" | "InstanceId");
        always || *self.shape == Shape::Null
    }

    fn scalar(&mut self, field: &Field, n: usize) {
        let numbers = if let Shape::Numbers(numbers) = self.shape { *numbers } else { Numbers::Sensible };
        let int = values::int(&self.request.api, field, numbers, n);
        match field.kind.as_str() {
            "bool" => self.put([u8::from(values::flag(field))]),
            "int8" => self.put((int as i8).to_be_bytes()),
            "int16" => self.put((int as i16).to_be_bytes()),
            "uint16" => self.put((int as u16).to_be_bytes()),
            "int32" => self.put((int as i32).to_be_bytes()),
            "uint32" => self.put((int as u32).to_be_bytes()),
            "int64" => self.put(int.to_be_bytes()),
            "float64" => self.put((int as f64).to_be_bytes()),
            "uuid" => {
                let mut id = self.topic_id;
                let number = u32::try_from(n).expect("a number").to_be_bytes();
                id.iter_mut().zip(number).for_each(|(byte, n)| *byte ^= n);
                self.bytes.extend(id);
            }
            "string" => self.string(field, n),
            "bytes" => self.length(0),
            "records" => {
                self.length(i64::try_from(self.batch.len()).expect("a length"));
                self.bytes.extend(self.batch);
            }
            other => panic!("{}: nothing is known of the type {other}", field.name),
        }
    }

    fn string(&mut self, field: &Field, n: usize) {
        let text = match self.shape {
            Shape::LongStrings(length) => "a".repeat((*length).min(LONG)),
            _ => values::text(&self.request.api, field, n),
        };
        if self.request.flexible {
            self.uvarint(u32::try_from(text.len() + 1).expect("a length"));
        } else {
            self.put(i16::try_from(text.len()).expect("a length").to_be_bytes());
        }
        self.bytes.extend(text.as_bytes());
    }
}
