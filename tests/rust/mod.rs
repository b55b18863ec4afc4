//! A small Rust client of Devisa, and its story against the real binary.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod calls;
mod client;
mod server;
mod story;
