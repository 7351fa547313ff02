//! Pure: the text beside an offset that a copy has stored: what the target had then.

/// What stands before the target's offset.
const TARGET: &str = "target=";
/// What stands before the id of the source's topic, behind that, where there is one.
const TOPIC: &str = " topic=";
/// What stands before all of it if the offset was committed with the records themselves.
const EXACTLY: &str = "exactly ";

/// What a copy has stored of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The source's offset before which the target has everything.
    pub source: i64,
    /// The target's offset behind that.
    pub target: i64,
    /// Of the source's topic; empty if it had none.
    pub topic_id: String,
    /// Whether the target has nothing more: records and offset were committed in one transaction.
    pub is_exact: bool,
}

impl Note {
    /// `None` if the text beside the offset is none of ours.
    pub fn read(source: i64, text: &str) -> Option<Note> {
        let (is_exact, text) = text.strip_prefix(EXACTLY).map_or((false, text), |rest| (true, rest));
        let rest = text.strip_prefix(TARGET)?;
        let (target, topic_id) = rest.split_once(TOPIC).unwrap_or((rest, ""));
        Some(Note { source, target: target.parse().ok()?, topic_id: topic_id.to_owned(), is_exact })
    }

    /// The text beside the offset.
    pub fn text(&self) -> String {
        let exactly = if self.is_exact { EXACTLY } else { "" };
        match self.topic_id.as_str() {
            "" => format!("{exactly}{TARGET}{}", self.target),
            id => format!("{exactly}{TARGET}{}{TOPIC}{id}", self.target),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_comes_back_with_the_topics_id() {
        for (id, is_exact) in
            [("", false), ("AAAAAAAAAAAAAAAAAAAAAQ", false), ("", true), ("AAAAAAAAAAAAAAAAAAAAAQ", true)]
        {
            let note = Note { source: 7, target: 3, topic_id: id.to_owned(), is_exact };
            assert_eq!(Note::read(7, &note.text()), Some(note));
        }
        for foreign in ["", "3", "target=", "target=x", "target=3;", "exactly 3"] {
            assert_eq!(Note::read(7, foreign), None, "{foreign}");
        }
    }
}
