//! The stack and the running server, over a real socket and inside the process.

#![allow(clippy::unwrap_used)]

mod browsers;
mod calls;
mod probe;
mod running;
mod world;
