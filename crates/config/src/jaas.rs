//! Pure: Java's login configuration files:
//! `Section { package.Module required option="value" …; … };`, with `//` and `/* */` comments.

use super::settings::ConfigError;

/// One module of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginModule {
    pub class: String,
    /// Options in their order.
    pub options: Vec<(String, String)>,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSection {
    pub name: String,
    pub modules: Vec<LoginModule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Mark(char),
}

/// Reads all sections; errors name `file` and the line.
pub fn parse(file: &str, text: &str) -> Result<Vec<LoginSection>, ConfigError> {
    let error = |line: usize, reason: &str| ConfigError::Syntax {
        file: format!("{file}:{line}"),
        reason: format!("{reason} (a section is: Name {{ module.Class required option=\"value\"; }};)"),
    };
    let tokens = tokens(text).map_err(|line| error(line, "a quoted value or comment does not end"))?;
    let last_line = text.lines().count().max(1);
    let mut reader = Reader { tokens: tokens.into_iter().peekable(), line: last_line };
    let mut sections = Vec::new();
    while reader.tokens.peek().is_some() {
        sections.push(reader.section().map_err(|reason| error(reader.line, reason))?);
    }
    Ok(sections)
}

struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<(usize, Token)>>,
    /// Of the token read last.
    line: usize,
}

impl Reader {
    fn next(&mut self) -> Result<Token, &'static str> {
        let (line, token) = self.tokens.next().ok_or("the file ends too early")?;
        self.line = line;
        Ok(token)
    }

    fn word(&mut self, what: &'static str) -> Result<String, &'static str> {
        match self.next()? {
            Token::Word(text) | Token::Quoted(text) => Ok(text),
            Token::Mark(_) => Err(what),
        }
    }

    fn mark(&mut self, wanted: char, what: &'static str) -> Result<(), &'static str> {
        if self.next()? == Token::Mark(wanted) { Ok(()) } else { Err(what) }
    }

    fn skips(&mut self, mark: char) -> bool {
        self.tokens.next_if(|(_, token)| *token == Token::Mark(mark)).is_some()
    }

    fn section(&mut self) -> Result<LoginSection, &'static str> {
        let name = self.word("the name of a section is expected")?;
        self.mark('{', "{ is expected")?;
        let mut modules = Vec::new();
        while !self.skips('}') {
            modules.push(self.module()?);
        }
        self.mark(';', "; is expected behind }")?;
        Ok(LoginSection { name, modules })
    }

    fn module(&mut self) -> Result<LoginModule, &'static str> {
        let class = self.word("the class of a login module is expected")?;
        let flag = self.word("required, requisite, sufficient or optional is expected")?;
        if !["required", "requisite", "sufficient", "optional"].contains(&flag.to_ascii_lowercase().as_str()) {
            return Err("required, requisite, sufficient or optional is expected");
        }
        let mut options = Vec::new();
        while !self.skips(';') {
            let key = self.word("an option or ; is expected")?;
            self.mark('=', "= is expected")?;
            options.push((key, self.word("the value of an option is expected")?));
        }
        Ok(LoginModule { class, options })
    }
}

/// Words, quoted texts and `{ } ; =`, each with its line; the error is the line where something does not end.
fn tokens(text: &str) -> Result<Vec<(usize, Token)>, usize> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    let mut line = 1;
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => line += 1,
            _ if letter.is_whitespace() => {}
            '/' if letters.peek() == Some(&'/') => while letters.next_if(|next| *next != '\n').is_some() {},
            '/' if letters.peek() == Some(&'*') => {
                let start = line;
                let mut before = ' ';
                letters.next();
                loop {
                    let next = letters.next().ok_or(start)?;
                    line += usize::from(next == '\n');
                    if before == '*' && next == '/' {
                        break;
                    }
                    before = next;
                }
            }
            '{' | '}' | ';' | '=' => tokens.push((line, Token::Mark(letter))),
            '"' => {
                let start = line;
                let mut value = String::new();
                loop {
                    match letters.next().ok_or(start)? {
                        '"' => break,
                        '\\' => value.extend(letters.next()),
                        next => {
                            line += usize::from(next == '\n');
                            value.push(next);
                        }
                    }
                }
                tokens.push((start, Token::Quoted(value)));
            }
            _ => {
                let mut word = String::from(letter);
                let is_part = |next: &char| !next.is_whitespace() && !"{};=\"".contains(*next);
                while let Some(next) = letters.next_if(is_part) {
                    word.push(next);
                }
                tokens.push((line, Token::Word(word)));
            }
        }
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_modules_and_options() {
        let text = "// for ZooKeeper\nServer {\n  org.apache.zookeeper.server.auth.DigestLoginModule required\n  user_super=\"a \\\"b\"\n \
                    user_bob=secret;\n};\n/* and\n the client */ Client { X optional; Y requisite k=\"v\"; };";
        let sections = parse("jaas.conf", text).unwrap();
        assert_eq!(sections.len(), 2);
        assert_eq!(sections[0].modules[0].class, "org.apache.zookeeper.server.auth.DigestLoginModule");
        let options = [("user_super".to_owned(), "a \"b".to_owned()), ("user_bob".to_owned(), "secret".to_owned())];
        assert_eq!(sections[0].modules[0].options, options);
        assert_eq!((sections[1].name.as_str(), sections[1].modules.len()), ("Client", 2));
    }

    #[test]
    fn errors_name_the_line() {
        let error = |text| parse("jaas.conf", text).unwrap_err().to_string();
        assert!(error("Server {\n X required a=b\n};").starts_with("jaas.conf:3: an option or ; is expected"));
        assert!(error("Server {\n X maybe;\n};").starts_with("jaas.conf:2: required"));
        assert!(error("Server {\n X required a=\"b;\n};").starts_with("jaas.conf:2: a quoted value"));
        assert!(error("Server").starts_with("jaas.conf:1: the file ends"));
        assert_eq!(parse("jaas.conf", ""), Ok(vec![]));
    }
}
