//! Answers that are kept for a while.

use std::{fmt, hash::Hash, time::Duration};

use moka::future::Cache;

/// For how long an answer is kept. It spares asking again for what many calls name in a row, and is
/// short enough that who deletes an organisation, or stops the registry, sees it take effect.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(1);
const MOST_KEPT: u64 = 10_000;

/// Keeps answers by what was asked, as many as fit and for [`KEPT_FOR`]. Clones share them.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_kept_for_a_second_and_no_longer() {
        let kept = Kept::new();
        kept.keep("organisations/a", 1).await;
        assert_eq!(kept.get(&"organisations/a").await, Some(1));
        tokio::time::sleep(KEPT_FOR + Duration::from_millis(100)).await;
        assert_eq!(kept.get(&"organisations/a").await, None);
        assert!(KEPT_FOR <= Duration::from_secs(1), "what the contract promises");
    }
}
