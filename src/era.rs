//! Pure: the generation of Apache Kafka whose texts the tools speak. What they do and which options they take is the same
//! in all; where the words, the columns or an exit code differ, a tool asks [`crate::tool::Call::era`].

/// The environment variable that names the generation.
pub const VARIABLE: &str = "RKAFKA_COMPAT";

/// A generation of Kafka's tools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Era {
    /// Apache Kafka 3.9.1.
    #[default]
    V3_9,
    /// Apache Kafka 4.4.0.
    V4_4,
}

impl Era {
    /// The generation that [`VARIABLE`] names; `default` where it is not set, or empty.
    ///
    /// Errors: there is no such generation; the text is for the user.
    pub fn of(variable: Option<&str>, default: Era) -> Result<Era, String> {
        match variable {
            None | Some("") => Ok(default),
            Some("3.9") => Ok(Era::V3_9),
            Some("4.4") => Ok(Era::V4_4),
            Some(other) => {
                Err(format!("{VARIABLE}={other}: there are 3.9 and 4.4, the releases whose texts can be had"))
            }
        }
    }

    /// The release, as `--version` prints it.
    pub fn version(self) -> &'static str {
        self.pick("3.9.1", "4.4.0")
    }

    /// What differs between the generations: `old` in 3.9, `new` in 4.4.
    pub fn pick<T>(self, old: T, new: T) -> T {
        match self {
            Era::V3_9 => old,
            Era::V4_4 => new,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_variable_says() {
        assert_eq!(Era::of(None, Era::V4_4), Ok(Era::V4_4));
        assert_eq!(Era::of(Some(""), Era::V3_9), Ok(Era::V3_9));
        assert_eq!(Era::of(Some("3.9"), Era::V4_4).map(Era::version), Ok("3.9.1"));
        assert_eq!(Era::of(Some("4.4"), Era::V3_9).map(Era::version), Ok("4.4.0"));
        assert!(Era::of(Some("4.1"), Era::V3_9).unwrap_err().contains("3.9 and 4.4"));
    }
}
