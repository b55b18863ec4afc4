//! A pool of connections that can be exchanged for a new one while it is used.
//!
//! Invariant: a statement or a transaction stays on the pool that it began on; a statement outside of
//! a transaction has an end, also on a network that went silent.
//!
//! A connection that is given back is asked by the driver whether it is whole, without a bound. On
//! a network that went silent at that moment it stays taken for ever, and with enough of them every
//! connection does. The driver offers no way to take it back; so the pool is left behind with it.

use std::{
    sync::{Arc, PoisonError, RwLock, Weak},
    time::Duration,
};

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database as Orm, DatabaseConnection,
    DatabaseTransaction, DbBackend, DbErr, ExecResult, IsolationLevel, QueryResult, RuntimeErr,
    Statement, TransactionOptions, TransactionTrait, prelude::async_trait::async_trait,
};
use tokio::time::Instant;

/// How long a pool may go without a moment in which none of its connections is taken. One under
/// constant load is exchanged as well, which costs it a few connections opened anew.
const RESTLESS: Duration = Duration::from_secs(15);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Connections to one database; clones share them.
#[derive(Clone, Debug)]
pub struct Connection {
    pool: Arc<RwLock<DatabaseConnection>>,
    /// How long a statement may take; none where the database itself sees to it, or nobody shall.
    within: Option<Duration>,
}

impl Connection {
    /// Connections of one pool for good.
    pub(crate) fn fixed(pool: DatabaseConnection) -> Self {
        Self { pool: Arc::new(RwLock::new(pool)), within: None }
    }

    /// Connections of a pool that is exchanged when one of them stays taken. What is asked on them
    /// is answered within some time, or it failed.
    pub(crate) fn kept(
        pool: DatabaseConnection,
        options: ConnectOptions,
        within: Option<Duration>,
    ) -> Self {
        let connection = Self { within, ..Self::fixed(pool) };
        tokio::spawn(keep(Arc::downgrade(&connection.pool), options));
        connection
    }

    /// The pool of now.
    pub(crate) fn pool(&self) -> DatabaseConnection {
        self.pool.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for an answer, with an end: not every task that asks has a deadline.
    async fn answer<T>(&self, answer: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Some(within) = self.within else { return answer.await };
        let late = |_| Err(DbErr::Conn(RuntimeErr::Internal("no answer in time".to_owned())));
        tokio::time::timeout(within, answer).await.unwrap_or_else(late)
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        self.pool().begin().await
    }

    /// Begins a transaction of a level and an access.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_with_config(
        &self,
        level: Option<IsolationLevel>,
        access: Option<AccessMode>,
    ) -> Result<DatabaseTransaction, DbErr> {
        self.pool().begin_with_config(level, access).await
    }

    /// Begins a transaction as the options say.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn begin_with_options(
        &self,
        options: TransactionOptions,
    ) -> Result<DatabaseTransaction, DbErr> {
        self.pool().begin_with_options(options).await
    }
}

#[async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        self.pool().get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.answer(self.pool().execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.answer(self.pool().execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.answer(self.pool().query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.answer(self.pool().query_all_raw(statement)).await
    }
}

/// Exchanges the pool whenever it had no calm moment for too long; ends with its last user.
async fn keep(kept: Weak<RwLock<DatabaseConnection>>, options: ConnectOptions) {
    let mut calm = Instant::now();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(kept) = kept.upgrade() else { return };
        if is_calm(&kept.read().unwrap_or_else(PoisonError::into_inner)) {
            calm = Instant::now();
        }
        if calm.elapsed() < RESTLESS {
            continue;
        }
        // Where the database does not answer, the old one is as good.
        if let Ok(new) = Orm::connect(options.clone()).await {
            // The old one ends with the last statement on it; not before, as closing it would.
            *kept.write().unwrap_or_else(PoisonError::into_inner) = new;
            tracing::debug!("a pool whose connections stayed taken was exchanged");
        }
        calm = Instant::now();
    }
}

fn is_calm(pool: &DatabaseConnection) -> bool {
    let pool = pool.get_postgres_connection_pool();
    u32::try_from(pool.num_idle()).is_ok_and(|idle| idle >= pool.size())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{future, time::Duration};

    use sea_orm::Database as Orm;

    use super::Connection;
    use crate::error::Failure;

    #[tokio::test]
    async fn what_is_never_answered_fails_in_time() {
        let pool = Orm::connect("sqlite::memory:").await.unwrap();
        let bounded =
            Connection { within: Some(Duration::from_millis(10)), ..Connection::fixed(pool) };
        let error = bounded.answer::<()>(future::pending()).await.unwrap_err();
        assert_eq!(Failure::of(&error), Failure::Unavailable);
        assert!(bounded.answer(future::ready(Ok(1))).await.is_ok_and(|answer| answer == 1));
    }
}
