//! CreateTopics 0–7: makes topics and answers when this broker knows the leaders of all their partitions.
//!
//! Only the controller serves it. Left out: the policy of `create.topic.policy.class.name`, which is a Java class.

use super::give_way;
use crate::{
    admin::{AdminContext, patience},
    api_error::ApiError,
    request::{ReplyBudget, RequestContext},
    to_the_end::change,
    topic_creation::{Allowance, CreatedTopic, NewTopic, topic_name},
};
use rkafka_config::describe::{self, Described};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        CreateTopicsRequest, CreateTopicsResponse,
        create_topics_request::CreatableTopic,
        create_topics_response::{CreatableTopicConfigs, CreatableTopicResult},
    },
};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::Instant;

/// From this version on the answer has the topics' settings.
const CONFIGS_SINCE: i16 = 5;

pub async fn handle(
    context: Arc<AdminContext>,
    request_context: RequestContext,
    request: CreateTopicsRequest,
) -> CreateTopicsResponse {
    let timeout_ms = request.timeout_ms;
    let (mut results, waiting) = change(create(Arc::clone(&context), request, request_context.version)).await;
    for late in wait_for_leaders(&context, waiting, timeout_ms).await {
        results.put(late, Err(ErrorCode::REQUEST_TIMED_OUT.into()));
    }
    CreateTopicsResponse { topics: results.list, ..Default::default() }
}

/// A topic's name and how many partitions it has.
type Created = (String, usize);

/// Makes the topics. Gives the results, and what was made.
async fn create(context: Arc<AdminContext>, request: CreateTopicsRequest, version: i16) -> (Results, Vec<Created>) {
    let mut occurrences: HashMap<&str, usize> = HashMap::new();
    for topic in &request.topics {
        *occurrences.entry(&topic.name).or_default() += 1;
    }
    let mut results = Results {
        context: Arc::clone(&context),
        has_configs: version >= CONFIGS_SINCE,
        budget: ReplyBudget::of_a_reply(),
        list: Vec::with_capacity(occurrences.len()),
        places: HashMap::with_capacity(occurrences.len()),
    };
    let mut waiting = Vec::new();
    let mut allowance = Allowance::of_a_request();
    let is_controller = context.controller.is_active();
    for (n, topic) in request.topics.iter().enumerate() {
        give_way(n).await;
        if results.places.contains_key(&topic.name) {
            continue;
        }
        let outcome = if !is_controller {
            Err(ErrorCode::NOT_CONTROLLER.into())
        } else if occurrences.get(&*topic.name).is_some_and(|times| *times > 1) {
            Err(ApiError::new(ErrorCode::INVALID_REQUEST, "Found multiple entries for this topic."))
        } else if topic.name == topic_name::CLUSTER_METADATA {
            let message = format!("Creation of internal topic {} is prohibited.", topic_name::CLUSTER_METADATA);
            Err(ApiError::new(ErrorCode::INVALID_REQUEST, message))
        } else {
            context.topics.create(&new_topic(topic), request.validate_only, &mut allowance).await
        };
        if let Ok(created) = &outcome
            && !request.validate_only
        {
            waiting.push((topic.name.clone(), created.partitions.len()));
        }
        results.put(topic.name.clone(), outcome);
    }
    (results, waiting)
}

fn new_topic(topic: &CreatableTopic) -> NewTopic {
    NewTopic {
        name: topic.name.clone(),
        partitions: topic.num_partitions,
        replication_factor: i32::from(topic.replication_factor),
        assignments: topic.assignments.iter().map(|a| (a.partition_index, a.broker_ids.clone())).collect(),
        configs: topic.configs.iter().map(|config| (config.name.clone(), config.value.clone())).collect(),
    }
}

/// How long an answer waits for the other brokers to hear the news too; clients go on with whichever broker they like.
pub const SPREADING: Duration = Duration::from_millis(200);

/// Waits until all partitions of `topics` (name and count) have leaders; returns those that do not in time.
pub async fn wait_for_leaders(context: &AdminContext, topics: Vec<(String, usize)>, timeout_ms: i32) -> Vec<String> {
    let deadline = patience(timeout_ms).map(|timeout| Instant::now() + timeout);
    let mut late = Vec::new();
    // Where nothing was made there is no news to spread.
    let has_news = deadline.is_some() && !topics.is_empty();
    for (name, partitions) in topics {
        let in_time = match deadline {
            // Kafka does not wait then, and says that the time is up.
            None => false,
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                context.metadata.wait_until(left, |snapshot| snapshot.has_leaders(&name, partitions)).await
            }
        };
        if !in_time {
            late.push(name);
        }
    }
    if has_news {
        context.controller.told_all(SPREADING).await;
    }
    late
}

/// The results by topic, in the order of the request.
struct Results {
    context: Arc<AdminContext>,
    has_configs: bool,
    /// The settings of topics are long.
    budget: ReplyBudget,
    list: Vec<CreatableTopicResult>,
    places: HashMap<String, usize>,
}

impl Results {
    /// Puts a topic's result where it belongs, in place of an earlier one.
    fn put(&mut self, name: String, outcome: Result<CreatedTopic, ApiError>) {
        let result = match outcome {
            Err(error) => failed(name.clone(), error),
            Ok(created) => self.made(name.clone(), &created),
        };
        match self.places.get(&name).and_then(|at| self.list.get_mut(*at)) {
            Some(place) => *place = result,
            None => {
                self.places.insert(name, self.list.len());
                self.list.push(result);
            }
        }
    }

    fn made(&mut self, name: String, created: &CreatedTopic) -> CreatableTopicResult {
        let (configs, topic_config_error_code) = match self.configs(created) {
            Ok(configs) => (Some(configs), 0),
            Err(error) => (None, error.code.0),
        };
        CreatableTopicResult {
            name,
            topic_id: created.id,
            num_partitions: i32::try_from(created.partitions.len()).unwrap_or(i32::MAX),
            replication_factor: created.replication_factor(),
            configs,
            topic_config_error_code,
            ..Default::default()
        }
    }

    fn configs(&mut self, created: &CreatedTopic) -> Result<Vec<CreatableTopicConfigs>, ApiError> {
        if !self.has_configs {
            return Ok(Vec::new());
        }
        let settings = self.context.config.with_layers(|layers| describe::topic(&created.config, layers));
        let length =
            |s: &Described| size_of::<CreatableTopicConfigs>() + s.name.len() + s.value.as_ref().map_or(0, String::len);
        self.budget.take(settings.iter().map(length).sum())?;
        Ok(settings.into_iter().map(setting).collect())
    }
}

fn failed(name: String, error: ApiError) -> CreatableTopicResult {
    CreatableTopicResult {
        name,
        error_code: error.code.0,
        error_message: error.message,
        num_partitions: -1,
        replication_factor: -1,
        configs: Some(Vec::new()),
        ..Default::default()
    }
}

fn setting(described: Described) -> CreatableTopicConfigs {
    CreatableTopicConfigs {
        name: described.name,
        value: described.value,
        read_only: described.read_only,
        config_source: described.source as i8,
        is_sensitive: described.is_sensitive,
        ..Default::default()
    }
}
