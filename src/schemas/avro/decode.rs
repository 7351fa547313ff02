//! Pure: from Avro's binary encoding to its JSON encoding.

use super::{AvroSchema, Type, Wrong};
use crate::{
    java_number,
    schemas::{MAX_DEPTH, MAX_TEXT, json_text, too_deep, too_long},
};

impl AvroSchema {
    /// Appends the JSON of the value in `bytes`, all of them.
    ///
    /// Errors: the bytes are no value of this schema; what is appended then means nothing.
    pub fn decode(&self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        let begin = out.len();
        let mut decoder = Decoder { schema: self, rest: bytes, begin, out };
        decoder.value(self.root, 0).map_err(Wrong::told)?;
        match decoder.rest.len() {
            0 => Ok(()),
            left => Err(format!("{left} bytes are left behind the value")),
        }
    }
}

struct Decoder<'a> {
    schema: &'a AvroSchema,
    rest: &'a [u8],
    begin: usize,
    out: &'a mut Vec<u8>,
}

impl<'a> Decoder<'a> {
    fn value(&mut self, at: usize, depth: usize) -> Result<(), Wrong> {
        if depth > MAX_DEPTH {
            return Err(Wrong::new(too_deep()));
        }
        if self.out.len() - self.begin > MAX_TEXT {
            return Err(Wrong::new(too_long()));
        }
        let schema = self.schema;
        match &schema.types[at] {
            Type::Record { fields, .. } => {
                self.put("{");
                for (n, field) in fields.iter().enumerate() {
                    self.comma(n == 0);
                    json_text::push_string(&field.name, self.out);
                    self.put(":");
                    self.value(field.of, depth + 1).map_err(|wrong| wrong.within(&field.name))?;
                }
                self.put("}");
            }
            Type::Array(items) => {
                self.put("[");
                self.blocks(|decoder, is_first| {
                    decoder.comma(is_first);
                    decoder.value(*items, depth + 1)
                })?;
                self.put("]");
            }
            Type::Map(values) => {
                self.put("{");
                self.blocks(|decoder, is_first| {
                    decoder.comma(is_first);
                    let key = decoder.text()?;
                    json_text::push_string(key, decoder.out);
                    decoder.put(":");
                    decoder.value(*values, depth + 1).map_err(|wrong| wrong.within(key))
                })?;
                self.put("}");
            }
            Type::Union(branches) => self.union(branches, depth)?,
            scalar => self.scalar(scalar)?,
        }
        Ok(())
    }

    fn scalar(&mut self, of: &Type) -> Result<(), Wrong> {
        match of {
            Type::Null => self.put("null"),
            Type::Boolean => match self.take(1)? {
                [0] => self.put("false"),
                [1] => self.put("true"),
                other => return Err(Wrong::new(format!("a boolean is 0 or 1, not {}", other[0]))),
            },
            Type::Int => match i32::try_from(self.long()?) {
                Ok(number) => self.put(&number.to_string()),
                Err(_) => return Err(Wrong::new("a number is too large for an int")),
            },
            Type::Long => {
                let number = self.long()?;
                self.put(&number.to_string());
            }
            Type::Float => {
                let number = f32::from_le_bytes(self.array()?);
                self.number(number.is_finite(), &java_number::float(number));
            }
            Type::Double => {
                let number = f64::from_le_bytes(self.array()?);
                self.number(number.is_finite(), &java_number::double(number));
            }
            Type::Bytes => {
                let bytes = self.bytes()?;
                self.characters(bytes);
            }
            Type::Fixed { size, .. } => {
                let bytes = self.take(*size)?;
                self.characters(bytes);
            }
            Type::String => self.string()?,
            Type::Enum { name, symbols } => {
                let index = self.long()?;
                let symbol = usize::try_from(index).ok().and_then(|index| symbols.get(index));
                let symbol = symbol.ok_or_else(|| Wrong::new(format!("{name} has no symbol {index}")))?;
                json_text::push_string(symbol, self.out);
            }
            // They have parts, which `value` goes through.
            Type::Record { .. } | Type::Array(_) | Type::Map(_) | Type::Union(_) => {}
        }
        Ok(())
    }

    fn union(&mut self, branches: &[usize], depth: usize) -> Result<(), Wrong> {
        let index = self.long()?;
        let branch = usize::try_from(index).ok().and_then(|index| branches.get(index));
        let branch = *branch.ok_or_else(|| Wrong::new(format!("there is no branch {index} in the union")))?;
        if matches!(self.schema.types[branch], Type::Null) {
            self.put("null");
            return Ok(());
        }
        self.put("{");
        json_text::push_string(self.schema.branch_name(branch), self.out);
        self.put(":");
        self.value(branch, depth + 1)?;
        self.put("}");
        Ok(())
    }

    /// The items of an array or a map; a block may tell its length in bytes, too.
    fn blocks(&mut self, mut item: impl FnMut(&mut Self, bool) -> Result<(), Wrong>) -> Result<(), Wrong> {
        let mut is_first = true;
        loop {
            let count = self.long()?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                self.long()?;
            }
            for _ in 0..count.unsigned_abs() {
                item(self, is_first)?;
                is_first = false;
            }
        }
    }

    fn put(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn comma(&mut self, is_first: bool) {
        if !is_first {
            self.out.push(b',');
        }
    }

    /// JSON has no infinite numbers; Java's encoder puts their names between quotes.
    fn number(&mut self, is_finite: bool, text: &str) {
        let quote = if is_finite { "" } else { "\"" };
        self.put(&format!("{quote}{text}{quote}"));
    }

    fn characters(&mut self, bytes: &[u8]) {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        json_text::push_string(&text, self.out);
    }

    fn string(&mut self) -> Result<(), Wrong> {
        let text = self.text()?;
        json_text::push_string(text, self.out);
        Ok(())
    }

    fn text(&mut self) -> Result<&'a str, Wrong> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Wrong::new("a string is not UTF-8"))
    }

    fn bytes(&mut self) -> Result<&'a [u8], Wrong> {
        let length = usize::try_from(self.long()?).map_err(|_| Wrong::new("a length is below zero"))?;
        self.take(length)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Wrong> {
        self.take(N)?.try_into().map_err(|_| ended())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Wrong> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(ended)?;
        self.rest = rest;
        Ok(taken)
    }

    fn long(&mut self) -> Result<i64, Wrong> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((number >> 1) as i64 ^ -((number & 1) as i64));
            }
        }
        Err(Wrong::new("a number has more than 64 bits"))
    }
}

fn ended() -> Wrong {
    Wrong::new("the bytes end within a value")
}
