//! Black-box tests of the workspace and of the binary: real processes, real sockets, both
//! databases. The client in another language is in `python/`.

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
