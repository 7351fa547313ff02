//! What clients see of topics when several brokers answer them.

use crate::reassignments::{Trio, create};
use rkafka_client::Admin;
use rkafka_protocol::{
    ErrorCode,
    messages::{MetadataRequest, metadata_request::MetadataRequestTopic},
};

/// What the broker says of topic `t`.
async fn known(admin: &Admin, broker: i32) -> ErrorCode {
    let topic = MetadataRequestTopic { name: Some("t".to_owned()), ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![topic]), allow_auto_topic_creation: false, ..Default::default() };
    let response = admin.cluster().node(broker).await.unwrap().call_at(&request, 9).await.unwrap();
    ErrorCode(response.topics[0].error_code)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_or_deleted_is_known_to_all_brokers_at_once() {
    let trio = Trio::start(3).await;
    let admin = trio.admin().await;
    for round in 0..20 {
        // On one broker only: the others learn of it from the controller's word alone.
        create(&admin, &[round % 3]).await;
        for broker in 0..3 {
            assert_eq!(known(&admin, broker).await, ErrorCode::NONE, "round {round}, broker {broker}");
        }
        admin.delete_topics(&["t".to_owned()]).await.unwrap().remove(0).unwrap();
        for broker in 0..3 {
            let code = known(&admin, broker).await;
            assert_eq!(code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "round {round}, broker {broker}");
        }
    }
    trio.stop().await;
}
