//! Pure: ACLs as people type and read them: `world:anyone:r,digest:user:hash:cdrwa`.

use super::answer::Answer;
use rkafka_jute::{Id, perms};
use rkafka_zookeeper_client::Acl;

/// Letters and bits, in the order in which ZooKeeper prints them.
const LETTERS: [(char, i32); 5] =
    [('c', perms::CREATE), ('d', perms::DELETE), ('r', perms::READ), ('w', perms::WRITE), ('a', perms::ADMIN)];

/// What `text` means. Parts without two colons and letters without a meaning are told and passed over.
pub fn parse(text: &str, answer: &mut Answer) -> Vec<Acl> {
    let mut acl = Vec::new();
    for part in java_split(text) {
        let entry = part.rsplit_once(':').and_then(|(who, rights)| Some((who.split_once(':')?, rights)));
        match entry {
            Some(((scheme, id), rights)) => {
                acl.push(Acl { perms: bits(rights, answer), id: Id::new(scheme, id) });
            }
            None => answer.talk(format!("{part} does not have the form scheme:id:perm")),
        }
    }
    acl
}

/// At commas; empty parts at the end do not count, as Java splits.
fn java_split(text: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = text.split(',').collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts
}

fn bits(rights: &str, answer: &mut Answer) -> i32 {
    let mut bits = 0;
    for letter in rights.chars() {
        match LETTERS.iter().find(|(known, _)| *known == letter) {
            Some((_, bit)) => bits |= bit,
            None => answer.talk(format!("Unknown perm type: {letter}")),
        }
    }
    bits
}

/// `cdrwa`.
pub fn letters(bits: i32) -> String {
    LETTERS.iter().filter(|(_, bit)| bits & bit != 0).map(|(letter, _)| letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows() {
        let mut answer = Answer::default();
        let acl = parse("world:anyone:rx,nonsense,digest:u:p=:cdrwa,", &mut answer);
        let shown: Vec<String> =
            acl.iter().map(|a| format!("{} {} {}", a.id.scheme, a.id.id, letters(a.perms))).collect();
        assert_eq!(shown, ["world anyone r", "digest u:p= cdrwa"]);
        let told: Vec<&str> = answer.pieces.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(told, ["Unknown perm type: x", "nonsense does not have the form scheme:id:perm"]);
    }
}
