//! Pure: the kinds of options that Kafka's tools have. A value of these types is what was typed for one option: it knows
//! the option's name, so that complaints need no second mention of it.
//!
//! clap fills them. It hands a value parser one text, so `pack` packs all that was typed for an option into one; NUL,
//! which no argument of a program can hold, stands between.

use super::refusal::UsageError;
use clap::{
    Arg, Command,
    builder::{TypedValueParser, ValueParserFactory},
};
use std::{ffi::OsStr, marker::PhantomData, str::FromStr};

/// An option as rules between options see it.
pub trait Opt {
    /// Its full name, without dashes.
    fn name(&self) -> &str;
    /// Whether it was typed.
    fn is_given(&self) -> bool;
}

/// An option without a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    name: String,
    given: bool,
}

/// An option with a value that may stand once. Whether it did, and whether it can be understood, is looked at when it is
/// read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once<T> {
    given: Given,
    as_type: PhantomData<fn() -> T>,
}

/// An option with a value that may stand several times. As the one positional argument of a struct: all words that
/// belong to no option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    given: Given,
}

impl<T: FromStr> Once<T> {
    /// The value, or its default.
    pub fn value(&self) -> Result<Option<T>, UsageError> {
        let Some(text) = self.text()? else { return Ok(None) };
        let Given { name, letter, .. } = &self.given;
        let wrong = |_| UsageError::Unparsable {
            option: name.clone(),
            letter: *letter,
            value: text.to_owned(),
            kind: type_of_java::<T>(),
        };
        text.parse().map(Some).map_err(wrong)
    }

    /// The value, or else that of `old`, an earlier name of the option.
    pub fn value_or(&self, old: &Once<T>) -> Result<Option<T>, UsageError> {
        match self.value()? {
            Some(value) => Ok(Some(value)),
            None => old.value(),
        }
    }

    /// The value of an option that must be given.
    pub fn required(&self) -> Result<T, UsageError> {
        self.value()?.ok_or_else(|| UsageError::missing(self))
    }
}

impl<T> Once<T> {
    /// The value as it was typed, or its default.
    pub fn text(&self) -> Result<Option<&str>, UsageError> {
        let mut values = self.given.values();
        match (values.next(), values.next()) {
            (None, _) => Ok(self.given.default.as_deref()),
            (Some(one), None) => Ok(Some(one)),
            _ => Err(UsageError::Multiple(self.given.name.clone())),
        }
    }
}

impl Repeated {
    /// The values in the order in which they were typed.
    pub fn values(&self) -> Vec<&str> {
        self.given.values().collect()
    }

    /// The values, or else those of `old`, an earlier name of the option.
    pub fn values_or<'a>(&'a self, old: &'a Repeated) -> Vec<&'a str> {
        if self.is_given() { self.values() } else { old.values() }
    }
}

impl Opt for Flag {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_given(&self) -> bool {
        self.given
    }
}

impl<T> Opt for Once<T> {
    fn name(&self) -> &str {
        &self.given.name
    }

    fn is_given(&self) -> bool {
        !self.given.times.is_empty()
    }
}

impl Opt for Repeated {
    fn name(&self) -> &str {
        &self.given.name
    }

    fn is_given(&self) -> bool {
        !self.given.times.is_empty()
    }
}

/// All that was typed for one option.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    name: String,
    letter: Option<char>,
    /// Each time it was typed; an optional value may be left out.
    times: Vec<Option<String>>,
    /// What counts when there is no value.
    default: Option<String>,
}

/// What Java calls the type of a number.
fn type_of_java<T>() -> &'static str {
    match std::any::type_name::<T>() {
        "i64" | "u64" => "Long",
        "f64" => "Double",
        _ => "Integer",
    }
}

const BETWEEN: char = '\0';
const HAS_VALUE: char = '=';

/// What was typed for one option as one text, for clap: [`Given::unpack`] reads it.
pub(super) fn pack<'a>(times: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut packed = String::new();
    for time in times {
        packed.push(BETWEEN);
        if let Some(value) = time {
            packed.push(HAS_VALUE);
            packed.push_str(value);
        }
    }
    packed
}

impl Given {
    /// Reads what [`pack`] wrote. What does not begin as that does is clap's default: nothing was typed.
    fn unpack(option: Named, text: &str) -> Given {
        let Named { name, letter, default } = option;
        let times = text.strip_prefix(BETWEEN).into_iter().flat_map(|packed| packed.split(BETWEEN));
        let times = times.map(|time| time.strip_prefix(HAS_VALUE).map(str::to_owned)).collect();
        Given { name, letter, times, default }
    }

    fn values(&self) -> impl Iterator<Item = &str> {
        self.times.iter().filter_map(Option::as_deref)
    }
}

/// What the definition of an option says about it.
#[derive(Debug)]
struct Named {
    name: String,
    letter: Option<char>,
    /// `None` if it is empty: so are those of options that have none (`argv::for_packed`).
    default: Option<String>,
}

impl Named {
    fn of(arg: &Arg) -> Named {
        let default = arg.get_default_values().first().map(|text| text.to_string_lossy().into_owned());
        let name = arg.get_long().unwrap_or(arg.get_id().as_str()).to_owned();
        Named { name, letter: arg.get_short(), default: default.filter(|text| !text.is_empty()) }
    }
}

/// Makes one of the kinds out of an option's definition and what clap hands over for it.
#[derive(Clone, Copy, Debug)]
pub struct Kind<K>(fn(Named, &str) -> K);

impl<K: Clone + Send + Sync + 'static> TypedValueParser for Kind<K> {
    type Value = K;

    fn parse_ref(&self, _: &Command, arg: Option<&Arg>, text: &OsStr) -> Result<K, clap::Error> {
        let option = arg.map_or_else(|| Named { name: String::new(), letter: None, default: None }, Named::of);
        // Nobody gets as far with other words (`program::main`).
        Ok((self.0)(option, &text.to_string_lossy()))
    }
}

impl ValueParserFactory for Flag {
    type Parser = Kind<Flag>;

    fn value_parser() -> Kind<Flag> {
        Kind(|option, text| Flag { name: option.name, given: text == "true" })
    }
}

impl<T: 'static> ValueParserFactory for Once<T> {
    type Parser = Kind<Once<T>>;

    fn value_parser() -> Kind<Once<T>> {
        Kind(|option, text| Once { given: Given::unpack(option, text), as_type: PhantomData })
    }
}

impl ValueParserFactory for Repeated {
    type Parser = Kind<Repeated>;

    fn value_parser() -> Kind<Repeated> {
        Kind(|option, text| Repeated { given: Given::unpack(option, text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_through() {
        let option = || Named::of(&Arg::new("x").default_value("latest"));
        for times in [vec![], vec![None], vec![Some("")], vec![Some("a"), None, Some("=b c")]] {
            let given = Given::unpack(option(), &pack(times.iter().copied()));
            assert_eq!(given.times.iter().map(Option::as_deref).collect::<Vec<_>>(), times);
            assert_eq!(given.default.as_deref(), Some("latest"));
        }
        let untyped = Given::unpack(option(), "latest");
        assert_eq!((untyped.times, untyped.default.as_deref()), (vec![], Some("latest")));
        assert_eq!(Given::unpack(Named::of(&Arg::new("x").default_value("")), "").default, None);
    }
}
