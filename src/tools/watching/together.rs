//! Work done side by side: many brokers, addresses or groups asked at once, in a bounded number.

use std::{future::Future, panic::resume_unwind, sync::Arc};
use tokio::{sync::Semaphore, task::JoinSet};

/// How many are asked at the same time.
const AT_ONCE: usize = 64;

/// Does all of `work` and gives the outcomes in its order. What is still under way when the caller gives up ends with it.
pub async fn all<T, W>(work: impl IntoIterator<Item = W>) -> Vec<T>
where
    T: Send + 'static,
    W: Future<Output = T> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    for (number, work) in work.into_iter().enumerate() {
        let places = places.clone();
        tasks.spawn(async move {
            let _place = places.acquire().await;
            (number, work.await)
        });
    }
    let mut done = Vec::with_capacity(tasks.len());
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(outcome) => done.push(outcome),
            // A defect of ours goes on in who awaits it.
            Err(died) => {
                if let Ok(panic) = died.try_into_panic() {
                    resume_unwind(panic);
                }
            }
        }
    }
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn outcomes_keep_the_order_of_the_work() {
        let work = (0..200u64).map(|n| async move {
            // Those that began last are done first.
            for _ in n..200 {
                tokio::task::yield_now().await;
            }
            n
        });
        assert_eq!(all(work).await, (0..200).collect::<Vec<u64>>());
        assert_eq!(all(Vec::<std::future::Ready<u8>>::new()).await, Vec::<u8>::new());
    }
}
