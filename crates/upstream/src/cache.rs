//! Answers that are kept for a while.

use std::{fmt, hash::Hash, time::Duration};

use moka::future::Cache;

const KEPT_FOR: Duration = Duration::from_secs(10);
const MOST_KEPT: u64 = 10_000;

/// Keeps answers by what was asked, as many as fit and for ten seconds. Clones share them.
#[derive(Clone)]
pub(crate) struct Kept<K, V>(Cache<K, V>);

impl<K, V> Kept<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(MOST_KEPT).time_to_live(KEPT_FOR).build())
    }

    pub(crate) async fn get(&self, key: &K) -> Option<V> {
        self.0.get(key).await
    }

    pub(crate) async fn keep(&self, key: K, value: V) {
        self.0.insert(key, value).await;
    }
}

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}
