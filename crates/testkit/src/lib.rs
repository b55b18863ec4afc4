//! What the behaviour tests of all services share.
//!
//! Purpose: fresh databases of both kinds, a clock that the test sets, and one way to say what a
//! refusal must be. Invariant: a test that cannot have its database fails; none is skipped.
//! It must never know of villages, shipments or deals.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod clock;
mod columns;
mod database;
mod event_types;
mod refusal;
mod tampering;

pub use clock::TestClock;
pub use columns::forbidden_columns;
pub use database::{Backend, TestDatabase, committed_events, contents, run_sql};
pub use event_types::{assert_event_types_emitted, assert_event_types_listed};
pub use refusal::{Expected, assert_refused};
pub use tampering::{assert_clean, assert_every_tampering_is_found};
/// For [`on_both_databases!`].
pub use tokio;

/// Runs each test function on a fresh SQLite file and on a fresh PostgreSQL database:
/// `on_both_databases!(creates_a_programme, refuses_a_taken_id);` for functions
/// `async fn creates_a_programme(database: TestDatabase)`.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[$crate::tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name($crate::TestDatabase::fresh($crate::Backend::Sqlite).await).await;
                }
            )+
        }
        mod postgres {
            $(
                #[$crate::tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name($crate::TestDatabase::fresh($crate::Backend::Postgres).await).await;
                }
            )+
        }
    };
}
