//! Pure: what was found: how bad it is, where, and what mends it; and how findings are told.

/// How bad a finding is. The worst one decides how the tool ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Ok,
    Warning,
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Severity::Ok => "ok",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// Which check it was: `bootstrap`, `partitions`.
    pub check: &'static str,
    /// The address, broker, topic or file that it is about; may be empty.
    pub place: String,
    pub what: String,
    /// The command or setting that mends it; empty where nothing is to be mended.
    pub mend: String,
}

impl Finding {
    pub fn ok(check: &'static str, place: impl Into<String>, what: impl Into<String>) -> Finding {
        Finding { severity: Severity::Ok, check, place: place.into(), what: what.into(), mend: String::new() }
    }

    pub fn warning(
        check: &'static str,
        place: impl Into<String>,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Finding {
        Finding { severity: Severity::Warning, check, place: place.into(), what: what.into(), mend: mend.into() }
    }

    pub fn error(
        check: &'static str,
        place: impl Into<String>,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) -> Finding {
        Finding { severity: Severity::Error, ..Finding::warning(check, place, what, mend) }
    }

    /// The finding for a reader: a line, and a second one with what mends it.
    pub fn text(&self) -> String {
        let place = if self.place.is_empty() { String::new() } else { format!("{}: ", self.place) };
        let line = format!("{:<8} {:<11} {place}{}", self.severity.name(), self.check, self.what);
        if self.mend.is_empty() { line } else { format!("{line}\n{:<21}> {}", "", self.mend) }
    }
}

/// How many findings there are of each severity, in words.
pub fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let words = |count: usize, one: &str| match count {
        0 => format!("no {one}s"),
        1 => format!("1 {one}"),
        many => format!("{many} {one}s"),
    };
    format!(
        "{}, {}, {} ok",
        words(count(Severity::Error), "error"),
        words(count(Severity::Warning), "warning"),
        count(Severity::Ok)
    )
}

/// The first of `names`, and how many more there are.
pub fn some_of(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn told_in_lines() {
        let finding = Finding::error("bootstrap", "a:1", "nobody listens there", "start the broker");
        let expected =
            "error    bootstrap   a:1: nobody listens there\n                     > start the broker".to_owned();
        assert_eq!(finding.text(), expected);
        assert_eq!(Finding::ok("controller", "", "broker 1").text(), "ok       controller  broker 1");
        assert_eq!(summary(&[finding.clone(), finding]), "2 errors, no warnings, 0 ok");
        assert_eq!(summary(&[Finding::warning("x", "", "", "")]), "no errors, 1 warning, 0 ok");
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..7).map(|n| n.to_string()).collect();
        assert_eq!(some_of(&names), "0, 1, 2, 3, 4 and 2 more");
        assert_eq!(some_of(&names[..5]), "0, 1, 2, 3, 4");
    }
}
