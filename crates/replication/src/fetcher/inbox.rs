//! What a fetcher has yet to hear: the last word on each partition, so that it holds no more than there are partitions.

use super::roster::Following;
use rkafka_base::TopicPartition;
use rkafka_runtime::lock::{Mutex, Rank};
use std::collections::HashMap;
use tokio::sync::Notify;

/// For each partition what to follow, or `None` if it is to be followed no more.
pub type News = HashMap<TopicPartition, Option<Following>>;

/// The way to a fetcher.
pub struct Inbox {
    news: Mutex<News>,
    notify: Notify,
}

impl Default for Inbox {
    fn default() -> Inbox {
        Inbox { news: Mutex::new(Rank::FetcherInbox, News::new()), notify: Notify::new() }
    }
}

impl Inbox {
    pub fn put(&self, news: impl IntoIterator<Item = (TopicPartition, Option<Following>)>) {
        self.news.lock().extend(news);
        self.notify.notify_one();
    }

    pub fn take(&self) -> News {
        std::mem::take(&mut self.news.lock())
    }

    /// Ends when something was put since the last call.
    pub async fn arrived(&self) {
        self.notify.notified().await;
    }
}
