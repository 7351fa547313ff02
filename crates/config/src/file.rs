//! Reading a properties file from disk.

use super::{
    properties::{MAX_FILE_BYTES, Properties, SyntaxError},
    settings::ConfigError,
};
use std::{fs::File, io::Read, path::Path};

/// Reads and parses the file at `path`. Errors name the file, and the line where there is one.
pub fn load(path: impl AsRef<Path>) -> Result<Properties, ConfigError> {
    let path = path.as_ref();
    let file = path.display().to_string();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|opened| opened.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return Err(ConfigError::Unreadable { file, reason: reason(&error) });
    }
    Properties::parse(&bytes).map_err(|error| match error {
        SyntaxError::Unicode { line } => {
            ConfigError::Syntax { file: format!("{file}:{line}"), reason: error.to_string() }
        }
        SyntaxError::TooLarge => ConfigError::Syntax { file, reason: error.to_string() },
    })
}

/// The system's words without Rust's "(os error 2)".
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}
