//! Pure: reads the topics out of consumers' subscriptions (`ConsumerProtocol`), the only part of a member's metadata
//! that the coordinator looks into.

use bytes::Bytes;
use rkafka_protocol::{Message, Reader, messages::ConsumerProtocolSubscription};
use std::collections::BTreeSet;

/// All topics of these subscriptions; none if one of them is not in the consumers' format.
pub fn topics(subscriptions: impl Iterator<Item = Bytes>) -> Option<BTreeSet<String>> {
    let mut topics = BTreeSet::new();
    for subscription in subscriptions {
        topics.extend(read(subscription)?);
    }
    Some(topics)
}

/// An int16 version, then the subscription. A version that is newer than ours is read as our newest one: later ones only
/// add fields at the end.
fn read(subscription: Bytes) -> Option<Vec<String>> {
    let mut reader = Reader::new(subscription);
    let version = reader.i16().ok().filter(|v| *v >= 0)?;
    let version = version.min(*ConsumerProtocolSubscription::VERSIONS.end());
    Some(ConsumerProtocolSubscription::decode(&mut reader, version).ok()?.topics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::Writer;

    fn subscription(topics: &[&str], version: i16) -> Bytes {
        let mut writer = Writer::plain();
        writer.i16(version);
        let topics = topics.iter().map(|t| (*t).to_owned()).collect();
        let message = ConsumerProtocolSubscription { topics, ..Default::default() };
        message.encode(&mut writer, version.min(3)).expect("encodes");
        writer.into_bytes()
    }

    #[test]
    fn topics_of_all_members() {
        let all = [subscription(&["a", "b"], 0), subscription(&["b", "c"], 3), subscription(&["d"], 9)];
        let topics = topics(all.into_iter()).expect("readable");
        assert_eq!(topics.into_iter().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }

    #[test]
    fn what_is_no_subscription_says_nothing() {
        assert_eq!(topics([Bytes::new()].into_iter()), None);
        assert_eq!(topics([Bytes::from_static(&[0xff, 0xff, 0, 0])].into_iter()), None);
        assert_eq!(topics([Bytes::from_static(&[0, 0, 0x7f, 0xff, 0xff, 0xff])].into_iter()), None);
    }
}
