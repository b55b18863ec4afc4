//! Black-box tests of the workspace and of the binary.
//!
//! Purpose: to see what users see: real processes, real sockets, both databases, and clients in
//! `rust/`, `python/`, `typescript/` and `go/`. `refusals/` has every method's refusals, `deploy/`
//! tests the manifests and the image, `run` runs all of it. Invariant: a test that lacks what it
//! needs fails; none is skipped. It must never know of a service's crate, only of the binary and of
//! the contract.

#[cfg(test)]
mod architecture;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod data_sets;
#[cfg(test)]
mod example;
#[cfg(test)]
mod exit_codes;
#[cfg(test)]
mod figures;
#[cfg(test)]
mod holding;
#[cfg(test)]
mod importing;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod output;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod restoring;
#[cfg(test)]
mod rust;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod upkeep;
#[cfg(test)]
mod watching;
