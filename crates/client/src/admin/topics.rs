//! Topics: list, describe, create, delete, add partitions.

use super::{Admin, ItemResult, Route, item, not_controller};
use crate::{ClientError, TopicView, Topics};
use rkafka_protocol::{
    ErrorCode, Uuid,
    messages::{
        CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest,
        create_topics_response::CreatableTopicResult, delete_topics_request::DeleteTopicState,
    },
};
use std::{collections::HashMap, sync::Arc};

/// A topic to create: name, partitions and replication factor (−1: the broker's defaults) or an assignment, configs.
pub use rkafka_protocol::messages::create_topics_request::CreatableTopic as NewTopic;

/// A topic to grow: name, the new total, and where the new partitions go (`None`: the controller decides).
pub use rkafka_protocol::messages::create_partitions_request::CreatePartitionsTopic as NewPartitions;

/// A topic in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicListing {
    pub name: Arc<str>,
    /// All zero before Kafka 2.8.
    pub id: Uuid,
    pub internal: bool,
}

impl Admin {
    /// All topics, internal ones among them, in the order of their names.
    pub async fn list_topics(&self) -> Result<Vec<TopicListing>, ClientError> {
        self.only_of_brokers()?;
        let view = self
            .cluster
            .retrying("listTopics", self.deadline(), || self.cluster.refresh_creating(&Topics::All, false))
            .await?;
        let listing = |t: &TopicView| TopicListing { name: t.name.clone(), id: t.id, internal: t.internal };
        let mut topics: Vec<TopicListing> = view.topics.values().map(listing).collect();
        topics.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(topics)
    }

    /// The named topics' partitions, in the order asked for. A topic that does not exist is an UNKNOWN_TOPIC_OR_PARTITION
    /// in its place.
    pub async fn describe_topics(&self, names: &[Arc<str>]) -> Result<Vec<ItemResult<TopicView>>, ClientError> {
        self.only_of_brokers()?;
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let asked = Topics::Named(names.to_vec());
        let view = self
            .cluster
            .retrying("describeTopics", self.deadline(), || self.cluster.refresh_creating(&asked, false))
            .await?;
        let missing = || ClientError::broker(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, None);
        let one = |name: &Arc<str>| match view.topics.get(name) {
            Some(topic) => item(topic.error.0, None, topic.clone()),
            None => Err(missing()),
        };
        Ok(names.iter().map(one).collect())
    }

    /// As [`Admin::describe_topics`], by id.
    pub async fn describe_topics_by_id(&self, ids: &[Uuid]) -> Result<Vec<ItemResult<TopicView>>, ClientError> {
        let asked = Topics::Ids(ids.to_vec());
        let view = self
            .cluster
            .retrying("describeTopicsWithIds", self.deadline(), || self.cluster.refresh_creating(&asked, false))
            .await?;
        let by_id: HashMap<Uuid, &TopicView> = view.topics.values().map(|t| (t.id, t)).collect();
        let missing = || ClientError::broker(ErrorCode::UNKNOWN_TOPIC_ID, None);
        let one = |id: &Uuid| match by_id.get(id) {
            Some(topic) => item(topic.error.0, None, TopicView::clone(topic)),
            None => Err(missing()),
        };
        Ok(ids.iter().map(one).collect())
    }

    /// Creates topics, or with `validate_only` only checks them. The results are in the order of the request. One without
    /// a name is not asked for (`KafkaAdminClient.topicNameIsUnrepresentable`).
    pub async fn create_topics(
        &self,
        topics: &[NewTopic],
        validate_only: bool,
    ) -> Result<Vec<ItemResult<CreatableTopicResult>>, ClientError> {
        let named: Vec<NewTopic> = topics.iter().filter(|t| !t.name.is_empty()).cloned().collect();
        if named.is_empty() {
            return Ok(topics.iter().map(|t| Err(unrepresentable(&t.name))).collect());
        }
        let request = |_| CreateTopicsRequest {
            topics: named.clone(),
            timeout_ms: self.operation_timeout_ms(),
            validate_only,
            ..Default::default()
        };
        let response = self
            .call("createTopics", Route::Controller, request, |r| not_controller(r.topics.iter().map(|t| t.error_code)))
            .await?;
        let mut by_name: HashMap<String, CreatableTopicResult> =
            response.topics.into_iter().map(|t| (t.name.clone(), t)).collect();
        let results = topics.iter().map(|t| match by_name.remove(&t.name) {
            Some(r) => item(r.error_code, r.error_message.clone().as_deref(), r),
            None if t.name.is_empty() => Err(unrepresentable(&t.name)),
            None => Err(not_answered(&t.name)),
        });
        Ok(results.collect())
    }

    /// Deletes topics by name. The results are in the order of the request.
    pub async fn delete_topics(&self, names: &[String]) -> Result<Vec<ItemResult<()>>, ClientError> {
        let request = |version| {
            let mut request = DeleteTopicsRequest { timeout_ms: self.operation_timeout_ms(), ..Default::default() };
            if version >= 6 {
                let by_name = |n: &String| DeleteTopicState { name: Some(n.clone()), ..Default::default() };
                request.topics = names.iter().map(by_name).collect();
            } else {
                request.topic_names = names.to_vec();
            }
            request
        };
        let response = self
            .call("deleteTopics", Route::Controller, request, |r| {
                not_controller(r.responses.iter().map(|t| t.error_code))
            })
            .await?;
        let results =
            names.iter().map(|name| match response.responses.iter().find(|r| r.name.as_ref() == Some(name)) {
                Some(r) => item(r.error_code, r.error_message.as_deref(), ()),
                None => Err(not_answered(name)),
            });
        Ok(results.collect())
    }

    /// Grows topics. The results are in the order of the request.
    pub async fn create_partitions(
        &self,
        topics: &[NewPartitions],
        validate_only: bool,
    ) -> Result<Vec<ItemResult<()>>, ClientError> {
        let request = |_| CreatePartitionsRequest {
            topics: topics.to_vec(),
            timeout_ms: self.operation_timeout_ms(),
            validate_only,
            ..Default::default()
        };
        let response = self
            .call("createPartitions", Route::Controller, request, |r| {
                not_controller(r.results.iter().map(|t| t.error_code))
            })
            .await?;
        let results = topics.iter().map(|t| match response.results.iter().find(|r| r.name == t.name) {
            Some(r) => item(r.error_code, r.error_message.as_deref(), ()),
            None => Err(not_answered(&t.name)),
        });
        Ok(results.collect())
    }
}

fn unrepresentable(name: &str) -> ClientError {
    let message = format!("The given topic name '{name}' cannot be represented in a request.");
    ClientError::Broker { code: ErrorCode::INVALID_TOPIC_EXCEPTION, message }
}

fn not_answered(name: &str) -> ClientError {
    let message = format!("The server response did not contain a result for topic {name}");
    ClientError::Broker { code: ErrorCode::UNKNOWN_SERVER_ERROR, message }
}
