//! Pure: from words to an expression. `or` binds least, then `and`, then `not`.

use super::{
    Wrong,
    condition::{Comparison, Condition, Expression, Field, Literal},
    json::Step,
    lexer::{Placed, Token},
};
use crate::moment;
use regex_lite::Regex;

/// How deep parentheses and `not` may be nested.
const MAX_DEPTH: usize = 64;
/// The most steps of a path.
const MAX_STEPS: usize = 64;
const LITERAL: &str = "a string, number, time, true, false or null belongs here";
const OPERATORS: &str =
    "an operator belongs here: =, !=, <, <=, >, >=, ~, !~, contains, in (...), exists, is null, is not null";
const FIELDS: &str = "key, value, headers.NAME, topic, partition, offset";

/// Understands `tokens`, the last of which is the end.
pub fn parse(tokens: Vec<Placed>, now_ms: i64) -> Result<Expression, Wrong> {
    let mut parser = Parser { tokens, next: 0, depth: 0, now_ms };
    if parser.peek().token == Token::End {
        return parser.wrong(format!("an expression begins with a field: {FIELDS}, timestamp"));
    }
    let expression = parser.any()?;
    match parser.peek().token {
        Token::End => Ok(expression),
        _ => parser.wrong("and, or, or the end belongs here"),
    }
}

struct Parser {
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
    now_ms: i64,
}

impl Parser {
    fn peek(&self) -> &Placed {
        // The end is never passed.
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn at(&self) -> usize {
        self.peek().at
    }

    fn take(&mut self) -> Token {
        let token = self.peek().token.clone();
        self.next += usize::from(token != Token::End);
        token
    }

    fn wrong<T>(&self, what: impl Into<String>) -> Result<T, Wrong> {
        Err(Wrong { at: self.at(), what: what.into() })
    }

    /// Takes a word of the language, whatever its case.
    fn took_word(&mut self, word: &str) -> bool {
        let is = matches!(&self.peek().token, Token::Word(found) if found.eq_ignore_ascii_case(word));
        self.next += usize::from(is);
        is
    }

    fn took_symbol(&mut self, symbol: &str) -> bool {
        let is = matches!(self.peek().token, Token::Symbol(found) if found == symbol);
        self.next += usize::from(is);
        is
    }

    fn any(&mut self) -> Result<Expression, Wrong> {
        let mut parts = vec![self.all()?];
        while self.took_word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, Wrong> {
        let mut parts = vec![self.one()?];
        while self.took_word("and") {
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn one(&mut self) -> Result<Expression, Wrong> {
        if self.depth == MAX_DEPTH {
            return self.wrong(format!("conditions may be nested {MAX_DEPTH} deep"));
        }
        self.depth += 1;
        let opened = self.at();
        let expression = if self.took_word("not") {
            Expression::Not(Box::new(self.one()?))
        } else if self.took_symbol("(") {
            let inner = self.any()?;
            if !self.took_symbol(")") {
                return match self.peek().token {
                    Token::End => Err(Wrong { at: opened, what: "this parenthesis is not closed".into() }),
                    _ => self.wrong("and, or, or a closing parenthesis belongs here"),
                };
            }
            inner
        } else {
            let field = self.field()?;
            let condition = self.condition(&field)?;
            Expression::Test(field, condition)
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn field(&mut self) -> Result<Field, Wrong> {
        let at = self.at();
        let name = match self.take() {
            Token::Word(name) => name,
            _ => return Err(Wrong { at, what: format!("a field belongs here: {FIELDS}, timestamp") }),
        };
        let plain = |field: Field, parser: &Parser| match parser.peek().token {
            Token::Symbol("." | "[") => parser.wrong(format!("{} has no parts", name.to_lowercase())),
            _ => Ok(field),
        };
        match name.to_ascii_lowercase().as_str() {
            "key" => Ok(Field::Key(self.path()?)),
            "value" => Ok(Field::Value(self.path()?)),
            "headers" => self.header(),
            "topic" => plain(Field::Topic, self),
            "partition" => plain(Field::Partition, self),
            "offset" => plain(Field::Offset, self),
            "timestamp" => plain(Field::Timestamp, self),
            _ => Err(Wrong { at, what: format!("'{name}' is no field: {FIELDS} and timestamp are") }),
        }
    }

    fn header(&mut self) -> Result<Field, Wrong> {
        let at = self.at();
        match self.path()?.as_slice() {
            [Step::Name(name)] => Ok(Field::Header(name.clone())),
            [] => self.wrong("which header? Write headers.NAME, or headers[\"NAME\"]"),
            _ => Err(Wrong { at, what: "a header has no parts; write headers[\"NAME\"] for an odd name".into() }),
        }
    }

    fn path(&mut self) -> Result<Vec<Step>, Wrong> {
        let mut steps = Vec::new();
        loop {
            let at = self.at();
            if self.took_symbol(".") {
                match self.take_named() {
                    Some(name) => steps.push(Step::Name(name)),
                    None => return self.wrong("a name belongs behind the dot; write [\"NAME\"] for an odd one"),
                }
            } else if self.took_symbol("[") {
                let inside = self.at();
                steps.push(match self.take() {
                    Token::Integer(index) => Step::Index(index),
                    Token::Text(name) => Step::Name(name),
                    _ => {
                        let what = "a number or a string belongs between the brackets".into();
                        return Err(Wrong { at: inside, what });
                    }
                });
                if !self.took_symbol("]") {
                    return self.wrong("a closing bracket belongs here");
                }
            } else {
                return Ok(steps);
            }
            if steps.len() > MAX_STEPS {
                return Err(Wrong { at, what: format!("a path has at most {MAX_STEPS} steps") });
            }
        }
    }

    fn take_named(&mut self) -> Option<String> {
        match self.peek().token.clone() {
            Token::Word(name) => {
                self.next += 1;
                Some(name)
            }
            // A name all the same, behind a dot.
            Token::Time(ms) if ms == self.now_ms => {
                self.next += 1;
                Some("now".into())
            }
            _ => None,
        }
    }

    fn condition(&mut self, field: &Field) -> Result<Condition, Wrong> {
        let at = self.at();
        let negated = self.took_word("not");
        if self.took_word("in") {
            return Ok(Condition::In(self.list(field)?, negated));
        }
        if negated {
            return self.wrong("in belongs here: FIELD not in (...); not stands before the field otherwise");
        }
        if self.took_word("exists") {
            return Ok(Condition::Exists);
        }
        if self.took_word("is") {
            let negated = self.took_word("not");
            return match self.took_word("null") {
                true => Ok(Condition::IsNull(negated)),
                false => self.wrong("null belongs here: FIELD is null, FIELD is not null"),
            };
        }
        if self.took_word("contains") {
            let at = self.at();
            return match self.literal(field)? {
                Literal::Null => Err(Wrong { at, what: "null is in nothing".into() }),
                literal => Ok(Condition::Contains(literal)),
            };
        }
        let Token::Symbol(symbol) = self.take() else { return Err(Wrong { at, what: OPERATORS.into() }) };
        let comparison = match symbol {
            "=" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            "~" => return Ok(Condition::Matches(self.pattern()?, false)),
            "!~" => return Ok(Condition::Matches(self.pattern()?, true)),
            _ => return Err(Wrong { at, what: OPERATORS.into() }),
        };
        let at = self.at();
        match self.literal(field)? {
            Literal::Null if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) => {
                Err(Wrong { at, what: "null has no order".into() })
            }
            literal => Ok(Condition::Is(comparison, literal)),
        }
    }

    fn list(&mut self, field: &Field) -> Result<Vec<Literal>, Wrong> {
        if !self.took_symbol("(") {
            return self.wrong("a list belongs here: in (1, 2, 3)");
        }
        let mut list = Vec::new();
        loop {
            list.push(self.literal(field)?);
            if self.took_symbol(")") {
                return Ok(list);
            }
            if !self.took_symbol(",") {
                return self.wrong("a comma or a closing parenthesis belongs here");
            }
        }
    }

    /// A literal. Next to `timestamp`, a string is a time.
    fn literal(&mut self, field: &Field) -> Result<Literal, Wrong> {
        let at = self.at();
        let wrong = |what: &str| Err(Wrong { at, what: what.to_owned() });
        match self.take() {
            Token::Text(text) if matches!(field, Field::Timestamp) => {
                moment::read(&text, self.now_ms).map(Literal::Time).map_err(|what| Wrong { at, what })
            }
            Token::Text(text) => Ok(Literal::Text(text)),
            Token::Integer(number) => Ok(Literal::Integer(number)),
            Token::Decimal(number) => Ok(Literal::Decimal(number)),
            Token::Time(ms) => Ok(Literal::Time(ms)),
            Token::Word(word) => match word.to_ascii_lowercase().as_str() {
                "true" => Ok(Literal::Bool(true)),
                "false" => Ok(Literal::Bool(false)),
                "null" => Ok(Literal::Null),
                _ => wrong(&format!("{LITERAL}; strings stand between quotes: \"{word}\"")),
            },
            Token::Symbol(_) | Token::End => wrong(LITERAL),
        }
    }

    fn pattern(&mut self) -> Result<Regex, Wrong> {
        let at = self.at();
        let Token::Text(text) = self.take() else {
            return Err(Wrong { at, what: "a string with a regular expression belongs here".into() });
        };
        Regex::new(&text).map_err(|error| Wrong { at, what: format!("no regular expression: {error}") })
    }
}

fn one_or(mut parts: Vec<Expression>, join: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}
